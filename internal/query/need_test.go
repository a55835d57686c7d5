package query

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestNeedOnlyRulesOutWhatCannotMatch(t *testing.T) {
	f := func(query, message string, want bool) {
		t.Helper()
		q, err := Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		e := event.New()
		e.Message = message
		if got := q.Match(e); got != want {
			t.Errorf("%s on %q: %v, want %v", query, message, got, want)
		}
	}
	f("*ModSecurity*", "x modsecurity: y", true)
	f("*ModSecurity*", "x MODSECURITY", true)
	f("*ModSecurity*", "x modsecurit", false)
	f("*ModSecurity*", "yyyyyyymodsecurity", true)
	f("*pam_*", "pam_unix(sshd)", true)
	f("*pam_*", "pamunix", false)
	f("*kiosk*", "the \u212aios\u212a is open", true)
	f("fail*", "FAILED", true)
	f("*日本*", "東京日本語", true)
}

// The same pattern with and without the short cut.
func FuzzNeed(f *testing.F) {
	f.Add("ab", "xxAb")
	f.Add("k_s", "\u212a_\u017f")
	f.Fuzz(func(t *testing.T, literal, text string) {
		n := needOf([]Piece{{Star: true}, {Literal: literal}, {Star: true}})
		if n.missing(text) && n.text != "" && containsFold(text, n.text) {
			t.Fatalf("%q is in %q, but need says that it is not", literal, text)
		}
	})
}

// FuzzFromNeed tries the runs that hold what is needed, and all of them.
func FuzzFromNeed(f *testing.F) {
	f.Add("*ab", "b", "xAb b, ab c")
	f.Add("a?", "日", "日ab日本 a\u0301 日")
	f.Add("*_x*", "", "__x\xff_x")
	f.Fuzz(func(t *testing.T, first, second, text string) {
		q, err := Parse(`"` + first + `*" OR ` + first + "*" + second)
		if err != nil {
			return
		}
		Walk(q.Root(), func(n Node) {
			free, ok := n.(*FreeText)
			if !ok || len(free.Words) == 0 || free.Words[0].glob == nil || free.need.text == "" || free.need.folds {
				return
			}
			if got, want := free.fromNeed(text), free.fromRuns(text); got != want {
				t.Errorf("%s on %q: %v, want %v", free, text, got, want)
			}
		})
	})
}
