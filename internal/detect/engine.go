// Package detect runs detection rules over events and says what it found.
//
// Time is the time of the events, never of the machine: a log that is read again
// gives the same findings, byte for byte. For each rule and each list of group
// values (a group) the engine keeps the events of the evaluation window, looks at
// the cases after every event, and keeps one signal open. That is the method
// threshold; the eval files say how the others decide. All share the groups and the
// life of signals:
//
//   - The window ends at the event and is half open: (t-window, t]. A window of 0
//     looks at each event alone. The same holds for the other durations: an event
//     exactly keepAlive after the last match opens a new signal.
//   - Queries join on equal group values, by their place in groupByFields. An event
//     without one of the values does not count, unless the query has
//     hasOptionalGroupByFields ("N/A"). Empty text is no value. An array counts in
//     a group for each of its elements, up to 16.
//   - The first case that holds wins. While the signal is open a more severe case
//     escalates it; a less severe one only updates it.
//   - The signal closes keepAlive after its last match, and maxSignalDuration after
//     its first event in any case. If either is 0, every match is a signal of its
//     own.
//
// Events may be late. An event inside the window of its group is put where it
// belongs, and the cases are tried at its time and at up to 32 later events of the
// window. (Distinct values are counted for the window of the latest event only.)
// An event older than the window starts a second window beside the first, so that
// two logs read in turn, or one line from the far future, do not disturb each
// other. A match that is older than the open signal by keepAlive or more closes it
// and opens another, but only eight times for a group: later ones update the
// signal.
//
// Memory is bounded: see Options. What the bounds cost is counted in Stats.
package detect

import (
	"math"
	"math/bits"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// The bounds of an engine when Options names no others.
const (
	DefaultMaxGroups    = 200_000
	DefaultMemoryBudget = 256 << 20
)

// Options bounds an engine and gives it what rules refer to.
type Options struct {
	// Tables has the lists of rules with referenceTables. Without it these rules
	// are not supported.
	Tables rule.Tables
	// MaxGroups is the number of groups that are remembered; DefaultMaxGroups when
	// it is 0. Beyond it, the group that was idle for the most events is dropped
	// and its signal closed.
	MaxGroups int
	// Suppressions keep signals and events of rules quiet; see also Suppress.
	Suppressions []Suppression
	// Held, unless it is nil, sees each signal that the suppression of that index
	// holds back, once, as it is then.
	Held func(suppression int, s *signal.Signal)
	// LearnAll makes Learn teach every rule whose method learns, not only those with
	// instantaneousBaseline: somebody chose the past that they learn from.
	LearnAll bool
	// MemoryBudget is the memory that groups may hold in bytes, as estimated;
	// DefaultMemoryBudget when it is 0. Beyond it groups are dropped as for
	// MaxGroups.
	MemoryBudget int64
}

// Stats counts what an engine saw and what its bounds cost.
type Stats struct {
	// Events is the number of events, Matched those that counted for a rule.
	Events, Matched int64
	// NoTime is the number of events without a time; they get the time of the event
	// before.
	NoTime int64
	// Backwards is the number of events that were older than the window of their
	// group.
	Backwards int64
	// Groups is the number of groups now, Bytes the memory that they are estimated
	// to hold.
	Groups, Bytes int64
	// Evicted is the number of groups dropped to stay within bounds while their
	// window or signal was alive.
	Evicted int64
	// Cut is the number of events that count in fewer groups, or with fewer
	// distinct values, than they name: arrays are used up to 16 elements.
	Cut int64
	// Open is the number of signals that are open; Opened, Escalated and Closed
	// count changes.
	Open, Opened, Escalated, Closed int64
	// Suppressed is the number of findings that suppressions held back, Excluded
	// how often an event was kept from a rule by one.
	Suppressed, Excluded int64
	// Relearnt counts the rules of the method isolation_forest that found more than
	// half of what they saw strange, and began to learn anew.
	Relearnt int64
	// Chained is the number of signals that were not correlated, because they came
	// out of correlations of correlations.
	Chained int64
	// Checked is the number of events and signals for which all queries were decided
	// to check the index of the queries, one in 10,000. Missed is for how many of
	// them it was wrong: a defect of ours.
	Checked, Missed int64
}

// Engine runs rules over events. It is for one goroutine: to use several, give
// each its own rules, or its own share of the groups.
type Engine struct {
	rules   []*compiled
	parts   []*compiled // the rules and what they consist of, in a fixed order
	matcher *matcher    // of the queries over events
	watcher *matcher    // of the queries over signals
	opts    Options
	clock   clock
	stats   Stats
	serial  int64 // counts the events and signals that were looked at, buckets as well

	hits     []uint64 // of the event: which queries of each rule match
	touched  []uint64 // of the event: which rules, a bit each
	found    func([]use)
	learning bool // the event is of the past: signals are not opened
	trying   bool // the event is a simulated signal: only simulated rules count it
	depth    int  // 0 for an event, 1 for a signal of a rule over events ..
	work     scratch
	queue    []queued       // signals to look at after the event
	spare    []*event.Event // for the next ones
	mute     *event.Event   // a signal as an event, for suppressions
	told     *event.Event   // the event that stands for a bucket

	suppressing suppressors // what holds signals back

	timers  timers // every group
	buckets timers // the groups whose buckets have to be judged
	pools   [pools]pool
	uses    int64 // counts how often a group was used
	made    uint64
	keySets []*keySet
	facts   facts
	// attributes are the paths that fields read.
	attributes map[string]*attribute
	samples    samples
}

// scratch is memory that each event uses again.
type scratch struct {
	read    values   // of one field
	counted values   // distinct values
	digests digests  // of some of them
	items   [64]span // which of them each query has
	metrics [64]float64
	tuple   []byte
	record  []byte // an event as JSON
	pending []pendingKey
	group   *group    // that the event counts in
	key     []byte    // of that group
	copied  []byte    // the key of another one
	results []float64 // of the queries, in the order of the rule
	best    []float64 // what the case that holds was decided by
	match   match
	verdict match            // of a bucket that ended
	unusual []signal.Unusual // of that bucket
	sought  []*keySet        // of the rules that the event may count for
	near    []*compiled      // those rules
	sum     int64            // of what was read of their groups
}

// pendingKey is one group that an event counts in, and the queries that do.
type pendingKey struct {
	key     []byte
	queries uint64
}

// New returns an engine for the rules that are enabled, and the list of those
// that it does not support: they are not run.
func New(rules []*rule.Rule, opts Options) (*Engine, []Unsupported) {
	if opts.MaxGroups <= 0 {
		opts.MaxGroups = DefaultMaxGroups
	}
	if opts.MemoryBudget <= 0 {
		opts.MemoryBudget = DefaultMemoryBudget
	}
	en := &Engine{opts: opts, matcher: newMatcher(), watcher: newMatcher(), mute: event.New(), attributes: map[string]*attribute{}}
	en.facts = en.newFacts()
	en.timers.of = func(g *group) *timer { return &g.timer }
	en.buckets.of = func(g *group) *timer { return &g.bucket }
	for i := range en.pools {
		en.pools[i].used.of = func(g *group) *timer { return &g.used }
	}
	rules, refused := supported(rules, opts.Tables)
	known, watched := map[string]int{}, map[string]int{}
	for _, r := range rules {
		searches, err := searchesOf(r)
		if err != nil {
			refused = append(refused, Unsupported{Rule: r, Reason: err.Error()})
			continue
		}
		for i, s := range searches {
			at := use{rule: len(en.rules), bit: 1 << i}
			if s.signals {
				en.watcher.add(s.query, at, watched)
			} else {
				en.matcher.add(s.query, at, known)
			}
		}
		en.rules = append(en.rules, en.compile(r))
	}
	en.matcher.build()
	en.watcher.build()
	en.suppressing = newSuppressors(opts.Suppressions)
	en.Suppress(nil)
	en.hits = make([]uint64, len(en.rules))
	en.touched = make([]uint64, (len(en.rules)+63)/64)
	en.found = func(uses []use) {
		for _, u := range uses {
			en.hits[u.rule] |= u.bit
			en.touched[u.rule>>6] |= 1 << (u.rule & 63)
		}
	}
	return en, refused
}

// Stats returns the counters.
func (en *Engine) Stats() Stats {
	s := en.stats
	s.Open = s.Opened - s.Closed
	s.Bytes += en.samples.bytes
	s.Checked = en.matcher.checked + en.watcher.checked
	s.Missed = en.matcher.missed + en.watcher.missed
	return s
}

// Costs returns what the queries of each rule have taken, in the order of the
// rules.
func (en *Engine) Costs() []Cost {
	costs := make([]Cost, len(en.rules))
	for i, c := range en.rules {
		costs[i].RuleID = c.rule.ID
	}
	en.matcher.addCosts(costs)
	en.watcher.addCosts(costs)
	return costs
}

// Observe counts one event and calls emit for each finding, in the order of time
// of what closes and then in the order of the rules. The event is not kept, and
// not changed but for what event.Get does. The findings' signals are snapshots.
// Events that match nothing, and repeated matches of an open signal, allocate
// nothing.
func (en *Engine) Observe(e *event.Event, emit func(signal.Finding)) {
	t := clampTime(e.Time)
	if e.Time == 0 {
		t = en.clock.last
		en.stats.NoTime++
	}
	en.stats.Events++
	en.clock.observe(t)
	en.expire(en.clock.low(), en.clock.near(), emit)

	en.matcher.match(e, en.found)
	if en.counted(e, t, emit) {
		en.stats.Matched++
	}
	en.correlate(emit)
}

// Learn takes in an event of the past for the rules with instantaneousBaseline, or
// all that learn (LearnAll): they learn from it as from any other, but open nothing.
// Whoever has stored events gives them to a new engine so, in the order of time,
// before Observe.
func (en *Engine) Learn(e *event.Event) {
	t := clampTime(e.Time)
	if e.Time == 0 {
		t = en.clock.last
	}
	en.clock.observe(t)
	en.learning = true
	en.expire(en.clock.low(), en.clock.near(), func(signal.Finding) {})
	en.matcher.match(e, en.found)
	en.counted(e, t, func(signal.Finding) {})
	en.learning = false
}

// Learners returns the number of rules that Learn teaches.
func (en *Engine) Learners() int {
	n := 0
	for _, c := range en.rules {
		if en.teaches(c) {
			n++
		}
	}
	return n
}

// teaches reports whether the rule learns from events of the past.
func (en *Engine) teaches(c *compiled) bool {
	return c.baseline || en.opts.LearnAll && c.learns
}

// counted counts an event for the rules that were found, and reports whether it
// counted for any.
func (en *Engine) counted(e *event.Event, t int64, emit func(signal.Finding)) bool {
	en.serial++
	number := en.serial // en.serial goes on when a bucket of a rule ends
	matched := false
	en.approach(e, number)
	for w, word := range en.touched {
		en.touched[w] = 0
		for ; word != 0; word &= word - 1 {
			i := w<<6 | bits.TrailingZeros64(word)
			queries := en.hits[i]
			en.hits[i] = 0
			if c := en.rules[i]; en.learning && !en.teaches(c) || en.trying && !c.rule.Simulated || c.excludes(en, e, t, number) {
				continue
			}
			if en.observe(en.rules[i], e, t, queries, emit) {
				matched = true
			}
		}
	}
	return matched
}

// Advance tells the engine that it is now, in nanoseconds since 1970 UTC, and
// that no earlier event will come: what closes until then is closed. A live
// platform calls it when its sources are quiet.
func (en *Engine) Advance(now int64, emit func(signal.Finding)) {
	en.expire(clampTime(now), clampTime(now), emit)
	en.correlate(emit)
}

// Flush judges the buckets that are running, closes every signal that is open, in
// the order in which they would have closed, and forgets everything. It is the end
// of the input.
func (en *Engine) Flush(emit func(signal.Finding)) {
	const after = math.MaxInt64 - 1 // everything
	end := func() { en.expire(after, after, emit) }
	for end(); len(en.queue) > 0; end() {
		en.correlate(emit)
	}
	for _, part := range en.parts {
		if l, ok := part.method.(learner); ok {
			l.forget()
			en.accountMethod(part)
		}
	}
}
