package sensor

import (
	"context"
	"os"
	"strings"
)

// State is whether a way can be taken on this machine.
type State struct {
	Way Way `json:"way"`
	// Usable reports that it can, Active that it is.
	Usable bool `json:"usable"`
	// Why says why not, Fix what to do about it, if somebody knows.
	Why string `json:"why,omitempty"`
	Fix string `json:"fix,omitempty"`
	// Misses is what it does not see.
	Misses []string `json:"misses,omitempty"`
}

// Report says which way is taken, and why no better one.
type Report struct {
	// Active is the way that is taken, "" for none.
	Active Way `json:"active,omitempty"`
	// Ways are all, the best one first.
	Ways []State `json:"ways"`
	// Missing is what the active way does not see on this machine, beside its Misses.
	Missing []string `json:"missing,omitempty"`
}

// misses returns what a way does not see, wherever it is taken.
func misses(way Way) []string {
	switch way {
	case EBPF:
		return []string{"connections by UDP and to this machine itself"}
	case Audit:
		return []string{
			"what no rule of the audit system names", "the container and the program of the parent", "executables from the writable layer of a container",
		}
	case Top:
		return []string{
			"programs that end within 2 seconds", "programs outside of containers", "the executable: only what the process says of itself is known, which it can choose",
			"connections, files, ptrace, modules, namespaces and capabilities", "executables from memory and from the writable layer of a container, sockets and terminals as standard input",
		}
	default:
		return []string{
			"the command line of processes that end at once (7 to 42 % of those that live for milliseconds)", "connections, files, ptrace, modules, namespaces and capabilities",
			"executables from the writable layer of a container, sockets as standard input",
		}
	}
}

// Probe finds out which ways can be taken on this machine. Mode is that of a configuration: a
// single way leaves the others out. List asks the engine of containers, nil if there is none.
func Probe(ctx context.Context, mode string, list Lister) Report {
	r := Report{Ways: []State{}}
	for _, way := range ways() {
		if mode != "" && mode != string(Auto) && mode != string(way) {
			r.Ways = append(r.Ways, State{Way: way, Why: "the configuration wants " + mode, Misses: misses(way)})
			continue
		}
		var why, fix string
		if way == Top {
			why, fix = tryTop(ctx, list)
		} else {
			why, fix = tryWay(way)
		}
		r.Ways = append(r.Ways, State{Way: way, Usable: why == "", Why: why, Fix: fix, Misses: misses(way)})
	}
	return r
}

// State returns that of a way.
func (r *Report) State(way Way) State {
	for _, one := range r.Ways {
		if one.Way == way {
			return one
		}
	}
	return State{Way: way}
}

func (r *Report) refuse(way Way, why, fix string) {
	for i := range r.Ways {
		if r.Ways[i].Way == way {
			r.Ways[i].Usable, r.Ways[i].Why, r.Ways[i].Fix = false, why, fix
		}
	}
}

// Why says why each way that is better than the active one cannot be taken; "" when there is
// none better.
func (r *Report) Why() string {
	var all []string
	for _, one := range r.Ways {
		if one.Way == r.Active {
			break
		}
		if one.Why != "" {
			all = append(all, string(one.Way)+": "+one.Why)
		}
	}
	return strings.Join(all, "; ")
}

// Misses returns what the active way does not see on this machine.
func (r *Report) Misses() []string {
	if r.Active == "" {
		return nil
	}
	return append(misses(r.Active), r.Missing...)
}

// capabilityFix says how this program gets capabilities.
func capabilityFix(names, docker string) string {
	for _, path := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(path); err == nil {
			return "docker run " + docker
		}
	}
	return "AmbientCapabilities=" + names + " in the unit of systemd, or run it as root"
}
