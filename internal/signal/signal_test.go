package signal

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// full returns a signal with everything in it.
func full() *Signal {
	at := time.Date(2026, 1, 1, 0, 0, 0, 123_999_999, time.UTC).UnixNano()
	return &Signal{
		ID: "0123", RuleID: "brute", Rule: "Brute force", RuleJA: "総当たり", Case: "Attempted", Condition: "a > 5",
		Title: "Brute force - Attempted", Severity: High, Category: "bruteforce", Message: "m", MessageJA: "ja",
		Group:    []GroupValue{{Path: "network.client.ip", Value: "192.0.2.1"}},
		Entities: []Entity{{Kind: KindIP, Value: "192.0.2.1", Events: 6}},
		Tags:     []string{"env:prod"}, FirstSeen: at, LastSeen: at + 1e9, Time: at + 1e9, Closed: at + 2e9, Events: 6,
		Queries: []QueryCount{{Name: "a", Count: 6}, {Name: "s", Count: 0.5}},
		Unusual: []Unusual{{"a/b", 0.5, 0, 0.25}},
		Samples: []Sample{{Time: at, Line: 3, Text: "line\x1b[31m\u202e"}},
		Runbook: "ssh/brute", Window: 300e9, Notify: []string{"@ops"},
		Actions: []Action{{Type: "block_ip", Duration: 900e9}, {Type: "flag_ip", Name: "FLAGGED"}},
	}
}

// TestJSONIsAContract holds every key, its order and the form of its value.
func TestJSONIsAContract(t *testing.T) {
	f := func(s *Signal, want ...string) {
		t.Helper()
		got := string(s.AppendJSON(nil))
		if diff := cmp.Diff("{"+strings.Join(want, ",")+"}", got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %s", got)
		}
	}
	f(full(),
		`"id":"0123"`, `"rule":"Brute force"`, `"rule_id":"brute"`, `"rule_ja":"総当たり"`, `"case":"Attempted"`, `"condition":"a > 5"`,
		`"title":"Brute force - Attempted"`, `"severity":"high"`, `"category":"bruteforce"`, `"entity":"192.0.2.1"`,
		`"entities":[{"kind":"ip","value":"192.0.2.1","events":6}]`, `"group":{"network.client.ip":"192.0.2.1"}`, `"tags":["env:prod"]`,
		`"events":6`, `"events_per_query":{"a":6,"s":0.5}`, `"unusual":[{"feature":"a/b","value":0.5,"low":0,"high":0.25}]`,
		`"first_seen":"2026-01-01T00:00:00.123Z"`, `"last_seen":"2026-01-01T00:00:01.123Z"`, `"opened":"2026-01-01T00:00:01.123Z"`,
		`"closed":"2026-01-01T00:00:02.123Z"`, `"window_seconds":300`, `"message":"m"`, `"message_ja":"ja"`, `"runbook":"ssh/brute"`,
		`"notify":["@ops"]`, `"actions":[{"type":"block_ip","duration_seconds":900},{"type":"flag_ip","name":"FLAGGED"}]`,
		`"samples":[{"time":"2026-01-01T00:00:00.123Z","line":3,"text":"line\u001b[31m\u202e"}]`)
	f(&Signal{},
		`"id":""`, `"rule":""`, `"rule_id":""`, `"case":""`, `"title":""`, `"severity":"info"`, `"category":""`, `"entity":""`,
		`"entities":[]`, `"group":{}`, `"tags":[]`, `"events":0`, `"events_per_query":{}`,
		`"first_seen":"1970-01-01T00:00:00.000Z"`, `"last_seen":"1970-01-01T00:00:00.000Z"`, `"opened":"1970-01-01T00:00:00.000Z"`,
		`"window_seconds":0`, `"message":""`, `"runbook":""`, `"samples":[]`)
}

func TestJSONOfStrangeNumbers(t *testing.T) {
	s := &Signal{Queries: []QueryCount{{"nan", math.NaN()}, {"inf", math.Inf(-1)}, {"big", 1e300}, {"neg", -2}}, FirstSeen: math.MinInt64, LastSeen: math.MaxInt64}
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"events_per_query":{"nan":null,"inf":null,"big":1e+300,"neg":-2}`; !strings.Contains(string(got), want) {
		t.Errorf("no %s in %s", want, got)
	}
}

func TestSeverity(t *testing.T) {
	for s := Info; s <= Critical; s++ {
		back, err := ParseSeverity(s.String())
		if err != nil || back != s {
			t.Errorf("%s is read as %s: %v", s, back, err)
		}
	}
	for _, word := range []string{"", "High", "fatal", "severity 7"} {
		if s, err := ParseSeverity(word); err == nil {
			t.Errorf("%q is read as %s", word, s)
		}
	}
	if Info.Lower() != Info || Critical.Lower() != High {
		t.Error("one level down of info is info, of critical it is high")
	}
}

func TestIDTellsSignalsApart(t *testing.T) {
	seen := map[string]string{}
	f := func(rule string, group []GroupValue, time, line int64, text string) {
		t.Helper()
		what := fmt.Sprint(rule, group, time, line, text)
		id := NewID(rule, group, time, line, text)
		if id != NewID(rule, group, time, line, text) || len(id) != 20 {
			t.Errorf("%s: id %q is not stable or not 20 digits", what, id)
		}
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have the id %s", what, other, id)
		}
		seen[id] = what
	}
	f("r", nil, 1, 1, "x")
	f("s", nil, 1, 1, "x")
	f("r", nil, 2, 1, "x")
	f("r", nil, 1, 2, "x")
	f("r", nil, 1, 1, "y")
	f("r", []GroupValue{{"a", "bc"}}, 1, 1, "x")
	f("r", []GroupValue{{"ab", "c"}}, 1, 1, "x")
	f("r", []GroupValue{{"a", "b"}, {"c", ""}}, 1, 1, "x")
}

func TestBook(t *testing.T) {
	b := NewBook(2)
	apply := func(change Change, id string, severity, from Severity) {
		b.Apply(Finding{Change: change, From: from, Signal: &Signal{ID: id, RuleID: "r", Severity: severity}})
	}
	apply(Opened, "1", Low, 0)
	apply(Opened, "2", High, 0)
	apply(Updated, "2", High, High)
	apply(Escalated, "1", Critical, Low)
	apply(Opened, "3", Info, 0)
	apply(Escalated, "1", Critical, Critical)
	apply(Closed, "2", High, High)
	apply(Opened, "3", Low, 0) // a replay
	want := Counts{Opened: 3, Closed: 1, Escalated: 2, Updated: 1, Evicted: 1, Strays: 1, BySeverity: [Severities]int64{Low: 1, High: 1, Critical: 1}}
	if diff := cmp.Diff(want, b.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	var ids []string
	for s := range b.All() {
		ids = append(ids, s.ID)
	}
	if diff := cmp.Diff([]string{"2", "3"}, ids); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	if b.Len() != 2 || b.Get("1") != nil || b.Get("3").Severity != Low || b.Rule("r") != 3 {
		t.Errorf("%d signals, first %v, third %v, %d of the rule", b.Len(), b.Get("1"), b.Get("3"), b.Rule("r"))
	}
}

func FuzzSignalJSON(f *testing.F) {
	f.Add("id", "\x00\xff\u2028\"\\", int64(0), 0.5)
	f.Fuzz(func(t *testing.T, a, b string, n int64, x float64) {
		s := &Signal{
			ID: a, Rule: b, Message: a, Group: []GroupValue{{a, b}}, Entities: []Entity{{a, b, n}}, Tags: []string{a, b},
			FirstSeen: n, LastSeen: -n, Events: n, Queries: []QueryCount{{a, x}}, Samples: []Sample{{n, n, b}},
		}
		out := s.AppendJSON(nil)
		if !json.Valid(out) {
			t.Fatalf("not JSON: %q", out)
		}
		for _, c := range out {
			if c < ' ' || c == 0x7f {
				t.Fatalf("a control character in %q", out)
			}
		}
	})
}
