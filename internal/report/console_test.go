package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/signal"
)

func console(t *testing.T, opts ConsoleOptions) string {
	t.Helper()
	var b strings.Builder
	c := NewConsole(&b, opts)
	book, list := found()
	for _, f := range list {
		if err := c.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Summary(day(t), book, "/tmp/report.html"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestConsole(t *testing.T) {
	jst := time.FixedZone("JST", 9*3600)
	golden(t, "console_en.txt", console(t, ConsoleOptions{}))
	golden(t, "console_ja.txt", console(t, ConsoleOptions{Lang: Japanese, Zone: jst}))
	golden(t, "console_color.txt", console(t, ConsoleOptions{Color: true, Width: 100}))
}

func TestConsoleWithoutColourHasNoEscapes(t *testing.T) {
	if text := console(t, ConsoleOptions{}); strings.Contains(text, "\x1b") {
		t.Error("escape sequences without colour")
	}
	plain := console(t, ConsoleOptions{Width: 100})
	colour := console(t, ConsoleOptions{Color: true, Width: 100})
	for _, code := range []string{"1;97;41", "1;31", "1;33", "1;36", "31", "33", "36", "1", "2", "0"} {
		colour = strings.ReplaceAll(colour, "\x1b["+code+"m", "")
	}
	if colour != plain {
		t.Error("colour changes more than the colour")
	}
}

func TestConsoleOfHostileText(t *testing.T) {
	for _, l := range []Lang{English, Japanese} {
		var b strings.Builder
		c := NewConsole(&b, ConsoleOptions{Lang: l, Width: 120})
		book := signal.NewBook(0)
		for _, change := range []signal.Change{signal.Opened, signal.Updated, signal.Escalated, signal.Closed} {
			f := signal.Finding{Change: change, From: 200, Signal: evil()}
			book.Apply(f)
			if err := c.Finding(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Summary(evilSummary(), book, hostile); err != nil {
			t.Fatal(err)
		}
		golden(t, "hostile_"+l.String()+".txt", b.String())
		if !utf8.ValidString(b.String()) {
			t.Errorf("%s: the output is not UTF-8", l)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			for _, r := range line {
				if !showable(r) {
					t.Errorf("%s: %q reaches the terminal in %q", l, r, line)
				}
			}
			report := strings.Contains(line, ": <script>") // the path may be longer than the console is wide
			if n := textWidth(line); n > 120 && !report {
				t.Errorf("%s: a line of %d columns: %q", l, n, line)
			}
			if strings.HasPrefix(line, "HIGH") {
				t.Errorf("%s: a forged line: %q", l, line)
			}
		}
	}
}

func TestConsoleRefusesUnknownChange(t *testing.T) {
	var b strings.Builder
	if err := NewConsole(&b, ConsoleOptions{}).Finding(signal.Finding{Change: 9, Signal: guessed()}); err == nil {
		t.Error("a change that does not exist was written")
	}
}
