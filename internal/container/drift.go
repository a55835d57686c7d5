package container

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// immutableLabel is the label by which somebody declares that a container does not change its
// own file system.
const immutableLabel = "sasumata.immutable"

// Immutable reports whether the container is not to change its own file system: it cannot, or
// its label sasumata.immutable says so.
func (c *Container) Immutable() bool {
	declared, err := strconv.ParseBool(c.Labels[immutableLabel])
	return c.ReadonlyRootfs || declared && err == nil
}

// Powers returns what the container may that others may not, by fixed names: privileged,
// docker_socket, host_network, host_pid, host_ipc, host_root (a mount of the whole host),
// host_devices, seccomp_off, apparmor_off, and the capabilities that amount to root on the
// host, such as cap_sys_admin; all_capabilities is all of them.
func (c *Container) Powers() []string {
	var all []string
	add := func(is bool, name string) {
		if is {
			all = append(all, name)
		}
	}
	add(c.Privileged, "privileged")
	add(c.NetworkMode == "host", "host_network")
	add(c.PidMode == "host", "host_pid")
	add(c.IpcMode == "host", "host_ipc")
	add(len(c.Devices) > 0, "host_devices")
	for _, option := range c.SecurityOpt {
		option = strings.Replace(option, ":", "=", 1)
		add(option == "seccomp=unconfined" && !c.Privileged, "seccomp_off")
		add(option == "apparmor=unconfined" && !c.Privileged, "apparmor_off")
	}
	for _, name := range c.CapAdd {
		switch name {
		case "ALL":
			add(true, "all_capabilities")
		case "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO", "CAP_DAC_READ_SEARCH", "CAP_BPF", "CAP_SYS_BOOT", "CAP_NET_ADMIN":
			add(true, strings.ToLower(name))
		}
	}
	for _, m := range c.Mounts {
		add(strings.HasSuffix(m.Source, "docker.sock") || strings.HasSuffix(m.Source, "containerd.sock") || strings.HasSuffix(m.Source, "podman.sock"), "docker_socket")
		add(m.Type == "bind" && m.Source == "/", "host_root")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// settings are what drift is looked for in: what a container may, as texts.
type settings map[string]string

// settings returns those of a container. What engines choose themselves, such as the names of
// volumes, is no part of it.
func (c *Container) settings() settings {
	joined := func(texts []string) string { return strings.Join(texts, " ") }
	mode := func(text string) string {
		if strings.HasPrefix(text, "container:") {
			return "container"
		}
		return text
	}
	mounts := make([]string, 0, len(c.Mounts))
	for _, m := range c.Mounts {
		source := m.Type
		if m.Type == "bind" {
			source = m.Source
		}
		mounts = append(mounts, fmt.Sprintf("%s:%s:%s", source, m.Destination, map[bool]string{true: "rw", false: "ro"}[m.Writable]))
	}
	number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	return settings{
		"privileged": strconv.FormatBool(c.Privileged), "cap_add": joined(c.CapAdd), "cap_drop": joined(c.CapDrop), "security_opt": joined(c.SecurityOpt),
		"network_mode": mode(c.NetworkMode), "pid_mode": mode(c.PidMode), "ipc_mode": mode(c.IpcMode), "userns_mode": c.UsernsMode,
		"read_only": strconv.FormatBool(c.ReadonlyRootfs), "devices": joined(c.Devices), "mounts": joined(mounts), "user": c.User,
		"memory": number(float64(c.Memory)), "cpus": number(c.CPUs), "pids": number(float64(c.Pids)),
	}
}

// key is by what a container is known again after it was made anew: its service of Compose,
// or its name.
func (c *Container) key() string {
	if c.Project != "" && c.Service != "" {
		return "compose " + c.Project + "/" + c.Service
	}
	return "name " + c.Name
}

// Baseline is how a container was when it was seen first.
type Baseline struct {
	// Settings are what it was allowed, by their names.
	Settings map[string]string `json:"settings"`
	// Declared is a hash of what Compose was told; "" for others.
	Declared string `json:"declared,omitempty"`
}

// baseline returns how the container is.
func (c *Container) baseline() Baseline {
	return Baseline{c.settings(), c.Labels["com.docker.compose.config-hash"]}
}

// drift is how a container differs from how it was.
type drift struct {
	settings []string // that differ
	changes  []string // as texts: memory: 67108864 → 0
	declared bool     // Compose was told something else
	weaker   bool     // it may more than before
}

// drifted compares; no settings are no drift.
func drifted(was, is Baseline) drift {
	d := drift{declared: was.Declared != is.Declared && is.Declared != ""}
	for _, name := range slices.Sorted(maps.Keys(is.Settings)) {
		old, known := was.Settings[name]
		now := is.Settings[name]
		if !known || old == now {
			continue
		}
		d.settings = append(d.settings, name)
		d.changes = append(d.changes, fmt.Sprintf("%s: %s → %s", name, cmp.Or(old, "none"), cmp.Or(now, "none")))
		d.weaker = d.weaker || isWeaker(name, old, now)
	}
	return d
}

// isWeaker reports whether the new value lets a container do more.
func isWeaker(name, old, now string) bool {
	more := func(old, now string) bool { // now has a word that old lacks
		had := strings.Fields(old)
		return slices.ContainsFunc(strings.Fields(now), func(word string) bool { return !slices.Contains(had, word) })
	}
	switch name {
	case "privileged":
		return now == "true"
	case "read_only":
		return now == "false"
	case "cap_add", "devices", "mounts":
		return more(old, now)
	case "cap_drop":
		return more(now, old)
	case "security_opt":
		return true // which way it went nobody can tell from the words
	case "network_mode", "pid_mode", "ipc_mode", "userns_mode":
		return now == "host"
	case "user":
		return now == "" || now == "root" || now == "0" || strings.HasPrefix(now, "0:") || strings.HasPrefix(now, "root:")
	case "memory", "cpus", "pids":
		return now == "0"
	}
	return false
}
