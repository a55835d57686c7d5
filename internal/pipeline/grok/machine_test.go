package grok

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compileRegex compiles a plain regular expression whose groups are captures.
func compileRegex(text string) (*program, int, error) {
	b := &builder{c: &compiler{}, keepGroups: true}
	x, err := (&regexParser{b: b, s: text}).pattern()
	if err != nil {
		return nil, 0, err
	}
	p, err := assemble(x, len(b.fields), true)
	return p, len(b.fields), err
}

// submatches matches all of text and returns the places of the groups.
func submatches(t *testing.T, regex, text string) ([]int, outcome) {
	t.Helper()
	p, groups, err := compileRegex(regex)
	if err != nil {
		t.Fatalf("%s: %v", regex, err)
	}
	m := NewMachine(0)
	how := failed
	if m.possible(p, text) {
		how = m.match(p, text)
	}
	if how != matched {
		return nil, how
	}
	out := make([]int, 0, 2*groups)
	for _, s := range m.slots[:2*groups] {
		out = append(out, int(s))
	}
	return out, how
}

// TestAgainstRegexp compares random expressions with Go's regexp: the same
// matches, and the same groups of the same, first, match.
func TestAgainstRegexp(t *testing.T) {
	for seed := range uint64(3000) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
		regex := g.alternatives(3)
		want, err := regexp.Compile(`^(?s:` + regex + `)$`)
		if err != nil {
			t.Fatalf("%s: %v", regex, err)
		}
		for range 6 {
			text := g.text()
			expect := want.FindStringSubmatchIndex(text)
			got, how := submatches(t, regex, text)
			if how == exhausted {
				continue
			}
			if (how == matched) != (expect != nil) {
				t.Fatalf("seed %d: %q on %q: match %t, regexp says %t", seed, regex, text, how == matched, expect != nil)
			}
			// Go and Java disagree about what a group holds that matched nothing
			// in a loop.
			if how == matched && !g.nullableLoop && !slices.Equal(got, expect[2:]) {
				t.Fatalf("seed %d: %q on %q: %v, regexp says %v", seed, regex, text, got, expect[2:])
			}
		}
	}
}

// generator writes random regular expressions over a small alphabet.
type generator struct {
	r            *rand.Rand
	nullableLoop bool
}

func (g *generator) pick(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) alternatives(depth int) string {
	parts := make([]string, 1+g.r.IntN(3)/2)
	for i := range parts {
		parts[i] = g.sequence(depth)
	}
	return strings.Join(parts, "|")
}

func (g *generator) sequence(depth int) string {
	var b strings.Builder
	for range 1 + g.r.IntN(4) {
		g.piece(&b, depth)
	}
	return b.String()
}

func (g *generator) piece(b *strings.Builder, depth int) {
	atom := g.pick("a", "b", "c", "ab", "é", ".", "[ab]", "[^a]", `\w`, `\W`, `\S`, `\d`, "[é-ü]", "(?i:A)", "^", "$", `\b`, `\B`)
	if depth > 0 && g.r.IntN(3) == 0 {
		atom = "(" + g.alternatives(depth-1) + ")"
		if g.r.IntN(2) == 0 {
			atom = "(?:" + atom[1:]
		}
	}
	b.WriteString(atom)
	if g.r.IntN(2) == 0 || strings.ContainsAny(atom[:1], `^$`) || atom == `\b` || atom == `\B` {
		return
	}
	if atom[0] == '(' {
		if x, err := (&regexParser{b: &builder{c: &compiler{}}, s: atom}).pattern(); err == nil && x.nullable() {
			g.nullableLoop = true
		}
	}
	b.WriteString(g.pick("*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}") + g.pick("", "", "?"))
}

func (g *generator) text() string {
	var b strings.Builder
	for range g.r.IntN(9) {
		b.WriteString(g.pick("a", "b", "c", "a", "b", "A", " ", "\n", "é", "1", "\xff", "語"))
	}
	return b.String()
}

// TestJavaSyntax covers what Go's regexp does not have.
func TestJavaSyntax(t *testing.T) {
	f := func(regex, text string, want ...string) {
		t.Helper()
		at, how := submatches(t, regex, text)
		var got []string
		for i := 0; i+1 < len(at); i += 2 {
			if at[i] >= 0 {
				got = append(got, text[at[i]:at[i+1]])
			}
		}
		if how != matched || !slices.Equal(got, want) {
			t.Errorf("%s on %q: outcome %d, groups %q, want %q", regex, text, how, got, want)
		}
	}
	f(`(?>a|ab)c|(abc)`, "abc", "abc") // an atomic group keeps its first way
	f(`(?>(\d+))(?:px|%)`, "12%", "12")
	f(`(\w++) (\w*+)`, "one two", "one", "two")
	f(`"(?:[^"\\]|\\.)*+"`, `"a\"b"`)
	f(`(.*(?= to)) to (.*)`, "this to that to then", "this to that", "then")
	f(`((?!no).+)`, "yes", "yes")
	f(`(?!(b))(a)`, "a", "a")
	f(`.*(?<=\d)(px)`, "12px", "px")
	f(`.*(?<!\d)(px)`, "a px", "px")
	f(`(?<=)(a)`, "a", "a")
	f(`(?i)error: (\w+)`, "ERROR: Disk", "Disk")
	f(`(?i:a)(b)`, "Ab", "b")
	f(`(?x) a b # note`, "ab")
	f(`\Qa.b\E(c)`, "a.bc", "c")
	f(`\h(x)\R`, "\tx\r\n", "x")
	f(`[\p{Alpha}\u0041]+([\p{C}])`, "abc\x1d", "\x1d")
	f(`(\x41\e\cA\011)`, "A\x1b\x01\t", "A\x1b\x01\t")
	f(`([a-z0-9-_.]*)\]`, "a-b_c.d]", "a-b_c.d")
	f(`([^]]+)]`, "abc]", "abc")
	f(`(?:(a)|b)*`, "ab", "a")
	f(`(?<user>\w+)@(?<host>\w+)`, "me@here", "me", "here")
	f(`a{,2}(b)`, "a{,2}b", "b")
	f(`(?#note)(a)`, "a", "a")
	f(`(.+)`, "a\nb", "a\nb")
	f(`(?-s)(.+)\n(.+)`, "a\nb", "a", "b")
	f(`(?m)(a)$\n^(b)`, "a\nb", "a", "b")
}

func TestJavaSyntaxNoMatch(t *testing.T) {
	f := func(regex, text string) {
		t.Helper()
		if _, how := submatches(t, regex, text); how != failed {
			t.Errorf("%s on %q: outcome %d, want no match", regex, text, how)
		}
	}
	f(`(?>a|ab)c`, "abc")
	f(`\w++d`, "abcd")
	f(`(?:ab)*+ab`, "abab")
	f(`(?!a)\w`, "a")
	f(`a(?=b)`, "a")
	f(`(?<=a)c`, "bc")
	f(`(?-s).+`, "a\nb")
	f(`^b`, "ab")
}

func TestBadRegex(t *testing.T) {
	f := func(regex, want string) {
		t.Helper()
		_, _, err := compileRegex(regex)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", regex, err, want)
		}
	}
	f(`(a`, `a "(" without a ")"`)
	f(`a)`, `a ")" without a "("`)
	f(`[a`, `a "[" without a "]"`)
	f(`*a`, "nothing to repeat")
	f(`a**`, "nothing to repeat")
	f(`a{3,2}`, "bad repetition")
	f(`a{9999}`, "bad repetition")
	f(`(a)\1`, "back-references are not supported")
	f(`(?<=a+)b`, "limited length")
	f(`\y`, `unknown escape \y`)
	f(`[\p{Nonsense}]`, "bad class")
	f(`(?<>a)`, "bad name of a group")
	f(strings.Repeat("(", 200)+strings.Repeat(")", 200), "too deep")
	f(`(((((a{99}){99}){99}){99}){99})`, "too large")
}

// TestBudget holds that expressions which try everything end, and say so.
func TestBudget(t *testing.T) {
	f := func(regex, text string) {
		t.Helper()
		if _, how := submatches(t, regex, text); how != exhausted {
			t.Errorf("%s: outcome %d, want the budget to end it", regex, how)
		}
	}
	many := strings.Repeat("a", 64)
	f(`(?:a+)+b?c?$d|(a+)+[bc]`, many+"x")
	f(`(?:a|aa)+[bc]`, many+"x")
	f(`(?:(?:a*)*)*[bc]`, many+"x")
	f(`(?:.*?,){12}[bc]`, strings.Repeat("1,", 64)+"x")
	f(`(?!(?:a+)+[bc]).*`, many)
	f(`(?>(?:a+)+[bc])`, many)
	f(`(?:.*)*(?:.*)*(?:.*)*[^\x00-\x{10ffff}]`, many)
}

// TestLongLines holds that a megabyte takes few steps, and no call stack.
func TestLongLines(t *testing.T) {
	const size = 1 << 20
	f := func(regex, unit string) {
		t.Helper()
		p, _, err := compileRegex(regex)
		if err != nil {
			t.Fatal(err)
		}
		m := NewMachine(0)
		text := strings.Repeat(unit, size/len(unit)) + "\tend"
		if how := m.match(p, text); how != matched {
			t.Errorf("%s: outcome %d", regex, how)
		}
	}
	f(`(.*?)`, "x")
	f(`(.*?)\tend`, "word ")
	f(`(.*)\tend`, "word ")
	f(`(\S+) (.*?)`, "word ")
	f(`(\S+)\t(\w+)`, "é")
	f(`(?s)([^\t]*)\t(.*)`, "語")
	f(`(.*?)(?:\tx|\te)nd`, "word ")
}

func TestNeededLiterals(t *testing.T) {
	f := func(regex string, want ...string) {
		t.Helper()
		p, _, err := compileRegex(regex)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.needed); diff != "" {
			t.Errorf("%s: %s", regex, diff)
		}
	}
	f(`INFO (.*) user=(\w+)`, "INFO ", " user=")
	f(`(a+)?b`, "b")
	f(`a|b`)
	f(`(?:from (x)){2}`, "from ", "x")
	f(`\[.*\] (?=ready)`, "[", "] ")
}

func FuzzRegex(f *testing.F) {
	f.Add(`(a|b)*c`, "abac")
	f.Add(`(?i)é+\b[^x]{2,3}?`, "É é")
	f.Add(`(?:a*)*(?:b|)$`, "aab")
	f.Fuzz(func(t *testing.T, regex, text string) {
		if len(regex) > 64 || len(text) > 64 {
			return
		}
		p, _, err := compileRegex(regex)
		if err != nil {
			return
		}
		m := NewMachine(50_000)
		how := failed
		if m.possible(p, text) {
			how = m.match(p, text)
		}
		// What only Java has is read differently, or not at all, by Go.
		if how == exhausted || strings.ContainsAny(regex, `\{&%#`) || strings.Contains(regex, "(?") || strings.Contains(regex, "++") ||
			strings.Contains(regex, "?+") || strings.Contains(regex, "*+") || strings.Contains(regex, "[[") {
			return
		}
		want, err := regexp.Compile(fmt.Sprintf(`^(?s:%s)$`, regex))
		if err == nil && want.MatchString(text) != (how == matched) {
			t.Errorf("%q on %q: match %t, regexp says otherwise", regex, text, how == matched)
		}
	})
}
