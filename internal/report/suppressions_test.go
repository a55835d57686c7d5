package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/signal"
)

func held() []Suppression {
	end := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	return []Suppression{
		{Name: "Pentest", Reason: "agreed with the owner", ID: "3dd", Start: end - 1e9, Expiration: end, Rules: 12, Signals: 3, Findings: 7},
		{Name: hostile, Reason: hostile + strings.Repeat("x", 1<<16), Rules: 1, Events: 1_234_567},
	}
}

func TestSuppressionsOnTheConsole(t *testing.T) {
	f := func(l Lang, want string) {
		t.Helper()
		var b strings.Builder
		c := NewConsole(&b, ConsoleOptions{Lang: l, Zone: time.UTC})
		s := NewSummary()
		s.Suppressions = held()
		if err := c.Summary(s, nil, ""); err != nil {
			t.Fatal(err)
		}
		_, table, _ := strings.Cut(b.String(), english().NoSignals+"\n")
		if l == Japanese {
			_, table, _ = strings.Cut(b.String(), japanese().NoSignals+"\n")
		}
		lines := strings.Split(table, "\n")
		if len(lines) < 3 || !strings.Contains(lines[2], "Pentest") || strings.Join(strings.Fields(lines[2]), " ") != want {
			t.Errorf("%q, want the line %q", table, want)
		}
		if strings.ContainsAny(table, "\x1b\x07\u202e\u200b") || len(table) > 1500 {
			t.Errorf("hostile text stands there as it is: %q", table)
		}
	}
	f(English, "Pentest 3 0 2026-04-01 00:00:00 agreed with the owner")
	f(Japanese, "Pentest 3 0 2026-04-01 00:00:00 agreed with the owner")
}

func TestSuppressionsInTheReport(t *testing.T) {
	s := NewSummary()
	s.Suppressions = held()
	for l, want := range map[Lang]string{English: "Signals held back", Japanese: "抑制したシグナル"} {
		page := render(t, Document{Lang: l, Summary: s})
		for _, text := range []string{want, "agreed with the owner", "2026-04-01 00:00:00", "1,234,567"} {
			if !strings.Contains(page, text) {
				t.Errorf("%v: %q is missing", l, text)
			}
		}
		if strings.Contains(page, "<script>alert") {
			t.Errorf("%v: a name became markup", l)
		}
	}
	if page := render(t, Document{Summary: NewSummary()}); strings.Contains(page, `id="suppressed"`) {
		t.Error("without suppressions there is a section about them")
	}
}

func TestSuppressionsAsJSON(t *testing.T) {
	var b strings.Builder
	lines := NewJSONLines(&b)
	for _, s := range held() {
		if err := lines.Suppression(&s); err != nil {
			t.Fatal(err)
		}
	}
	first, second, _ := strings.Cut(b.String(), "\n")
	want := `{"suppression":{"name":"Pentest","reason":"agreed with the owner","id":"3dd","start":"2026-03-31T23:59:59.000Z","expiration":"2026-04-01T00:00:00.000Z","rules":12,"signals":3,"findings":7,"events":0}}`
	if d := cmp.Diff(want, first); d != "" {
		t.Error(d)
	}
	var back map[string]map[string]any
	if err := json.Unmarshal([]byte(second), &back); err != nil || back["suppression"]["events"] != 1_234_567.0 || back["suppression"]["start"] != nil {
		t.Errorf("%v: %v", err, back["suppression"]["events"])
	}
	if strings.ContainsAny(second, "\x1b\u202e") {
		t.Error("a terminal could be steered by it")
	}
}

func TestEntitiesThatAreNotListedAreSaid(t *testing.T) {
	s := guessed()
	s.Unlisted = []signal.Unlisted{{Kind: signal.KindIP, Events: 12}, {Kind: signal.KindUser, Events: math.MaxInt64}}
	book := signal.NewBook(0)
	open(book, s)
	for l, want := range map[Lang]string{English: "address: others in 12 events", Japanese: "ほかのアドレス(イベント12件)"} {
		if page := render(t, Document{Lang: l, Summary: NewSummary(), Signals: book}); !strings.Contains(page, want) {
			t.Errorf("%q is missing in the report", want)
		}
		var b strings.Builder
		if err := NewConsole(&b, ConsoleOptions{Lang: l, Width: 400}).Finding(signal.Finding{Change: signal.Opened, Signal: s}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in %s", want, b.String())
		}
	}
}
