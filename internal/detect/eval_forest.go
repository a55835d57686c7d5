package detect

import (
	"math"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// isolation is the method isolation_forest, our own: what a group does in a bucket
// of bucketDuration is described by features (a vector), and compared with the
// vectors of all groups of the rule. A condition compares the queries of the bucket
// and its score, from 0 to 1; a case without a condition is score > 0.7.
//
// A bucket is judged when it ends: at the first event of the group that begins a
// later one, or five minutes (but no longer than a bucket) after its end by the near
// watermark of the engine, or at the end of the input. Its signal is at the time of
// its last event. An event of a bucket that was judged does not count. What is
// evicted is judged as it is, unless its signals are those of several
// groups, and not learnt.
//
// What is learnt is of the rule, not of the group: see experience.
type isolation struct {
	experience

	bucket   int64 // nanoseconds
	features []rule.Feature
	row      []float64
	least    int64 // events of a bucket with which no case can hold yet
}

// defaultStrange is the score above which a case without a condition matches.
const defaultStrange = 0.7

// maxGrace is for how long the events of a bucket may be late at the most.
const maxGrace = 300e9

func (c *compiled) newIsolation() *isolation {
	o := c.rule.Options.IsolationForest
	m := &isolation{bucket: o.Bucket(), features: o.Features, row: make([]float64, len(o.Features))}
	columns := make([]string, len(o.Features))
	for i := range o.Features {
		columns[i] = o.Features[i].Name()
	}
	m.experience = newExperience(columns, o)
	c.baseline, c.learns = o.InstantaneousBaseline, true
	c.shown = append(c.shown, rule.ScoreName)
	c.window = 0 // a bucket is as long as bucketDuration says
	m.least = c.leastEvents()
	return m
}

// leastEvents returns a number of events, a power of two less one, up to which no
// case can hold whatever they are. Conditions ask for more than a number only: none
// holds that does not when each query counts as many as there are, and all else is
// as large as can be.
func (c *compiled) leastEvents() int64 {
	values := make([]float64, len(c.queries)+1)
	for least := int64(0); least < 1<<40; least = 2*least + 1 {
		for i := range values {
			if values[i] = math.Inf(1); i < len(c.queries) && c.queries[i].aggregation == aggregateCount {
				values[i] = float64(2*least + 1)
			}
		}
		if c.decide(values, true) >= 0 {
			return least
		}
	}
	return 1 << 40
}

// traffic is what a group does in the running bucket.
type traffic struct {
	running

	method      *isolation
	first, last int64 // the times of its first and last event
	n           int64 // its events; 0 when it was judged
	stored      bool  // some came from Learn: it is learnt, and not found
	each        []tally
	spare       *distinct  // memory for the different values of a query, until one has it
	kept        *keptEvent // nil before a case could hold
}

func (m *isolation) start(c *compiled, _ int64) *group {
	room := &struct {
		group
		traffic
		some   [4]tally
		values distinct
	}{group{rule: c}, traffic{method: m, running: running{now: minTime}}, [4]tally{}, emptyDistinct()}
	room.state, room.each, room.spare = &room.traffic, room.some[:0], &room.values
	return &room.group
}

func (b *traffic) size() int64 {
	n := 200 + int64(cap(b.each))*24
	if b.kept != nil {
		n += int64(cap(b.kept.raw) + cap(b.kept.record))
	}
	for i := range b.each {
		n += b.each[i].size()
	}
	return n
}

// ends returns when the running bucket ends.
func (b *traffic) ends() int64 { return (b.now + 1) * b.method.bucket }

// until is when the running bucket is judged, and when a late event could begin it
// again.
func (b *traffic) until() int64 {
	if b.now == minTime {
		return minTime
	}
	return b.ends() + min(b.method.bucket, maxGrace)
}

// await notes when the bucket of the group has to be judged.
func (en *Engine) await(g *group, b *traffic) {
	g.waits, g.bucket.due = true, b.until()
	en.buckets.push(g)
}

func (b *traffic) code(c *codec) {
	b.running.code(c)
	kept := b.kept
	if kept == nil {
		kept = &keptEvent{}
	}
	for _, t := range []*int64{&b.first, &b.last, &kept.t} {
		c.time(t)
	}
	c.amount(&b.n)
	c.whole(&kept.line)
	c.flag(&b.stored)
	coded(c, &b.each, maxSearches, func(s *tally) { s.code(c) })
	for _, text := range []*[]byte{&kept.raw, &kept.record} {
		room := cap(*text)
		c.count(&room, maxKeptBytes)
		s := string(*text)
		if c.text(&s); c.reading && c.err == nil {
			*text = append(make([]byte, 0, max(room, len(s))), s...)
		}
	}
	if c.reading && !kept.empty() {
		b.kept = kept
	}
}

func (b *traffic) fits(c *compiled) bool {
	if b.now == minTime {
		return len(b.each) == 0 && b.n == 0
	}
	if len(b.each) != len(c.queries) || !b.running.fits(b.method.bucket) {
		return false
	}
	for i := range b.each {
		if !b.each[i].fits(&c.queries[i]) {
			return false
		}
	}
	return true
}

// arrive makes the bucket of an event at t the running one, and judges the one
// before. Events that do not count leave the running bucket as it is.
func (b *traffic) arrive(en *Engine, g *group, t int64, emit func(signal.Finding)) {
	bucket := floorDiv(t, b.method.bucket)
	if b.now == minTime {
		for i := range g.rule.queries {
			b.each = append(b.each, newTally(&g.rule.queries[i], &b.spare))
		}
		b.begin(bucket)
		return
	}
	switch b.toward(floorDiv(en.clock.low(), b.method.bucket), bucket) {
	case moveNone:
		b.hasStray = false
	case moveAhead, moveBack:
		b.judge(en, g, true, emit)
		b.begin(bucket)
	case moveStrays:
		b.strays(bucket)
		en.stats.Backwards++
	case moveLate:
		en.stats.Backwards++
	}
}

func (m *isolation) count(en *Engine, g *group, e *event.Event, t int64, queries uint64, _ *match) {
	b, ok := g.state.(*traffic)
	if !ok || floorDiv(t, m.bucket) != b.now {
		return
	}
	if b.n == 0 {
		b.first, b.last = t, t
		en.await(g, b)
	}
	b.n++
	b.first, b.last = min(b.first, t), max(b.last, t)
	b.stored = b.stored || en.learning
	for i := range b.each {
		if queries&(1<<i) != 0 {
			b.each[i].add(&en.work, g.rule.queries[i].aggregation, i, t)
		}
	}
	// A later event takes the place before a case can hold.
	if b.n&(b.n-1) == 0 && b.n > m.least {
		if b.kept == nil {
			b.kept = &keptEvent{}
		}
		en.work.record = b.kept.keep(e, t, en.work.record)
	}
}

// judge ends the running bucket: it is scored, learnt if it is whole, and the cases
// are tried.
func (b *traffic) judge(en *Engine, g *group, whole bool, emit func(signal.Finding)) {
	if b.n == 0 {
		return
	}
	en.buckets.remove(g.bucket.place)
	g.waits = false
	m, c, w := b.method, g.rule, &en.work
	m.describe(b)
	score, judged := 0.0, m.judges(b.ends())
	if judged {
		score = m.score(m.row)
	}
	w.results = w.results[:0]
	for i := range b.each {
		w.results = append(w.results, b.each[i].value)
	}
	w.results = append(w.results, score)
	kase := -1
	if judged {
		kase = c.decide(w.results, score > defaultStrange)
	}
	found := kase >= 0 && !b.stored && !en.learning
	if found {
		w.unusual = m.explain(m.row)
	}
	if whole {
		if m.learn(m.row, b.ends(), kase >= 0 || score > usualScore) {
			en.stats.Relearnt++
		}
		en.accountMethod(c)
	}
	if found {
		w.best = append(w.best[:0], w.results...)
		en.tellBucket(g, b, match{kase: kase, at: b.last, first: b.first, n: b.n, bucket: true}, emit)
	}
	b.n, b.stored = 0, false
	for i := range b.each {
		b.each[i].reset()
	}
}

// describe makes the vector of the bucket.
func (m *isolation) describe(b *traffic) {
	begin := b.now * m.bucket
	for i := range m.features {
		f := &m.features[i]
		switch {
		case f.Query < 0 && f.Text == rule.FeatureHour:
			m.row[i] = float64(floorDiv(begin, 3600e9) - 24*floorDiv(begin, day))
		case f.Query < 0:
			days := floorDiv(begin, day) + 4 // 1970 began on a Thursday
			m.row[i] = float64(days - 7*floorDiv(days, 7))
		case f.Per < 0:
			m.row[i] = scale(b.each[f.Query].value)
		default:
			m.row[i] = scale(b.each[f.Query].value / b.each[f.Per].value) // NaN, missing, for 0/0
		}
	}
}
