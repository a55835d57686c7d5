package query

import (
	"strings"
	"testing"
)

// slowGlob is the definition: a table of which starts of the pattern match which
// starts of the text.
func slowGlob(parts []Piece, text string) bool {
	var runes []rune
	for text != "" {
		r, n := literalRune(text)
		runes = append(runes, r)
		text = text[n:]
	}
	row := make([]bool, len(runes)+1)
	row[0] = true
	advance := func(fits func(rune) bool) {
		for i := len(runes); i > 0; i-- {
			row[i] = row[i-1] && fits(runes[i-1])
		}
		row[0] = false
	}
	for _, p := range parts {
		switch {
		case p.Star:
			for i := 1; i <= len(runes); i++ {
				row[i] = row[i] || row[i-1]
			}
		case p.One:
			advance(func(rune) bool { return true })
		default:
			for lit := p.Literal; lit != ""; {
				want, n := literalRune(lit)
				advance(func(r rune) bool { return r == want })
				lit = lit[n:]
			}
		}
	}
	return row[len(runes)]
}

func TestGlob(t *testing.T) {
	f := func(pattern, text string, want bool) {
		t.Helper()
		parts := pieces(pattern)
		g := newGlob(parts, false)
		if got := g.match(text); got != want || slowGlob(parts, text) != want {
			t.Errorf("%q on %q: got %v, by definition %v, want %v", pattern, text, got, slowGlob(parts, text), want)
		}
	}
	f(`*`, "", true)
	f(`a*`, "a", true)
	f(`*a`, "a", true)
	f(`a*a`, "a", false)
	f(`a*a`, "aa", true)
	f(`*ab*ab*`, "abab", true)
	f(`*ab*ab*`, "abxa", false)
	f(`*ab`, "abab", true)
	f(`?*?`, "a", false)
	f(`?*?`, "äö", true)
	f(`*a?c*d`, "abcacd", true)
	f(`*?`, "", false)
	f(`\*`, "x", false)
	f(`?`, "\xff", true)
	f(`*é`, "café", true)
	f("\xff*", "\xfe", false)
	f("*\xa9*", "©", false)
}

// A backtracking matcher would try every split of the text and not come back.
func TestGlobIsNotSlowOnHostileText(t *testing.T) {
	text := strings.Repeat("a", 100_000)
	for _, fold := range []bool{false, true} {
		g := newGlob(pieces(strings.Repeat("*a?a", 30)+"*b"), fold)
		if g.match(text) {
			t.Errorf("fold %v: matches", fold)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add(`*a?c*d`, "abcacd")
	f.Add(`\**é?`, "*é\xff")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		parts := pieces(pattern)
		if len(pattern)*len(text) > 1<<16 {
			return
		}
		g := newGlob(parts, false)
		if got, want := g.match(text), slowGlob(parts, text); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
		folded := newGlob(parts, true)
		if g.match(text) && !folded.match(text) {
			t.Errorf("%q on %q: matches with letter case only", pattern, text)
		}
	})
}
