package report

import (
	"cmp"
	"slices"

	"github.com/sasumata/sasumata/internal/signal"
)

// maxBuckets is how many buckets that hold something a series keeps.
const maxBuckets = 512

// maxBars is the most bars that a chart shows.
const maxBars = 200

const second = int64(1_000_000_000)

// widths are the bucket widths in seconds. Each divides the next, so that two
// neighbours merge without a remainder.
func widths() []int64 {
	return []int64{
		1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400,
		7 * 86400, 28 * 86400, 364 * 86400, 3640 * 86400, 36400 * 86400,
	}
}

// tally is what one bucket counts.
type tally struct {
	events, failed, attacks int64
}

func (t *tally) add(o tally) {
	t.events += o.events
	t.failed += o.failed
	t.attacks += o.attacks
}

type bucket struct {
	at int64 // in widths since 1970
	tally
}

// series counts over time in buckets that widen as the period grows. Only buckets
// that hold something are kept, so one event with a wrong year costs one bucket and
// not the resolution. The width depends on the set of times alone, not on their
// order.
type series struct {
	widths  []int64
	level   int
	buckets []bucket // sorted by at
	last    int      // index of the bucket used last
}

func newSeries() series {
	return series{widths: widths(), buckets: make([]bucket, 0, maxBuckets+1)}
}

// at returns the bucket of the time, in nanoseconds since 1970. It is valid until
// the next call.
func (s *series) at(ns int64) *tally {
	key := floorDiv(ns, s.widths[s.level]*second)
	if s.last < len(s.buckets) && s.buckets[s.last].at == key {
		return &s.buckets[s.last].tally
	}
	i, found := slices.BinarySearchFunc(s.buckets, key, func(b bucket, k int64) int { return cmp.Compare(b.at, k) })
	if !found {
		s.buckets = slices.Insert(s.buckets, i, bucket{at: key})
		if len(s.buckets) > maxBuckets {
			for len(s.buckets) > maxBuckets && s.level+1 < len(s.widths) {
				s.widen()
			}
			return s.at(ns)
		}
	}
	s.last = i
	return &s.buckets[i].tally
}

// widen merges the buckets into those of the next width.
func (s *series) widen() {
	ratio := s.widths[s.level+1] / s.widths[s.level]
	s.level++
	out := s.buckets[:0]
	for _, b := range s.buckets {
		b.at = floorDiv(b.at, ratio)
		if n := len(out); n > 0 && out[n-1].at == b.at {
			out[n-1].add(b.tally)
			continue
		}
		out = append(out, b)
	}
	s.buckets, s.last = out, 0
}

// chart is a series made ready to be drawn: bars of one width without gaps.
type chart struct {
	start   int64 // ns of the first bar
	width   int64 // ns of each bar
	bars    []chartBar
	outside int64 // events that lie so far off that they were left out
}

// chartBar is one bar: the events of its time, and the signals that fired in it.
type chartBar struct {
	tally
	severity [signal.Severities]int64
}

// chart returns at most maxBars bars. When a few events lie far from the rest
// (clocks that are wrong, times made up by an attacker), they are left out and
// counted, so that the rest can be seen.
func (s *series) chart() chart {
	b := s.buckets
	if len(b) == 0 {
		return chart{}
	}
	b, outside := s.trim(b)
	level := s.level
	for level+1 < len(s.widths) && s.bars(b, level) > maxBars {
		level++
	}
	ratio := s.widths[level] / s.widths[s.level]
	first := floorDiv(b[0].at, ratio)
	c := chart{start: first * s.widths[level] * second, width: s.widths[level] * second, outside: outside}
	c.bars = make([]chartBar, min(s.bars(b, level), maxBars))
	for i := range b {
		if at := floorDiv(b[i].at, ratio) - first; at < int64(len(c.bars)) {
			c.bars[at].add(b[i].tally)
		}
	}
	return c
}

// trim cuts off buckets at the ends that hold next to nothing (a two-hundredth of
// all events), if the rest is then at most a quarter as long.
func (*series) trim(all []bucket) (rest []bucket, outside int64) {
	var total int64
	for i := range all {
		total += all[i].events
	}
	rest = all
	for len(rest) > 2 && rest[len(rest)-1].at-rest[0].at >= maxBars {
		// The part behind the wider gap goes.
		lo, hi := gapLow(rest), gapHigh(rest)
		cut, keep, gap := rest[:lo], rest[lo:], rest[lo].at-rest[lo-1].at
		if other := rest[hi].at - rest[hi-1].at; other > gap {
			cut, keep, gap = rest[hi:], rest[:hi], other
		}
		if gap < (rest[len(rest)-1].at-rest[0].at)/10 {
			break
		}
		lost := outside
		for i := range cut {
			lost += cut[i].events
		}
		if lost*200 > total {
			break
		}
		rest, outside = keep, lost
	}
	if span := all[len(all)-1].at - all[0].at; rest[len(rest)-1].at-rest[0].at > span/4 {
		return all, 0
	}
	return rest, outside
}

func (s *series) bars(b []bucket, level int) int64 {
	ratio := s.widths[level] / s.widths[s.level]
	return floorDiv(b[len(b)-1].at, ratio) - floorDiv(b[0].at, ratio) + 1
}

// gapLow returns the index behind the widest gap in the first half of the buckets,
// and gapHigh that in the second half.
func gapLow(b []bucket) int {
	best := 1
	for i := 1; i <= len(b)/2; i++ {
		if b[i].at-b[i-1].at > b[best].at-b[best-1].at {
			best = i
		}
	}
	return best
}

func gapHigh(b []bucket) int {
	best := len(b) - 1
	for i := len(b) - 1; i > len(b)/2; i-- {
		if b[i].at-b[i-1].at > b[best].at-b[best-1].at {
			best = i
		}
	}
	return best
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
