package detect

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// maxLate is at how many later events the cases are tried again for a late event.
const maxLate = 32

// method is how a rule decides what its events mean. There is one for each way in
// which a group's past matters.
type method interface {
	// start makes a group of the rule, for an event at t: what the method remembers
	// lies in the same piece of memory.
	start(c *compiled, t int64) *group
	// count takes in an event of the group for the queries, and notes the case that
	// holds. The values that decided are left in en.work.best.
	count(en *Engine, g *group, e *event.Event, t int64, queries uint64, m *match)
}

// state is what a method remembers about a group.
type state interface {
	// size estimates the memory in bytes.
	size() int64
	// until returns the time at which nothing of it matters any more.
	until() int64
	// code writes or reads it.
	code(c *codec)
	// fits reports whether what was read can be of a group of the rule.
	fits(c *compiled) bool
}

// count counts an event in a group for the queries, tries the cases, and changes
// the group's signal.
func (en *Engine) count(g *group, e *event.Event, t int64, queries uint64, emit func(signal.Finding)) {
	if b, ok := g.state.(*traffic); ok {
		b.arrive(en, g, t, emit)
	}
	if g.open != nil && t >= g.closes() {
		en.closeSignal(g, g.closes(), emit)
	}
	m := &en.work.match
	*m = match{kase: -1, at: t}
	g.rule.method.count(en, g, e, t, queries, m)
	switch {
	case en.learning:
	case g.rule.roof != nil:
		en.raise(g, e, t, m, emit)
	default:
		en.change(g, e, t, m, emit)
	}
	if g.state == nil && g.rule.window == 0 && g.open == nil {
		en.drop(g)
		return
	}
	en.settle(g, emit)
}

// match is a case that holds, and the events that it holds for.
type match struct {
	kase   int     // -1 when no case holds
	at     int64   // the end of the window
	inside []entry // the events in it
	first  int64   // if n is not 0: the time of the first event
	n      int64   // and how many
	bucket bool    // they were counted before
}

// span returns the time of the first event and the number of events.
func (m *match) span() (first, n int64) {
	switch {
	case m.n > 0:
		return m.first, m.n
	case len(m.inside) == 0:
		return m.at, 1
	default:
		return m.inside[0].t, events(m.inside)
	}
}

// seen returns the time of the event that a signal shows for what happened at t.
func (m *match) seen(e *event.Event, t int64) int64 {
	if m.bucket {
		return e.Time
	}
	return t
}

// windows is the method of thresholds over a window.
type windows struct{}

func (windows) start(c *compiled, t int64) *group { return newWindowed(c, t) }

func (windows) count(en *Engine, g *group, _ *event.Event, t int64, queries uint64, m *match) {
	tr := en.add(g, t, queries)
	en.try(g.rule, tr, t, queries, m)
}

// single is the method of thresholds without a window: each event is looked at
// alone.
type single struct{}

func (single) start(c *compiled, _ int64) *group { return &group{rule: c} }

func (single) count(en *Engine, g *group, _ *event.Event, _ int64, queries uint64, m *match) {
	en.alone(g.rule, queries, m)
}

// alone evaluates the cases for an event without a window.
func (en *Engine) alone(c *compiled, queries uint64, m *match) {
	w := &en.work
	w.results = w.results[:0]
	for i := range c.queries {
		v := 0.0
		if queries&(1<<i) != 0 {
			switch c.queries[i].aggregation {
			case aggregateSum, aggregateMax:
				v = w.metrics[i]
			case aggregateCardinality:
				v = float64(w.items[i].to - w.items[i].from)
			default:
				v = 1
			}
		}
		w.results = append(w.results, v)
	}
	m.kase = c.decide(w.results, true)
	w.best = append(w.best[:0], w.results...)
}

// decide returns the first case that holds for the values, -1 when none does; bare
// says whether a case without a condition does.
func (c *compiled) decide(values []float64, bare bool) int {
	for i := range c.cases {
		if expr := c.cases[i].expr; expr == nil && bare || expr != nil && expr.Eval(0, values) {
			return i
		}
	}
	return -1
}

// add counts the event in the windows of the queries, which it returns.
func (en *Engine) add(g *group, t int64, queries uint64) *track {
	c := g.rule
	tr, backwards := g.track(t, en.clock.low())
	if backwards {
		en.stats.Backwards++
	}
	tr.latest = max(tr.latest, t)
	if !c.alone {
		tr.all.add(t, 0, false)
		tr.all.advance(tr.latest, c.window, c.limit, false)
	}
	for i := range tr.queries {
		q, w := &c.queries[i], &tr.queries[i]
		hit := queries&(1<<i) != 0
		switch q.aggregation {
		case aggregateNone:
		case aggregateCardinality:
			if hit {
				for j := en.work.items[i].from; j < en.work.items[i].to; j++ {
					w.distinct.add(en.work.digest(j), t)
				}
			}
			w.distinct.advance(tr.latest-c.window, q.limit)
		default:
			isMax := q.aggregation == aggregateMax
			if hit {
				w.series.add(t, en.work.metrics[i], isMax)
			}
			w.series.advance(tr.latest, c.window, q.limit, isMax)
		}
	}
	return tr
}

// try evaluates the cases for the window that ends at the event; for a late event
// also for the windows that end at later events and hold it. The worst case wins,
// and among equal ones the earliest window.
func (en *Engine) try(c *compiled, tr *track, t int64, queries uint64, m *match) {
	en.tryAt(c, tr, t, t, queries, m)
	for _, later := range tr.later(c, t) {
		en.tryAt(c, tr, t, later.t, queries, m)
	}
}

// later returns the first maxLate entries behind a late event at t: the windows that
// end there hold it.
func (tr *track) later(c *compiled, t int64) []entry {
	if t == tr.latest {
		return nil
	}
	all := tr.events(c).between(tr.latest, tr.latest-t)
	return all[:min(len(all), maxLate)]
}

// events returns the series that has all events of the rule.
func (tr *track) events(c *compiled) *series {
	if c.alone {
		return &tr.queries[0].series
	}
	return &tr.all
}

// tryAt evaluates the cases for the window that ends at end, and notes a case that
// holds.
func (en *Engine) tryAt(c *compiled, tr *track, t, end int64, queries uint64, m *match) {
	w := &en.work
	w.results = w.results[:0]
	for i := range c.queries {
		w.results = append(w.results, c.value(tr, i, end, queries&(1<<i) != 0 && end == t))
	}
	en.note(c, tr, c.decide(w.results, true), end, m)
}

// note makes a case that holds for the window that ends at end the match, if it is
// worse than the one before. A negative case is none.
func (en *Engine) note(c *compiled, tr *track, kase int, end int64, m *match) {
	if kase < 0 || m.kase >= 0 && c.cases[kase].severity <= c.cases[m.kase].severity {
		return
	}
	en.work.best = append(en.work.best[:0], en.work.results...)
	m.kase, m.at, m.inside = kase, end, tr.events(c).between(end, c.window)
}

// value returns what query i adds up to in the window that ends at end; hit says
// that the event at the end is one of its own.
func (c *compiled) value(tr *track, i int, end int64, hit bool) float64 {
	w := &tr.queries[i]
	switch how := c.queries[i].aggregation; {
	case how == aggregateNone:
		return number(hit)
	case how == aggregateCardinality:
		return float64(w.distinct.len())
	case how == aggregateCount && end == tr.latest:
		return float64(w.series.count)
	default:
		return c.over(tr, i, end-c.window, end)
	}
}
