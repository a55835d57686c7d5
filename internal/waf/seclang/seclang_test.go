package seclang_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/waf/seclang"
)

// one reads a single rule.
func one(t *testing.T, text string) *seclang.Rule {
	t.Helper()
	list, err := seclang.Parse("a.conf", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	rules := seclang.Rules(list)
	if len(rules) != 1 {
		t.Fatalf("%s: %d rules", text, len(rules))
	}
	return rules[0]
}

func TestTargets(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var got []string
		for _, x := range one(t, `SecRule `+in+` "@rx a" "id:1"`).Targets {
			s := ""
			if x.Exclude {
				s += "not "
			}
			if x.Count {
				s += "count "
			}
			s += x.Variable
			if x.Regex {
				s += " like"
			}
			if x.Key != "" {
				s += " " + x.Key
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
	f(`ARGS`, "ARGS")
	f(`args|ARGS_NAMES`, "ARGS, ARGS_NAMES")
	f(`ARGS|!ARGS:password`, "ARGS, not ARGS password")
	f(`&REQUEST_HEADERS:Host`, "count REQUEST_HEADERS Host")
	f(`TX:/^score_(a|b)/|ARGS`, "TX like ^score_(a|b), ARGS")
	f(`REQUEST_COOKIES:'/^_ga(?:_\w+)?$/'|ARGS`, `REQUEST_COOKIES like ^_ga(?:_\w+)?$, ARGS`)
	f(`TX:/a\/b/`, `TX like a\/b`)
	f(`XML:/*|XML://@*|ARGS`, "XML /*, XML //@*, ARGS")
}

func TestRuleWithEverything(t *testing.T) {
	r := one(t, `
# a comment
SecRule REQUEST_URI|ARGS "!@within a \"b\" %{tx.allowed}" \
    "id:942100,phase:request,\
    # a comment inside
    block,capture,multiMatch,t:lowercase,t:none,t:urlDecodeUni,t:CmdLine,\
    msg:'It\'s, well: %{MATCHED_VAR_NAME}',logdata:'x',severity:2,tag:'a/b',tag:c,ver:'v1',\
    setvar:'tx.score=+%{tx.critical}',setvar:!tx.gone,setvar:tx.flag=on,\
    ctl:ruleRemoveTargetByTag=xss;ARGS:html,skipAfter:END,nolog,rev:'2',chain"
  SecRule MATCHED_VARS "^a" "t:none"
`)
	if r.ID != 942100 || r.Phase != 2 || r.Disruptive != "block" || !r.Capture || !r.MultiMatch || !r.NoLog || r.SkipAfter != "END" {
		t.Errorf("actions: %+v", r)
	}
	op := r.Operator
	if op.Name != "within" || !op.Negated || op.Argument != `a "b" %{tx.allowed}` || len(op.Macro) != 2 || op.Macro[1].Key != "allowed" {
		t.Errorf("operator: %+v", op)
	}
	var transforms []string
	for _, name := range r.Transforms {
		transforms = append(transforms, name.Text)
	}
	if diff := cmp.Diff([]string{"urldecodeuni", "cmdline"}, transforms); diff != "" {
		t.Error(diff)
	}
	if r.Severity != "CRITICAL" || r.Version != "v1" || len(r.Tags) != 2 || r.Message.String() != `It\'s, well: %{MATCHED_VAR_NAME}` {
		t.Errorf("description: %+v", r)
	}
	var set []string
	for _, a := range r.Set {
		set = append(set, a.Key.String()+" "+string(a.Op)+" "+a.Value.String())
	}
	if diff := cmp.Diff([]string{"score + %{tx.critical}", "gone ! ", "flag = on"}, set); diff != "" {
		t.Error(diff)
	}
	if len(r.Ctl) != 1 || r.Ctl[0].Value != "xss" || r.Ctl[0].Target.Variable != "ARGS" || r.Ctl[0].Target.Key != "html" {
		t.Errorf("ctl: %+v", r.Ctl)
	}
	if r.Next == nil || r.Next.Operator.Name != "rx" || r.Next.Operator.Argument != "^a" || r.Next.Next != nil {
		t.Errorf("chain: %+v", r.Next)
	}
	if len(r.Other) != 1 || r.Other[0].Text != "rev" {
		t.Errorf("other actions: %v", r.Other)
	}
}

func TestFaultsAreAllReportedWithTheirPlace(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := seclang.Parse("a.conf", []byte(text))
		var faults document.Faults
		if !errors.As(err, &faults) {
			t.Fatalf("%s: %v, want faults", text, err)
		}
		var got []string
		for _, fault := range faults {
			got = append(got, fault.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f("SecRul ARGS \"a\"", "a.conf:1:1: unknown directive SecRul (did you mean \"SecRule\"?)")
	f("\n  SecRule ARGZ \"@rx a\" \"id:1\"", "a.conf:2:11: unknown variable ARGZ (did you mean \"ARGS\"?)")
	f(`SecRule ARGS "@rxx a" "id:1"`, "a.conf:1:15: unknown operator rxx (did you mean \"rx\"?)")
	f("SecRule ARGS \"a\" \\\n \"id:1,\\\n  t:lowercas,\\\n  blok\"",
		"a.conf:3:5: unknown transformation lowercas (did you mean \"lowercase\"?)",
		"a.conf:4:3: unknown action blok (did you mean \"block\"?)")
	f(`SecRule ARGS "a" "phase:1"`, "a.conf:1:1: the rule has no id")
	f(`SecRule ARGS "a" "id:x"`, "a.conf:1:22: want a number from 1 to 2147483647 for the id")
	f(`SecRule ARGS "a`, "a.conf:1:14: the quotation mark is not closed")
	f(`SecRule ARGS a`, "a.conf:1:14: want an operator in quotation marks behind the variables")
	f(`SecRule ARGS:/a "a" "id:1"`, "a.conf:1:14: the regular expression does not end with a slash")
	f(`SecRule REQUEST_URI:x "a" "id:1"`, "a.conf:1:9: REQUEST_URI has no members to select from")
	f(`SecRule ARGS "@within %{nowhere.x}" "id:1"`, "a.conf:1:23: @within: unknown variable nowhere")
	f(`SecRule ARGS "a" "id:1,chain"`, "a.conf:1:1: the chain ends here, but the rule asks for another link")
	f("SecRule ARGS \"a\" \"id:1,chain\"\nSecRule ARGS \"b\" \"deny\"",
		"a.conf:2:1: deny stands in a later link of a chain: it belongs into the first")
	f(`SecRule ARGS "a" "id:1,setvar:ip.x=1"`, "a.conf:1:31: setvar needs a member of the collection TX, as in tx.name=1")
	f(`SecRule ARGS "a" "id:1,ctl:ruleRemoveById"`, "a.conf:1:42: ctl:ruleRemoveById needs a value")
	f(`SecRuleUpdateTargetById x !ARGS:a`, "a.conf:1:25: want the id of a rule, or two with a minus sign between them")
	f(`SecMarker`, "a.conf:1:10: SecMarker needs a name")
}

func TestOtherDirectives(t *testing.T) {
	list, err := seclang.Parse("a.conf", []byte(`
SecMarker "END-X"
SecRuleUpdateTargetById 942100-942199 "!ARGS:a|!ARGS:/b/"
SecRuleRemoveById 1 5-9
SecRuleRemoveByTag "attack-xss"
SecComponentSignature "pack/1"
`))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := list[0].(*seclang.Marker); !ok || m.Label != "END-X" || m.Line != 2 {
		t.Errorf("marker: %+v", list[0])
	}
	if u, ok := list[1].(*seclang.UpdateTarget); !ok || u.From != 942100 || u.To != 942199 || len(u.Targets) != 2 {
		t.Errorf("update: %+v", list[1])
	}
	if r, ok := list[2].(*seclang.Remove); !ok || !cmp.Equal(r.Ranges, [][2]int{{1, 1}, {5, 9}}) {
		t.Errorf("remove: %+v", list[2])
	}
	if r, ok := list[3].(*seclang.Remove); !ok || r.Tag != "attack-xss" {
		t.Errorf("remove: %+v", list[3])
	}
	if s, ok := list[4].(*seclang.Setting); !ok || s.Name != "seccomponentsignature" || s.Argument != "pack/1" {
		t.Errorf("setting: %+v", list[4])
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SecRule ARGS|!ARGS:/a\\/b/ \"!@rx \\\"x\" \\\n\"id:1,t:none,setvar:'tx.a=%{tx.b}',chain\"\nSecRule &TX:1 \"@eq 1\"")
	f.Add("SecRule ARGS:'/a/'|XML:/* \"a\" \"id:1,ctl:ruleRemoveTargetById=1-2;ARGS:/x/\"")
	f.Add("SecMarker x\nSecAction \"id:1,skipAfter:x\"")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := seclang.Parse("f.conf", []byte(text))
		var faults document.Faults
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("%T", err)
		}
		lines := strings.Count(text, "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Col < 1 || fault.Message == "" {
				t.Fatalf("a fault out of place: %+v", fault)
			}
		}
		for _, d := range list {
			if at := d.Place(); at.Line < 1 || at.Line > lines {
				t.Fatalf("a directive out of place: %+v", at)
			}
		}
	})
}
