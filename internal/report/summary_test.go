package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func TestSummaryCounts(t *testing.T) {
	s := day(t)
	if s.loginFail != 64 || s.loginOK != 32 || s.attackEvents != 35 || s.undated != 0 {
		t.Errorf("failed %d, ok %d, attacks %d, undated %d", s.loginFail, s.loginOK, s.attackEvents, s.undated)
	}
	want := []Count{{Value: "203.0.113.42", Events: 64, Failed: 64}, {Value: "203.0.113.77", Events: 35, Attacks: 35}}
	if d := cmp.Diff(want, s.Top(Suspects, 5)); d != "" {
		t.Errorf("suspects (-want +got):\n%s", d)
	}
	want = []Count{{Value: "sql_injection", Events: 14, Attacks: 14}}
	if d := cmp.Diff(want, s.Top(Categories, 1)); d != "" {
		t.Errorf("categories (-want +got):\n%s", d)
	}
	if first, last := s.Period(); first != at("00:00:00") || last < at("23:59:00") {
		t.Errorf("period %d to %d", first, last)
	}
}

func TestSummaryOfOddEvents(t *testing.T) {
	s, e := NewSummary(), event.New()
	s.Observe(e)
	for _, v := range []event.Value{event.IntValue(7), event.FloatValue(math.NaN()), event.BoolValue(true), event.StringValue("")} {
		for _, path := range []string{
			event.ClientIP, event.UserID, event.HTTPURL, event.HTTPStatusCode, event.SecurityAttack, event.SecurityCategories,
			event.EvtCategory, event.EvtOutcome, event.HTTPUserAgent, event.BytesWritten,
		} {
			e.Set(path, v)
		}
		s.Observe(e)
	}
	if s.Events() != 5 || s.undated != 5 || s.codes != [600]int64{} {
		t.Errorf("events %d, undated %d", s.Events(), s.undated)
	}
	if d := cmp.Diff([]Count{{Value: "7", Events: 1}}, s.Top(Users, 3)); d != "" {
		t.Errorf("a user that is a number (-want +got):\n%s", d)
	}
}

func TestSummaryKeepsFewUnparsedLines(t *testing.T) {
	s := NewSummary()
	for i := range int64(1000) {
		s.KeepUnparsed(i, strings.Repeat("x", 1<<16))
	}
	if len(s.unparsed) != maxUnparsed || len(s.unparsed[0].text) != maxRaw {
		t.Errorf("%d lines of %d bytes kept", len(s.unparsed), len(s.unparsed[0].text))
	}
}

func TestHeavyIsExactBelowItsLimit(t *testing.T) {
	h := newHeavy(8)
	for i := range 36 {
		h.add(string(rune('a'+int(math.Sqrt(float64(i))))), i%2 == 0, false)
	}
	want := []Count{{Value: "f", Events: 11, Failed: 5}, {Value: "e", Events: 9, Failed: 5}}
	if d := cmp.Diff(want, h.top(2)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A value with more than 1/limit of the stream is never missed, and a count is
// never more than the truth.
func TestHeavyFindsTheFrequent(t *testing.T) {
	h := newHeavy(100)
	rng := rand.New(rand.NewPCG(1, 2))
	truth := map[string]int64{}
	for range 200_000 {
		v := fmt.Sprintf("noise-%d", rng.IntN(100_000))
		if k := rng.IntN(20); k < 5 {
			v = fmt.Sprintf("heavy-%d", k)
		}
		truth[v]++
		h.add(v, false, false)
	}
	top := h.top(100)
	for i := range 5 {
		if !strings.HasPrefix(top[i].Value, "heavy-") {
			t.Errorf("place %d is %q", i, top[i].Value)
		}
	}
	for _, c := range top {
		if c.Events > truth[c.Value] {
			t.Errorf("%s: counted %d, truth %d", c.Value, c.Events, truth[c.Value])
		}
	}
	if len(h.slots) != 100 {
		t.Errorf("%d slots, want 100", len(h.slots))
	}
}

func TestHeavyIsDeterministic(t *testing.T) {
	run := func() []Count {
		h := newHeavy(16)
		rng := rand.New(rand.NewPCG(3, 4))
		for range 20_000 {
			h.add(fmt.Sprint(rng.IntN(40)*rng.IntN(40)), false, false)
		}
		return h.top(16)
	}
	if d := cmp.Diff(run(), run()); d != "" {
		t.Errorf("two runs differ:\n%s", d)
	}
}

func TestHeavyCutsLongValues(t *testing.T) {
	h := newHeavy(4)
	h.add(strings.Repeat("長", 1<<16), false, false)
	if v := h.top(1)[0].Value; v != strings.Repeat("長", maxKey/3) {
		t.Errorf("%d bytes kept", len(v))
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	s, e := NewSummary(), event.New()
	ips := make([]string, 5000)
	for i := range ips {
		ips[i] = fmt.Sprintf("198.51.%d.%d", i/250, i%250)
	}
	n := 0
	observe := func() {
		n++
		e.Set(event.ClientIP, event.StringValue(ips[n%len(ips)]))
		e.Time += second
		s.Observe(e)
	}
	attackEvent(e, at("00:00:00"), "198.51.100.1", "/search", "sql_injection")
	for range 20_000 {
		observe()
	}
	if allocs := testing.AllocsPerRun(20_000, observe); allocs > 0 {
		t.Errorf("%v allocations an event", allocs)
	}
}

func BenchmarkObserve(b *testing.B) {
	ips := make([]string, 1<<14)
	for i := range ips {
		ips[i] = fmt.Sprintf("198.51.%d.%d", i>>8, i&255)
	}
	for _, distinct := range []int{16, len(ips)} {
		b.Run(fmt.Sprintf("addresses=%d", distinct), func(b *testing.B) {
			s := NewSummary()
			e := webEvent(event.New(), at("00:00:00"), "198.51.100.1", "/products/1", 200)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				e.Set(event.ClientIP, event.StringValue(ips[n%distinct]))
				e.Time += second / 100
				s.Observe(e)
			}
		})
	}
}
