package detect

import (
	"fmt"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// withSources returns the rule, or all when it correlates the signals of others.
func withSources(all []*rule.Rule, r *rule.Rule) []*rule.Rule {
	if r.Type == rule.TypeSignalCorrelation {
		return all
	}
	return []*rule.Rule{r}
}

// TestMethodsDoNotAllocate repeats events that each method has seen.
func TestMethodsDoNotAllocate(t *testing.T) {
	all := everyMethod(t)
	for _, r := range all {
		en := newEngine(t, Options{}, withSources(all, r)...)
		e := event.New()
		at := start().UnixNano()
		emit := func(signal.Finding) {}
		i := 0
		step := func() {
			i++
			at += 1e6
			e.Reset()
			e.Time, e.Line = at, 1
			e.Set("o", event.StringValue([]string{"f", "s"}[i%2]))
			e.Set("ip", event.StringValue("192.0.2.1"))
			e.Set("u", event.StringValue("bob"))
			e.Set("app", event.StringValue("x1"))
			e.Set("bytes", event.IntValue(1))
			e.Set("geo.location.latitude", event.FloatValue(35))
			e.Set("geo.location.longitude", event.FloatValue(139))
			en.Observe(e, emit)
		}
		for range 2100 {
			step()
		}
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%s: %v allocations an event, want 0", r.ID, n)
		}
	}
}

// TestMethodsAreBounded floods each method with groups and values.
func TestMethodsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	const budget = 2 << 20
	all := everyMethod(t)
	for _, r := range all {
		en := newEngine(t, Options{MemoryBudget: budget}, withSources(all, r)...)
		e := event.New()
		emit := func(signal.Finding) {}
		for i := range 60_000 {
			e.Reset()
			e.Time, e.Line = start().UnixNano()+int64(i)*1e6, int64(i)
			e.Set("o", event.StringValue([]string{"f", "s"}[i%2]))
			e.Set("ip", event.IntValue(int64(i/3%9000)))
			e.Set("u", event.IntValue(int64(i%7000)))
			e.Set("app", event.StringValue(fmt.Sprintf("x%d", i%5)))
			e.Set("bytes", event.IntValue(int64(i)))
			e.Set("geo.location.latitude", event.FloatValue(float64(i%180)-90))
			e.Set("geo.location.longitude", event.FloatValue(float64(i%360)-180))
			en.Observe(e, emit)
			if s := en.Stats(); s.Bytes > budget+500_000 {
				t.Fatalf("%s: %d bytes after %d events", r.ID, s.Bytes, i)
			}
		}
		en.Flush(emit)
		if s := en.Stats(); s.Groups != 0 || s.Bytes != 0 || s.Open != 0 {
			t.Errorf("%s: after the end %+v", r.ID, s)
		}
	}
}

func TestOneGroupIsBounded(t *testing.T) {
	rules := everyMethod(t)
	en := newEngine(t, Options{}, rules...)
	e := event.New()
	for i := range 60_000 {
		e.Reset()
		e.Time = start().UnixNano() + int64(i)*1e6
		e.Set("o", event.StringValue([]string{"f", "s"}[i%2]))
		e.Set("ip", event.IntValue(1))
		e.Set("u", event.StringValue("bob"))
		e.Set("app", event.IntValue(int64(i)))
		en.Observe(e, func(signal.Finding) {})
	}
	if s := en.Stats(); s.Bytes > int64(len(rules))*600_000 {
		t.Errorf("%d bytes in %d groups", s.Bytes, s.Groups)
	}
}

// TestAFloodForgetsNoBaseline fills the engine with groups of a brute force rule:
// what a group of new_value learnt is still known.
func TestAFloodForgetsNoBaseline(t *testing.T) {
	learning := mustRule(t, threshold("0/0/0", []string{"@o:login | name: a, aggregation: new_value, metrics: ['@app'], groupByFields: ['@u']"}, []string{"low: "},
		"id: new", "option detectionMethod: new_value", "option newValueOptions: {forgetAfter: 28, learningDuration: 1}"))
	en := newEngine(t, Options{MaxGroups: 100}, learning, countRule(t, "86400/86400/86400", "a > 5"))
	opened := 0
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened {
			opened++
		}
	}
	play(t, en, "0 o=login u=1 app=a\n10 o=f ip={i} x5000/1\n86400 o=login u=1 app=a\n86401 o=login u=1 app=b", emit)
	if opened != 1 {
		t.Errorf("%d signals, want the one of the new value", opened)
	}
	if s := en.Stats(); s.Evicted == 0 || s.Groups > 100 {
		t.Errorf("%+v", s)
	}
}
