package grok

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// parse compiles the rules and returns what they capture, as JSON; "-" when no
// rule matches.
func parse(t *testing.T, support, match, text string) string {
	t.Helper()
	r, err := Compile(Config{Support: support, Match: match, Clock: dates.Clock{Now: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)}})
	if err != nil {
		t.Fatalf("%s: %v", match, err)
	}
	e := event.New()
	out, _, status := r.Parse(e, text, NewMachine(0))
	if status != Matched {
		return "-"
	}
	return string(e.AppendJSON(nil, out))
}

func TestMatchers(t *testing.T) {
	f := func(matcher, text, want string) {
		t.Helper()
		if got := parse(t, "", "r %{"+matcher+":x}", text); got != want {
			t.Errorf("%s on %q: %s, want %s", matcher, text, got, want)
		}
	}
	f(`word`, "abc_1", `{"x":"abc_1"}`)
	f(`word`, "a-b", `-`)
	f(`notSpace`, "a-b/ü", `{"x":"a-b/ü"}`)
	f(`notSpace`, "a b", `-`)
	f(`data`, "a b\nc", `{"x":"a b\nc"}`)
	f(`greedyData`, "a b\nc", `{"x":"a b\nc"}`)
	f(`integer`, "-12", `{"x":-12}`)
	f(`integer`, "+12", `{"x":12}`)
	f(`integer`, "9223372036854775807", `{"x":9223372036854775807}`)
	f(`integer`, "-9223372036854775808", `{"x":-9223372036854775808}`)
	f(`integer`, "9223372036854775808", `{"x":9223372036854776000.0}`)
	f(`integer`, "1.5", `-`)
	f(`integerStr`, "012", `{"x":"012"}`)
	f(`integerExt`, "2e3", `{"x":2000}`)
	f(`integerExtStr`, "2e3", `{"x":"2e3"}`)
	f(`number`, "12", `{"x":12.0}`)
	f(`number`, "-1.5", `{"x":-1.5}`)
	f(`number`, "+.5", `{"x":0.5}`)
	f(`number`, "5.", `{"x":5.0}`)
	f(`number`, "1e3", `-`)
	f(`numberStr`, "1.50", `{"x":"1.50"}`)
	f(`numberExt`, "1.5e3", `{"x":1500.0}`)
	f(`numberExt`, "1e999", `{}`) // beyond a double: the field is dropped
	f(`numberExtStr`, "1.5E-3", `{"x":"1.5E-3"}`)
	f(`boolean`, "TRUE", `{"x":true}`)
	f(`boolean`, "False", `{"x":false}`)
	f(`boolean("yes|on","no|off")`, "On", `{"x":true}`)
	f(`boolean("yes|on","no|off")`, "NO", `{"x":false}`)
	f(`boolean`, "yes", `-`)
	f(`port`, "65535", `{"x":"65535"}`)
	f(`port`, "0", `-`)
	f(`ipv4`, "192.0.2.255", `{"x":"192.0.2.255"}`)
	f(`ipv4`, "192.0.2.256", `-`)
	f(`ipv4`, "1.2.3", `-`)
	f(`ipv6`, "2001:db8::1", `{"x":"2001:db8::1"}`)
	f(`ipv6`, "::", `{"x":"::"}`)
	f(`ipv6`, "::ffff:192.0.2.1", `{"x":"::ffff:192.0.2.1"}`)
	f(`ipv6`, "fe80::1%eth0", `{"x":"fe80::1%eth0"}`)
	f(`ipv6`, "1:2:3:4:5:6:7:8", `{"x":"1:2:3:4:5:6:7:8"}`)
	f(`ipv6`, "1:2:3:4:5:6:7", `-`)
	f(`ipv6`, "1::2::3", `-`)
	f(`ipv6`, "12345::", `-`)
	f(`ip`, "::1", `{"x":"::1"}`)
	f(`ip`, "10.0.0.1", `{"x":"10.0.0.1"}`)
	f(`hostname`, "web-1.example.com.", `{"x":"web-1.example.com."}`)
	f(`hostname`, "-web", `-`)
	f(`hostname`, "a_b", `-`)
	f(`hostname`, strings.Repeat("a", 64), `-`)
	f(`ipOrHost`, "10.0.0.1", `{"x":"10.0.0.1"}`)
	f(`ipOrHost`, "10.0.0.1.example.com", `{"x":"10.0.0.1.example.com"}`)
	f(`mac`, "00:1B:44:11:3a:b7", `{"x":"00:1B:44:11:3a:b7"}`)
	f(`mac`, "00-1B-44-11-3A-B7", `{"x":"00-1B-44-11-3A-B7"}`)
	f(`mac`, "001b.4411.3ab7", `{"x":"001b.4411.3ab7"}`)
	f(`uuid`, "123e4567-e89b-12d3-a456-426614174000", `{"x":"123e4567-e89b-12d3-a456-426614174000"}`)
	f(`doubleQuotedString`, `"a \" b"`, `{"x":"\"a \\\" b\""}`)
	f(`singleQuotedString`, `'a b'`, `{"x":"'a b'"}`)
	f(`quotedString`, `'a b'`, `{"x":"'a b'"}`)
	f(`quotedString`, `"a' b`, `-`)
	f(`regex("[a-c]+\\d")`, "abc1", `{"x":"abc1"}`)
	f(`regex('a"b')`, `a"b`, `{"x":"a\"b"}`)
	f(`date("yyyy-MM-dd HH:mm:ss,SSS")`, "2020-03-13 08:12:00,829", `{"x":1584087120829}`)
	f(`date("yyyy-MM-dd HH:mm:ss", "Europe/Paris")`, "2020-07-01 12:00:00", `{"x":1593597600000}`)
	f(`date("yyyy-MM-dd")`, "2020-13-01", `{}`) // has the form, is no date
	f(`date("yyyy-MM-dd")`, "20-01-01", `-`)
	f(`date("MMM d HH:mm:ss")`, "Jan 3 13:45:43", `{"x":1735911943000}`)
	f(`?>notSpace`, "a", `{"x":"a"}`)
}

func TestRules(t *testing.T) {
	f := func(support, match, text, want string) {
		t.Helper()
		if got := parse(t, support, match, text); got != want {
			t.Errorf("%s on %q: %s, want %s", match, text, got, want)
		}
	}
	f("", `r %{word:a} %{word:b}`, "  x y\n", `{"a":"x","b":"y"}`)         // the text is trimmed
	f("", `r %{word:a}`, "x y", `-`)                                       // the match is anchored
	f("", "one %{integer:n}\ntwo %{word:w}", "x", `{"w":"x"}`)             // the first that matches
	f("_u %{word:user}", `r by %{_u}`, "by me", `{"user":"me"}`)           // support rules
	f("", "a %{word:x}\nb <%{a}>", "<w>", `{"x":"w"}`)                     // match rules as macros
	f("", "a <%{b}>\nb %{word:x}", "<w>", `{"x":"w"}`)                     // also later ones
	f("_d %{integer:n}|%{word:w}", `r <%{_d}>`, "<x>", `{"w":"x"}`)        // a macro is a group
	f("_d %{integer:n}|%{word:w}", `r <%{_d:}>`, "<x>", `{"w":"x"}`)       // with nothing extracted, too
	f("_m %{word:a}.*", `r %{_m:all}`, "x y", `{"all":"x y","a":"x"}`)     // a macro with a path
	f("_p %{regex(\"[a-z]+\")}", `r %{_p: a:uppercase}`, "x", `{"a":"X"}`) // blanks around a path
	f("", `r %{word:a}(, %{word:b})?`, "x", `{"a":"x"}`)                   // what is empty is not stored
	f("", `r (%{word:a}) %{word:a}`, "x y", `{"a":["x","y"]}`)             // twice makes an array
	f("", `r %{word:a.b}-%{word:a.c}`, "x-y", `{"a":{"b":"x","c":"y"}}`)   // paths
	f("", `r (?<who>\w+) %{word:w}`, "x y", `{"who":"x","w":"y"}`)         // plain named groups
	f("", `r %{regex("(?<msg>.*)")::keyvalue}`, "msg=a", `{"msg":"a"}`)    // filters at the root win
	f("", `r %{data::json}`, `{"a":{"b":1}} tail`, `{"a":{"b":1}}`)        // an empty path merges
	f("", `r %{word:a} %{data::json}`, `x {"b":2}`, `{"a":"x","b":2}`)     //
	f("", `r (%{integer:n},)*%{word:w}`, "1,2,x", `{"n":2,"w":"x"}`)       // the last of a loop
	f("", `r %{integer:}-%{integer:n}`, "1-2", `{"n":2}`)                  // no path, no capture
	f("", `r %{word:a:integer} %{word:b}`, "x y", `{"b":"y"}`)             // a failing filter drops its field
	f("", `r "(?>%{word:m} |)%{notSpace:u}"`, `"/x"`, `{"u":"/x"}`)        //
	f("", `r %{regex("(?i)get"):m} %{data:d}`, "GeT GET", `{"m":"GeT","d":"GET"}`)
	f("", `r (?i)abc%{data:x}`, "aBcDe", `{"x":"De"}`)
	f("", "# note\n\nr a\\|b%{data:x}\n", "a|b c", `{"x":" c"}`)
	f("", "r %{word:x} ", "a", `{"x":"a"}`) // a blank at the end of a match rule
	f("_h %{word:x}: ", "r %{_h}%{word:y}", "a: b", `{"x":"a","y":"b"}`)
	f("", `r %{notSpace:a}\s+%{data:b}`, "é語\t\tü", `{"a":"é語","b":"ü"}`)
	f("", `r %{ip:a}:%{port:p:integer}`, "2001:db8::1:8080", `{"a":"2001:db8::1","p":8080}`)
	f("", `r %{hostname:h}-%{integer:n}`, "web-7", `{"h":"web","n":7}`)
	f("", `r %{hostname:h}-%{integerStr:n}`, "web-7", `{"h":"web","n":"7"}`)
	f("", `r %{date("yyyyMd"):d}0`, "20250110", `{"d":1735689600000}`)
}

// TestBytesSurvive holds that text which is not UTF-8 comes through unchanged.
func TestBytesSurvive(t *testing.T) {
	r, err := Compile(Config{Match: `r %{notSpace:a} %{data:b}`})
	if err != nil {
		t.Fatal(err)
	}
	e := event.New()
	out, _, _ := r.Parse(e, "\xff\x80x \xc3(\xe2\x82", NewMachine(0))
	e.Merge(e.Root(), out)
	if a, b := e.Text("a"), e.Text("b"); a != "\xff\x80x" || b != "\xc3(\xe2\x82" {
		t.Errorf("a %q, b %q", a, b)
	}
}

func TestRuleName(t *testing.T) {
	r, err := Compile(Config{Match: "num %{integer:n}\nword.any %{word:w}"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"num", "word.any"}, r.Names()); diff != "" {
		t.Error(diff)
	}
	_, name, status := r.Parse(event.New(), "x", NewMachine(0))
	if name != "word.any" || status != Matched {
		t.Errorf("rule %q, status %d", name, status)
	}
}

func TestOutOfSteps(t *testing.T) {
	f := func(match, text string) {
		t.Helper()
		r, err := Compile(Config{Match: match})
		if err != nil {
			t.Fatal(err)
		}
		m := NewMachine(10_000)
		if _, _, status := r.Parse(event.New(), text, m); status != OutOfSteps {
			t.Errorf("%s: status %d, want out of steps", match, status)
		}
		// The machine is ready for the next text.
		ok, err := Compile(Config{Match: "r %{word:x}"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, status := ok.Parse(event.New(), "x", m); status != Matched {
			t.Errorf("%s: the machine does not recover: %d", match, status)
		}
	}
	f(`r (?:a+)+[bc]`, strings.Repeat("a", 64)+"x")
	f(`r %{data:x:array(",")}`, strings.Repeat(",", 100_000))
	f(`r %{data::keyvalue("="," ")}`, strings.Repeat("a= ", 10_000))
	f(`r %{data::keyvalue("="," ")}`, strings.Repeat("a ", 100_000)+"=")
	f(`r %{data::keyvalue("="," ")}`, strings.Repeat("a ", 100_000)+"=(")
	f(`r %{data::keyvalue("=|:"," ")}`, strings.Repeat("a ", 10_000))
	f(`r %{data:x:querystring}`, strings.Repeat("a=b&", 10_000))
	f(`r %{data:x:rubyhash}`, "{"+strings.Repeat("a=>b,", 10_000))
	f(`r %{data:x:xml}`, "<a>"+strings.Repeat("<b/>", 5000)+"</a>")
}

func TestClock(t *testing.T) {
	r, err := Compile(Config{
		Match: `r %{date("MMM dd HH:mm"):d}`,
		Clock: dates.Clock{Now: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := NewMachine(0)
	f := func(want time.Time) {
		t.Helper()
		e := event.New()
		out, _, _ := r.Parse(e, "Jan 02 03:04", m)
		got, _ := e.GetIn(out, "d")
		if got.Int() != want.UnixMilli() {
			t.Errorf("%v, want %v", time.UnixMilli(got.Int()).UTC(), want)
		}
	}
	f(time.Date(2020, 1, 2, 3, 4, 0, 0, time.UTC))
	m.Now = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	f(time.Date(2024, 1, 2, 3, 4, 0, 0, time.UTC))
	m.Location = time.FixedZone("", 9*3600)
	f(time.Date(2024, 1, 1, 18, 4, 0, 0, time.UTC))
}

func TestErrors(t *testing.T) {
	f := func(support, match, want string) {
		t.Helper()
		_, err := Compile(Config{Support: support, Match: match})
		if _, ok := errors.AsType[Errors](err); !ok {
			t.Fatalf("%s: error %v, want Errors", match, err)
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s\n%s: %s", support, match, diff)
		}
	}
	f("", "r %{wrod:x}", `match rules:1:3: rule r: unknown matcher "wrod" (did you mean "word"?)`)
	f("", "r a %{data:x:jsn}", `match rules:1:5: rule r: unknown filter "jsn" (did you mean "json"?)`)
	f("", "r %{word:x", `match rules:1:11: rule r: a term without an end: want "}"`)
	f("", "r (a", `match rules:1:3: rule r: a "(" without a ")"`)
	f("", "alone", `match rules:1:6: rule alone: want a name, a blank and a pattern`)
	f("", "", `match rules:1:1: there is no match rule`)
	f("", "a %{b}\nb %{a}", "match rules:1:3: rule a: in rule \"b\": rule \"a\" contains itself\nmatch rules:2:3: rule b: in rule \"a\": rule \"b\" contains itself")
	f("_a %{nope}", "r %{_a}", `support rules:1:4: rule _a: unknown matcher "nope"`)
	f("_a %{nope}\n\n_b )", "r %{date(\"QQ\"):x}", "support rules:1:4: rule _a: unknown matcher \"nope\"\n"+
		"support rules:3:4: rule _b: a \")\" without a \"(\"\n"+
		"match rules:1:3: rule r: date pattern \"QQ\": unknown letter \"Q\": write plain text in quotes, as in 'T'")
	f("", `r %{data:x:useragent}`, `match rules:1:3: rule r: filter useragent: no user agent evaluator is configured`)
	f("", `r %{regex("[")}`, `match rules:1:3: rule r: regex("["): a "[" without a "]"`)
	f("", `r %{regex}`, `match rules:1:3: rule r: want regex("pattern"): 0 arguments`)
	f("", `r %{data:x:scale("a")}`, `match rules:1:3: rule r: scale: "a" is not a number`)
	f("", `r %{date("yyyy", "Nowhere/City"):x}`, `match rules:1:3: rule r: date pattern "yyyy": unknown time zone "Nowhere/City"`)
}

// TestMacroBomb holds that rules which double each other are refused.
func TestMacroBomb(t *testing.T) {
	var b strings.Builder
	for c := 'a'; c < 'z'; c++ {
		b.WriteString(string(c) + strings.Repeat(" %{"+string(c+1)+"}", 4) + "\n")
	}
	for _, leaf := range []string{"z x", "z ||||", "z (%{word:w})?"} {
		_, err := Compile(Config{Match: b.String() + leaf})
		if err == nil || !strings.Contains(err.Error(), "the rule is too large") {
			t.Errorf("%s: %v", leaf, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(accessSupport, accessMatch, accessLine)
	f.Add("_a %{word}", `r %{_a:x} %{data::keyvalue("=","/:","<>","|")}`, "a b=c|d=<e>")
	f.Add("", `r (?<n>\d++)(?=x)%{date("yyyy-MM-dd'T'HH:mm:ssZ"):d}|%{data:x:array("[]",",",integer)}`, "[1,2]")
	f.Add("", `r %{data:x:csv("a,b","|","'")} %{data::rubyhash} %{data::xml} %{data:u:url}`, `a|b {:a=>[1} <a b="c"/> http://x`)
	f.Add("", "r %{data:x:array(\"\xfa]\",\",\")}", "\xfaa,b]")
	f.Fuzz(func(t *testing.T, support, match, text string) {
		if len(support)+len(match) > 1000 {
			return
		}
		r, err := Compile(Config{Support: support, Match: match})
		if err != nil {
			return
		}
		e, m := event.New(), NewMachine(100_000)
		if out, _, status := r.Parse(e, text, m); status == Matched {
			e.Merge(e.Root(), out)
			e.AppendJSON(nil, e.Root())
		}
	})
}

// FuzzParse feeds hostile lines to rules that use every matcher and filter.
func FuzzParse(f *testing.F) {
	var all strings.Builder
	for _, filter := range []string{
		"array", `array("<>"," ",integer)`, "boolean", `csv("a,b,a.b")`, "decodeuricomponent", "integer", "json", "keyvalue",
		`keyvalue(": "," ,\"","","|")`, `keyvalue("=|:")`, "lowercase", "number", "querystring", "rubyhash", "scale(3)", "uppercase", "url", "xml",
	} {
		all.WriteString("r" + strings.Repeat("x", all.Len()%7) + " " + filter[:3] + "%{data:v:" + filter + "}\n")
	}
	r, err := Compile(Config{Support: accessSupport, Match: accessMatch + "\n" + all.String() +
		"m %{ip:a} %{hostname:b}|%{mac:a}%{uuid:b}?|%{quotedString:q}.*|%{numberExt:n}\\S*(?<=x)%{date(\"MMM d HH:mm z\"):d}"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		accessLine, "arr[1,2,[3]]", "keya=b c=\"d e\" f=<g>, h=1.5s", "key\"a\": b|c", "jso{\"a\":{\"b\":[1,null]}}", "rub{:a=>[1, {b: nil}], \"c\"=>1",
		"xml<a b=\"c\">d<e/><e/></a>", "csv\"a\"\"b\",c", "que?a=%41&a=+", "urlhttp://a:b@c:1/d?e#f", "1e5xJan 2 03:04 PST", "::1 a.b-c", "\xff\xfe",
	} {
		f.Add(seed)
	}
	e, m := event.New(), NewMachine(200_000)
	f.Fuzz(func(t *testing.T, text string) {
		e.Reset()
		if out, _, status := r.Parse(e, text, m); status == Matched {
			e.Merge(e.Root(), out)
			e.AppendJSON(nil, e.Root())
		}
	})
}
