package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestForestUnderPressure has room for few groups: those that were dropped are
// neither judged nor learnt, and whoever goes on is found.
func TestForestUnderPressure(t *testing.T) {
	en := newEngine(t, Options{MaxGroups: 25}, mustRule(t, forestRule()))
	var found []string
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened {
			found = append(found, f.Signal.Entity())
		}
	}
	var crowd []request
	for i := range 5000 {
		crowd = append(crowd, request{at: 2*hourOf + float64(i)/20, client: fmt.Sprint("x", i), status: 404, path: i})
	}
	serve(en, inOrder(surfing(1, 0, 2*hourOf, 20), crowd, scan("evil", 2*hourOf, 200)), emit)
	if s := en.Stats(); s.Evicted < 4000 || s.Groups > 25 {
		t.Errorf("%+v", s)
	}
	en.Flush(emit)
	if diff := cmp.Diff([]string{"evil"}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// TestForestWithOtherParts combines buckets with what signals pass through.
func TestForestWithOtherParts(t *testing.T) {
	requests := inOrder(surfing(1, 0, 2*hourOf, 20), scan("evil", 2*hourOf, 200))
	run := func(opts Options, rules ...string) []string {
		t.Helper()
		var all []*rule.Rule
		for _, text := range rules {
			all = append(all, mustRule(t, text))
		}
		en := newEngine(t, opts, all...)
		var got []string
		emit := func(f signal.Finding) {
			if f.Change == signal.Opened {
				got = append(got, f.Signal.RuleID+" "+f.Signal.Entity())
			}
		}
		serve(en, requests, emit)
		en.Flush(emit)
		return got
	}
	f := func(name string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	over := threshold("300/300/600", []string{" | name: s, ruleId: forest, aggregation: event_count, correlatedByFields: ['@ip']"}, []string{"high: s > 0"}, "id: over", "type: signal_correlation")
	f("a rule over its signals", run(Options{}, forestRule(), over), "forest evil", "over evil")
	f("a suppression of the log's attributes", run(Options{Suppressions: []Suppression{{SuppressionQuery: mustQuery(t, "host:web-1 @s:404 env:test")}}}, forestRule()))
	f("a suppression of something else", run(Options{Suppressions: []Suppression{{SuppressionQuery: mustQuery(t, "host:web-2")}}}, forestRule()), "forest evil")
	f("signals of several groups", run(Options{}, strings.ReplaceAll(forestRule("groupSignalsBy: ['@o']"), "['@ip']", "['@o', '@ip']")), "forest web")

	lower := newEngine(t, Options{}, mustRule(t, forestRule("option decreaseCriticalityBasedOnEnv: true")))
	var worst signal.Severity
	emit := func(f signal.Finding) { worst = max(worst, f.Signal.Severity) }
	serve(lower, requests, emit)
	if lower.Flush(emit); worst != signal.Low {
		t.Errorf("the environment test has the severity %v", worst)
	}
}

// TestForestKeepsNoLargeEvent has events that are too large to be kept: the signal
// says what the group is.
func TestForestKeepsNoLargeEvent(t *testing.T) {
	en := newEngine(t, Options{}, mustRule(t, forestRule("hasExtendedTitle: true")))
	var got *signal.Signal
	emit := func(f signal.Finding) { got = f.Signal }
	requests := inOrder(surfing(1, 0, 2*hourOf, 20), scan("evil", 2*hourOf, 200))
	e := event.New()
	for i := range requests {
		requests[i].fill(e, i+1)
		e.Set("z", event.StringValue(strings.Repeat("z", maxKeptBytes)))
		en.Observe(e, emit)
	}
	en.Flush(emit)
	if got == nil || got.Title != "Test - Strange (evil)" || !strings.HasPrefix(got.Message, "evil: ") || got.Samples[0].Text == "" {
		t.Errorf("%+v", got)
	}
}

// TestLargeEventsLeaveNoMemory keeps an event of ordinary size, and then a large one.
func TestLargeEventsLeaveNoMemory(t *testing.T) {
	var k keptEvent
	e := event.New()
	e.Set("z", event.StringValue("small"))
	buf := k.keep(e, 1, nil)
	if len(k.record) == 0 || len(buf) == 0 {
		t.Fatal("a small event is not kept")
	}
	e.Set("z", event.StringValue(strings.Repeat("z", maxKeptBytes)))
	if buf = k.keep(e, 2, buf); k.record != nil || buf != nil {
		t.Errorf("a large event keeps records of %d and %d bytes", cap(k.record), cap(buf))
	}
}

// TestForestLearnsFromThePast gives the rule stored events.
func TestForestLearnsFromThePast(t *testing.T) {
	t.Run("it asks for them", func(t *testing.T) { learnsFromThePast(t, Options{}, forestRule()) })
	t.Run("all learn", func(t *testing.T) {
		learnsFromThePast(t, Options{LearnAll: true}, strings.Replace(forestRule(), "instantaneousBaseline: true", "instantaneousBaseline: false", 1))
	})
}

func learnsFromThePast(t *testing.T, opts Options, text string) {
	t.Helper()
	en := newEngine(t, opts, mustRule(t, text))
	e := event.New()
	past := inOrder(surfing(1, 0, 2*hourOf, 20), scan("old", 2*hourOf-300, 200))
	for i := range past {
		past[i].fill(e, i+1)
		en.Learn(e)
	}
	var found []string
	emit := func(f signal.Finding) {
		if f.Change == signal.Opened {
			found = append(found, f.Signal.Entity())
		}
	}
	serve(en, scan("evil", 2*hourOf, 200), emit)
	en.Flush(emit)
	if diff := cmp.Diff([]string{"evil"}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

// TestForestDoesNotAllocate ends a bucket of a group at each event.
func TestForestDoesNotAllocate(t *testing.T) {
	en := newEngine(t, Options{}, mustRule(t, strings.Replace(forestRule(), "retrainInterval: 1,", "retrainInterval: 336,", 1)))
	emit := func(signal.Finding) {}
	serve(en, inOrder(surfing(1, 0, 6*hourOf, 80)), emit)
	e := event.New()
	at := 6 * hourOf
	step := func() {
		at += 30
		for client := range 3 {
			r := request{at: at, client: []string{"c1", "c2", "c3"}[client], status: 200, path: 3, bytes: 700}
			e.Reset()
			e.Time, e.Raw = start().UnixNano()+int64(r.at*1e9), "a line"
			e.Set("o", event.StringValue("web"))
			e.Set("ip", event.StringValue(r.client))
			e.Set("s", event.IntValue(200))
			e.Set("p", event.IntValue(3))
			e.Set("n", event.IntValue(700))
			en.Observe(e, emit)
		}
	}
	for range 500 {
		step()
	}
	before := en.Stats()
	if n := testing.AllocsPerRun(200, step); n != 0 {
		t.Errorf("%v allocations for three events, want 0", n)
	}
	if s := en.Stats(); s.Open != 0 || s.Matched == before.Matched {
		t.Errorf("%+v", s)
	}
}
