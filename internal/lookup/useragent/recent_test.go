package useragent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/lookup/useragent"
)

// A Recent says what its parser says, however many texts came before, also when it
// is asked for another parser.
func TestRecentSaysWhatTheParserSays(t *testing.T) {
	p, other := parser(t), parser(t)
	var r useragent.Recent
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
				want, got := of.Parse(text), r.Parse(of, text)
				if (want == nil) != (got == nil) || want != nil && *want != *got {
					t.Fatalf("%q: got %+v, want %+v", text, got, want)
				}
			}
		}
	}
	const text = "curl/8.5.0"
	r.Parse(p, text)
	if n := testing.AllocsPerRun(100, func() { r.Parse(p, text) }); n != 0 {
		t.Errorf("%v allocations for a text that came before", n)
	}
}
