package report

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

func TestScreen(t *testing.T) {
	book, _ := found()
	f := func(rows int, redraw bool) string {
		t.Helper()
		var out strings.Builder
		c := NewConsole(&out, ConsoleOptions{Width: 100})
		if err := c.Screen(day(t), book, ScreenOptions{Title: "access.log", Rows: rows, PerSecond: 1234.5, Redraw: redraw}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	full := f(60, false)
	for _, want := range []string{"access.log", "1,234/s", "◆ CRITICAL", "203.0.113.42", "sql_injection", "/products", "Failed logins 64", "2xx"} {
		if !strings.Contains(full, want) {
			t.Errorf("%q is missing in\n%s", want, full)
		}
	}
	for _, rows := range []int{-1, 12, 20, 24, 40, 60, 1000} {
		lines := strings.Split(f(rows, true), "\n")
		if most := max(rows, minScreen); len(lines) > most {
			t.Errorf("%d lines on a screen of %d", len(lines), most)
		}
		for _, line := range lines {
			text := strings.NewReplacer("\x1b[H", "", "\x1b[K", "", "\x1b[J", "").Replace(line)
			if textWidth(text) > 140 {
				t.Errorf("%d columns: %s", textWidth(text), text)
			}
		}
	}
}

func TestScreenOfHostileText(t *testing.T) {
	s, e := NewSummary(), event.New()
	e = attackEvent(e, at("10:00:00"), hostile, hostile, hostile)
	e.Set(event.HTTPUserAgent, event.StringValue(hostile))
	s.Observe(e)
	book := signal.NewBook(0)
	book.Apply(signal.Finding{Change: signal.Opened, Signal: evil()})
	var out strings.Builder
	c := NewConsole(&out, ConsoleOptions{Width: 100})
	if err := c.Screen(s, book, ScreenOptions{Title: hostile, Rows: 50}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x07\r\u202e\u200b") {
		t.Errorf("text from a log steers the terminal: %q", out.String())
	}
}
