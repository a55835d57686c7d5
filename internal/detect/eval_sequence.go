package detect

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
)

// maxDone is how many times a step's ends are kept. When there are more, every
// second one is dropped: the earliest, which gives what follows the most room, and
// the latest stay.
const maxDone = 64

// sequence is the method sequence_detection, and that of conditions with THEN:
// steps, each with a condition over its own window, that follow each other. A step
// without a parent is done whenever its condition holds. A step with parents is
// done if its condition holds over the events since one of its parents was done,
// at most its window and at most the transition's window ago. Events at the
// instant at which the parent was done count for the step, if there are several: a
// log with whole seconds says no more about their order.
//
// The case matches when an event completes a step that its condition names; what
// it compares is how often the step was done within the longest window. The steps
// of THEN are the parts of the condition, each with the evaluation window, and the
// rule matches when the last is done. An event that is late is counted where it
// belongs, and the steps are tried again at up to 32 later events.
type sequence struct {
	steps []step
	order []int // parents before children
	then  bool
}

// step is one step; its condition is a part of expr.
type step struct {
	expr    *rule.Condition
	part    int
	uses    uint64 // a bit for each query that the condition compares
	window  int64
	parents []edge
}

// edge is a transition from a parent.
type edge struct {
	parent int
	window int64
}

// sortSteps returns the steps with parents before children, nil when that cannot
// be.
func sortSteps(o *rule.SequenceOptions) []int {
	order := []int{}
	placed := make([]bool, len(o.Steps))
	for range o.Steps {
		for i := range o.Steps {
			ready := !placed[i]
			for _, t := range o.Transitions {
				if t.Child == o.Steps[i].Name {
					parent := slices.IndexFunc(o.Steps, func(s rule.SequenceStep) bool { return s.Name == t.Parent })
					ready = ready && placed[parent]
				}
			}
			if ready {
				placed[i] = true
				order = append(order, i)
			}
		}
	}
	if len(order) < len(o.Steps) {
		return nil
	}
	return order
}

// newSequence makes the method of a rule with steps.
func (c *compiled) newSequence() *sequence {
	o := c.rule.Options.Sequence
	m := &sequence{order: sortSteps(o)}
	c.shown = nil
	for i := range o.Steps {
		s := step{expr: o.Steps[i].Expr, window: o.Steps[i].EvaluationWindow.Nanoseconds()}
		for _, t := range o.Transitions {
			if t.Child == o.Steps[i].Name {
				parent := slices.IndexFunc(o.Steps, func(s rule.SequenceStep) bool { return s.Name == t.Parent })
				s.parents = append(s.parents, edge{parent: parent, window: t.EvaluationWindow.Nanoseconds()})
			}
		}
		m.steps = append(m.steps, s)
		c.shown = append(c.shown, o.Steps[i].Name)
	}
	m.prepare(c)
	return m
}

// newThen makes the method of a rule whose condition has several parts.
func (c *compiled) newThen() *sequence {
	m := &sequence{then: true}
	expr := c.cases[0].expr
	for i := range expr.Steps() {
		s := step{expr: expr, part: i, window: c.window}
		if i > 0 {
			s.parents = []edge{{parent: i - 1, window: c.window}}
		}
		m.steps = append(m.steps, s)
		m.order = append(m.order, i)
	}
	m.prepare(c)
	return m
}

// prepare works out what the steps use, and makes the windows of the rule large
// enough for all.
func (s *sequence) prepare(c *compiled) {
	c.window = 1
	for i := range s.steps {
		st := &s.steps[i]
		c.window = max(c.window, st.window)
		for _, p := range st.parents {
			c.window = max(c.window, p.window)
		}
		for q := range c.queries {
			if st.expr.StepUses(st.part, q) {
				st.uses |= 1 << q
			}
		}
	}
	for i := range c.queries {
		c.limit += c.queries[i].limit
		if c.queries[i].aggregation == aggregateNone {
			c.queries[i].aggregation = aggregateCount // a step may end after the event
		}
	}
}

func (*sequence) start(c *compiled, t int64) *group { return newWindowed(c, t) }

func (s *sequence) count(en *Engine, g *group, _ *event.Event, t int64, queries uint64, m *match) {
	c := g.rule
	tr := en.add(g, t, queries)
	s.tryAt(en, c, tr, t, queries, m)
	for _, later := range tr.later(c, t) {
		s.tryAt(en, c, tr, later.t, c.present(tr, later.t), m)
	}
}

// present returns the queries that have events at the instant.
func (c *compiled) present(tr *track, t int64) uint64 {
	var queries uint64
	for i := range c.queries {
		w := &tr.queries[i]
		if len(w.series.between(t, 1)) > 0 || w.distinct != nil && w.distinct.between(t-1, t) > 0 {
			queries |= 1 << i
		}
	}
	return queries
}

// tryAt does the steps that the events of the queries at t complete, and notes a
// case that holds.
func (s *sequence) tryAt(en *Engine, c *compiled, tr *track, t int64, queries uint64, m *match) {
	w := &en.work
	var completed uint64
	for _, i := range s.order {
		st := &s.steps[i]
		if st.uses&queries == 0 {
			continue
		}
		from, ok := tr.from(st, t)
		if !ok {
			continue
		}
		w.results = w.results[:0]
		for q := range c.queries {
			v := 0.0
			if st.uses&(1<<q) != 0 {
				v = c.over(tr, q, from, t)
			}
			w.results = append(w.results, v)
		}
		if st.expr.Eval(st.part, w.results) {
			tr.complete(i, t, tr.latest-2*c.window)
			completed |= 1 << i
		}
	}
	if completed == 0 {
		return
	}
	en.note(c, tr, s.decide(en, c, tr, t, completed), t, m)
}

// decide leaves in en.work.results what the signal shows, and returns the case.
func (s *sequence) decide(en *Engine, c *compiled, tr *track, t int64, completed uint64) int {
	w := &en.work
	w.results = w.results[:0]
	if s.then {
		for q := range c.queries {
			w.results = append(w.results, c.over(tr, q, t-c.window, t))
		}
		if completed>>(len(s.steps)-1)&1 == 1 {
			return 0
		}
		return -1
	}
	for i := range s.steps {
		n := 0
		for _, at := range tr.done[i] {
			if at > t-c.window && at <= t {
				n++
			}
		}
		w.results = append(w.results, float64(n))
	}
	for i := range c.cases {
		expr := c.cases[i].expr
		if expr == nil {
			return i
		}
		for j := range s.steps {
			if completed>>j&1 == 1 && expr.Uses(j) && expr.Eval(0, w.results) {
				return i
			}
		}
	}
	return -1
}

// from returns the time after which events count for a step that ends at t; ok is
// false when no parent allows it.
func (tr *track) from(st *step, t int64) (from int64, ok bool) {
	from = t - max(st.window, 1)
	if len(st.parents) == 0 {
		return from, true
	}
	best := int64(maxTime)
	for _, p := range st.parents {
		for _, at := range tr.done[p.parent] {
			if at == t && events(tr.all.between(t, 1)) < 2 {
				continue // one event is not two steps
			}
			if at <= t && t-at < max(p.window, 1) {
				best = min(best, at)
				break // they are in order
			}
		}
	}
	return max(from, best-1), best < maxTime
}

// complete notes that the step was done at t, and forgets what is before start.
func (tr *track) complete(i int, t, start int64) {
	done := tr.done[i]
	for len(done) > 0 && done[0] < start {
		done = slices.Delete(done, 0, 1)
	}
	at, known := slices.BinarySearch(done, t)
	if !known {
		if len(done) == maxDone {
			kept := done[:0]
			for j, d := range done {
				if j%2 == 0 || j == len(done)-1 {
					kept = append(kept, d)
				}
			}
			done = kept
			at, _ = slices.BinarySearch(done, t)
		}
		done = slices.Insert(done, at, t)
	}
	tr.done[i] = done
}

// over returns what query i adds up to over (from, to].
func (c *compiled) over(tr *track, i int, from, to int64) float64 {
	w := &tr.queries[i]
	switch c.queries[i].aggregation {
	case aggregateCardinality:
		return float64(w.distinct.between(from, to))
	case aggregateSum:
		return sum(w.series.between(to, to-from))
	case aggregateMax:
		return largest(w.series.between(to, to-from))
	default:
		return float64(events(w.series.between(to, to-from)))
	}
}
