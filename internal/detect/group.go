package detect

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// group is the state of one rule for one list of group values. There are many, and an
// event finds its groups in no cache: what each event needs comes first, and what the
// method of the rule remembers lies behind the group, in the same piece of memory.
type group struct {
	state  state // of the method, nil when the windows are all
	open   *openSignal
	tracks [2]*track // the one that was used last comes first
	bytes  int64     // estimated memory
	used   timer     // the last event that was counted, see Engine.uses
	early  earlySamples

	rule     *compiled
	key      string
	number   uint64 // groups are counted as they are made
	timer           // when it has to be looked at
	bucket   timer  // when its bucket has to be judged, while waits
	waits    bool
	restarts uint8
}

// track is the windows of a group around one place in time. A group has a second
// one only when its events come from two places in turn: inputs that interleave,
// a clock that jumped.
type track struct {
	latest  int64
	all     series // all events of the rule's queries
	queries []trackQuery
	done    [][]int64 // of a sequence: when each step was done, in order
}

// trackQuery is the window of one query; distinct is nil unless it counts
// distinct values.
type trackQuery struct {
	series   series
	distinct *distinct
}

// earlySamples are the latest events before a signal opens, and whom events named
// that changed no signal.
type earlySamples struct {
	ring  [earlyCount]*sample
	named *mentions // nil for nobody
	next  uint8
	any   bool // some event was remembered
}

const (
	earlyCount = 3
	earlyBytes = 512
)

// openSignal is a signal that is open, with what decides when it closes.
type openSignal struct {
	sig       signal.Signal
	first     int64 // from when its longest duration counts
	lastMatch int64
	pending   int64           // events since, which count if a case matches again
	announce  int64           // the number of events at which an update is sent
	told      bool            // people know of it: no suppression held it back
	from      signal.Severity // the severity that they know
	held      string          // the key of what began to hold it back last
}

// Estimated sizes in bytes, for the budget.
const (
	groupBytes    = 320
	trackBytes    = 160
	queryBytes    = 96
	entryBytes    = 24
	distinctBytes = 128
	sightingBytes = 40
	signalBytes   = 1024
	sampleBytes   = 64
	earlyMemory   = 112
)

// size estimates the memory that the group holds; samples count for themselves.
func (g *group) size() int64 {
	n := int64(groupBytes + len(g.key))
	for _, t := range g.tracks {
		if t == nil {
			continue
		}
		n += trackBytes + int64(cap(t.all.entries))*entryBytes
		for i := range t.done {
			n += 24 + int64(cap(t.done[i]))*8
		}
		for i := range t.queries {
			q := &t.queries[i]
			n += queryBytes + int64(cap(q.series.entries))*entryBytes
			if q.distinct != nil {
				n += q.distinct.size()
			}
		}
	}
	if g.state != nil {
		n += g.state.size()
	}
	if g.early.any {
		n += earlyMemory + g.early.named.size()
	}
	if g.open != nil {
		n += g.open.bytes()
	}
	return n
}

func (o *openSignal) bytes() int64 {
	n := int64(signalBytes + len(o.sig.Title) + len(o.sig.Message) + len(o.sig.MessageJA))
	for i := range o.sig.Samples {
		n += int64(len(o.sig.Samples[i].Text)) + 48
	}
	n += int64(len(o.sig.Unlisted)) * 24
	return n + int64(len(o.sig.Entities))*96 + int64(len(o.sig.Tags))*48
}

// words reads what an event needs of the group, so that it is fetched.
func (g *group) words() int64 {
	sum := g.bytes + g.used.due + int64(g.early.next) + g.due
	if s := g.early.ring[g.early.next]; s != nil {
		sum += s.t // it has to make way
	}
	if m := g.early.named; m != nil {
		sum += int64(len(m.list)) + m.first[0].events
	}
	switch s := g.state.(type) {
	case nil:
		if t := g.tracks[0]; t != nil {
			sum += t.latest + int64(t.all.lo)
			if n := len(t.events(g.rule).entries); n > 0 {
				sum += t.events(g.rule).entries[n-1].t
			}
		}
	case *buckets:
		sum += s.last
		for i := range s.each {
			sum += s.each[i].n + s.each[i].poured.words()
		}
	case *traffic:
		sum += s.n + s.last
		for i := range s.each {
			sum += s.each[i].values.words()
		}
	}
	return sum
}

// wake returns when the group has to be looked at: when its signal would close,
// or when its windows are empty.
func (g *group) wake() int64 {
	at := int64(minTime)
	if g.open != nil {
		at = g.closes()
	}
	for _, t := range g.tracks {
		if t != nil {
			at = max(at, t.latest+g.rule.window)
		}
	}
	if g.state != nil {
		at = max(at, g.state.until())
	}
	return at
}

// closes returns when the open signal closes unless a case matches before.
func (g *group) closes() int64 {
	return min(g.open.lastMatch+g.rule.keepAlive, g.open.first+g.rule.maxDuration)
}

// track returns the windows for an event at t. The event belongs to windows that
// it is neither older than nor a jump ahead of. Otherwise it starts over; the
// other windows are kept when late events for them may still come. backwards
// reports that the event was older than the windows in use.
func (g *group) track(t, low int64) (tr *track, backwards bool) {
	first := g.tracks[0]
	if first == nil {
		return g.start(t), false
	}
	near := func(tr *track) bool {
		return tr != nil && t > tr.latest-g.rule.window && t < tr.latest+g.rule.window
	}
	if near(first) {
		return first, false
	}
	backwards = t < first.latest
	if near(g.tracks[1]) {
		g.tracks[0], g.tracks[1] = g.tracks[1], g.tracks[0]
		return g.tracks[0], backwards
	}
	if !backwards && low >= first.latest+g.rule.window {
		return g.start(t), false
	}
	g.tracks[0], g.tracks[1] = g.tracks[1], g.tracks[0]
	return g.start(t), backwards
}

// windowed is a group with the first of its windows, for the methods that need no more.
type windowed struct {
	group

	track track
	one   [1]trackQuery
	first [2]entry
}

// newWindowed makes a group of the rule, with empty windows around t.
func newWindowed(c *compiled, t int64) *group {
	if c.window == 0 {
		return &group{rule: c}
	}
	w := &windowed{}
	w.rule, w.tracks[0] = c, &w.track
	if len(c.queries) == 1 {
		w.track.queries = w.one[:]
	}
	w.track.prepare(c)
	w.track.events(c).entries = w.first[:0]
	w.start(t)
	return &w.group
}

// prepare makes what the windows of a rule need.
func (t *track) prepare(c *compiled) {
	if t.queries == nil {
		t.queries = make([]trackQuery, len(c.queries))
	}
	for i := range c.queries {
		if c.queries[i].aggregation == aggregateCardinality {
			t.queries[i].distinct = newDistinct()
		}
	}
	if s, ok := c.method.(*sequence); ok {
		t.done = make([][]int64, len(s.steps))
	}
}

// start empties or makes the windows that are used now, around t.
func (g *group) start(t int64) *track {
	tr := g.tracks[0]
	if tr == nil {
		tr = &track{}
		tr.prepare(g.rule)
		g.tracks[0] = tr
	}
	for i := range tr.done {
		tr.done[i] = tr.done[i][:0]
	}
	tr.latest = t
	tr.all.reset()
	for i := range tr.queries {
		tr.queries[i].series.reset()
		if d := tr.queries[i].distinct; d != nil {
			d.reset()
		}
	}
	return tr
}

// unremember forgets the event, which the signal has anyway.
func (en *Engine) unremember(g *group, e *event.Event) {
	for i, s := range g.early.ring {
		if s != nil && s.t == e.Time && s.line == e.Line {
			en.samples.release(&g.early.ring[i])
		}
	}
}

// recall appends the remembered events of the window (start, end], and forgets all.
func (en *Engine) recall(g *group, samples []signal.Sample, start, end int64) []signal.Sample {
	for i := range earlyCount {
		at := &g.early.ring[(int(g.early.next)+i)%earlyCount]
		if s := *at; s != nil && s.t > start && s.t <= end {
			samples = append(samples, signal.Sample{Time: s.t, Line: s.line, Text: strings.ToValidUTF8(string(s.text), "")})
		}
		en.samples.release(at)
	}
	return samples
}
