package detect

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// suppressedEngine is an engine with two rules, and what it says.
type suppressedEngine struct {
	*Engine

	t    testing.TB
	said []string
}

func newSuppressed(t testing.TB, opts Options) *suppressedEngine {
	t.Helper()
	text := func(id string) string {
		return threshold("60/300/600", []string{"@o:f | name: a, groupByFields: ['@ip']"}, []string{"critical Many: a > 3", "low: a > 0"}, "id: "+id)
	}
	return &suppressedEngine{Engine: newEngine(t, opts, mustRule(t, text("one")), mustRule(t, text("two"))), t: t}
}

// plays shows the engine events and compares what it says with what is wanted.
func (h *suppressedEngine) plays(timeline string, want ...string) {
	h.t.Helper()
	h.said = nil
	play(h.t, h.Engine, timeline, func(f signal.Finding) {
		h.said = append(h.said, fmt.Sprintf("%s %s %s", f.Signal.RuleID, f.Change, f.Signal.Severity))
	})
	if d := cmp.Diff(want, h.said); d != "" {
		h.t.Errorf("%s (-want +got):\n%s", timeline, d)
	}
}

// held compares what was held back with what is wanted.
func (h *suppressedEngine) held(want ...string) {
	h.t.Helper()
	var got []string
	h.TakeHeld(func(one Held) {
		sample := "none"
		if one.Sample != nil {
			sample = one.Sample.Severity.String()
		}
		got = append(got, fmt.Sprintf("%s %s: %d signals, %d findings until %d, sample %s", one.Key, one.RuleID, one.Signals, one.Findings, (one.Last-start().UnixNano())/1e9, sample))
	})
	if d := cmp.Diff(want, got); d != "" {
		h.t.Errorf("(-want +got):\n%s", d)
	}
}

func TestSuppressWhileItRuns(t *testing.T) {
	h := newSuppressed(t, Options{Suppressions: []Suppression{{RuleQuery: mustQuery(t, "ruleId:two"), SuppressionQuery: mustQuery(t, "*"), Key: "file"}}})
	h.plays("0 o=f ip=1", "one opened low")
	h.held("file two: 1 signals, 1 findings until 0, sample low")
	mute := Suppression{RuleQuery: mustQuery(t, "ruleId:one"), SuppressionQuery: mustQuery(t, "@ip:1 OR @ip:2"), Key: "7"}
	h.Suppress([]Suppression{mute})
	// A signal that people know of is not updated, nor escalated; a new one does not open.
	h.plays("1 o=f ip=1 x3/1\n4 o=f ip=2")
	h.held("7 one: 1 signals, 3 findings until 4, sample low", "file two: 1 signals, 4 findings until 4, sample low")
	h.plays("5 o=f ip=3", "one opened low")
	h.held("file two: 1 signals, 1 findings until 5, sample low")
	// Another list: what was held back is made up for at the next match.
	h.Suppress([]Suppression{{SuppressionQuery: mustQuery(t, "@ip:2"), Key: "8"}})
	h.plays("6 o=f ip=1", "one escalated critical")
	h.plays("7 o=f ip=2")
	h.held("file two: 0 signals, 2 findings until 7, sample none", "8 one: 1 signals, 1 findings until 7, sample low")
	h.Suppress(nil)
	h.plays("8 o=f ip=2", "one opened low")
	if s := h.Suppressions(); len(s) != 1 || s[0].Rules != 1 || s[0].Findings != 9 {
		t.Errorf("%+v", s)
	}
}

// TestTheFirstSuppressionHolds has several that match.
func TestTheFirstSuppressionHolds(t *testing.T) {
	all := func(key string, s Suppression) Suppression {
		s.Key, s.RuleQuery = key, mustQuery(t, "ruleId:one OR ruleId:two")
		if s.SuppressionQuery == nil {
			s.SuppressionQuery = mustQuery(t, "@ip:1")
		}
		return s
	}
	second := func(n int64) int64 { return start().UnixNano() + n*1e9 }
	h := newSuppressed(t, Options{Suppressions: []Suppression{all("over", Suppression{Expiration: second(0)}), all("other", Suppression{SuppressionQuery: mustQuery(t, "@ip:2")})}})
	h.Suppress([]Suppression{
		all("window", Suppression{When: func(at int64) bool { return at >= second(2) && at < second(4) }}),
		all("later", Suppression{Start: second(1)}),
		all("always", Suppression{}),
	})
	h.plays("0 o=f ip=1 x5/1")
	h.held(
		"always one: 1 signals, 1 findings until 0, sample low", "always two: 1 signals, 1 findings until 0, sample low",
		"later one: 2 signals, 2 findings until 4, sample critical", "later two: 2 signals, 2 findings until 4, sample critical",
		"window one: 1 signals, 2 findings until 3, sample low", "window two: 1 signals, 2 findings until 3, sample low")
}

// TestHeldSignalsCountOnceOverRuns goes on in another engine, also from a snapshot of the
// version before, which does not know who holds what.
func TestHeldSignalsCountOnceOverRuns(t *testing.T) {
	mute := []Suppression{{SuppressionQuery: mustQuery(t, "@ip:1"), RuleQuery: mustQuery(t, "ruleId:one"), Key: "7"}}
	quiet := Options{Suppressions: []Suppression{{RuleQuery: mustQuery(t, "ruleId:two"), SuppressionQuery: mustQuery(t, "*"), Key: "f"}}}
	h := newSuppressed(t, quiet)
	h.Suppress(mute)
	h.plays("0 o=f ip=1")
	h.held("7 one: 1 signals, 1 findings until 0, sample low", "f two: 1 signals, 1 findings until 0, sample low")
	var data bytes.Buffer
	if err := h.Snapshot(&data, nil); err != nil {
		t.Fatal(err)
	}
	next := newSuppressed(t, quiet)
	if _, err := next.Restore(data.Bytes()); err != nil {
		t.Fatal(err)
	}
	next.Suppress(mute)
	next.plays("1 o=f ip=1")
	next.held("7 one: 0 signals, 1 findings until 1, sample none", "f two: 0 signals, 1 findings until 1, sample none")

	old := &codec{out: nil, version: 4}
	g := h.pools[h.rules[0].pool].oldest()
	g.open.code(old)
	var read openSignal
	slack := int64(1 << 20)
	from := &codec{in: old.out, reading: true, slack: &slack, version: 4}
	read.code(from)
	if from.err != nil || len(from.in) > 0 || read.held != "" || read.sig.ID != g.open.sig.ID {
		t.Errorf("%+v, error %v", read, from.err)
	}
}

// manySuppressions returns n of one address each, over all rules.
func manySuppressions(t testing.TB, n int) []Suppression {
	t.Helper()
	list := make([]Suppression, n)
	for i := range list {
		list[i] = Suppression{RuleQuery: mustQuery(t, "*"), SuppressionQuery: mustQuery(t, fmt.Sprintf(`@network.client.ip:"192.0.2.%d" OR @network.client.ip:"2001:db8::%x"`, i%200+1, i)), Key: fmt.Sprint(i)}
	}
	return list
}

// TestHeldBackDoesNotAllocate: whoever goes on for hours while a suppression holds him back
// is asked about at each of his events.
func TestHeldBackDoesNotAllocate(t *testing.T) {
	en := newEngine(t, Options{}, manyRules(t, 30)...)
	en.Suppress(manySuppressions(t, 1000))
	e, at, found := event.New(), start().UnixNano(), 0
	step := func() {
		at += 1e6
		loginEvent(e, "192.0.2.1", at)
		en.Observe(e, func(signal.Finding) { found++ })
	}
	for range 1000 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 || found > 0 {
		t.Errorf("%v allocations an event, want 0; %d findings", n, found)
	}
	if en.Stats().Suppressed == 0 {
		t.Error("nothing was held back")
	}
}

func BenchmarkHeldBack(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprintf("suppressions=%d", n), func(b *testing.B) {
			en := newEngine(b, Options{}, manyRules(b, 30)...)
			en.Suppress(manySuppressions(b, n))
			e, at := event.New(), start().UnixNano()
			b.ReportAllocs()
			for b.Loop() {
				at += 1e6
				loginEvent(e, "192.0.2.1", at)
				en.Observe(e, func(signal.Finding) {})
			}
		})
	}
}

// BenchmarkSuppress puts one more to work, and all of them.
func BenchmarkSuppress(b *testing.B) {
	rules, list := manyRules(b, 3000), manySuppressions(b, 1000)
	f := func(name string, prepare func(en *Engine), rules []*rule.Rule) {
		b.Run(name, func(b *testing.B) {
			en := newEngine(b, Options{}, rules...)
			for b.Loop() {
				prepare(en)
				en.Suppress(list)
			}
		})
	}
	f("rules=3000/more", func(*Engine) {}, rules)
	f("rules=3000/all", func(en *Engine) { en.suppressing.chosen = nil }, rules)
}
