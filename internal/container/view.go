package container

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// View is how watching is.
type View struct {
	// Address is the engine's, About what it says of itself.
	Address string
	About   About
	// Connected says that the engine's events are followed, since Since; else LastError says
	// why not, and Since when it ended. Since is zero before the first answer.
	Connected bool
	LastError string
	Since     time.Time
	// Blind is what cannot be seen here, as fixed words: usage (the engine is that of another
	// machine), refused_writes (of a file system that is read-only: only a sensor of the kernel
	// sees those), shared_network (connections of containers with the host's network).
	Blind []string
	// LeftOut is how many containers there are beyond MaxWatched.
	LeftOut int
	// Containers are sorted by name.
	Containers []Watched
}

// Watched is one container. What is in it is shared: nobody writes to it.
type Watched struct {
	// Container is what the engine says, without Raw.
	Container Container
	// Now is the last sample; Sampled says that there is one, else Problem says why not. A
	// container that does not run has neither.
	Now     Sample
	Sampled bool
	Problem string
	// Seen is since when it is watched, Crashes how often it ended by itself since then.
	Seen    time.Time
	Crashes int64
	// Powers are those of Container.Powers, Written the files that it wrote though it is not
	// to, at most 20 of them, and WrittenCount how many there are.
	Powers       []string
	Written      []string
	WrittenCount int
}

// watched copies what is known. The lock is held.
func (t *tracked) watched() Watched {
	files := slices.Sorted(maps.Keys(t.files))
	one := Watched{
		Container: *t.container, Now: t.now, Sampled: !t.now.At.IsZero(), Problem: t.problem, Seen: t.seen, Crashes: t.crashes, Powers: t.container.Powers(),
		Written: files[:min(len(files), maxListed)], WrittenCount: len(files),
	}
	one.Container.Raw = nil
	return one
}

// View returns how watching is now.
func (w *Watcher) View() View {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := View{
		Address: w.Engine.Address(), About: w.about, Connected: w.connected, LastError: w.lastError, Since: w.since, LeftOut: len(w.refused),
		Blind: []string{"refused_writes", "shared_network"}, Containers: make([]Watched, 0, len(w.containers)),
	}
	if w.Engine.Remote() {
		v.Blind = append(v.Blind, "usage")
	}
	for _, t := range w.containers {
		v.Containers = append(v.Containers, t.watched())
	}
	slices.SortFunc(v.Containers, func(a, b Watched) int { return strings.Compare(a.Container.Name, b.Container.Name) })
	return v
}

// Find returns the container with the id, the beginning of an id of at least 12 digits, or
// the name, and its samples, the oldest first; ok is false when there is none.
func (w *Watcher) Find(idOrName string) (one Watched, history []Point, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, t := range w.containers {
		if id == idOrName || t.container.Name == idOrName || len(idOrName) >= 12 && strings.HasPrefix(id, idOrName) {
			return t.watched(), slices.Clone(t.history), true
		}
	}
	return Watched{}, nil, false
}

// Series are the numbers of one container under the names that cAdvisor has for them.
type Series struct {
	// ID, Name, Image, Project and Service say which container it is.
	ID, Name, Image, Project, Service string
	// At is when they were read.
	At time.Time
	// Values are by their names, such as container_memory_working_set_bytes.
	Values map[string]float64
}

// Samples returns the numbers of all containers that run, as they were read last. Names that
// end in _total only grow, and begin anew when the container does.
func (w *Watcher) Samples() []Series {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]Series, 0, len(w.containers))
	for _, t := range w.containers {
		if t.now.At.IsZero() {
			continue
		}
		c, s, u := t.container, &t.now, &t.last.usage
		values := map[string]float64{
			"container_cpu_usage_seconds_total": float64(u.cpu) / 1e9, "container_memory_working_set_bytes": float64(s.Memory),
			"container_spec_memory_limit_bytes": float64(s.MemoryLimit), "container_oom_events_total": float64(s.OOMKills),
			"container_threads": float64(s.Pids), "container_threads_max": float64(s.PidsLimit), "container_restarts": float64(c.RestartCount),
			"container_start_time_seconds": float64(c.Started.Unix()),
		}
		if s.Cores > 0 {
			values["container_spec_cpu_cores"] = s.Cores
		}
		if s.Connections >= 0 {
			values["container_network_receive_bytes_total"], values["container_network_transmit_bytes_total"] = float64(s.Received), float64(s.Sent)
			values["container_sockets_tcp"], values["container_sockets_udp"] = float64(s.Connections), float64(s.UDPSockets)
		}
		all = append(all, Series{ID: c.ID, Name: c.Name, Image: c.Image, Project: c.Project, Service: c.Service, At: s.At, Values: values})
	}
	slices.SortFunc(all, func(a, b Series) int { return strings.Compare(a.ID, b.ID) })
	return all
}
