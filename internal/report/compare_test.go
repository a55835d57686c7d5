package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func TestCompare(t *testing.T) {
	of := func(attacks map[string]string) Document {
		s, e := NewSummary(), event.New()
		s.Observe(webEvent(e, at("09:00:00"), "192.0.2.1", "/", 200))
		for _, ip := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
			if kind := attacks[ip]; kind != "" {
				s.Observe(attackEvent(e, at("10:00:00"), ip, "/x", kind))
			}
		}
		return Document{Summary: s}
	}
	var buf bytes.Buffer
	if err := WriteJSON(&buf, of(map[string]string{"203.0.113.1": "xss", "203.0.113.2": "xss"})); err != nil {
		t.Fatal(err)
	}
	earlier, err := ReadExport(&buf)
	if err != nil {
		t.Fatal(err)
	}
	now := of(map[string]string{"203.0.113.2": "xss", "203.0.113.3": "sql_injection"})
	want := &Comparison{
		First: "2026-01-16T09:00:00.000Z", Last: "2026-01-16T10:00:00.000Z",
		Figures: []Change{}, Rules: []Change{}, Kinds: []Change{{"sql_injection", 0, 1}, {"xss", 2, 1}},
		New: []string{"203.0.113.3"}, Gone: []string{"203.0.113.1"}, Back: []string{"203.0.113.2"},
	}
	got := Compare(earlier, now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now.Comparison = got
	var page, text strings.Builder
	if err := WriteHTML(&page, now); err != nil {
		t.Fatal(err)
	}
	if err := NewConsole(&text, ConsoleOptions{}).Comparison(got); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"page": page.String(), "console": text.String()} {
		for _, want := range []string{"203.0.113.3", "203.0.113.1", "sql_injection", "Since the earlier report"} {
			if !strings.Contains(out, want) {
				t.Errorf("the %s lacks %q", name, want)
			}
		}
	}
	same := Compare(earlier, of(map[string]string{"203.0.113.1": "xss", "203.0.113.2": "xss"}))
	text.Reset()
	if err := NewConsole(&text, ConsoleOptions{}).Comparison(same); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "Here again: 2") {
		t.Errorf("a day like the other:\n%s", text.String())
	}
}

func TestReadExportRefuses(t *testing.T) {
	for _, text := range []string{"", "<html>", "{}", `{"sasumata":{}}`, `{"sasumata":[]}`} {
		if _, err := ReadExport(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "no JSON report") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
