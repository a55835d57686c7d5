package detect

import (
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// The bounds and defaults of new_value.
const (
	// maxKnown is how many values of a group are known; beyond it the one that was
	// not seen for the longest time is forgotten, and new when it comes again.
	maxKnown = 4096
	// defaultForget is the number of days after which an unseen value is forgotten.
	defaultForget = 28
	day           = int64(24 * time.Hour)
)

// newValue is the method new_value: a value that a group did not have before is a
// match, once the group has learnt. With several metrics their tuple is the value.
//
// A group learns from its first event for learningDuration, or with the method
// threshold until it knows learningThreshold values. A value that is new is known
// at once. One that was not seen for forgetAfter is new again. The event that
// reaches the end of the learning time exactly is past it.
type newValue struct {
	forget, learn int64
	threshold     int // -1 when the time counts
}

func (c *compiled) newNewValue() *newValue {
	m := &newValue{forget: defaultForget * day, threshold: -1}
	c.pool, c.learns = poolBaselines, true
	o := c.rule.Options.NewValue
	if o == nil {
		return m
	}
	if o.ForgetAfter > 0 {
		m.forget = o.ForgetAfter * day
	}
	m.learn = o.LearningDuration * day
	if o.LearningMethod == "threshold" {
		m.threshold = int(o.LearningThreshold)
	}
	c.baseline = o.InstantaneousBaseline
	return m
}

// knownValues is what a group learnt.
type knownValues struct {
	first  int64 // of the group's events
	known  *distinct
	method *newValue
}

func (n *newValue) start(c *compiled, _ int64) *group {
	room := &struct {
		group
		knownValues
		values distinct
	}{group{rule: c}, knownValues{first: maxTime, method: n}, emptyDistinct()}
	room.known, room.state = &room.values, &room.knownValues
	return &room.group
}

func (k *knownValues) size() int64 { return 64 + k.known.size() }

func (k *knownValues) until() int64 {
	if k.known.last < 0 {
		return minTime
	}
	return k.known.nodes[k.known.last].t + k.method.forget
}

func (k *knownValues) code(c *codec) {
	c.time(&k.first)
	c.distinct(k.known)
}

func (*knownValues) fits(*compiled) bool { return true }

func (n *newValue) count(en *Engine, g *group, _ *event.Event, t int64, queries uint64, m *match) {
	k, ok := g.state.(*knownValues)
	if !ok {
		return
	}
	k.first = min(k.first, t)
	// Values are forgotten by the time of the stream, so that one time from the far
	// future does not empty the memory.
	k.known.advance(min(en.clock.low(), t)-n.forget, maxKnown)
	w := &en.work
	w.results = w.results[:0]
	found := false
	for i := range g.rule.queries {
		fresh := 0.0
		if queries&(1<<i) != 0 {
			for j := w.items[i].from; j < w.items[i].to; j++ {
				learning := t-k.first < n.learn
				if n.threshold >= 0 {
					learning = k.known.len() < n.threshold
				}
				seen, before := k.known.sight(w.digest(j), byte(i), t)
				if !learning && (!before || t-seen >= n.forget) {
					fresh = 1
				}
			}
		}
		found = found || fresh > 0
		w.results = append(w.results, fresh)
	}
	k.known.advance(minTime, maxKnown)
	if found {
		m.kase = g.rule.decide(w.results, true)
		w.best = append(w.best[:0], w.results...)
	}
}
