package detect

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// candidate reports whether the index takes the event for one that the query may
// match.
func candidate(q *query.Query, e *event.Event) (candidate, cut bool) {
	m := newMatcher()
	m.add(q, use{bit: 1}, map[string]int{})
	m.build()
	m.known.LoadWith(e, m.official.of(e))
	return len(m.known.Candidates())+len(m.always) > 0, m.known.Truncated()
}

// What a query matches must be a candidate; what it cannot match should be none.
func TestCandidates(t *testing.T) {
	f := func(text, attributes string, fill func(*event.Event), want bool) {
		t.Helper()
		q, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		e := event.New()
		if !e.MergeJSON(attributes, event.JSONOptions{}) {
			t.Fatalf("%s is no object", attributes)
		}
		if fill != nil {
			fill(e)
		}
		got, _ := candidate(q, e)
		if got != want {
			t.Errorf("%s is a candidate for %s: %v, want %v", text, attributes, got, want)
		}
		if q.Match(e) && !got {
			t.Errorf("%s matches %s, but is no candidate", text, attributes)
		}
	}
	// Texts, in any letter case.
	f(`@a:x`, `{"a":"x"}`, nil, true)
	f(`@a:x`, `{"a":"y"}`, nil, false)
	f(`@a:x`, `{"b":"x"}`, nil, false)
	f(`@a.b:x`, `{"a":[{"b":"y"},{"b":["z","x"]}]}`, nil, true)
	f(`@a.b:x`, `{"a.b":"y","a":{"b":"x"}}`, nil, true)
	f(`@a.b:y`, `{"a.b":"y","a":{"b":"x"}}`, nil, true)
	f(`@custom.a:x`, `{"a":"x"}`, nil, true)
	f(`a:X`, `{"a":"x"}`, nil, true)
	f(`a:x`, `{"b":"x"}`, func(e *event.Event) { e.AddTag("a:x") }, true)
	f(`a:x`, `{"b":"x"}`, nil, false)
	f(`@a:""`, `{"a":""}`, nil, true)
	f(`service:""`, `{}`, nil, true)
	f("service:\xff", `{}`, func(e *event.Event) { e.Service = "\xfe" }, true)
	f(`source:NGINX`, `{}`, func(e *event.Event) { e.Source = "nginx" }, true)
	f(`source:nginx`, `{}`, func(e *event.Event) { e.Source = "sshd" }, false)
	f(`#a:x`, `{"#a":"x"}`, nil, true)
	f(`tags:a`, `{}`, func(e *event.Event) { e.AddTag("b"); e.AddTag("a") }, true)
	f(`tags:a`, `{}`, nil, false)
	// Numbers, however they are written.
	f(`@a:200`, `{"a":200}`, nil, true)
	f(`@a:200`, `{"a":200.0}`, nil, true)
	f(`@a:200`, `{"a":2e2}`, nil, true)
	f(`@a:200`, `{"a":"200"}`, nil, true)
	f(`@a:200.0`, `{"a":200}`, nil, true)
	f(`@a:200.0`, `{"a":"200.0"}`, nil, true)
	f(`@a:200`, `{"a":201}`, nil, false)
	f(`@a:0`, `{"a":-0.0}`, nil, true)
	f(`@a:9007199254740993.0`, `{"a":9007199254740992}`, nil, true)
	f(`@a:true`, `{"a":true}`, nil, true)
	f(`@a:true`, `{"a":false}`, nil, false)
	f(`@a:>3`, `{"a":1}`, nil, true) // that there is a value is all that the index knows
	f(`@a:>3`, `{"b":9}`, nil, false)
	// Patterns.
	f(`@a:/admin*`, `{"a":"/ADMIN/x"}`, nil, true)
	f(`@a:/admin*`, `{"a":"x/admin"}`, nil, false)
	f(`@a:*admin*`, `{"a":"the admins"}`, nil, true)
	f(`@a:*admin*`, `{"a":"the users"}`, nil, false)
	f(`@a:*00`, `{"a":200.0}`, nil, true)
	f(`@a:?`, `{"a":"x"}`, nil, true)
	f(`service:**`, `{}`, nil, false) // the same as service:*
	// The message.
	message := func(text string) func(*event.Event) { return func(e *event.Event) { e.Message = text } }
	f(`failed`, `{}`, message("Login FAILED."), true)
	f(`failed`, `{}`, message("Login ok."), false)
	f(`"failed login"`, `{}`, message("failed (login)"), true)
	f(`"failed login"`, `{}`, message("failed"), false)
	f(`kelvin`, `{}`, message("\u212aelvin"), true)
	f(`ログイン`, `{}`, message("ログインに失敗"), true)
	f(`"->"`, `{}`, message("a -> b"), true)
	f(`message:""`, `{}`, nil, true)
	f(`*:x`, `{"a":"x"}`, nil, true)
	// Trees.
	f(`@a:x @b:y`, `{"a":"x"}`, nil, true) // one witness is enough
	f(`@a:x OR @b:y`, `{"b":"y"}`, nil, true)
	f(`@a:x OR @b:y`, `{"b":"x"}`, nil, false)
	f(`@a:(x OR y)`, `{"a":"y"}`, nil, true)
	f(`@a:(x OR y)`, `{"a":"z"}`, nil, false)
	f(`-@a:x`, `{"a":"y"}`, nil, true)
	f(`@a:x -@b:y`, `{"a":"z"}`, nil, false)
	f(`CIDR(@a, 10.0.0.0/8)`, `{"a":"10.1.1.1"}`, nil, true)
	f(`CIDR(@a, 10.0.0.0/8)`, `{}`, nil, false)
	f(`*`, `{}`, nil, true)
}

// The index of many searches is checked against all of them from time to time: what
// it missed is found all the same.
func TestTheIndexIsChecked(t *testing.T) {
	q, err := query.Parse(`source:nginx`)
	if err != nil {
		t.Fatal(err)
	}
	m := newMatcher()
	m.add(q, use{bit: 1}, map[string]int{})
	m.build()
	m.official.source = -1 // the defect
	e := event.New()
	e.Source = "nginx"
	found := 0
	for range 2 * checkEvery {
		m.match(e, func([]use) { found++ })
	}
	if m.checked != 2 || m.missed != 2 || found != 2 {
		t.Errorf("%d checked, %d missed, %d found, want 2 of each", m.checked, m.missed, found)
	}
}

func FuzzCandidates(f *testing.F) {
	f.Add(`@a:x`, `{"a":["x",{"b":1}]}`, "failed login", "env:prod")
	f.Add(`a:(1 OR 2.0 OR t*e) -b:x`, `{"a":1e0,"a.b":[[2]]}`, "", "a:1")
	f.Add(`"a b" OR *x* OR @a.b:*`, `{"a.b":null,"a":{"b":"İ"}}`, "a-b", "")
	f.Fuzz(func(t *testing.T, text, attributes, message, tag string) {
		q, err := query.Parse(text)
		if err != nil {
			return
		}
		e := event.New()
		if !e.MergeJSON(attributes, event.JSONOptions{}) {
			return
		}
		e.Message, e.Source, e.Service = message, message, strings.ToUpper(tag)
		e.AddTag(tag)
		if got, cut := candidate(q, e); !got && !cut && q.Match(e) {
			t.Errorf("%s matches %s, but is no candidate", text, e.AppendRecord(nil))
		}
	})
}
