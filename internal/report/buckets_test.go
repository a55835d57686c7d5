package report

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWidthsDivideEachOther(t *testing.T) {
	w := widths()
	for i := 1; i < len(w); i++ {
		if w[i]%w[i-1] != 0 || w[i] <= w[i-1] {
			t.Errorf("%d does not divide %d", w[i-1], w[i])
		}
	}
}

func TestChart(t *testing.T) {
	f := func(what string, times []int64, wantWidth, wantBars, wantOutside int64) {
		t.Helper()
		s := newSeries()
		for _, ns := range times {
			s.at(ns).events++
		}
		c := s.chart()
		var sum int64
		for _, b := range c.bars {
			sum += b.events
		}
		got := []int64{c.width / second, int64(len(c.bars)), c.outside}
		if d := cmp.Diff([]int64{wantWidth, wantBars, wantOutside}, got); d != "" {
			t.Errorf("%s: width in s, bars, events outside (-want +got):\n%s", what, d)
		}
		if sum+c.outside != int64(len(times)) {
			t.Errorf("%s: %d events drawn, %d outside, of %d", what, sum, c.outside, len(times))
		}
	}
	every := func(n int, step int64) []int64 {
		out := make([]int64, n)
		for i := range out {
			out[i] = at("00:00:00") + int64(i)*step*second
		}
		return out
	}
	f("one event", every(1, 1), 1, 1, 0)
	f("three minutes", every(180, 1), 1, 180, 0)
	f("ten minutes", every(600, 1), 5, 120, 0)
	f("a day", every(86400, 1), 600, 144, 0)
	f("a year", every(365*24, 3600), 7*86400, 53, 0)
	f("before 1970", []int64{-5 * second, -3 * second}, 1, 3, 0)
	f("a day and a clock that is wrong", append(every(86400, 1), 0, math.MaxInt64, math.MinInt64), 600, 144, 3)
	f("the whole range", []int64{math.MinInt64, 0, math.MaxInt64}, 3640*86400, 60, 0)
	f("two times far apart", []int64{0, 400 * 86400 * second}, 7*86400, 58, 0)
}

func TestSeriesIgnoresOrder(t *testing.T) {
	times := make([]int64, 20_000)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range times {
		times[i] = rng.Int64N(90 * 86400 * second)
	}
	count := func() []bucket {
		s := newSeries()
		for _, ns := range times {
			s.at(ns).events++
		}
		return s.buckets
	}
	want := count()
	rng.Shuffle(len(times), func(i, j int) { times[i], times[j] = times[j], times[i] })
	if d := cmp.Diff(want, count(), cmp.AllowUnexported(bucket{}, tally{})); d != "" {
		t.Errorf("another order gives other buckets:\n%s", d)
	}
	if len(want) > maxBuckets {
		t.Errorf("%d buckets", len(want))
	}
}

func FuzzChart(f *testing.F) {
	f.Add(int64(0), int64(math.MaxInt64), int64(math.MinInt64), int64(1))
	f.Add(int64(math.MaxInt64-300), int64(math.MaxInt64), int64(math.MaxInt64-1), int64(1))
	f.Add(int64(math.MinInt64), int64(math.MinInt64+1), int64(math.MinInt64+2), int64(1))
	f.Fuzz(func(t *testing.T, a, b, c, d int64) {
		s := newSeries()
		for i := range int64(300) {
			s.at(a+i*d).events++
		}
		for _, ns := range []int64{b, c} {
			s.at(ns).events++
		}
		ch := s.chart()
		if len(ch.bars) == 0 || len(ch.bars) > maxBars {
			t.Errorf("%d bars", len(ch.bars))
		}
		english := english()
		newDrawing(ch, nil, newClock(nil, english), english)
	})
}
