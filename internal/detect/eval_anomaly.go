package detect

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
)

// The bounds and defaults of anomaly_detection.
const (
	defaultBucket    = 300
	defaultLearning  = 24 // hours
	defaultTolerance = 5
	// defaultScore is what a case without a condition compares the score with.
	defaultScore = 0.995
	// rememberBuckets is for how long buckets are remembered at the least: what
	// happens every day is not unusual.
	rememberBuckets = 2 * day
)

// scorer says how unusual the value of a bucket is for one query in one group. It
// is fed the buckets one after the other.
type scorer interface {
	// learn takes in the value of the bucket that ended.
	learn(value float64)
	// skip takes in n empty buckets.
	skip(n int64)
	// score returns, from 0 to 1, how unusual a value is after what was learnt.
	score(value float64) float64
	size() int64
	code(c *codec)
}

// deviation is the method anomaly_detection (and anomaly_threshold): what each query
// adds up to in the running bucket of bucketDuration is compared with the buckets
// of the group before it, and the condition with the score, from 0 to 1. A case
// without a condition is score > 0.995.
//
// A group learns for learningDuration, from its first event. While it learns, a
// bucket with at least learningPeriodBaseline scores 1 and any other 0; without a
// baseline nothing is found. The first bucket of a group is never found. An event
// of a bucket that ended does not count.
type deviation struct {
	bucket    int64 // nanoseconds
	learning  int64 // buckets
	keep      int64 // buckets that are remembered
	baseline  float64
	tolerance int64
	seasonal  bool
}

func (c *compiled) newAnomaly() *deviation {
	m := &deviation{bucket: defaultBucket * 1e9, tolerance: defaultTolerance}
	hours := int64(defaultLearning)
	if o := c.rule.Options.Anomaly; o != nil {
		if o.BucketDuration > 0 {
			m.bucket = o.BucketDuration.Nanoseconds()
		}
		if o.LearningDuration > 0 {
			hours = o.LearningDuration
		}
		if o.DetectionTolerance > 0 {
			m.tolerance = o.DetectionTolerance
		}
		m.seasonal = o.Detector == rule.DetectorSeasonal
		m.baseline = float64(o.LearningPeriodBaseline)
		c.baseline = o.InstantaneousBaseline
	}
	m.learning = max(hours*3600e9/m.bucket, 1)
	m.keep = max(m.learning, rememberBuckets/m.bucket)
	c.pool, c.learns = poolBaselines, true
	return m
}

// history is what a group added up to over time.
type history struct {
	running

	method  *deviation
	first   int64 // the first bucket
	since   int64 // the time of the first event of the running bucket
	n       int64 // its events
	each    []bucketSum
	strayAt int64 // the time of the event of the stray bucket
}

// bucketSum is one query in the running bucket, and what it was before.
type bucketSum struct {
	tally

	past  scorer
	stray float64 // what the events of the stray bucket add up to, but for different values
}

func (a *deviation) start(c *compiled, _ int64) *group {
	return &group{rule: c, state: &history{method: a, running: running{now: minTime}}}
}

func (h *history) size() int64 {
	n := int64(96)
	for i := range h.each {
		n += 64 + h.each[i].past.size() + h.each[i].size()
	}
	return n
}

// until is when everything that was learnt is too old: the group begins anew then.
func (h *history) until() int64 {
	if h.now == minTime {
		return minTime
	}
	return (h.now + h.method.keep + 1) * h.method.bucket
}

func (h *history) code(c *codec) {
	h.running.code(c)
	for _, n := range []*int64{&h.first, &h.since, &h.strayAt} {
		c.whole(n)
	}
	c.amount(&h.n)
	coded(c, &h.each, maxSearches, func(s *bucketSum) {
		s.code(c)
		c.float(&s.stray)
		if s.past == nil {
			s.past = h.method.newScorer(0)
		}
		s.past.code(c)
	})
}

func (h *history) fits(c *compiled) bool {
	if h.now == minTime {
		return true
	}
	if len(h.each) != len(c.queries) || !h.running.fits(h.method.bucket) || h.first > h.now || h.first < floorDiv(minTime, h.method.bucket) {
		return false
	}
	for i := range h.each {
		if !h.each[i].fits(&c.queries[i]) {
			return false
		}
	}
	return true
}

// newScorer returns what has learnt nothing before the bucket.
func (a *deviation) newScorer(bucket int64) scorer {
	if a.seasonal {
		return newSeasonal(a, bucket)
	}
	return newUsual(a.keep, a.learning, a.tolerance)
}

// widening returns how many times an ordinary deviation the tolerance allows.
func widening(tolerance int64) float64 {
	return [...]float64{0.8, 1, 1.2, 1.6, 2}[min(max(tolerance, 1), 5)-1]
}

// restart forgets everything: the group is seen for the first time.
func (h *history) restart(c *compiled, bucket int64) {
	h.begin(bucket)
	h.first, h.n = bucket, 0
	h.each = make([]bucketSum, len(c.queries))
	for i := range h.each {
		var none *distinct
		h.each[i] = bucketSum{tally: newTally(&c.queries[i], &none), past: h.method.newScorer(bucket)}
	}
}

func (a *deviation) count(en *Engine, g *group, _ *event.Event, t int64, queries uint64, m *match) {
	h, ok := g.state.(*history)
	if !ok {
		return
	}
	bucket := floorDiv(t, a.bucket)
	if h.now == minTime {
		h.restart(g.rule, bucket)
	}
	switch h.toward(floorDiv(en.clock.low(), a.bucket), bucket) {
	case moveNone:
		h.hasStray = false
	case moveAhead:
		h.advance(bucket)
	case moveBack:
		h.restart(g.rule, bucket)
	case moveStrays:
		h.strays(bucket)
		h.keepStray(&en.work, g.rule, t, queries)
		fallthrough
	case moveLate:
		en.stats.Backwards++
		return
	}
	if h.n == 0 {
		h.since = t
	}
	h.n++
	h.since = min(h.since, t)
	w := &en.work
	w.results = w.results[:0]
	for i := range g.rule.queries {
		s := &h.each[i]
		if queries&(1<<i) != 0 {
			s.add(w, g.rule.queries[i].aggregation, i, t)
		}
		w.results = append(w.results, a.score(h, s))
	}
	if m.kase = g.rule.decide(w.results, slices.Max(w.results) > defaultScore); m.kase < 0 {
		return
	}
	w.best = w.best[:0]
	for i := range h.each {
		w.best = append(w.best, h.each[i].value)
	}
	m.first, m.n = h.since, h.n
}

// keepStray notes the event of a bucket that is far from the running one.
func (h *history) keepStray(w *scratch, c *compiled, t int64, queries uint64) {
	h.strayAt = t
	for i := range h.each {
		s := &h.each[i]
		s.stray = 0
		switch how := c.queries[i].aggregation; {
		case queries&(1<<i) == 0 || how == aggregateCardinality:
		case how == aggregateSum || how == aggregateMax:
			s.stray = w.metrics[i]
		default:
			s.stray = 1
		}
	}
}

// advance ends the running bucket and those up to the new one, which were empty.
func (h *history) advance(bucket int64) {
	for i := range h.each {
		s := &h.each[i]
		s.past.learn(s.value)
		s.past.skip(bucket - h.now - 1)
		s.reset()
	}
	h.n = 0
	if h.hasStray && h.stray == bucket {
		for i := range h.each {
			h.each[i].value = h.each[i].stray
		}
		h.since, h.n = h.strayAt, 1
	}
	h.begin(bucket)
}

func (a *deviation) score(h *history, s *bucketSum) float64 {
	switch {
	case h.now == h.first:
		return 0
	case h.now-h.first < a.learning:
		return number(a.baseline > 0 && s.value >= a.baseline)
	default:
		return s.past.score(s.value)
	}
}
