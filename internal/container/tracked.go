package container

import (
	"math"
	"slices"
	"strings"
	"time"
)

// tracked is what a watcher knows of a container. The watcher's lock guards it.
type tracked struct {
	container *Container
	seen      time.Time // first
	problem   string    // why it cannot be sampled
	judged    string    // the run that was told of
	hidden    bool      // its files are not visible here

	group   group
	pid     int // of the group
	last    before
	limited int // samples since the limits were read
	now     Sample
	history []Point

	disk                  float64
	diskKnown, diskShared bool

	sampled time.Time   // when an event said so last
	told    [levels]int // the highest level since
	oom     time.Time   // when the engine told of it
	kills   int64       // that were told of
	killed  bool        // somebody ended this run
	crashes int64       // that were seen
	files   map[string]bool

	allowance float64 // events that it may still make
	allowed   time.Time
}

// Point is what is kept of a sample.
type Point struct {
	// At is in seconds since 1970. CPU is in per cent of one core, Memory in bytes; CPU is
	// negative when it is not known.
	At          int64
	CPU         float32
	Memory      int64
	Connections int32
}

// forget forgets readings of a run that ended.
func (t *tracked) forget() {
	t.pid, t.group, t.last, t.now, t.kills, t.told = 0, group{}, before{}, Sample{}, 0, [levels]int{}
	t.limited, t.diskKnown, t.sampled, t.problem = 0, false, time.Time{}, ""
}

// sample takes a sample.
func (t *tracked) sample(k *kernel, at time.Time, cores int) (err error) {
	c := t.container
	if t.pid != c.Pid {
		if t.group, err = k.find(c.Pid, c.ID); err != nil {
			return err
		}
		t.forgetRun(c.Pid)
	}
	now := before{at: at}
	limits := &t.last.usage
	if t.limited%limitsEvery == 0 { // docker update changes them
		limits = nil
	}
	t.limited++
	if now.usage, err = k.use(&t.group, limits); err != nil {
		return err
	}
	// A network of its own is one that is neither the host's nor another container's.
	if c.NetworkMode != "host" && !strings.HasPrefix(c.NetworkMode, "container:") {
		if now.traffic, err = k.traffic(c.Pid); err != nil {
			return err
		}
		now.network = true
	}
	t.now = compare(&t.last, &now, cores)
	if t.diskKnown {
		t.now.Disk, t.now.DiskShared = t.disk, t.diskShared
	}
	t.last = now
	if len(t.history) >= historyLength {
		t.history = slices.Delete(t.history, 0, historyLength/10)
	}
	cpu := float32(t.now.CPU)
	if math.IsNaN(t.now.CPU) {
		cpu = -1
	}
	t.history = append(t.history, Point{At: at.Unix(), CPU: cpu, Memory: t.now.Memory, Connections: int32(min(t.now.Connections, math.MaxInt32))})
	return nil
}

// forgetRun begins with another run of the container, whose group was found.
func (t *tracked) forgetRun(pid int) {
	found := t.group
	t.forget()
	t.group, t.pid = found, pid
}

// limitsEvery is at which samples the limits of a container are read: they hardly change.
const limitsEvery = 5

// levels is how many values of a sample have levels.
const levels = 6

// level returns which level a value has reached: those from 50 per cent on, five apart, and
// those of a number of connections. Whatever a rule takes for too much, be it a multiple of
// five or one of these numbers, there is an event in the second in which it is reached.
func level(percent float64) int {
	if !(percent >= 50) {
		return 0
	}
	return int(min(percent, 1000) / 5)
}

func connectionLevel(n int64) int {
	at, found := slices.BinarySearch([]int64{100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000}, n)
	if found {
		at++
	}
	return at
}

// reached returns the levels of a sample.
func reached(s *Sample) [levels]int {
	pids := 0.0
	if s.PidsLimit > 0 {
		pids = 100 * float64(s.Pids) / float64(s.PidsLimit)
	}
	return [levels]int{level(s.CPU), level(s.CPUOfLimit), level(s.MemoryOfLimit), level(s.Disk), level(pids), connectionLevel(s.Connections)}
}
