package waf_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// seen is what an event says after inspection.
type seen struct {
	Attack            bool
	Rules, Categories []string
	CRS, Messages     []string
	Score             int64
	Severity, Payload string
}

func look(e *event.Event) seen {
	list := func(path string) (texts []string) {
		v, _ := e.Get(path)
		for _, item := range e.Items(v) {
			texts = append(texts, item.Str())
		}
		return texts
	}
	text := func(path string) string {
		v, _ := e.Get(path)
		return v.Str()
	}
	attack, _ := e.Get(event.SecurityAttack)
	score, _ := e.Get(waf.AttrCRSScore)
	return seen{
		Attack: attack.Bool(), Rules: list(event.SecurityRules), Categories: list(event.SecurityCategories),
		CRS: list(waf.AttrCRSRules), Messages: list(waf.AttrCRSMessages), Score: score.Int(), Severity: text(waf.AttrSeverity), Payload: text(waf.AttrPayload),
	}
}

// with returns an inspector with no patterns of its own and these rules behind the
// Core Rule Set.
func with(t *testing.T, patterns, rules string) *waf.Inspector {
	t.Helper()
	r, err := waf.NewRules([]crs.File{
		{Name: "profile.conf", Data: []byte(`SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_threshold=10"`)},
		{Name: "own.conf", Data: []byte(rules)},
	})
	if err == nil {
		err = r.Compile()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &waf.Inspector{Patterns: load(t, patterns), Rules: r}
}

const ownRule = `SecRule ARGS "@contains zebra" "id:7,msg:'a zebra',severity:CRITICAL,tag:'attack-rfi',setvar:tx.inbound_anomaly_score_pl1=+%{tx.critical_anomaly_score}"` + "\n"

func TestWhatRulesFindIsInTheEvent(t *testing.T) {
	i := with(t, "probe: [tiger]", ownRule+`SecRule ARGS "@rx lion.*(zebra)" "id:8,msg:'a lion, and a zebra',severity:CRITICAL,tag:'attack-rfi',setvar:tx.inbound_anomaly_score_pl1=+5"`)
	m, e := waf.NewMachine(), event.New()
	both := []string{"a zebra", "a lion, and a zebra"}
	f := func(target string, want seen) {
		t.Helper()
		request(e, target, browser, "")
		v := i.Inspect(e, m)
		if diff := cmp.Diff(want, look(e)); diff != "" {
			t.Errorf("%s: %s", target, diff)
		}
		if v.Attack != want.Attack || !slices.Equal(v.Categories, want.Categories) || !slices.Equal(v.Rules, want.Rules) {
			t.Errorf("%s: verdict %+v", target, v)
		}
	}
	f("/a?b=c", seen{})
	// Below the threshold a rule is evidence and nothing else.
	f("/a?b=zebra", seen{CRS: []string{"7"}, Messages: []string{"a zebra"}, Score: 5})
	f("/a?b=lion+zebra", seen{
		Attack: true, Rules: []string{"crs-7", "crs-8"}, Categories: []string{"file_inclusion"}, CRS: []string{"7", "8"}, Messages: both, Score: 10,
		Severity: "medium", Payload: "lion zebra",
	})
	// What a pattern knows keeps its name.
	f("/a?b=lion+zebra+tiger", seen{
		Attack: true, Rules: []string{"probe-1"}, Categories: []string{"probe"}, CRS: []string{"7", "8"}, Messages: both, Score: 10,
		Severity: "medium", Payload: "b=lion zebra tiger",
	})
	f("https://shop.example/a?b=lion+zebra", seen{
		Attack: true, Rules: []string{"crs-7", "crs-8"}, Categories: []string{"file_inclusion"}, CRS: []string{"7", "8"}, Messages: both, Score: 10,
		Severity: "medium", Payload: "lion zebra",
	})
}

// Rules of paranoia level 2 say nothing alone.
func TestStricterRulesAreEvidenceOnly(t *testing.T) {
	i := with(t, "probe: [tiger]", ownRule)
	m, e := waf.NewMachine(), event.New()
	f := func(target string, want bool) {
		t.Helper()
		request(e, target, browser, "")
		i.Inspect(e, m)
		list, _ := e.Get(waf.AttrCRSEvidence)
		found := false
		for _, item := range e.Items(list) {
			found = found || item.Str() == "942430" // many special characters
		}
		if found != want {
			t.Errorf("%s: evidence %v, want %v", target, found, want)
		}
	}
	f("/a?b=((([[[{{{!!!***", false)
	f("/a?b=((([[[{{{!!!***zebra", true)
	f("/a?b=((([[[{{{!!!***tiger", true)
	f("/a?b=zebra", false)
}

func TestRulesSeeWhatTheClientSent(t *testing.T) {
	i := with(t, "probe: [tiger]", `SecRule REQUEST_URI_RAW "@contains a\"b\c" "id:7,severity:CRITICAL,setvar:tx.inbound_anomaly_score_pl1=+%{tx.critical_anomaly_score}"`)
	m, e := waf.NewMachine(), event.New()
	for _, target := range []string{`/a\x22b\x5Cc`, `/a\"b\\c`, `/a"b\c`} {
		request(e, target, "", "")
		i.Inspect(e, m)
		if got := look(e).CRS; !slices.Contains(got, "7") {
			t.Errorf("%s: rules %v", target, got)
		}
	}
}

func TestFaultsOfTheUsersRules(t *testing.T) {
	r, err := waf.NewRules([]crs.File{{Name: "own.conf", Data: []byte("SecRule ARGZ \"a\" \"id:7\"")}})
	if err != nil {
		t.Fatal(err)
	}
	var faults document.Faults
	if err := r.Compile(); !errors.As(err, &faults) || faults[0].Error() != `own.conf:1:9: unknown variable ARGZ (did you mean "ARGS"?)` {
		t.Errorf("%v", err)
	}
}

// A rule that only runs at the stricter level is checked too.
func TestFaultsOfStricterRules(t *testing.T) {
	r, err := waf.NewRules([]crs.File{{Name: "own.conf", Data: []byte(`SecRule TX:DETECTION_PARANOIA_LEVEL "@lt 2" "id:7,phase:2,pass,nolog,skipAfter:END"
SecRule ARGS "@rx (" "id:8"
SecMarker END`)}})
	if err != nil {
		t.Fatal(err)
	}
	var faults document.Faults
	if err := r.Check(); !errors.As(err, &faults) || len(faults) != 1 || faults[0].Line != 2 {
		t.Errorf("%v", err)
	}
}

func TestRulesThatAreMissingChangeNothing(t *testing.T) {
	i := &waf.Inspector{Patterns: content(t)}
	m, e := waf.NewMachine(), event.New()
	request(e, "/?id=1%27%20union%20select%201,2--", browser, "")
	if v := i.Inspect(e, m); !v.Attack || look(e).CRS != nil {
		t.Errorf("%+v %+v", v, look(e))
	}
}

func TestShippedRulesAddToThePatterns(t *testing.T) {
	i, p := inspector(t), content(t)
	m, e := waf.NewMachine(), event.New()
	f := func(target string, want ...string) {
		t.Helper()
		request(e, target, browser, "")
		if p.Inspect(e, m).Attack {
			t.Errorf("%s: a pattern knows it already", target)
		}
		request(e, target, browser, "")
		i.Inspect(e, m)
		if diff := cmp.Diff(want, look(e).Categories); diff != "" {
			t.Errorf("%s: %s (rules %v)", target, diff, look(e).CRS)
		}
	}
	f("/a?x=new%20Function%28%22a%22%29%28%29", "command_injection")
	f("/shop?sort=price&page=2")
}

func TestHowManyRulesThereAre(t *testing.T) {
	rules, left := inspector(t).Rules.Len()
	if rules != 119 || left == 0 { // docs/web-attacks.md says it
		t.Errorf("%d rules, %d left out", rules, left)
	}
}
