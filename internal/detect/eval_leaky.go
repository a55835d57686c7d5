package detect

import (
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// maxPoured is how many different values of a bucket are remembered.
const maxPoured = 4096

// leaky is the method leaky_bucket, our own: each query has a bucket in each group.
// An event pours one into it (sum pours its metric), and one leaks out every
// leakSpeed. The bucket overflows when it holds more than its capacity: with a
// capacity of 5 and no leak, at the sixth event. With distinct, an event pours only
// if its value is not in the bucket; the values leave when the bucket runs empty.
//
// A case without a condition matches when a bucket overflows. If no case has one,
// that empties the bucket, and for the time of blackhole the group's events do not
// count. A condition compares what the buckets hold, at most one more than the
// capacity; then nothing is emptied. A query with the aggregation none has no bucket: it is 1 at its event.
//
// A late event leaks nothing; one that is later than the bucket takes to run empty
// sets the bucket's clock back.
type leaky struct {
	capacity  float64
	leak      float64 // nanoseconds for one event
	blackhole int64
	free      bool // no case has a condition
}

func (c *compiled) newLeaky() *leaky {
	o := c.rule.Options.LeakyBucket
	m := &leaky{capacity: float64(o.Capacity), leak: o.LeakSpeed * float64(time.Second), blackhole: o.Blackhole.Nanoseconds(), free: true}
	for i := range c.cases {
		m.free = m.free && c.cases[i].expr == nil
	}
	// What a window means for signals is the time in which a full bucket runs empty.
	c.window = m.dry()
	return m
}

// dry returns how long a full bucket takes to run empty.
func (l *leaky) dry() int64 { return int64(min((l.capacity+1)*l.leak, float64(366*day))) + 1 }

// buckets is what a group has poured.
type buckets struct {
	method *leaky
	last   int64 // the time that the levels are for
	dark   int64 // until then events do not count
	each   []bucketLevel
}

type bucketLevel struct {
	level  float64
	first  int64 // the time of the event that began to fill it
	n      int64 // events since
	poured *distinct
}

func (l *leaky) start(c *compiled, _ int64) *group {
	room := &struct {
		group
		buckets
		one    [1]bucketLevel
		values distinct
	}{group{rule: c}, buckets{method: l, last: minTime, dark: minTime}, [1]bucketLevel{}, emptyDistinct()}
	room.state = &room.buckets
	if len(c.queries) == 1 {
		room.each = room.one[:]
		if len(c.queries[0].distinct) > 0 {
			room.one[0].poured = &room.values
		}
	}
	return &room.group
}

func (b *buckets) size() int64 {
	n := 64 + int64(cap(b.each))*48
	for i := range b.each {
		if p := b.each[i].poured; p != nil {
			n += p.size()
		}
	}
	return n
}

func (b *buckets) until() int64 { return max(b.last+b.method.dry(), b.dark) }

func (b *buckets) code(c *codec) {
	c.time(&b.last)
	c.time(&b.dark)
	coded(c, &b.each, maxSearches, func(l *bucketLevel) {
		c.float(&l.level)
		c.time(&l.first)
		c.amount(&l.n)
		optional(c, &l.poured, newDistinct, c.distinct)
	})
}

func (b *buckets) fits(c *compiled) bool {
	for i := range b.each {
		if level := b.each[i].level; !(level >= 0 && level <= b.method.capacity+1) {
			return false
		}
	}
	return len(b.each) == 0 || len(b.each) == len(c.queries)
}

func (l *leaky) count(en *Engine, g *group, _ *event.Event, t int64, queries uint64, m *match) {
	b, ok := g.state.(*buckets)
	if !ok || t < b.dark && t > b.dark-l.blackhole-1 {
		return
	}
	c := g.rule
	if len(b.each) == 0 {
		b.each = make([]bucketLevel, len(c.queries))
	}
	b.drain(t)
	w := &en.work
	w.results = w.results[:0]
	overflow := -1
	for i := range c.queries {
		hit := queries&(1<<i) != 0
		if c.queries[i].aggregation == aggregateNone {
			w.results = append(w.results, number(hit))
			continue
		}
		k := &b.each[i]
		if hit && l.pour(en, c, k, i, t) && k.level > l.capacity && overflow < 0 {
			overflow = i
		}
		w.results = append(w.results, k.level)
	}
	if l.free {
		if overflow >= 0 {
			l.spill(en, b, overflow, t, m)
		}
		return
	}
	if m.kase = c.decide(w.results, overflow >= 0); m.kase >= 0 {
		w.best = append(w.best[:0], w.results...)
		m.at, m.first, m.n = b.last, t, 0
		for i := range b.each {
			if k := &b.each[i]; k.n > 0 {
				m.first, m.n = min(m.first, k.first), m.n+k.n
			}
		}
		m.n = max(m.n, 1)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// drain lets leak what leaks until t.
func (b *buckets) drain(t int64) {
	l := b.method
	passed := t - b.last
	if b.last == minTime || passed < -l.dry() {
		b.last = t
		return
	}
	if passed <= 0 {
		return
	}
	b.last = t
	for i := range b.each {
		k := &b.each[i]
		k.level -= float64(passed) / l.leak
		if whole := math.Round(k.level); math.Abs(k.level-whole) < 1e-9 {
			k.level = whole // thirds of an event add up to one
		}
		if k.level <= 0 {
			k.empty()
		}
	}
}

func (k *bucketLevel) empty() {
	k.level, k.n = 0, 0
	if k.poured != nil {
		k.poured.reset()
	}
}

// pour pours the event into a bucket, and reports whether there was anything to
// pour.
func (l *leaky) pour(en *Engine, c *compiled, k *bucketLevel, i int, t int64) bool {
	q, w := &c.queries[i], &en.work
	amount := 1.0
	switch {
	case len(q.distinct) > 0:
		if k.poured == nil {
			k.poured = newDistinct()
		}
		before := k.poured.len()
		for j := w.items[i].from; j < w.items[i].to; j++ {
			k.poured.add(w.digest(j), t)
		}
		amount = float64(k.poured.len() - before)
		k.poured.advance(minTime, maxPoured)
	case q.aggregation == aggregateSum || q.aggregation == aggregateMax:
		amount = max(w.metrics[i], 0)
	}
	if k.n == 0 {
		k.first = t
	}
	k.n++
	k.level = min(k.level+amount, l.capacity+1)
	return amount > 0
}

// spill makes a match of an overflow, and begins anew.
func (l *leaky) spill(en *Engine, b *buckets, i int, t int64, m *match) {
	w, k := &en.work, &b.each[i]
	w.best = append(w.best[:0], w.results...)
	m.kase, m.at, m.first, m.n = 0, b.last, min(k.first, t), k.n
	k.empty()
	if l.blackhole > 0 {
		b.dark = t + l.blackhole
	}
}
