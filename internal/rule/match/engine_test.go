package match_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule/match"
)

func compiled(t *testing.T, rules ...match.Rule) *match.Set {
	t.Helper()
	set, err := match.Compile(rules, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEngineSwapsWhileWorkersMatch(t *testing.T) {
	one := compiled(t, match.Rule{ID: "one", Expr: within("f", "needle")})
	two := compiled(t, match.Rule{ID: "none", Expr: text("f", "other")}, match.Rule{ID: "two", Expr: within("f", "needle")})
	e := match.NewEngine(one, match.EngineOptions{CheckEvery: 7, SampleEvery: 3})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			w := e.Worker()
			defer w.Flush()
			ev := event.New()
			ev.Set("f", event.StringValue("a needle"))
			for range 5000 {
				set, found := w.Match(ev, match.Source{}, match.Strict)
				if len(found) != 1 || set.ID(found[0]) != "one" && set.ID(found[0]) != "two" {
					t.Errorf("found %v", found)
					return
				}
			}
		})
	}
	for i := range 20 {
		e.Swap([]*match.Set{one, two}[i%2])
		e.Retune()
	}
	wg.Wait()
	s := e.Stats()
	want := match.Stats{Events: 10_000, Matches: 10_000, Checked: 2 * (5000 / 7)}
	if d := cmp.Diff(want, s); d != "" {
		t.Errorf("stats (-want +got):\n%s", d)
	}
}

func TestEngineCountsCosts(t *testing.T) {
	e := match.NewEngine(compiled(t,
		match.Rule{ID: "cheap", Expr: text("f", "never")},
		match.Rule{ID: "dear", Expr: match.All(within("f", "needle"), match.None(text("g", "x")))},
	), match.EngineOptions{})
	w := e.Worker()
	for i := range 10 {
		if _, _, err := w.MatchJSON(fmt.Appendf(nil, `{"f":"needle","g":"%d"}`, i), match.Source{}, match.Strict); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.MatchJSON([]byte("no JSON"), match.Source{}, match.Strict); err == nil {
		t.Error("want an error")
	}
	w.Flush()
	want := []match.RuleCost{{ID: "dear", Cost: match.Cost{Evaluated: 10, Tests: 20, Matched: 10}}}
	if d := cmp.Diff(want, e.Costs()); d != "" {
		t.Errorf("costs (-want +got):\n%s", d)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector, package regexp loses its memory now and then: counted without it")
	}
	set := compiled(t,
		match.Rule{ID: "1", Expr: within("a", "needle")},
		match.Rule{ID: "2", Expr: text("", "keyword")},
		match.Rule{ID: "3", Labels: match.Labels{Product: "linux"}, Expr: match.Any(text("b", "x"), text("b", "y"), text("b", "z"))},
		match.Rule{ID: "4", Expr: match.Is(match.Test{Field: "a", Kind: match.Regexp, Regexp: "eed[l]e+"})},
	)
	line := []byte(`{"a":"Needle in a haystack\\","b":"Ünïcode","n":42.5,"product":"linux","l":[{"a":"x"},"KEYWORD"]}`)
	m := set.NewMatcher()
	once := func() {
		if err := m.Scan(line); err != nil {
			t.Fatal(err)
		}
		if len(m.Match(m.Source(), match.Lenient)) != 3 {
			t.Fatal("want three rules")
		}
	}
	once()
	if n := testing.AllocsPerRun(100, once); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
	ev := event.New()
	ev.MergeJSON(string(line), event.JSONOptions{})
	src := match.Source{Product: "linux"}
	load := func() {
		m.Load(ev)
		m.Match(src, match.Strict)
	}
	load()
	if n := testing.AllocsPerRun(100, load); n != 0 {
		t.Errorf("%v allocations to load an event", n)
	}
}
