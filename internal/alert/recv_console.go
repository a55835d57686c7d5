package alert

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// Console is the terminal of the server.
type Console struct {
	At map[string]document.Pos `doc:",positions"`
}

// consoleLines and consoleWidth are how much of a notification a screen shows, in lines
// and in characters. The last consoleEnd lines are among them: they say where to look and
// what to do, and a log can have any number of lines before.
const (
	consoleLines = 20
	consoleEnd   = 4
	consoleWidth = 120
)

// consoleSender writes a block that fits a screen.
type consoleSender struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
}

func (c *consoleSender) send(_ context.Context, d *delivery) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := bufio.NewWriter(c.out)
	on, off := "", ""
	if c.color {
		on, off = severityColor(d.Severity), "\x1b[0m"
	}
	rule := strings.Repeat("=", 60)
	fmt.Fprintf(w, "%s\n%s%s%s\n%s\n", rule, on, line(d.Title), off, rule)
	lines := strings.Split(strings.TrimRight(d.Text, "\n"), "\n")
	left := len(lines) - consoleLines // out
	for i, text := range lines {
		if at := consoleLines - consoleEnd; left > 0 && i >= at && i < at+left {
			if i == at {
				fmt.Fprintf(w, "  … %d\n", left)
			}
			continue
		}
		fmt.Fprintln(w, line(text))
	}
	if err := w.Flush(); err != nil {
		return true, fmt.Errorf("write to the console: %w", err)
	}
	return false, nil
}

// line returns one line as a terminal shows it.
func line(s string) string {
	s = Visible(s)
	if utf8.RuneCountInString(s) <= consoleWidth || strings.Contains(s, linkPath+"?") { // half a link is none
		return s
	}
	return string([]rune(s)[:consoleWidth-1]) + "…"
}

func severityColor(severity string) string {
	switch severity {
	case signal.Critical.String():
		return "\x1b[1;97;41m"
	case signal.High.String():
		return "\x1b[1;31m"
	case signal.Medium.String():
		return "\x1b[1;33m"
	default:
		return "\x1b[1m"
	}
}
