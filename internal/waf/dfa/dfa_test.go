package dfa_test

import (
	"io/fs"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"rsc.io/binaryregexp"

	"github.com/sasumata/sasumata/internal/waf/dfa"
	"github.com/sasumata/sasumata/internal/waf/seclang"
)

func TestMatchIsRegexps(t *testing.T) {
	f := func(source string, texts ...string) {
		t.Helper()
		re, e := regexp.MustCompile(source), mustCompile(t, source)
		var c dfa.Cache
		for _, text := range texts {
			if got, want := e.Match(&c, []byte(text)), re.MatchString(text); got != want {
				t.Errorf("%s on %q: %v, want %v", source, text, got, want)
			}
		}
	}
	f(`a`, "", "a", "ba", "b")
	f(``, "", "x")
	f(`^a$`, "a", "a\n", "\na", "ab")
	f(`(?m)^a$`, "a", "a\n", "b\na\nb", "ab")
	f(`\Aa|b\z`, "ab", "ba", "b", "b\n")
	f(`\bor\b`, "or", "xor", "1 or 1", "or_", "éor", "or\xff")
	f(`\Bor\B`, "or", "xorx", "xor")
	f(`(?i)k`, "k", "K", "\u212a", "ſ")
	f(`(?i)s`, "ſ", "S")
	f(`[^a]`, "a", "\xff", "é", "")
	f(`\x{fffd}`, "\xff", "\xef\xbf\xbd", "a")
	f(`(?s)a.b`, "a\nb", "a\xe2b", "aéb")
	f(`a.b`, "a\nb", "a\xe2b")
	f(`(a|ab)(c|bcd)$`, "abcd", "abc", "ac", "abcx")
	f(`a{2,3}b?$`, "a", "aab", "aaaa", "aabb")
	f(`[\p{Greek}]+`, "αβ", "ab")
	f(`x*$`, "", "xxy", "y")
	f(`(?:^|[^\\])\\[cde]`, `\c`, `\\c`, `a\c`)
}

func mustCompile(tb testing.TB, source string) *dfa.Expression {
	tb.Helper()
	e, err := dfa.Compile(source, false)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// Each expression of the Core Rule Set, on texts that go some way with it.
func TestTheCoreRuleSetsExpressions(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	runs := 60
	if testing.Short() {
		runs = 6
	}
	expressions, hits, comparisons := 0, 0, 0
	for _, source := range ruleExpressions(t) {
		source = "(?sm)" + source
		tree, err := syntax.Parse(source, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		re, e := regexp.MustCompile(source), mustCompile(t, source)
		var c dfa.Cache
		expressions++
		for range runs {
			text := sample(random, tree, 0)
			if random.IntN(2) == 0 {
				text = damage(random, text)
			}
			want := re.MatchString(text)
			comparisons++
			if want {
				hits++
			}
			if got := e.Match(&c, []byte(text)); got != want {
				t.Errorf("%.100s on %q: %v, want %v", source, text, got, want)
			}
		}
	}
	t.Logf("%d expressions, %d comparisons, %d of them matches", expressions, comparisons, hits)
	if expressions < 200 || hits < comparisons/3 || hits == comparisons {
		t.Errorf("%d expressions, %d of %d are matches: too one-sided", expressions, hits, comparisons)
	}
}

// ruleExpressions returns the different arguments of @rx.
func ruleExpressions(tb testing.TB) []string {
	tb.Helper()
	names, err := fs.Glob(coreruleset.FS, "@owasp_crs/*.conf")
	if err != nil {
		tb.Fatal(err)
	}
	var list []string
	seen := map[string]bool{}
	for _, name := range names {
		data, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			tb.Fatal(err)
		}
		all, err := seclang.Parse(name, data)
		if err != nil {
			tb.Fatal(err)
		}
		for _, r := range seclang.Rules(all) {
			for ; r != nil; r = r.Next {
				if arg := r.Operator.Argument; r.Operator.Name == "rx" && !seen[arg] {
					seen[arg] = true
					list = append(list, arg)
				}
			}
		}
	}
	return list
}

// sample returns a text that the expression probably matches.
func sample(r *rand.Rand, re *syntax.Regexp, depth int) string {
	var b strings.Builder
	times := func(low, high int) {
		for range low + r.IntN(high-low+1) {
			b.WriteString(sample(r, re.Sub[0], depth+1))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		i := 2 * r.IntN(len(re.Rune)/2)
		b.WriteRune(re.Rune[i] + rune(r.IntN(min(200, int(re.Rune[i+1]-re.Rune[i]))+1)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(" aZ0_'/\xff\n"[r.IntN(9)])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			b.WriteString(sample(r, sub, depth+1))
		}
	case syntax.OpAlternate:
		b.WriteString(sample(r, re.Sub[r.IntN(len(re.Sub))], depth+1))
	case syntax.OpCapture:
		times(1, 1)
	case syntax.OpStar:
		times(0, 2)
	case syntax.OpPlus:
		times(1, 2)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, max(re.Min, min(re.Max, re.Min+2)))
	default: // what takes no character
	}
	return b.String()
}

func damage(r *rand.Rand, text string) string {
	b := []byte(text)
	for range 1 + r.IntN(3) {
		if len(b) == 0 {
			return "x"
		}
		at := r.IntN(len(b))
		switch r.IntN(3) {
		case 0:
			b[at] = byte(r.IntN(256))
		case 1:
			b = append(b[:at], b[at+1:]...)
		case 2:
			b = append(b, " a'\"\n<=)/\u212a"[r.IntN(11)])
		}
	}
	return string(b)
}

func TestBytesAreCharacters(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, source := range []string{`\xac\xed\x00\x05`, `[\x80-\xff]{2}`, `\x{bc}[^>\x{be}]*[>\x{be}]`, `^.$`, `(a)(\x{e2}\x80[\x98\x99])?b`} {
		want, err := binaryregexp.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		e, err := dfa.Compile(source, true)
		if err != nil {
			t.Fatal(err)
		}
		var c dfa.Cache
		for range 400 {
			text := make([]byte, random.IntN(6))
			for i := range text {
				text[i] = "\xac\xed\x00\x05\xbc\xbe\xe2\x80\x98\x99ab>\n"[random.IntN(14)]
			}
			if got := e.Match(&c, text); got != want.Match(text) {
				t.Fatalf("%s on %q: %v", source, text, got)
			}
			got, groups := e.Find(text), want.FindSubmatchIndex(text)
			if len(got) != len(groups) {
				t.Fatalf("%s on %q: %v, want %v", source, text, got, groups)
			}
			for i := range got {
				if got[i] != groups[i] {
					t.Fatalf("%s on %q: %v, want %v", source, text, got, groups)
				}
			}
		}
	}
}

// A text that needs a state a character must neither fill the memory nor change
// the answer.
func TestTheCacheStaysSmall(t *testing.T) {
	const source = `(?s)[ab]*a[ab]{14}c`
	e, re := mustCompile(t, source), regexp.MustCompile(source)
	random := rand.New(rand.NewPCG(7, 8))
	var c dfa.Cache
	for round := range 4 {
		text := make([]byte, 8<<10)
		for i := range text {
			text[i] = "ab"[random.IntN(2)]
		}
		if round%2 == 1 {
			text[len(text)-1] = 'c'
		}
		if got := e.Match(&c, text); got != re.Match(text) {
			t.Errorf("round %d: %v", round, got)
		}
		if size := c.Size(); size > 128<<10 {
			t.Errorf("the cache holds %d bytes", size)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	e := mustCompile(t, `(?i)\bunion\b.+\bselect\b`)
	var c dfa.Cache
	text := []byte("a union of all who would select a colour")
	e.Match(&c, text)
	if n := testing.AllocsPerRun(100, func() { e.Match(&c, text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzMatchIsRegexps(f *testing.F) {
	f.Add(`(?m)^a\b.*$`, "b\na c", false)
	f.Add(`[^\x00-\x7f]|(?i:k)`, "\u212a\xff", true)
	f.Fuzz(func(t *testing.T, source, text string, bytes bool) {
		if len(source) > 200 || len(text) > 500 {
			return
		}
		re, err := regexp.Compile(source)
		e, err2 := dfa.Compile(source, bytes)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%v, %v", err, err2)
		}
		if err != nil {
			return
		}
		var c dfa.Cache
		seen := []byte(text)
		if bytes {
			seen = nil
			for _, b := range []byte(text) {
				seen = append(seen, string(rune(b))...)
			}
		}
		for range 2 { // also with what the first round built
			if got, want := e.Match(&c, []byte(text)), re.Match(seen); got != want {
				t.Fatalf("%q on %q: %v, want %v", source, text, got, want)
			}
		}
	})
}
