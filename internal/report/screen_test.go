package report

import (
	"regexp"
	"strings"
	"testing"
	"time"

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

// TestScreenFitsTheTerminal draws wide characters on terminals of all widths: a line
// that wraps would push the first one out of the screen.
func TestScreenFitsTheTerminal(t *testing.T) {
	s, e := NewSummary(), event.New()
	wide := strings.Repeat("日本語", 100)
	s.Observe(attackEvent(e, at("10:00:00"), "203.0.113.7", "/"+wide, wide))
	s.Observe(loginEvent(e, at("10:00:01"), wide, wide, "failure"))
	book := signal.NewBook(0)
	book.Apply(signal.Finding{Change: signal.Opened, Signal: evil()})
	for _, color := range []bool{false, true} {
		for width := 1; width <= 200; width++ {
			var out strings.Builder
			c := NewConsole(&out, ConsoleOptions{Width: width, Color: color, Lang: Japanese})
			if err := c.Screen(s, book, ScreenOptions{Title: wide, Rows: 50, Redraw: true}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				for _, steering := range []string{"\x1b[H", "\x1b[K", "\x1b[J"} {
					line = strings.ReplaceAll(line, steering, "")
				}
				text := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(line, "")
				if textWidth(text) > max(1, width-1) {
					t.Fatalf("%d columns on a terminal of %d: %s", textWidth(text), width, text)
				}
				if strings.Count(line, "\x1b[") != 2*strings.Count(line, "\x1b[0m") {
					t.Fatalf("a colour goes on behind its line: %q", line)
				}
			}
		}
	}
}

func TestScreenOfThreatLists(t *testing.T) {
	f := func(lang Lang, lists *ThreatLists, want string) {
		t.Helper()
		var out strings.Builder
		c := NewConsole(&out, ConsoleOptions{Width: 140, Lang: lang})
		if err := c.Screen(day(t), signal.NewBook(0), ScreenOptions{Rows: 24, Lists: lists}); err != nil {
			t.Fatal(err)
		}
		got := ""
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, lang.texts().ListedTitle) {
				got += strings.TrimSuffix(line, "\n")
			}
		}
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	f(English, nil, "")
	f(English, &ThreatLists{Lists: 4, Entries: 12345, Oldest: 51 * time.Hour}, "Threat lists 4  Entries 12,345  the oldest 2d 3h old")
	f(Japanese, &ThreatLists{Lists: 4, Entries: 12345, Oldest: 51 * time.Hour}, "脅威リスト 4  登録数 12,345  最も古いもの 2日 3時間前")
	wrong := &ThreatLists{
		Lists: 1, Entries: 7, Oldest: 30 * 24 * time.Hour, Old: []string{"ipsum"}, Failed: []string{"a", "b", "c", "d", "e"}, Missing: []string{"\x1b[2J"},
	}
	f(English, wrong, "Threat lists 1  Entries 7  the oldest 30d old  too old: ipsum  failed: a, b, c +2 more  not fetched yet: \\x1b[2J")
	f(Japanese, wrong, "脅威リスト 1  登録数 7  最も古いもの 30日前  期限切れ: ipsum  更新・読み取り失敗: a, b, c ほか2件  未取得: \\x1b[2J")
	f(English, &ThreatLists{}, "Threat lists 0  Entries 0")
}

func TestCutLine(t *testing.T) {
	f := func(line string, columns int, want string) {
		t.Helper()
		if got := cutLine(line, columns); got != want {
			t.Errorf("%q in %d columns: got %q, want %q", line, columns, got, want)
		}
	}
	f("", 1, "")
	f("abc", 3, "abc")
	f("abcd", 3, "ab…")
	f("日本語", 6, "日本語")
	f("日本語", 5, "日本…")
	f("日本語", 4, "日…")
	f("\x1b[1mabc\x1b[0m", 3, "\x1b[1mabc\x1b[0m")
	f("\x1b[1mabc\x1b[0md\x1b[2me\x1b[0m", 3, "\x1b[1mab…\x1b[0m\x1b[2m\x1b[0m")
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
