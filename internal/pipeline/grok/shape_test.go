package grok_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/grok"
)

// What a rule remembers of the trees that it made changes nothing: each text gives what
// it gives the first time, whatever came before, and in all goroutines.
func TestRememberedShapesChangeNothing(t *testing.T) {
	compile := func() *grok.Rules {
		rules, err := grok.Compile(grok.Config{Match: `
			twice t %{word:a.x} (?:%{integer:a.y}|%{notSpace:a.x}) ?%{data:b}
			nested n %{word:a} %{word:a.b} %{word:c}
			null u %{word:a:nullIf("-")} %{notSpace:b:nullIf("-")} ?%{data:c}
			list l %{data:a:array("[]", ",")} %{word:b}
			pairs p %{word:a} %{data::keyvalue}
			same s (?:%{integer:n}|%{number:n}|%{word:n})`})
		if err != nil {
			t.Fatal(err)
		}
		return rules
	}
	texts := []string{
		"t x 7 rest", "t x 7", "t x y.z rest", "t x y.z", "n 1 2 3", "n 3 2 1", "u x -", "u x y", "u x - z", "u x y z",
		"l [1,2] x", "l [] x", "p x a=1 b=2", "p x b=2", "p x", "s 7", "s 7.5", "s x", "s 9",
	}
	for i := range 12 {
		texts = append(texts, fmt.Sprintf("t x%d %d", i, i))
	}
	parse := func(rules *grok.Rules, m *grok.Machine, e *event.Event, text string) string {
		e.Reset()
		out, name, status := rules.Parse(e, text, m)
		e.Merge(e.Root(), out)
		return fmt.Sprint(name, status, string(e.AppendJSON(nil, e.Root())))
	}
	want := make([]string, len(texts))
	for i, text := range texts {
		want[i] = parse(compile(), grok.NewMachine(0), event.New(), text)
	}
	rules := compile()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			m, e := grok.NewMachine(0), event.New()
			for round := range 4 {
				for i, text := range texts {
					if got := parse(rules, m, e, text); got != want[i] {
						t.Errorf("round %d: %q: got %s, want %s", round, text, got, want[i])
					}
				}
			}
		})
	}
	all.Wait()
}
