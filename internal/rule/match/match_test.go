package match_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/rule/match"
)

func TestFields(t *testing.T) {
	f := func(field, event string, want bool) {
		t.Helper()
		if got := holds(t, text(field, "x"), event); got != want {
			t.Errorf("%s of %s: %v, want %v", field, event, got, want)
		}
	}
	f("a", `{"a":"x"}`, true)
	f("a", `{"A":"x"}`, false)
	f("a", `{"b":"x"}`, false)
	f("a.b", `{"a":{"b":"x"}}`, true)
	f("a.b", `{"a.b":"x"}`, true)
	f("a.b", `{"a":[{"b":"y"},{"b":"x"}]}`, true)
	f("a.b.c", `{"a.b":{"c":"x"}}`, true)
	f("a.b.c", `{"a":{"b.c":"x"}}`, true)
	f("a.b", `{"a":{"b":{"c":"x"}}}`, false)
	f("a", `{"a":["y",["x"]]}`, true)
	f("a", `{"a":{"b":"x"}}`, false)
	// Of two ways to write a path, the longest key counts, wherever it stands.
	f("a.b", `{"a.b":"y","a":{"b":"x"}}`, false)
	f("a.b", `{"a":{"b":"y"},"a.b":"x"}`, true)
	f("a.b", `{"a.b":null,"a":{"b":"x"}}`, false)
}

func TestText(t *testing.T) {
	f := func(e *match.Expr, value string, want bool) {
		t.Helper()
		if got := holds(t, e, `{"f":`+value+`}`); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
	f(text("f", "Cmd"), `"cMD"`, true)
	f(text("f", "cmd"), `"cmd "`, false)
	f(text("f", ""), `""`, true)
	f(text("f", ""), `null`, false)
	f(text("f", "42"), `42`, true)
	f(text("f", "true"), `true`, true)
	f(text("f", "Ünïcode"), `"ÜNÏCODE"`, true)
	f(text("f", "straße"), `"STRASSE"`, false)
	f(text("f", "σς"), `"ΣΣ"`, true)
	f(text("f", "a\nb"), `"A\nb"`, true)
	f(text("f", "é"), `"\u00c9"`, true)
	f(text("f", "😀"), `"\ud83d\ude00"`, true)
	f(within("f", "b"), `"abc"`, true)
	f(within("f", "abcd"), `"xABCDx"`, true)
	f(within("f", "abc"), `["", {"f":"abc"}, "ab"]`, false)
	f(pattern("f", "ab", '*'), `"abc"`, true)
	f(pattern("f", "ab", '*'), `"xab"`, false)
	f(pattern("f", '*', `\cmd.exe`), `"C:\\Windows\\CMD.exe"`, true)
	f(pattern("f", '*', `\cmd.exe`), `"C:\\Windows\\xcmd.exe"`, false)
	f(pattern("f", '*', "exe"), `"C:\\Windows\\cmd.exe"`, true)
	f(pattern("f", '*'), `""`, true)
	f(pattern("f", '*'), `{}`, false)
	f(pattern("f", '*'), `[]`, false)
	f(pattern("f", '?'), `"é"`, true)
	f(pattern("f", '?'), `"ee"`, false)
	f(pattern("f", "a", '?', "c"), `"aéc"`, true)
	f(pattern("f", "a", '*', "b", '*', "c"), `"a--b\n--c"`, true)
	f(pattern("f", "a", '*', "b", '*', "c"), `"a--c--b"`, false)
	f(pattern("f", "ab", '*', "ba"), `"aba"`, false)
	f(pattern("f", '*', "1", '?'), `"x1x12"`, true)
	f(pattern("f", '*', "b", '?', "d", '*'), `"abbcd!"`, true)
	f(pattern("f", '*', "0000", '*', "1111", '*'), `"11110000"`, false)
	cased := match.Is(match.Test{Field: "f", Kind: match.Text, Pattern: match.Contains("Cmd"), Cased: true})
	f(cased, `"xCmdx"`, true)
	f(cased, `"xcmdx"`, false)
}

func TestNumbers(t *testing.T) {
	is := func(n float64, text string) *match.Expr {
		return match.Is(match.Test{Field: "f", Kind: match.Number, Num: n, NumText: text})
	}
	compare := func(rel string, n float64) *match.Expr {
		return match.Is(match.Test{Field: "f", Kind: match.Compare, Relation: rel, Num: n})
	}
	f := func(e *match.Expr, value string, want bool) {
		t.Helper()
		if got := holds(t, e, `{"f":`+value+`}`); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
	f(is(42, "42"), `42`, true)
	f(is(42, "42"), `42.0`, true)
	f(is(42, "42"), `4.2e1`, true)
	f(is(42, "42"), `"42"`, true)
	f(is(42, "42"), `"42.0"`, false)
	f(is(42, "42"), `"042"`, false)
	f(is(1, "1"), `true`, false)
	f(is(0, "0"), `-0`, true)
	f(is(3.5, "3.5"), `3.50`, true)
	f(compare(">=", 2), `"2"`, true)
	f(compare(">", 2), `[1, 3]`, true)
	f(compare("<", 2), `"none"`, false)
	f(compare("<=", 1), `true`, true)
	f(compare("<", 2), `null`, false)
	f(compare(">", 1), `" 7 "`, true)
}

func TestPresence(t *testing.T) {
	null := match.Is(match.Test{Field: "f", Kind: match.Null})
	exists := match.Is(match.Test{Field: "f", Kind: match.Exists, Bool: true})
	missing := match.Is(match.Test{Field: "f", Kind: match.Exists})
	f := func(event string, wantNull, wantExists bool) {
		t.Helper()
		if got := holds(t, null, event); got != wantNull {
			t.Errorf("null %s: %v", event, got)
		}
		if got := holds(t, match.None(null), event); got == wantNull {
			t.Errorf("not null %s: %v", event, got)
		}
		if got := holds(t, exists, event); got != wantExists {
			t.Errorf("exists %s: %v", event, got)
		}
		if got := holds(t, missing, event); got == wantExists {
			t.Errorf("exists: false %s: %v", event, got)
		}
	}
	f(`{}`, true, false)
	f(`{"f":null}`, true, true)
	f(`{"f":""}`, false, true)
	f(`{"f":{"g":1}}`, false, true)
	f(`{"f":[]}`, false, true)
}

func TestNotOfMissingFieldIsTrue(t *testing.T) {
	if !holds(t, match.All(text("a", "x"), match.None(text("b", "y"))), `{"a":"x"}`) {
		t.Error("a filter on a missing field must not stop the rule")
	}
}

func TestOtherKinds(t *testing.T) {
	f := func(test match.Test, value string, want bool) {
		t.Helper()
		test.Field = "f"
		if got := holds(t, match.Is(test), `{"f":`+value+`,"g":["Abc","x"]}`); got != want {
			t.Errorf("%+v of %s: %v, want %v", test, value, got, want)
		}
	}
	re := func(expr, flags string) match.Test {
		return match.Test{Kind: match.Regexp, Regexp: expr, Flags: flags}
	}
	f(re("b.d", ""), `"abcd"`, true)
	f(re("B.D", ""), `"abcd"`, false)
	f(re("PowerShell", "i"), `"xpowershellx"`, true)
	f(re("d$", ""), `"abcd\n"`, true)
	f(re("^b", "m"), `"a\nb"`, true)
	f(re("a.b", "s"), `"a\nb"`, true)
	f(re("(foo|bar)+baz", ""), `"barbaz"`, true)
	f(re(".{3,}", ""), `"ab\nabc"`, true)
	f(re(".{3,}", ""), `"ab\nab"`, false)
	f(re(".{3}", "s"), `"ab\nab"`, true)
	f(re(".{4}", ""), `"äbc"`, false)
	f(re(".*b.*", ""), `"abc"`, true)
	net := match.Test{Kind: match.CIDR, Prefix: netip.MustParsePrefix("10.0.0.0/8")}
	f(net, `"10.2.3.4"`, true)
	f(net, `"11.2.3.4"`, false)
	f(net, `"::ffff:10.2.3.4"`, false)
	f(net, `"10.2.3"`, false)
	f(net, `"10.2.3.04"`, false)
	f(match.Test{Kind: match.CIDR, Prefix: netip.MustParsePrefix("fe80::/10")}, `"fe80::1%eth0"`, true)
	f(match.Test{Kind: match.Bool, Bool: true}, `true`, true)
	f(match.Test{Kind: match.Bool, Bool: true}, `"True"`, true)
	f(match.Test{Kind: match.Bool, Bool: true}, `1`, false)
	part := func(part string, n float64) match.Test { return match.Test{Kind: match.TimePart, Part: part, Num: n} }
	f(part("hour", 10), `"2026-11-21T10:05:00+09:00"`, true)
	f(part("week", 1), `"2026-01-02 03:04"`, true)
	f(part("minute", 0), `"2026-11-21"`, true)
	f(part("day", 21), `"2026-11-21T25:00:00Z"`, false)
	f(match.Test{Kind: match.FieldRef, Ref: "g"}, `"aBC"`, true)
	f(match.Test{Kind: match.FieldRef, Ref: "g", Starts: true}, `"abcd"`, true)
	f(match.Test{Kind: match.FieldRef, Ref: "g", Ends: true}, `"0abc"`, true)
	f(match.Test{Kind: match.FieldRef, Ref: "h"}, `"abc"`, false)
	f(match.Test{Kind: match.Func, Func: func(v *match.View) bool {
		b, _ := v.Text("f")
		return len(b) == 3
	}}, `"abc"`, true)
}

func TestKeywords(t *testing.T) {
	f := func(e *match.Expr, event string, want bool) {
		t.Helper()
		if got := holds(t, e, event); got != want {
			t.Errorf("%s: %v, want %v", event, got, want)
		}
	}
	f(text("", "needle"), `{"a":{"b":["hay NEEDLE hay"]}}`, true)
	f(text("", "needle"), `{"needle":"hay"}`, false)
	f(text("", "ab"), `{"x":"cab"}`, true)
	f(pattern("", "a", '*', "b"), `{"x":"1a2b3"}`, true)
	f(pattern("", "a", '*', "b"), `{"x":"a","y":"b"}`, false)
	f(match.All(text("", "a"), text("", "b")), `{"x":"a","y":"b"}`, true)
	f(match.Is(match.Test{Kind: match.Number, Num: 42, NumText: "42"}), `{"x":1423}`, true)
	f(match.Is(match.Test{Kind: match.Regexp, Regexp: "a+b"}), `{"x":"caab"}`, true)
	f(match.Is(match.Test{Kind: match.Regexp, Regexp: `-[a-z]{3}\.example|\.up\.railway`}), `{"x":"a.up.railway-"}`, true)
	f(match.Is(match.Test{Kind: match.Regexp, Regexp: `(?i)(abc|xyz)-`}), `{"x":"-XYZ-"}`, true)
	f(match.Is(match.Test{Kind: match.Regexp, Regexp: `(?i)(abc|xyz)-`}), `{"x":"-xy-z-"}`, false)
}

func TestRouting(t *testing.T) {
	l := match.Labels{Product: "windows", Category: "process_creation"}
	f := func(src match.Source, strict, lenient bool) {
		t.Helper()
		if l.Applies(src, match.Strict) != strict || l.Applies(src, match.Lenient) != lenient || !l.Applies(src, match.NoRouting) {
			t.Errorf("%+v", src)
		}
	}
	f(match.Source{Product: "windows", Categories: []string{"a", "process_creation"}}, true, true)
	f(match.Source{Product: "windows"}, false, true)
	f(match.Source{Categories: []string{"process_creation"}}, false, true)
	f(match.Source{Product: "linux", Categories: []string{"process_creation"}}, false, false)
	f(match.Source{Product: "windows", Categories: []string{"a"}}, false, false)
}

func TestManyLabelsMakeNoIndexes(t *testing.T) {
	var rules []match.Rule
	for i := range 600 {
		rules = append(rules, match.Rule{ID: "r", Labels: match.Labels{Service: strings.Repeat("s", i+1)}, Expr: text("f", "x")})
	}
	set, err := match.Compile(rules, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	if err := m.Scan([]byte(`{"f":"x"}`)); err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		src := match.Source{Services: []string{strings.Repeat("s", i+1), "never heard of"}}
		if got := m.Match(src, match.Strict); len(got) != 1 || set.Origin(got[0]) != i {
			t.Fatalf("service %d: %v", i, got)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	f := func(e *match.Expr, want string) {
		t.Helper()
		set, err := match.Compile([]match.Rule{{ID: "bad", Expr: e}, {ID: "good", Expr: text("f", "x")}}, match.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || set.Len() != 1 || set.Origin(0) != 1 {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(nil, "rule bad: not a tree")
	f(match.Is(match.Test{Field: "f", Kind: match.Regexp, Regexp: "a(?=b)"}), "regular expression")
	f(match.Is(match.Test{Kind: match.Null}), "needs a field")
	deep := text("f", "x")
	for range 300 {
		deep = match.None(deep)
	}
	f(deep, "nested deeper")
	wide := text("f", "x")
	for range 20 {
		wide = match.All(wide, wide)
	}
	f(wide, "more than 131072 tests")
}

func TestScanRefuses(t *testing.T) {
	set, _ := match.Compile([]match.Rule{{ID: "r", Expr: text("f", "x")}}, match.Options{})
	m := set.NewMatcher()
	f := func(text, want string) {
		t.Helper()
		if err := m.Scan([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f(``, "want an object")
	f(`[]`, "want an object")
	f(`{"a":1}x`, "follows")
	f(`{"a" 1}`, "colon")
	f(`{"a":1,}`, "key in quotes")
	f(`{"a":"\q"}`, "byte 7: an escape that JSON does not have")
	f("{\"a\":\"\n\"}", "byte 6: a control character inside a string")
	f(`{"a":"b}`, "byte 8: a string without an end")
	f(`{"a":01}`, "not a number")
	f(`{"a":tru}`, "want a value")
	f(strings.Repeat(`{"a":`, 100), "too deep")
}
