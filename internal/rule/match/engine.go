package match

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sasumata/sasumata/internal/event"
)

// EngineOptions say how an engine watches itself. Zero values mean the defaults.
type EngineOptions struct {
	// CheckEvery is every how many events one is also matched by a full scan of
	// all rules; default 10,000, negative never.
	CheckEvery int
	// SampleEvery is every how many events one joins the profile by which indexes
	// are built; default 100, negative never.
	SampleEvery int
}

// Engine holds the current set of rules. It is safe for concurrent use: workers
// match against the set that is current when an event begins, and a reload swaps
// the pointer without making anybody wait.
type Engine struct {
	current atomic.Pointer[Set]
	opts    EngineOptions

	mu      sync.Mutex
	profile *Profile
	costs   map[string]Cost // of the rules of the current set, by id
	stats   Stats
}

// Stats counts what an engine has done.
type Stats struct {
	// Events were matched, and Matches rules held for them.
	Events, Matches uint64
	// Truncated events had more than MaxValues values.
	Truncated uint64
	// Checked events were scanned in full as well. For Disagreed of them the index
	// and the scan found different rules; the scan was believed.
	Checked, Disagreed uint64
}

// NewEngine returns an engine for the set.
func NewEngine(s *Set, opts EngineOptions) *Engine {
	if opts.CheckEvery == 0 {
		opts.CheckEvery = 10_000
	}
	if opts.SampleEvery == 0 {
		opts.SampleEvery = 100
	}
	e := &Engine{opts: opts, profile: NewProfile(), costs: map[string]Cost{}}
	e.current.Store(s)
	return e
}

// Set returns the current set.
func (e *Engine) Set() *Set { return e.current.Load() }

// Swap makes another set current. Costs of rules that it does not have are
// forgotten.
func (e *Engine) Swap(s *Set) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := make(map[string]Cost, s.Len())
	for i := range s.rules {
		if c, ok := e.costs[s.rules[i].id]; ok {
			kept[s.rules[i].id] = c
		}
	}
	e.costs = kept
	e.current.Store(s)
}

// Retune rebuilds the indexes of the current set after what workers have sampled,
// and reports whether there was a sample to go by. Older samples count half each
// time. Call it every few hours; it takes as long as a reload, and nobody waits.
func (e *Engine) Retune() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.profile.Events() < minSample {
		return false
	}
	frozen := e.profile
	e.profile = frozen.clone()
	e.profile.Age()
	e.current.Store(e.current.Load().Tuned(frozen))
	return true
}

// Stats returns the counters. Workers add to them every flushEvery events.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stats
}

// RuleCost is what one rule has taken.
type RuleCost struct {
	ID string
	Cost
}

// Costs returns what the rules have taken, the dearest first.
func (e *Engine) Costs() []RuleCost {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]RuleCost, 0, len(e.costs))
	for id, c := range e.costs {
		all = append(all, RuleCost{id, c})
	}
	slices.SortFunc(all, func(a, b RuleCost) int {
		switch {
		case a.Tests != b.Tests:
			if a.Tests > b.Tests {
				return -1
			}
			return 1
		case a.ID < b.ID:
			return -1
		default:
			return 1
		}
	})
	return all
}

// flushEvery is every how many events a worker hands over its counters.
const flushEvery = 1024

// Worker matches events for one goroutine.
type Worker struct {
	engine  *Engine
	m       *Matcher
	profile *Profile
	events  int
	since   Stats
}

// Worker returns a worker; each goroutine needs its own.
func (e *Engine) Worker() *Worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &Worker{engine: e, m: e.current.Load().NewMatcher(), profile: e.profile.Fork()}
}

// Match returns the rules of the set that hold for the event, ascending, and the
// set that they belong to. Both are valid until the next call.
func (w *Worker) Match(ev *event.Event, src Source, routing Routing) (*Set, []int32) {
	w.begin()
	w.m.Load(ev)
	return w.match(src, routing)
}

// MatchJSON is Match for an event that is a JSON object, see Matcher.Scan.
func (w *Worker) MatchJSON(text []byte, src Source, routing Routing) (*Set, []int32, error) {
	w.begin()
	if err := w.m.Scan(text); err != nil {
		return w.m.set, nil, err
	}
	set, found := w.match(src, routing)
	return set, found, nil
}

// View returns the event of the last Match.
func (w *Worker) View() *View { return w.m.view }

func (w *Worker) begin() {
	if w.events++; w.events%flushEvery == 0 {
		w.Flush()
	}
	if s := w.engine.current.Load(); s != w.m.set {
		w.Flush()
		w.m = s.NewMatcher()
	}
}

func (w *Worker) match(src Source, routing Routing) (*Set, []int32) {
	m, opts := w.m, &w.engine.opts
	w.since.Events++
	if m.Truncated() {
		w.since.Truncated++
	}
	if opts.SampleEvery > 0 && w.events%opts.SampleEvery == 0 {
		m.Observe(w.profile)
	}
	found := m.Match(src, routing)
	if opts.CheckEvery > 0 && w.events%opts.CheckEvery == 0 {
		w.since.Checked++
		if all := m.FullScan(src, routing); !slices.Equal(all, found) {
			w.since.Disagreed++
			found = all
		}
	}
	w.since.Matches += uint64(len(found))
	return m.set, found
}

// Flush hands over the counters; a worker that ends calls it.
func (w *Worker) Flush() {
	e := w.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Events += w.since.Events
	e.stats.Matches += w.since.Matches
	e.stats.Truncated += w.since.Truncated
	e.stats.Checked += w.since.Checked
	e.stats.Disagreed += w.since.Disagreed
	w.since = Stats{}
	if w.profile.seed == e.profile.seed {
		e.profile.Merge(w.profile)
	}
	for r := range w.m.costs {
		if c := &w.m.costs[r]; c.Evaluated > 0 {
			id := w.m.set.rules[r].id
			sum := e.costs[id]
			sum.Evaluated, sum.Tests, sum.Matched = sum.Evaluated+c.Evaluated, sum.Tests+c.Tests, sum.Matched+c.Matched
			e.costs[id] = sum
		}
	}
	clear(w.m.costs)
}
