package match_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/rule/match"
)

// dice draws random rules and events that often meet.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) word() string {
	return d.of("", "a", "ab", "abc", "abcd", "ABCDE", `\cmd.exe`, `C:\Windows\cmd.exe`, `/bin/sh`, "power", "powershell -enc",
		"é", "ÉÀ", "ſK", "İ", "42", "4.5", "true", "\x00", "aaaaaaaa", "10.1.2.3", "2026-11-21T10:05:00Z", "a\nb")
}

func (d dice) field() string { return d.of("a", "b", "a.b", "a.b.c", "c") }

func (d dice) pattern() match.Pattern {
	var p match.Pattern
	for range d.IntN(4) {
		switch d.IntN(3) {
		case 0:
			p = append(p, match.Part{Wild: '*'})
		case 1:
			p = append(p, match.Part{Wild: d.of("*", "?")[0]})
		default:
			p = append(p, match.Part{Lit: d.word()})
		}
	}
	return p
}

func (d dice) test() *match.Expr {
	t := match.Test{Field: d.field(), Kind: match.Text, Cased: d.IntN(5) == 0}
	switch d.IntN(16) {
	case 0:
		t.Field, t.Pattern = "", match.Literal(d.word())
	case 1:
		t.Kind, t.Num, t.NumText = match.Number, 42, "42"
	case 2:
		t.Kind, t.Bool = match.Bool, d.IntN(2) == 0
	case 3:
		t.Kind = match.Null
	case 4:
		t.Kind, t.Bool = match.Exists, d.IntN(2) == 0
	case 5:
		t.Kind, t.Regexp = match.Regexp, d.of("a+b", "power.*enc$", "^abc", "(?i)POWER(SHELL)?", `\d+`, "(ab|cd)e", "k", "s{2,}", "abc.|.bcd", "(?i)x(power|shell|a{3,})|.enc", "(abc|d?)x", "(abc|bcd)-?b")
		t.Flags = d.of("", "i", "s")
	case 6:
		t.Kind, t.Relation, t.Num = match.Compare, d.of("<", ">="), 4.5
	case 7:
		t.Kind, t.Ref, t.Starts = match.FieldRef, d.field(), d.IntN(2) == 0
	case 8, 9:
		t.Pattern = match.Contains(d.word())
	case 10, 11:
		t.Pattern = match.Literal(d.word())
	case 12:
		t.Pattern = match.Pattern{{Wild: '*'}, {Lit: d.word()}}
	default:
		t.Pattern = d.pattern()
	}
	return match.Is(t)
}

func (d dice) expr(depth int) *match.Expr {
	if depth == 0 || d.IntN(3) == 0 {
		return d.test()
	}
	var args []*match.Expr
	for range 1 + d.IntN(5) {
		args = append(args, d.expr(depth-1))
	}
	switch d.IntN(3) {
	case 0:
		return match.None(args[0])
	case 1:
		return match.All(args...)
	default:
		return match.Any(args...)
	}
}

func (d dice) value(depth int) any {
	switch d.IntN(12) {
	case 0:
		return nil
	case 1:
		return d.IntN(2) == 0
	case 2:
		return json.Number(d.of("42", "42.0", "4.5", "-0", "4.2e1", "1e400"))
	case 3, 4:
		if depth == 0 {
			return d.word()
		}
		list := []any{}
		for range d.IntN(3) {
			list = append(list, d.value(depth-1))
		}
		return list
	case 5, 6:
		if depth == 0 {
			return d.word()
		}
		return d.object(depth - 1)
	default:
		return d.word() + d.word()
	}
}

func (d dice) object(depth int) map[string]any {
	o := map[string]any{}
	for range d.IntN(5) {
		o[d.of("a", "b", "c", "a.b", "b.c", "x", "a.b.c")] = d.value(depth)
	}
	return o
}

// check matches random events against random rules, by the index and by a full
// scan, before and after the index has seen a sample.
func check(t *testing.T, seed uint64) {
	t.Helper()
	d := dice{rand.New(rand.NewPCG(seed, 1))}
	var rules []match.Rule
	for i := range 30 {
		labels := match.Labels{Product: d.of("", "p"), Service: d.of("", "", "s")}
		rules = append(rules, match.Rule{ID: fmt.Sprint(i), Labels: labels, Expr: d.expr(3)})
	}
	set, err := match.Compile(rules, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	profile := match.NewProfile()
	for round := range 2 {
		m := set.NewMatcher()
		for range 100 {
			text, err := json.Marshal(d.object(3))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Scan(text); err != nil {
				t.Fatal(err)
			}
			m.Observe(profile)
			src := match.Source{Product: d.of("", "p", "q"), Services: []string{d.of("s", "u")}}
			routing := match.Routing(d.IntN(3))
			want := m.FullScan(src, routing)
			if got := m.Match(src, routing); !slices.Equal(got, want) {
				t.Fatalf("seed %d round %d: %s: the index finds %v, a full scan %v", seed, round, text, got, want)
			}
		}
		set = set.Tuned(profile)
	}
}

func TestIndexIsFullScan(t *testing.T) {
	for seed := range uint64(150) {
		check(t, seed)
	}
}

func FuzzIndexIsFullScan(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(check)
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":"\u00e9\ud83d\ude00","b":[1,2.5e3,true,null,{"a.b":{}}]}`, `{"a":{"b":{"c":"x\\y"}}}`, `{"a"`} {
		f.Add([]byte(s))
	}
	set, err := match.Compile([]match.Rule{
		{ID: "1", Expr: within("a", "abcd")}, {ID: "2", Expr: text("", "x")}, {ID: "3", Expr: pattern("a.b.c", '*', "x", '?')},
	}, match.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m := set.NewMatcher()
		if m.Scan(text) != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("accepted what is no JSON: %q", text)
		}
		if got, want := m.Match(match.Source{}, match.NoRouting), m.FullScan(match.Source{}, match.NoRouting); !slices.Equal(got, want) {
			t.Fatalf("the index finds %v, a full scan %v", got, want)
		}
	})
}

func TestHostileEventsEndSoon(t *testing.T) {
	set, err := match.Compile([]match.Rule{
		{ID: "1", Expr: pattern("a", '*', "a", '?', "a", '*', "a", '?', "b", '*')},
		{ID: "2", Expr: match.Is(match.Test{Field: "a", Kind: match.FieldRef, Ref: "b"})},
		{ID: "3", Expr: match.Is(match.Test{Field: "a", Kind: match.Regexp, Regexp: "(a+)+b"})},
		{ID: "4", Expr: within("a", "aaaaaaab")},
	}, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	f := func(text string) {
		t.Helper()
		start := time.Now()
		if err := m.Scan([]byte(text)); err != nil {
			t.Fatal(err)
		}
		m.Match(match.Source{}, match.NoRouting)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("an event of %d bytes took %v", len(text), took)
		}
	}
	f(`{"a":"` + strings.Repeat("a", 1<<20) + `"}`)
	f(`{"a":["` + strings.Repeat(`a","`, 1<<17) + `"],"b":["` + strings.Repeat(`b","`, 1<<17) + `"]}`)
	if !m.Truncated() {
		t.Error("more than MaxValues values must show")
	}
}
