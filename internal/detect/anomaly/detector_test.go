package anomaly

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// start is when the series of the tests begin: midnight.
func start() time.Time { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }

func newDetector(t testing.TB, cfg Config) *Detector {
	t.Helper()
	d, err := NewDetector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// feed observes n values, a minute apart, within the hour that begins at from: the
// season stays out of it.
func feed(d *Detector, n int, value func(i int) float64) (last float64) {
	for i := range n {
		last = d.Observe(start().Add(time.Duration(i%60)*time.Second), value(i))
	}
	return last
}

// wave goes from 0 to 10 and back.
func wave(i int) float64 { return math.Abs(float64(i%20) - 10) }

func views(d *Detector) []string {
	names := []string{}
	for _, r := range d.Reasons(nil) {
		switch r.View {
		case Value:
			names = append(names, "value")
		case Lowest:
			names = append(names, fmt.Sprint("lowest of ", r.Window))
		case Highest:
			names = append(names, fmt.Sprint("highest of ", r.Window))
		case Season:
			names = append(names, "season")
		}
	}
	return names
}

func TestASteadySeriesScoresNextToNothing(t *testing.T) {
	f := func(name string, value func(i int) float64) {
		t.Helper()
		d := newDetector(t, Config{})
		const day = 24 * 60
		for i := range 5 * day {
			if s := d.Observe(start().Add(time.Duration(i)*time.Minute), value(i)); s >= 0.1 && i >= day {
				t.Fatalf("%s: value %d scores %v", name, i, s)
			}
		}
	}
	f("zero", func(int) float64 { return 0 })
	f("constant", func(int) float64 { return 45 })
	f("wave", wave)
	f("square wave of a day", func(i int) float64 { return float64(20 + 60*(i/60%24/12)) })
}

func TestASpikeScores(t *testing.T) {
	d := newDetector(t, Config{})
	if s := feed(d, 1000, wave); s > 0.001 {
		t.Errorf("before: %v, want next to nothing", s)
	}
	// The value was in 0 to 10, the highest of 5 in 2 to 10, of 15 in 7 to 10, and of
	// 45 at 10, which is measured in a tenth of the width and a hundredth of 10.
	excess := 10/10. + 10/8. + 10/3. + 10/1.1
	if d := cmp.Diff(excess/(excess+0.2), d.Observe(start(), 20), cmpopts.EquateApprox(0.001, 0)); d != "" {
		t.Errorf("spike: -want +got:\n%s", d)
	}
	if s := d.Observe(start(), 20); s > 0.1 {
		t.Errorf("the same value again scores %v, want next to nothing", s)
	}
	if s := feed(newDetector(t, Config{}), 50, func(i int) float64 { return math.Exp(float64(i)) }); s != 0 {
		t.Errorf("while warming up: %v, want 0", s)
	}
}

func TestALastingRiseIsMoreThanASpike(t *testing.T) {
	d := newDetector(t, Config{})
	feed(d, 1000, wave)
	var got []string
	for i := range 50 {
		d.Observe(start(), 10)
		if names := views(d); len(names) > 0 {
			got = append(got, fmt.Sprintf("%d: %s", i+1, strings.Join(names, ", ")))
		}
	}
	if len(got) == 0 || !strings.Contains(got[0], "lowest of 5") || !strings.Contains(got[len(got)-1], "lowest of 45") {
		t.Errorf("ten for 50 values, which is the top of the wave: %q, want the lowest of 5 first and of 45 at last", got)
	}
}

func TestTheUsualValueOfTheHour(t *testing.T) {
	d := newDetector(t, Config{})
	at := start()
	day := func(t time.Time) float64 { // busy from 8 to 18, a little of noise
		load := 10.0
		if t.Hour() >= 8 && t.Hour() < 18 {
			load = 100
		}
		return load + float64(t.Minute()%3)
	}
	for ; at.Before(start().AddDate(0, 0, 10).Add(12 * time.Hour)); at = at.Add(time.Minute) {
		d.Observe(at, day(at))
	}
	score := d.Observe(at, 10) // at noon as at night
	if diff := cmp.Diff([]string{"season"}, views(d)); diff != "" || score < Threshold {
		t.Errorf("score %v, reasons -want +got:\n%s", score, diff)
	}
	const want = "the difference from what is usual at this time, -91, is below the range so far, "
	if got := d.Reasons(nil)[0].String(); !strings.HasPrefix(got, want) {
		t.Errorf("reason %q, want it to begin with %q", got, want)
	}
}

func TestFalseAlarmsAreRareWhateverTheDistribution(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	f := func(name string, value func() float64) {
		t.Helper()
		d, alarms := newDetector(t, Config{}), 0
		const n = 50_000
		for i := range n {
			if d.Observe(start().Add(time.Duration(i)*time.Minute), value()) >= Threshold {
				alarms++
			}
		}
		if alarms > 40 {
			t.Errorf("%s: %d alarms in %d values", name, alarms, n)
		}
	}
	f("uniform", random.Float64)
	f("normal", random.NormFloat64)
	f("exponential", random.ExpFloat64)
	f("Pareto of infinite variance", func() float64 { return math.Pow(random.Float64(), -1/1.5) })
	f("counts with many zeros", func() float64 { return math.Floor(random.ExpFloat64()) })
}

func TestOneEnormousValueDoesNotHideTheNext(t *testing.T) {
	d := newDetector(t, Config{})
	feed(d, 1000, wave)
	d.Observe(start(), 1e9)
	feed(d, 1000, wave)
	if s := d.Observe(start(), 300); s < Threshold {
		t.Errorf("thirty times the range scores %v, want at least %v", s, Threshold)
	}
}

func TestRangesForget(t *testing.T) {
	f := func(forget int, wantAlarm bool) {
		t.Helper()
		d := newDetector(t, Config{Forget: forget})
		feed(d, 1000, func(i int) float64 { return 10 * wave(i) })
		feed(d, 5000, wave)
		if s := d.Observe(start(), 50); (s >= Threshold) != wantAlarm {
			t.Errorf("forgetting in %d: score %v, want an alarm: %v", forget, s, wantAlarm)
		}
	}
	f(1000, true)
	f(1_000_000, false)
}

func TestFloorIsTheSmallestDistanceThatMatters(t *testing.T) {
	f := func(floor, want float64) {
		t.Helper()
		d := newDetector(t, Config{Floor: floor})
		feed(d, 1000, func(int) float64 { return 0 })
		if diff := cmp.Diff(want, d.Observe(start(), 1), cmpopts.EquateApprox(0, 0.01)); diff != "" {
			t.Errorf("floor %v: -want +got:\n%s", floor, diff)
		}
	}
	f(0, 1)
	f(1, Threshold)
	f(19, 0.05)
}

func TestWhatIsNoNumberIsNotLearned(t *testing.T) {
	with, without := newDetector(t, Config{}), newDetector(t, Config{})
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 3000 {
		x, at := random.ExpFloat64(), start().Add(time.Duration(i)*time.Minute)
		if i%7 == 0 {
			if s := with.Observe(at, math.NaN()); s != 0 || len(with.Reasons(nil)) > 0 {
				t.Fatalf("NaN scores %v because %v", s, with.Reasons(nil))
			}
		}
		if a, b := with.Observe(at, x), without.Observe(at, x); a != b {
			t.Fatalf("value %d scores %v after NaN, %v without", i, a, b)
		}
	}
	if n := with.Observations(); n != 3000 {
		t.Errorf("%d observations, want 3000", n)
	}
}

func TestScoresStayNumbersForHostileValues(t *testing.T) {
	values := []float64{0, 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e150, -1e150}
	times := []time.Time{{}, start(), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.UnixMilli(math.MaxInt64), time.UnixMilli(math.MinInt64), time.Unix(-1, 999)}
	random := rand.New(rand.NewPCG(5, 6))
	for _, cfg := range []Config{{}, {Warmup: 2, Forget: 2, Slots: 7}, {Floor: maxFloor, Slots: maxSlots, Period: maxPeriod}} {
		d := newDetector(t, cfg)
		for i := range 20_000 {
			at, x := times[random.IntN(len(times))], values[random.IntN(len(values))]
			if s := d.Observe(at, x); !(s >= 0 && s < 1) {
				t.Fatalf("%+v: value %d, %v at %v, scores %v", cfg, i, x, at, s)
			}
			for _, r := range d.Reasons(nil) {
				if strings.Contains(r.String(), "NaN") {
					t.Fatalf("%+v: value %d, %v: %s", cfg, i, x, r)
				}
			}
		}
	}
}

func TestTimeMayStandStillRunBackwardsAndLeap(t *testing.T) {
	clocks := map[string]func(i int) time.Time{
		"forward":   func(i int) time.Time { return start().Add(time.Duration(i) * time.Second / 2) },
		"still":     func(int) time.Time { return start() },
		"backwards": func(i int) time.Time { return start().Add(time.Hour - time.Duration(i)*time.Second/2 - 1) },
		"gap of a day between all": func(i int) time.Time {
			return start().AddDate(0, 0, -i)
		},
	}
	for name, clock := range clocks {
		d, plain := newDetector(t, Config{Slots: 1, Period: time.Hour}), newDetector(t, Config{Slots: 1, Period: time.Hour})
		for i := range 2000 {
			if a, b := d.Observe(clock(i), wave(i)), plain.Observe(start(), wave(i)); a != b {
				t.Fatalf("%s: value %d scores %v, want %v as with any other clock", name, i, a, b)
			}
		}
	}
}

func TestScoresDoNotDependOnTheUnit(t *testing.T) {
	plain, scaled := newDetector(t, Config{Floor: 1}), newDetector(t, Config{Floor: 1000})
	random := rand.New(rand.NewPCG(7, 8))
	for i := range 5000 {
		x, at := math.Exp(2*random.NormFloat64()), start().Add(time.Duration(i)*time.Minute)
		if d := cmp.Diff(plain.Observe(at, x), scaled.Observe(at, 1000*x), cmpopts.EquateApprox(1e-6, 1e-9)); d != "" {
			t.Fatalf("value %d: -plain +a thousandfold:\n%s", i, d)
		}
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		if _, err := NewDetector(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
	f(Config{Warmup: -1}, "warm-up of -1")
	f(Config{Forget: 1}, "forgetting in 1")
	f(Config{Floor: -1}, "floor -1")
	f(Config{Floor: math.NaN()}, "floor NaN")
	f(Config{Slots: 1 << 30}, "slots")
	f(Config{Period: time.Nanosecond}, "period of 1ns")
	f(Config{Period: 1000 * 24 * time.Hour}, "period of 24000h")
}

func TestObserveAllocatesNothing(t *testing.T) {
	d, i, reasons := newDetector(t, Config{}), 0, make([]Reason, 0, numViews)
	if n := testing.AllocsPerRun(5000, func() {
		d.Observe(start().Add(time.Duration(i)*time.Minute), float64(i*i%977))
		reasons = d.Reasons(reasons[:0])
		i++
	}); n != 0 {
		t.Errorf("%v allocations an observation, want 0", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	d, at, i := newDetector(b, Config{}), start(), 0
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(time.Minute)
		d.Observe(at, float64(i*i%977))
		i++
	}
}

// TestRiseIsWhatObserveWouldSee compares the two for values of all sizes.
func TestRiseIsWhatObserveWouldSee(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	d, at, above := newDetector(t, Config{Warmup: 20, Floor: 0.1}), start(), 0
	for i := range 6000 {
		at = at.Add(7 * time.Minute)
		x := 10 + 3*random.NormFloat64()
		switch {
		case i%50 == 0:
			x += 20 * random.ExpFloat64()
		case i%50 < 20 && i%500 < 50:
			x += 12
		}
		before := stateOf(t, d)
		rise := d.Rise(at, x)
		if !bytes.Equal(before, stateOf(t, d)) {
			t.Fatal("asking changed the detector")
		}
		d.Observe(at, x)
		sum := 0.0
		for _, s := range d.seen {
			if s.got > s.high {
				sum += s.excess
			}
		}
		if math.Abs(rise-sum) > 1e-9 {
			t.Fatalf("value %d, %v: it rises by %v, Observe saw %v", i, x, rise, sum)
		}
		if sum > 0 {
			above++
		}
	}
	if above < 20 || d.Rise(at, math.NaN()) != 0 {
		t.Errorf("%d values were above the range: the test is worth less", above)
	}
}
