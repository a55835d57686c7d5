package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/sasumata/sasumata/internal/signal"
)

// code writes or reads a group. A group of a rule that is gone is read to be
// skipped: what its method remembers stands behind its length.
func (g *group) code(c *codec) {
	c.text(&g.key)
	c.natural(&g.number)
	c.time(&g.due)
	c.amount(&g.bytes)
	restarts := int(g.restarts)
	c.count(&restarts, math.MaxUint8)
	g.restarts = uint8(restarts)
	g.codeState(c)
	for i := range g.tracks {
		optional(c, &g.tracks[i], func() *track { return &track{} }, func(t *track) {
			t.code(c)
			if c.reading && g.rule != nil && !g.rule.fits(t) {
				c.fail("a window does not fit its rule")
			}
		})
	}
	if c.flag(&g.early.any); g.early.any {
		g.early.code(c)
	}
	optional(c, &g.open, func() *openSignal { return &openSignal{} }, func(o *openSignal) { o.code(c) })
}

// codeState writes or reads what the method remembers.
func (g *group) codeState(c *codec) {
	var fill, read func(*codec)
	if g.state != nil {
		fill = g.state.code
	}
	if g.state != nil {
		read = func(inner *codec) {
			if g.state.code(inner); inner.err == nil && !g.state.fits(g.rule) {
				inner.fail("what a group remembers does not fit its rule")
			}
		}
	}
	c.part(fill, read)
}

// codeMethod writes or reads what the method has learnt, behind its length.
func (c *compiled) codeMethod(to *codec) {
	if l, learns := c.method.(learner); learns {
		to.part(l.code, l.code)
		return
	}
	to.part(nil, nil)
}

// fits reports whether the windows have what the rule's queries count in.
func (c *compiled) fits(t *track) bool {
	s, isSequence := c.method.(*sequence)
	if len(t.queries) != len(c.queries) || isSequence && len(t.done) != len(s.steps) {
		return false
	}
	for i := range t.queries {
		if (t.queries[i].distinct != nil) != (c.queries[i].aggregation == aggregateCardinality) {
			return false
		}
	}
	return true
}

func (t *track) code(c *codec) {
	c.time(&t.latest)
	t.all.code(c)
	coded(c, &t.queries, maxSearches, func(q *trackQuery) {
		q.series.code(c)
		optional(c, &q.distinct, newDistinct, c.distinct)
	})
	coded(c, &t.done, maxSearches, func(done *[]int64) {
		coded(c, done, 2*maxDone, c.time)
	})
}

func (s *series) code(c *codec) {
	coded(c, &s.entries, math.MaxInt32, func(e *entry) {
		c.time(&e.t)
		c.amount(&e.n)
		c.float(&e.v)
	})
	c.count(&s.head, len(s.entries))
	c.count(&s.lo, len(s.entries))
	c.amount(&s.count)
	if c.reading && !s.fits() {
		c.fail("a window is broken")
		s.reset()
	}
}

// fits reports whether the entries are in their order, and add up to the count.
func (s *series) fits() bool {
	if s.head > s.lo || s.lo > len(s.entries) {
		return false
	}
	inOrder := slices.IsSortedFunc(s.entries[s.head:], func(a, b entry) int { return cmp.Compare(a.t, b.t) })
	return inOrder && events(s.entries[s.lo:]) == s.count
}

func (e *earlySamples) code(c *codec) {
	next := int(e.next)
	c.count(&next, earlyCount-1)
	e.next = uint8(next)
	for i := range e.ring {
		c.sample(&e.ring[i])
	}
	named := e.named
	if named == nil {
		named = &mentions{}
	}
	if named.code(c); c.reading && !named.empty() {
		e.named = named
	}
}

// sample writes or reads a sample; one that several groups remember is written once.
func (c *codec) sample(at **sample) {
	place := 0 // none; or how many were written before it, and one
	if s := *at; s != nil && !c.reading {
		if s.place == 0 || s.place > len(c.samples) || c.samples[s.place-1] != s {
			c.samples = append(c.samples, s)
			s.place = len(c.samples)
			place = s.place
			c.count(&place, math.MaxInt32)
			s.code(c)
			return
		}
		place = s.place
	}
	known := len(c.samples)
	c.count(&place, math.MaxInt32)
	switch {
	case !c.reading || c.err != nil || place == 0:
		return
	case place > known+1:
		c.fail("a sample is of no event")
		return
	case place == known+1:
		s := &sample{}
		s.code(c)
		c.samples = append(c.samples, s)
	}
	*at = c.samples[place-1]
}

func (s *sample) code(c *codec) {
	c.time(&s.t)
	c.whole(&s.line)
	n := c.length(len(s.text))
	switch {
	case !c.reading:
		c.bytes(s.text)
	case n > earlyBytes:
		c.fail("a sample is too long")
	default:
		s.text = append(s.text, c.take(n)...)
	}
}

func (o *openSignal) code(c *codec) {
	for _, n := range []*int64{&o.first, &o.lastMatch} {
		c.time(n)
	}
	c.amount(&o.pending)
	c.amount(&o.announce)
	c.flag(&o.told)
	c.severity(&o.from)
	if c.version > 4 {
		c.text(&o.held)
	}
	s := &o.sig
	if c.version > 5 {
		c.flag(&s.Simulated)
	}
	for _, text := range []*string{
		&s.ID, &s.RuleID, &s.Rule, &s.RuleJA, &s.Case, &s.Condition, &s.Title, &s.Category, &s.Message, &s.MessageJA, &s.Runbook,
	} {
		c.text(text)
	}
	c.severity(&s.Severity)
	for _, n := range []*int64{&s.FirstSeen, &s.LastSeen, &s.Time, &s.Closed} {
		c.whole(n)
	}
	c.amount(&s.Events)
	c.whole(&s.Window)
	coded(c, &s.Group, maxSearches, func(v *signal.GroupValue) {
		c.text(&v.Path)
		c.text(&v.Value)
	})
	coded(c, &s.Entities, kinds*maxEntities+maxSearches, func(e *signal.Entity) {
		c.text(&e.Kind)
		c.text(&e.Value)
		c.amount(&e.Events)
	})
	coded(c, &s.Unlisted, kinds, func(u *signal.Unlisted) {
		c.text(&u.Kind)
		c.amount(&u.Events)
	})
	coded(c, &s.Tags, math.MaxInt16, c.text)
	coded(c, &s.Queries, maxSearches, func(q *signal.QueryCount) {
		c.text(&q.Name)
		c.float(&q.Count)
	})
	coded(c, &s.Unusual, maxReasons, func(u *signal.Unusual) {
		c.text(&u.Feature)
		for _, x := range []*float64{&u.Value, &u.Low, &u.High} {
			c.float(x)
		}
	})
	coded(c, &s.Samples, maxSamples+earlyCount, func(m *signal.Sample) {
		c.whole(&m.Time)
		c.whole(&m.Line)
		c.text(&m.Text)
	})
	coded(c, &s.Notify, math.MaxInt16, c.text)
	coded(c, &s.Actions, math.MaxInt16, func(a *signal.Action) {
		c.text(&a.Type)
		c.whole(&a.Duration)
		c.text(&a.Name)
	})
}

func (c *codec) severity(s *signal.Severity) {
	n := int(*s)
	c.count(&n, int(signal.Critical))
	*s = signal.Severity(n)
}
