package useragent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
)

// A Recent says what its parser says, however many texts came before, also when it
// is asked for another parser.
func TestRecentSaysWhatTheParserSays(t *testing.T) {
	p, other := parser(t), parser(t)
	var r useragent.Recent
	e := event.New()
	for range 2 {
		for i := range 2000 {
			text := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", i, i)
			switch i % 5 {
			case 0:
				text = strings.Repeat("x", i%600)
			case 1:
				text += "\x00"
			}
			for _, of := range []*useragent.Parser{p, other} {
				e.Reset()
				agent := of.Parse(text)
				v, ok := r.Value(of, e, text)
				want, got := e.AppendJSON(nil, agent.Value(e)), e.AppendJSON(nil, v)
				if ok != (agent != nil) || string(want) != string(got) {
					t.Fatalf("%q: got %s, want %s", text, got, want)
				}
			}
		}
	}
	const text = "curl/8.5.0"
	r.Value(p, e, text)
	if n := testing.AllocsPerRun(100, func() {
		e.Reset()
		r.Value(p, e, text)
	}); n != 0 {
		t.Errorf("%v allocations for a text that came before", n)
	}
}
