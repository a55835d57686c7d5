package waf_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
)

// The custom pattern example of the security-monitoring article, as written.
const articlePatterns = `
command_injection:
  - "(;\\s*rm\\s+-rf)"
  - "(&&\\s*cat\\s+)"
  - "(\\|\\s*nc\\s+)"
sql_injection:
  - "(\\bUNION\\b.*\\bSELECT\\b)"
  - "(\\bOR\\b\\s+['\"]?1['\"]?\\s*=\\s*['\"]?1)"
`

func TestCategoriesOfBareExpressions(t *testing.T) {
	p, m, e := load(t, articlePatterns), waf.NewMachine(), event.New()
	f := func(target string, rules ...string) {
		t.Helper()
		request(e, target, "", "")
		if d := cmp.Diff(rules, p.Inspect(e, m).Rules); d != "" {
			t.Errorf("%s: rules (-want +got)\n%s", target, d)
		}
	}
	f("/run?x=1;rm%20-rf%20/", "command_injection-1")
	f("/run?x=%26%26+cat+/etc/hosts", "command_injection-2")
	f("/run?x=a|nc+192.0.2.1", "command_injection-3")
	f("/a?b=Union&c=Select", "sql_injection-1")
	f("/union/select", "sql_injection-1")
	f("/a?b=x%27%20or%20%271%27=%271&c=;+rm++-rf", "command_injection-1", "sql_injection-2")
	f("/run?x=1;rm%20-r")
	f("/a?b=union")
}

func TestPartsOfTheRequest(t *testing.T) {
	f := func(where, target, agent, referer string, want bool) {
		t.Helper()
		p := load(t, "test:\n  - {id: a, regex: '^evil$', where: "+where+"}\n")
		e := event.New()
		request(e, target, agent, referer)
		if got := p.Inspect(e, waf.NewMachine()).Attack; got != want {
			t.Errorf("%s in %s %s %s = %t, want %t", where, target, agent, referer, got, want)
		}
	}
	f("args", "/?x=evil", "", "", true)
	f("args", "/?x=%65VIL", "", "", true)
	f("args", "/?evil", "", "", true)
	f("args", "/?a=1&x=evil&b=2", "", "", true)
	f("args", "/?x=evil2", "", "", false)
	f("args", "/?x=a%26evil", "", "", false)
	f("args", "evil", "evil", "evil", false)
	f("query", "/?evil", "", "", true)
	f("query", "/?a=1&evil", "", "", false)
	f("path", "evil", "", "", true)
	f("path", "/?evil", "", "", false)
	f("useragent", "/", "Evil", "", true)
	f("referer", "/", "", "Evil", true)
	f("referer", "/", "Evil", "", false)
	f("[useragent, referer]", "/", "", "EVIL", true)
}

func TestRequestFromItsDetails(t *testing.T) {
	p, m, e := content(t), waf.NewMachine(), event.New()
	details := e.NewObject()
	e.SetKey(details, "path", event.StringValue("/item"))
	query := e.NewObject()
	e.SetKey(query, "page", event.StringValue("1&2"))
	e.SetKey(query, "id", event.StringValue("1 union select null,version()"))
	e.SetKey(details, "queryString", query)
	e.Set(event.HTTPURLDetails, details)
	v := p.Inspect(e, m)
	if !v.Attack || v.Payload != "1 union select null,version()" {
		t.Errorf("verdict %+v, want the id as the payload", v)
	}
}

func TestVerdictIsWrittenToTheEvent(t *testing.T) {
	p := load(t, `
first:
  - {id: one, regex: 'attack', severity: low}
second:
  - {id: two, regex: 'tack now', severity: critical}
`)
	e := event.New()
	request(e, "/?q=Attack%20NOW", "", "")
	p.Inspect(e, waf.NewMachine())
	v, _ := e.Get("security")
	got := string(e.AppendJSON(nil, v))
	want := `{"attack":true,"rules":["one","two"],"categories":["first","second"],"severity":"critical","payload":"Attack NOW"}`
	if got != want {
		t.Errorf("security = %s\nwant %s", got, want)
	}
}

func TestPayloadIsCutAroundTheMatch(t *testing.T) {
	p := load(t, "test: [{id: a, regex: 'needle'}]\n")
	e := event.New()
	request(e, "/?q="+strings.Repeat("é", 1000)+"NEEDLE"+strings.Repeat("é", 1000), "", "")
	v := p.Inspect(e, waf.NewMachine())
	if len(v.Payload) > waf.MaxPayload || !strings.Contains(v.Payload, "NEEDLE") || strings.Trim(v.Payload, "é") != "NEEDLE" {
		t.Errorf("payload of %d bytes %q, want whole characters around the match", len(v.Payload), v.Payload)
	}
}

func TestFaultsOfAPatternDocument(t *testing.T) {
	f := func(doc, want string) {
		t.Helper()
		_, err := waf.Parse("p.yaml", []byte(doc))
		if err == nil || err.Error() != want {
			t.Errorf("%s\ngot  %v\nwant %s", doc, err, want)
		}
	}
	f("a: x\n", "p.yaml:1:4: want a list of patterns for the category a")
	f("a: ['(x']\nb: ['[']\n", "p.yaml:1:5: pattern a-1: regular expression: error parsing regexp: missing closing ): `(x`\n"+
		"p.yaml:2:5: pattern b-1: regular expression: error parsing regexp: missing closing ]: `[`")
	f("a: ['x*']\n", "p.yaml:1:5: pattern a-1: the regular expression matches the empty text, so it would match every request")
	f("a: ['(?-i:X)']\n", "p.yaml:1:5: pattern a-1: the regular expression matches no text in lower case")
	f("a: [{id: x, regex: y, where: agent}]\n", "p.yaml:1:5: pattern x: unknown part of a request: agent")
	f("a: [{id: x, regex: y, where: refere}]\n", `p.yaml:1:5: pattern x: unknown part of a request: refere (did you mean "referer"?)`)
	f("a: [{id: x, regex: y, severity: urgent}]\n", `p.yaml:1:5: pattern x: unknown severity "urgent": info, low, medium, high or critical`)
	f("a: [{id: x, regex: y}, {id: x, regex: z}]\n", "p.yaml:1:24: pattern x: the id is used twice")
	f("a b: [x]\n", `p.yaml:1:6: the category "a b" is not made of a-z, 0-9, _ and -`)
	f("- x\n", "p.yaml:1:1: want categories, each with a list of patterns")
}

func TestCostlyRequestIsReported(t *testing.T) {
	doc := "test:\n"
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		for _, d := range "abcdef" {
			doc += "  - {id: " + string(c) + string(d) + ", regex: 'needle.*" + string(c) + string(d) + "[^x]$', where: query}\n"
		}
	}
	p, e := load(t, doc), event.New()
	target := "/?" + strings.Repeat("needle", 1200)
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		for _, d := range "abcdef" {
			target += string(c) + string(d) + "x"
		}
	}
	request(e, target, "", "")
	if v := p.Inspect(e, waf.NewMachine()); len(v.Rules) != 1 || v.Rules[0] != waf.LimitRule {
		t.Errorf("rules %v, want %s", v.Rules, waf.LimitRule)
	}
}
