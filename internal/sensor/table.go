package sensor

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxProcesses is how many processes are known: what is beyond is forgotten, any of them.
	// Linux has 32,768 by default on small machines.
	maxProcesses = 65536
	// keptArgs is how many bytes are kept of a command line, for events to come.
	keptArgs = 1024
	// maxAncestors is how many names of processes above one are told.
	maxAncestors = 8
)

// process is what is known of one that runs.
type process struct {
	start     uint64
	parent    uint32
	name, exe string
	args      string // as in Event
	container string
}

// table knows the processes that run. Run writes it, others ask its size.
type table struct {
	evicted *atomic.Int64
	host    bool // /proc shows the processes of the machine
	now     func() time.Time

	mu  sync.Mutex
	all map[uint32]*process
}

func newTable(evicted *atomic.Int64, host bool, now func() time.Time) *table {
	return &table{evicted: evicted, host: host, now: now, all: map[uint32]*process{}}
}

func (t *table) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// seed takes over the processes that run already.
func (t *table) seed() {
	if !t.host {
		return
	}
	for _, pid := range processes() {
		if p := readProcess(pid); p != nil {
			t.put(pid, p)
		}
	}
}

func (t *table) put(pid uint32, p *process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.all[pid]; !ok && len(t.all) >= maxProcesses {
		for other := range t.all {
			delete(t.all, other)
			t.evicted.Add(1)
			break
		}
	}
	t.all[pid] = p
}

// see learns from an event.
func (t *table) see(e *Event) {
	switch e.Kind {
	case Exec:
		args := e.Args
		if len(args) > keptArgs {
			args = args[:keptArgs]
		}
		t.put(e.PID, &process{
			start: e.Start, parent: e.Parent, name: strings.Clone(e.Name), exe: strings.Clone(e.Exe), args: strings.Clone(args), container: e.Container,
		})
	case Exit:
		t.mu.Lock()
		if p := t.all[e.PID]; p != nil && (p.start == e.Start || e.Start == 0 || p.start == 0) {
			delete(t.all, e.PID)
		}
		t.mu.Unlock()
	default:
	}
}

// get returns what is known of a process, if it is the one that runs: start 0 is any.
func (t *table) get(pid uint32, start uint64) *process {
	t.mu.Lock()
	p := t.all[pid]
	t.mu.Unlock()
	if p != nil && (start == 0 || p.start == 0 || p.start == start) {
		return p
	}
	return nil
}

// find is get that asks /proc about a process that nobody has seen start, such as one that
// only forked.
func (t *table) find(pid uint32, start uint64) *process {
	if p := t.get(pid, start); p != nil || !t.host || pid == 0 {
		return p
	}
	p := readProcess(pid)
	if p != nil {
		t.put(pid, p)
	}
	return p
}

// ancestors appends the names of the processes above the parent of an event, the nearest
// first.
func (t *table) ancestors(dst []string, e *Event) []string {
	seen := e.Parent
	for pid := e.Grandparent; pid > 1 && pid != seen && len(dst) < maxAncestors; {
		p := t.find(pid, 0)
		if p == nil {
			break
		}
		dst = append(dst, p.name)
		seen, pid = pid, p.parent
	}
	return dst
}
