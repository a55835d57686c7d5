package container

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/disk"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const (
	// MaxWatched is how many containers are watched; further ones are counted and told.
	MaxWatched = 1000
	// DefaultInterval is how often what containers use is read.
	DefaultInterval = time.Second
	// DefaultEvery is how often an event says what a container uses where nothing happens.
	DefaultEvery = time.Minute
	// slowly is how often the rest is looked at: how full disks are, and files by the engine.
	slowly = 10 * time.Second
	// historyLength is how many samples of a container are kept.
	historyLength = 300
	// maxWaiting is how many events wait for room in the queue.
	maxWaiting = 4096
	// maxKnown is how many containers are remembered for drift.
	maxKnown = 5000
)

// Watcher samples the containers of an engine, and makes events of that and of what happens
// to them. Its fields are set before Run, which is called once; View and Samples may be called
// at any time.
type Watcher struct {
	// Engine is asked which containers there are. Who made it closes it.
	Engine *Engine
	// Proc and Cgroup are where the kernel's files are mounted; "" is /proc and /sys/fs/cgroup.
	Proc, Cgroup string
	// Interval is how often containers are sampled, Every how often there is an event of a
	// sample where no level was passed; 0 is DefaultInterval and DefaultEvery.
	Interval, Every time.Duration
	// Skip reports whether a container is to be left alone; may be nil.
	Skip func(id string) bool
	// Host is that of the events.
	Host string
	// Baselines are how containers were when an earlier run saw them first, by their keys;
	// Remember is called with all of them when there are new ones. Both may be nil.
	Baselines map[string]Baseline
	Remember  func(map[string]Baseline) error
	// Restart is how long it takes until an engine that went away is asked again; 0 is a
	// second.
	Restart time.Duration
	// Now is the clock.
	Now func() time.Time
	// Put queues events. When there is no room it is called again.
	Put source.Sink
	// Counters and Log are told what happens.
	Counters *source.Counters
	Log      *slog.Logger

	kernel *kernel
	news   chan record.Record
	counts Counts

	mu         sync.Mutex
	containers map[string]*tracked
	refused    map[string]bool
	about      About
	connected  bool
	lastError  string
	since      time.Time
	remembered bool // Baselines changed
}

// Counts is how watching went. Any number of goroutines may use it.
type Counts struct {
	// Sampled counts samples, Unreadable those that could not be taken; Lost the connections
	// to the engine that ended, Inspected its answers, Held the events that were held back
	// because a container made too many.
	Sampled, Unreadable, Lost, Inspected, Held atomic.Int64
	// Busy is how long sampling took in all, in nanoseconds.
	Busy atomic.Int64
}

// Counts returns how watching went so far.
func (w *Watcher) Counts() *Counts { return &w.counts }

// Run watches until the context is done. What waits to be queued by then is lost and counted:
// the next run finds out again how things are.
func (w *Watcher) Run(ctx context.Context) {
	for value, fallback := range map[*time.Duration]time.Duration{&w.Interval: DefaultInterval, &w.Every: DefaultEvery} {
		if *value <= 0 {
			*value = fallback
		}
	}
	if w.Proc == "" {
		w.Proc = "/proc"
	}
	if w.Cgroup == "" {
		w.Cgroup = "/sys/fs/cgroup"
	}
	w.mu.Lock()
	w.kernel, w.news = newKernel(w.Proc, w.Cgroup), make(chan record.Record, maxWaiting)
	w.containers, w.refused, w.Baselines = map[string]*tracked{}, map[string]bool{}, maps.Clone(w.Baselines)
	if w.Baselines == nil {
		w.Baselines = map[string]Baseline{}
	}
	w.mu.Unlock()
	var running sync.WaitGroup
	running.Go(func() { w.send(ctx) })
	running.Go(func() { w.sampling(ctx) })
	running.Go(func() { w.slowly(ctx) })
	w.Engine.Follow(ctx, &Follower{Restart: w.Restart, Begun: w.begun, Happened: func(e Event) { w.happened(ctx, e) }, Lost: func(err error) { w.lost(ctx, err) }})
	running.Wait()
	w.Counters.Dropped.Add(int64(len(w.news)))
}

// begun looks at all containers; it is called when no event will be missed any more.
func (w *Watcher) begun(ctx context.Context) error {
	about, err := w.Engine.About(ctx)
	if err != nil {
		return err
	}
	all, err := w.Engine.List(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for i := range all {
		there[all[i].ID] = true
		w.mu.Lock()
		restarts := -1
		if t := w.containers[all[i].ID]; t != nil {
			restarts = t.container.RestartCount
		}
		w.mu.Unlock()
		if t := w.look(ctx, all[i].ID); t != nil && restarts >= 0 {
			w.missed(t, restarts)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.containers {
		if !there[id] {
			delete(w.containers, id)
		}
	}
	maps.DeleteFunc(w.refused, func(id string, _ bool) bool { return !there[id] })
	if !w.connected {
		w.Log.InfoContext(ctx, "watching containers", "address", w.Engine.Address(), "engine", about.Version, "found", len(w.containers), "remote", w.Engine.Remote())
	}
	w.about, w.connected, w.lastError, w.since = about, true, "", w.Now()
	return nil
}

// lost notes that the engine ended the connection.
func (w *Watcher) lost(ctx context.Context, err error) {
	w.counts.Lost.Add(1)
	w.Counters.Errors.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if text := err.Error(); text != w.lastError {
		w.lastError = text
		w.Log.WarnContext(ctx, "the engine of containers cannot be followed: it is tried again", "address", w.Engine.Address(), "error", err)
	}
	if w.connected {
		w.connected, w.since = false, w.Now()
	}
}

// look asks the engine how a container is, and returns what is known of it; nil when nothing
// is, or it is to be left alone.
func (w *Watcher) look(ctx context.Context, id string) *tracked {
	if w.Skip != nil && w.Skip(id) {
		return nil
	}
	w.mu.Lock()
	t, full := w.containers[id], len(w.containers) >= MaxWatched
	if t == nil && full && !w.refused[id] && len(w.refused) < MaxWatched {
		w.refused[id] = true
		w.Counters.Errors.Add(1)
		w.Log.ErrorContext(ctx, "a container is left out: there are too many", "container_id", id, "max", MaxWatched)
	}
	w.mu.Unlock()
	if t == nil && full {
		return nil
	}
	c, err := w.Engine.Inspect(ctx, id)
	w.counts.Inspected.Add(1)
	if err != nil {
		if !errors.Is(err, ErrNotFound) && ctx.Err() == nil {
			w.Counters.Errors.Add(1)
			w.Log.WarnContext(ctx, "a container cannot be inspected", "container_id", id, "error", err)
		}
		return t // as it was
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t == nil {
		t = &tracked{seen: w.Now(), allowance: maxBurst}
		w.containers[id] = t
	}
	t.container = c
	if c.Running() {
		w.judge(t)
	}
	return t
}

// judge tells what is dangerous or other than before about a container that runs: once for
// each run of it and each way that it is.
func (w *Watcher) judge(t *tracked) {
	c := t.container
	now := c.baseline()
	run := c.Started.String()
	if powers := c.Powers(); len(powers) > 0 && t.judged != run {
		w.tell(t, "container_powerful", "may do what others may not: "+strings.Join(powers, ", "), details{"powers": powers, "privileged": c.Privileged})
	}
	t.judged = run
	was, known := w.Baselines[c.key()]
	d := drifted(was, now)
	if known && len(d.settings) > 0 {
		w.tell(t, "container_drifted", "is not as it was when it was seen first: "+strings.Join(d.changes, "; "),
			details{"drift": map[string]any{"settings": d.settings, "changes": d.changes, "declared": d.declared, "weaker": d.weaker}})
	}
	if !known && len(w.Baselines) >= maxKnown {
		return
	}
	if !known || len(d.settings) > 0 || was.Declared != now.Declared {
		w.Baselines[c.key()] = now
		w.remembered = true
	}
}

// sampling samples all containers again and again.
func (w *Watcher) sampling(ctx context.Context) {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		begun := w.Now()
		w.sampleAll()
		w.counts.Busy.Add(int64(w.Now().Sub(begun)))
	}
}

// sampleAll samples all containers that run. The engine is not asked.
func (w *Watcher) sampleAll() {
	if w.Engine.Remote() {
		return // its processes are not ours
	}
	cores := runtime.NumCPU()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.containers {
		if !t.container.Running() {
			t.forget()
			continue
		}
		if err := t.sample(w.kernel, w.Now(), cores); err != nil {
			t.problem = err.Error()
			w.counts.Unreadable.Add(1)
			continue
		}
		t.problem = ""
		w.counts.Sampled.Add(1)
		w.weigh(t)
		if t.container.Immutable() && t.container.UpperDir != "" && !t.hidden && len(t.files) < maxWritten {
			files, err := written(t.container)
			t.hidden = err != nil // the engine is asked then
			w.wrote(t, files)
		}
	}
}

// slowly looks at what changes slowly, or costs more.
func (w *Watcher) slowly(ctx context.Context) {
	tick := time.NewTicker(min(slowly, 10*w.Interval))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			w.remember(ctx)
			return
		case <-tick.C:
		}
		w.remember(ctx)
		w.mu.Lock()
		all := slices.Collect(maps.Values(w.containers))
		w.mu.Unlock()
		for _, t := range all {
			w.slow(ctx, t)
		}
	}
}

// slow looks at one container.
func (w *Watcher) slow(ctx context.Context, t *tracked) {
	w.mu.Lock()
	c, ask := t.container, t.container.Immutable() && (t.hidden || t.container.UpperDir == "")
	w.mu.Unlock()
	if !c.Running() || ctx.Err() != nil {
		return
	}
	if !w.Engine.Remote() {
		// The kernel knows how full the disk is that the container sees, with its quota.
		percent, size, err := disk.Usage(filepath.Join(w.Proc, strconv.Itoa(c.Pid), "root"))
		_, whole, wholeErr := disk.Usage(filepath.Dir(filepath.Dir(c.UpperDir)))
		w.mu.Lock()
		t.disk, t.diskKnown, t.diskShared = percent, err == nil && size > 0, wholeErr != nil || size == whole
		w.mu.Unlock()
	}
	if !ask {
		return
	}
	files, err := w.Engine.written(ctx, c)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, ErrNotFound) {
			w.Counters.Errors.Add(1)
		}
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrote(t, files)
}

// remember keeps how containers were, for the next run.
func (w *Watcher) remember(ctx context.Context) {
	w.mu.Lock()
	changed, all := w.remembered, maps.Clone(w.Baselines)
	w.remembered = false
	w.mu.Unlock()
	if !changed || w.Remember == nil {
		return
	}
	if err := w.Remember(all); err != nil {
		w.mu.Lock()
		w.remembered = true // it is tried again
		w.mu.Unlock()
		w.Log.WarnContext(ctx, "what containers were like cannot be kept: a change of one may not be seen after the next start", "error", err)
	}
}
