package crs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// compile compiles rules that stand in the test.
func compile(t *testing.T, text string) *crs.Set {
	t.Helper()
	set, err := crs.Compile([]crs.File{{Name: "test.conf", Data: []byte(text)}}, crs.Options{Paranoia: 1})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryRuleIsCompiledOrListedWithAReason(t *testing.T) {
	f := func(level, rules int) {
		t.Helper()
		set := coreRules(t, level)
		for _, s := range set.Skipped() {
			if s.Reason == "" || s.ID == 0 {
				t.Errorf("left out without a reason: %+v", s)
			}
			if strings.Contains(s.Reason, "not known here") {
				t.Errorf("rule %d: %s", s.ID, s.Reason)
			}
		}
		for _, r := range set.Rules() {
			if r.Paranoia > level {
				t.Errorf("level %d has rule %d of level %d", level, r.ID, r.Paranoia)
			}
			if r.Message == "" || r.Severity == "" || r.Score == 0 {
				t.Errorf("rule %d is not described: %+v", r.ID, r)
			}
		}
		if len(set.Rules()) != rules {
			t.Errorf("level %d has %d rules, want %d", level, len(set.Rules()), rules)
		}
	}
	f(1, 128) // as docs/web-attacks.md says
	f(2, 208)
	f(3, 232)
	f(4, 239)
}

func TestReasons(t *testing.T) {
	set := coreRules(t, 1)
	reasons := map[int]string{}
	for _, s := range set.Skipped() {
		reasons[s.ID] = s.Reason
	}
	f := func(id int, want string) {
		t.Helper()
		if diff := cmp.Diff(want, reasons[id]); diff != "" {
			t.Errorf("rule %d: %s", id, diff)
		}
	}
	f(920350, "it looks at REQUEST_HEADERS:Host, which no log shows")
	f(943110, "it needs request_headers.host, which no log shows")
	f(920380, "the settings switch it off")
	f(942120, "rule 942014, with these settings, goes on behind END-REQUEST-942-APPLICATION-ATTACK-SQLI")
	f(949110, "it looks at TX:BLOCKING_INBOUND_ANOMALY_SCORE, which other rules set")
}

func TestAttacks(t *testing.T) {
	set := coreRules(t, 1)
	m := set.NewMachine(crs.DefaultMemo())
	f := func(uri string, want ...int) {
		t.Helper()
		r := crs.Request{Method: "GET", URI: uri, Protocol: "HTTP/1.1", UserAgent: "Mozilla/5.0", Referer: "https://www.example.com/"}
		for range 2 { // the second time from the memo
			if diff := cmp.Diff(want, ids(set, m, r)); diff != "" {
				t.Errorf("%s: %s", uri, diff)
			}
		}
	}
	f("/")
	f("/shop/list.html?page=2&sort=price")
	f("/a.bak", 920440)
	f("/?x=..%2f..%2fetc%2fpasswd", 930100, 930110, 930120, 932160)
	f("/?x=${jndi:ldap://a.example/x}", 932130, 933135, 944150)
}

func TestScoreAndDescription(t *testing.T) {
	set := coreRules(t, 1)
	result := set.NewMachine(crs.Memo{}).Match(&crs.Request{Method: "GET", URI: "/?x=${jndi:ldap://a.example/x}", Protocol: "HTTP/1.1", UserAgent: "a"}, 0, nil)
	if result.Score != 15 || len(result.Rules) != 3 || result.Cut {
		t.Fatalf("%+v, want three rules of 5 each", result)
	}
	last := set.Rules()[result.Rules[2]]
	want := "Potential Remote Command Execution: Log4j / Log4shell"
	if last.ID != 944150 || last.Message != want || last.Severity != "critical" || last.Paranoia != 1 {
		t.Errorf("%+v", last)
	}
}

func TestChainsAndVariables(t *testing.T) {
	f := func(rules, uri string, want ...int) {
		t.Helper()
		set := compile(t, rules)
		got := ids(set, set.NewMachine(crs.DefaultMemo()), crs.Request{Method: "GET", URI: uri, Protocol: "HTTP/1.1", UserAgent: "agent", Cookie: "sid=1; Theme=dark"})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\non %s: %s", rules, uri, diff)
		}
	}
	f(`SecRule ARGS:a "@streq 1" "id:1"`, "/?a=1", 1)
	f(`SecRule ARGS:a "@streq 1" "id:1"`, "/?A=1&b=1", 1)
	f(`SecRule ARGS|!ARGS:a "@streq 1" "id:1"`, "/?a=1")
	f(`SecRule ARGS|!ARGS:a "@streq 1" "id:1"`, "/?a=1&b=1", 1)
	f(`SecRule ARGS:/^x_/ "@rx ." "id:1"`, "/?x_1=2", 1)
	f(`SecRule REQUEST_COOKIES:theme "@streq dark" "id:1"`, "/", 1)
	f(`SecRule &ARGS "@gt 2" "id:1"`, "/?a=1&b=2&c=3", 1)
	f(`SecRule &ARGS "@gt 2" "id:1"`, "/?a=1&b=2")
	f(`SecRule &REQUEST_HEADERS:Referer "@eq 0" "id:1"`, "/", 1)
	f(`SecRule REQUEST_URI "!@beginsWith /api" "id:1"`, "/x", 1)
	f("SecRule ARGS \"@rx ^(\\d)(\\d)$\" \"id:1,capture,chain\"\n SecRule TX:1 \"@streq %{TX.2}\"", "/?a=33", 1)
	f("SecRule ARGS \"@rx ^(\\d)(\\d)$\" \"id:1,capture,chain\"\n SecRule TX:1 \"@streq %{TX.2}\"", "/?a=34")
	f("SecRule ARGS \"@contains x\" \"id:1,chain\"\n SecRule MATCHED_VARS \"@contains y\"", "/?a=x&b=y")
	f("SecRule ARGS \"@contains x\" \"id:1,chain\"\n SecRule MATCHED_VARS \"@contains y\"", "/?a=x&b=xy", 1)
	f("SecRule ARGS \"@contains x\" \"id:1,setvar:tx.seen_%{MATCHED_VAR_NAME}=1,chain\"\n SecRule TX:/^seen_/ \"@eq 1\"", "/?a=x", 1)
	f("SecRule ARGS \"@contains x\" \"id:1,chain\"\n SecRule REQUEST_HEADERS:User-Agent \"@streq agent\"", "/?a=x", 1)
	f("SecRule ARGS \"@contains x\" \"id:1,chain\"\n SecRule REQUEST_HEADERS:User-Agent \"!@streq agent\"", "/?a=x")
	f(`SecRule ARGS "@streq a  b" "id:1,t:compressWhitespace"`, "/?a=a%20%20b")
	f(`SecRule ARGS "@streq a  b" "id:1,multiMatch,t:compressWhitespace"`, "/?a=a%20%20b", 1)
	f("SecRule REQUEST_FILENAME \"@streq /x\" \"id:1,phase:1,nolog,pass,ctl:ruleRemoveTargetByTag=t;REQUEST_FILENAME\"\nSecRule REQUEST_FILENAME|ARGS \"@contains x\" \"id:2,tag:t\"", "/x")
	f("SecRule REQUEST_FILENAME \"@streq /x\" \"id:1,phase:1,nolog,pass,ctl:ruleRemoveTargetByTag=t;REQUEST_FILENAME\"\nSecRule REQUEST_FILENAME|ARGS \"@contains x\" \"id:2,tag:t\"", "/xx", 2)
	f("SecAction \"id:1,phase:1,nolog,pass,setvar:tx.on=1\"\nSecRule TX:on \"@eq 1\" \"id:2,phase:1,nolog,pass,skipAfter:END\"\nSecRule ARGS \"@contains x\" \"id:3,phase:1\"\nSecMarker END\nSecRule ARGS \"@contains x\" \"id:4,phase:1\"", "/?a=x", 4)
	f("SecRule ARGS \"@contains x\" \"id:3\"\nSecRuleRemoveById 3", "/?a=x")
	f("SecRule ARGS \"@contains x\" \"id:3\"\nSecRuleUpdateTargetById 3 \"!ARGS:a\"", "/?a=x")
}

func TestMacros(t *testing.T) {
	f := func(rules, uri, agent string, want ...int) {
		t.Helper()
		set := compile(t, rules)
		got := ids(set, set.NewMachine(crs.DefaultMemo()), crs.Request{Method: "GET", URI: uri, Protocol: "HTTP/1.1", UserAgent: agent})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\non %s: %s", rules, uri, diff)
		}
	}
	f(`SecRule ARGS_GET "@streq %{REQUEST_HEADERS.User-Agent}" "id:1"`, "/?q=foo", "foo", 1)
	f(`SecRule ARGS_GET "@streq %{REQUEST_HEADERS.User-Agent}" "id:1"`, "/?q=foo", "bar")
	f(`SecRule ARGS_GET "!@streq %{REQUEST_HEADERS.User-Agent}" "id:1"`, "/?q=foo", "foo")
	f("SecRule ARGS_GET \"@contains o\" \"id:1,chain\"\n SecRule MATCHED_VARS \"@streq %{REQUEST_HEADERS.User-Agent}\"", "/?q=foo", "foo", 1)
	f(`SecRule ARGS_GET "@streq %{REQUEST_METHOD}" "id:1"`, "/?q=GET", "foo", 1)
}

// TestRequestsDoNotDependOnEarlierOnes judges two requests with one machine.
func TestRequestsDoNotDependOnEarlierOnes(t *testing.T) {
	f := func(rules, first, second, agent string, want ...int) {
		t.Helper()
		set := compile(t, rules)
		m := set.NewMachine(crs.DefaultMemo())
		r := crs.Request{Method: "GET", URI: first, Protocol: "HTTP/1.1", UserAgent: agent}
		ids(set, m, r)
		r.URI = second
		if diff := cmp.Diff(want, ids(set, m, r)); diff != "" {
			t.Errorf("%s\non %s after %s: %s", rules, second, first, diff)
		}
	}
	control := `SecRule REQUEST_FILENAME "@beginsWith /admin" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS_GET"` + "\n"
	f(control+`SecRule ARGS_GET "@contains evil" "id:2"`, "/admin?q=evil'x", "/other?q=evil'x", "a", 2)
	f(control+`SecRule ARGS_GET "@contains evil" "id:2"`, "/other?q=evil'x", "/admin?q=evil'x", "a")
	set := "SecRule ARGS_GET_NAMES \"@streq a\" \"id:1,chain,setvar:'tx.seen=%{matched_var}'\"\n SecRule TX:seen \"@streq b\"\n"
	f(set+`SecRule REQUEST_HEADERS:User-Agent "@streq %{tx.seen}" "id:2"`, "/?a=1", "/x", "a")
	f("SecRule ARGS_GET \"@rx ^(.)\" \"id:1,capture,chain\"\n SecRule TX:1 \"@streq b\"\nSecRule REQUEST_HEADERS:User-Agent \"@streq %{tx.1}\" \"id:2\"", "/?q=a", "/x", "a")
}

func TestAValueThatDoublesIsCut(t *testing.T) {
	set := compile(t, "SecRule ARGS_GET \"@streq a\" \"id:1,chain,setvar:'tx.seen=%{tx.seen}%{tx.seen}x'\"\n SecRule TX:seen \"@contains y\"")
	r := crs.Request{Method: "GET", URI: "/?" + strings.Repeat("a=a&", 250), Protocol: "HTTP/1.1", UserAgent: "a"}
	if got := ids(set, set.NewMachine(crs.DefaultMemo()), r); len(got) != 0 {
		t.Errorf("rules %v match", got)
	}
}

func TestTooManyTests(t *testing.T) {
	var rules strings.Builder
	for i := range crs.MaxRules {
		fmt.Fprintf(&rules, "SecRule ARGS_GET \"@streq w%04d\" \"id:%d,multiMatch,t:lowercase,t:urlDecode,t:trim,t:removeNulls,t:compressWhitespace,t:htmlEntityDecode,t:jsDecode,t:cssDecode,t:removeComments\"\n", i, i+1)
	}
	_, err := crs.Compile([]crs.File{{Name: "a.conf", Data: []byte(rules.String())}}, crs.Options{Paranoia: 1})
	if err == nil || !strings.Contains(err.Error(), "at most 65535 are possible") {
		t.Errorf("error %v", err)
	}
}

func TestFaultsOfRules(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := crs.Compile([]crs.File{{Name: "a.conf", Data: []byte(text)}}, crs.Options{Paranoia: 1})
		var faults document.Faults
		if !errors.As(err, &faults) {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, faults.Error()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f("SecRule ARGS \"@rx (\" \"id:1\"\nSecRule ARGS \"@rx [\" \"id:2\"",
		"a.conf:1:15: regular expression: error parsing regexp: missing closing ): `(?sm)(`\na.conf:2:15: regular expression: error parsing regexp: missing closing ]: `[`")
	f("SecRule ARGS \"a\" \"id:1\"\nSecRule ARGS \"b\" \"id:1\"", "a.conf:2:1: the id 1 is used twice")
	f(`SecRule ARGS "@geoLookup" "id:1"`, "a.conf:1:15: @geolookup is not known here")
	f(`SecRule ARGS "@validateByteRange 1-300" "id:1"`, "a.conf:1:15: @validateByteRange: \"1-300\" is no range of bytes")
	f(`SecRule ARGS "a" "id:1,t:sqlHexDecode"`, "a.conf:1:26: t:sqlhexdecode is not known here")
	f("SecRuleEngine Off", "a.conf:1:15: rules cannot be switched off in their file: do not load it")
	f(`SecDefaultAction "phase:2,log,t:lowercase"`, "a.conf:1:19: transformations of SecDefaultAction are not known here: write them into the rules")
	f("SecRuleRemoveByTag", "a.conf:1:19: SecRuleRemoveByTag needs a tag")
	f(`SecRule ARGZ "a" "id:1"`, "a.conf:1:9: unknown variable ARGZ (did you mean \"ARGS\"?)")
}

func TestACostlyRequestIsCut(t *testing.T) {
	set := coreRules(t, 2)
	m := set.NewMachine(crs.DefaultMemo())
	pair := "a'%20or%201=1;cat%20/etc/passwd|$(id)<script>=&"
	r := crs.Request{Method: "GET", URI: "/?" + strings.Repeat("x="+pair, 330), Protocol: "HTTP/1.1", UserAgent: "a"}
	result := m.Match(&r, 0, nil)
	if !result.Cut || len(result.Rules) == 0 {
		t.Errorf("%d rules, cut %v: want some rules, and not all the work done", len(result.Rules), result.Cut)
	}
	ordinary := crs.Request{Method: "GET", URI: "/?q=" + strings.Repeat("word+", 1000), Protocol: "HTTP/1.1", UserAgent: "a"}
	if result := m.Match(&ordinary, 0, nil); result.Cut {
		t.Error("a long but ordinary request is cut")
	}
}

// Any rules compile or are refused, and run over any request without a panic.
func FuzzCompile(f *testing.F) {
	f.Add(`SecRule ARGS|!ARGS:a "@rx (a)(b)?" "id:1,capture,t:urlDecodeUni,setvar:tx.x_%{TX.1}=%{MATCHED_VAR},chain"`+"\n"+`SecRule TX:/^x_/|&TX:2|MATCHED_VARS "!@within %{ARGS.b}" "multiMatch,t:lowercase"`, "/?a=%61b&b=c")
	f.Add("SecAction \"id:1,phase:1,setvar:tx.a=+1,skipAfter:E\"\nSecMarker E\nSecRule &ARGS|REQUEST_COOKIES:/x/ \"@eq 1\" \"id:2,ctl:ruleRemoveTargetById=2;ARGS\"", "/a?b")
	f.Add(`SecRule REQUEST_LINE "@pm a b" "id:1,phase:1,ctl:ruleRemoveTargetByTag=t;REQUEST_URI"`, "/#?a")
	f.Fuzz(func(_ *testing.T, rules, uri string) {
		set, err := crs.Compile([]crs.File{{Name: "f.conf", Data: []byte(rules[:min(len(rules), 2000)])}}, crs.Options{Paranoia: 1, Words: func(string) ([]byte, error) { return []byte("a\n#b\ncd"), nil }})
		if err != nil {
			return
		}
		m := set.NewMachine(crs.Memo{Lines: 2, Headers: 2, Values: 2})
		for range 2 {
			m.Match(&crs.Request{Method: "GET", URI: uri[:min(len(uri), 500)], Protocol: "HTTP/1.1", UserAgent: "a", Cookie: uri[:min(len(uri), 50)], Body: "x=" + uri[:min(len(uri), 50)]}, 0, nil)
		}
	})
}
