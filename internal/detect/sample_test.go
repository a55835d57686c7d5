package detect

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestSamplesAreShared: an event that counts for several rules is remembered once, and
// forgotten with the last group that remembers it.
func TestSamplesAreShared(t *testing.T) {
	one := threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"low: a > 9"}, "id: a")
	en := newEngine(t, Options{}, mustRule(t, one), mustRule(t, strings.Replace(one, "id: a", "id: b", 1)))
	emit := func(signal.Finding) { t.Error("a signal") }
	e := event.New()
	see := func(at int64, ip, text string) {
		t.Helper()
		e.Reset()
		e.Time, e.Raw = at*1e9, text
		e.Set("o", event.StringValue("f"))
		e.Set("ip", event.StringValue(ip))
		en.Observe(e, emit)
	}
	check := func(what string, want int64) {
		t.Helper()
		if en.samples.bytes != want {
			t.Errorf("%s: samples of %d bytes, want %d", what, en.samples.bytes, want)
		}
	}
	see(1, "203.0.113.1", "four")
	check("one event of two rules", sampleBytes+4)
	see(2, "203.0.113.2", "seven..")
	check("two events", 2*sampleBytes+4+7)
	for at := range int64(earlyCount) {
		see(3+at, "203.0.113.1", "xx")
	}
	check("the first event made way", sampleBytes+7+earlyCount*(sampleBytes+2))
	see(100, "203.0.113.3", strings.Repeat("y", earlyBytes+1))
	en.Advance(130e9, emit)
	check("the others are past", sampleBytes+earlyBytes)
	en.Flush(emit)
	check("the end", 0)
	if s := en.Stats(); s.Bytes != 0 || s.Groups != 0 {
		t.Errorf("%+v", s)
	}
}
