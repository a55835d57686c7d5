package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// poisson returns how often something happens that happens mean times on average.
func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	n, left := 0.0, math.Exp(-mean)
	for x := r.Float64(); x > left; x *= r.Float64() {
		n++
	}
	return n
}

// perDay is the number of buckets of five minutes in a day.
const perDay = 288

// daylight is how busy a day is in bucket i: from 7 to 21 hours.
func daylight(i int) float64 {
	return max(0.02, math.Sin(math.Pi*(float64(i%perDay)/perDay*24-7)/14))
}

// trial is what a scorer makes of groups of a kind: false alarms of a group and day,
// and the share of groups in which it finds a burst, the same burst again, and at
// night what is usual at noon.
type trial struct{ alarms, burst, again, night float64 }

// try gives 40 groups ten days of a kind of traffic, and then an attack in each.
func try(traffic func(*rand.Rand, int) float64, seasonal bool) (result trial) {
	const groups, learning, quiet = 40, 3 * perDay, 10 * perDay
	method := &deviation{bucket: 300e9, learning: perDay, keep: 2 * perDay, tolerance: 5, seasonal: seasonal}
	for group := range uint64(groups) {
		r := rand.New(rand.NewPCG(group, 1))
		s := method.newScorer(0)
		peak := 0.0
		for i := range quiet + 2*perDay {
			value, counts := traffic(r, i), &result.alarms
			switch {
			case i < learning:
				counts = new(float64)
			case i < quiet:
			case i == quiet+150:
				value, counts = 3*peak+10, &result.burst
			case i == quiet+151:
				value, counts = 3*peak+10, &result.again
			case i == quiet+perDay+36: // at three in the morning
				value, counts = 0.8*peak+3, &result.night
			default:
				counts = new(float64)
			}
			if s.score(value) > defaultScore {
				*counts++
			}
			if i < quiet {
				peak = max(peak, value)
			}
			s.learn(value)
		}
	}
	result.alarms /= groups * (quiet - learning) / perDay
	result.burst /= groups
	result.again /= groups
	result.night /= groups
	return result
}

// TestDetectorsOfAnomalies compares the two on traffic of several kinds: neither is
// better on all, which is why a rule can choose.
func TestDetectorsOfAnomalies(t *testing.T) {
	f := func(name string, traffic func(*rand.Rand, int) float64) (usual, seasonal trial) {
		t.Helper()
		usual, seasonal = try(traffic, false), try(traffic, true)
		t.Logf("%-10s deviation %+v seasonal %+v", name, usual, seasonal)
		for _, got := range []trial{usual, seasonal} {
			if got.burst != 1 || got.again < 0.95 {
				t.Errorf("%s: %+v, want every burst found, and again", name, got)
			}
		}
		return usual, seasonal
	}
	if usual, seasonal := f("steady", func(r *rand.Rand, _ int) float64 { return poisson(r, 100) }); usual.alarms > 0.01 || seasonal.alarms > 0.5 {
		t.Errorf("false alarms a group and day: %v and %v", usual.alarms, seasonal.alarms)
	}
	f("rare", func(r *rand.Rand, _ int) float64 { return poisson(r, 0.05) })
	if usual, seasonal := f("by day", func(r *rand.Rand, i int) float64 { return poisson(r, 100*daylight(i)) }); usual.night > 0.1 || seasonal.night < 0.9 {
		t.Errorf("at night what is usual by day: found %v and %v", usual.night, seasonal.night)
	}
	sessions := func(r *rand.Rand, i int) float64 {
		if i%perDay > 96 && r.Float64() < 0.05 {
			return poisson(r, 20)
		}
		return 0
	}
	if usual, seasonal := f("sessions", sessions); seasonal.alarms > usual.alarms/5 {
		t.Errorf("false alarms a group and day: %v and %v", usual.alarms, seasonal.alarms)
	}
	weekly := func(r *rand.Rand, i int) float64 {
		if i/perDay%7 >= 5 {
			return poisson(r, 10*daylight(i))
		}
		return poisson(r, 60*daylight(i))
	}
	if usual, seasonal := f("weekly", weekly); seasonal.alarms > usual.alarms/5 {
		t.Errorf("false alarms a group and day: %v and %v", usual.alarms, seasonal.alarms)
	}
}

// TestSeasonalTakesAnyValue learns what no log should have.
func TestSeasonalTakesAnyValue(t *testing.T) {
	method := &deviation{bucket: 300e9, learning: 12, keep: 576, tolerance: 3, seasonal: true}
	s := method.newScorer(-5)
	for range 20 {
		for _, value := range []float64{1, math.Inf(1), math.NaN(), -3, 1e300, math.Inf(-1), 0} {
			if got := s.score(value); !(got >= 0 && got <= 1) {
				t.Fatalf("%v scores %v", value, got)
			}
			s.learn(value)
		}
		s.skip(1 << 40)
	}
}

func BenchmarkScorers(b *testing.B) {
	for _, name := range []string{"deviation", "seasonal"} {
		b.Run(name, func(b *testing.B) {
			s := (&deviation{bucket: 300e9, learning: perDay, keep: 2 * perDay, tolerance: 5, seasonal: name == "seasonal"}).newScorer(0)
			r := rand.New(rand.NewPCG(1, 1))
			for i := range 10 * perDay {
				s.learn(poisson(r, 20*daylight(i)))
			}
			b.ReportAllocs()
			b.ReportMetric(float64(s.size()), "bytes")
			i := 0
			for b.Loop() {
				if i++; i%100 == 0 {
					s.learn(20)
				}
				s.score(float64(i % 30))
			}
		})
	}
}

// TestSeasonalInARule runs days and nights through the engine.
func TestSeasonalInARule(t *testing.T) {
	rule := func(detector string) string {
		return threshold("300/3600/86400", []string{"@o:f | name: a, groupByFields: ['@u']"}, []string{"medium: a > 0.995"}, "option detectionMethod: anomaly_detection",
			"option anomalyDetectionOptions: {bucketDuration: 3600, learningDuration: 48, detectionTolerance: 3, detector: "+detector+"}")
	}
	// Twenty an hour from eight to twenty, for seven days, and on the eighth at three
	// at night as well.
	var timeline strings.Builder
	for d := range 7 {
		fmt.Fprintf(&timeline, "%d o=f u=1 x240/180\n", d*86400+8*3600)
	}
	fmt.Fprintf(&timeline, "%d o=f u=1 x20/180\n", 7*86400+3*3600)
	f := methodTest(t, Options{})
	f("deviation sees no more than by day", one(rule("deviation")), timeline.String(), ``)
	f("seasonal knows the hour", one(rule("seasonal")), timeline.String(), `
		opened medium u=1 events=10 a=10 at 617220 of 615600..617220
		updated medium u=1 events=20 a=10 at 617220 of 615600..619020
		closed medium u=1 events=20 a=10 at 617220 of 615600..619020 closed 622620`)
}
