package report

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/signal"
)

// barWidth is the columns of the longest bar of the summary.
const barWidth = 24

// Summary writes what was read, what was found and who it was about. The path of
// the HTML report comes last; "" leaves it out. The book may be nil.
func (c *Console) Summary(s *Summary, book *signal.Book, path string) error {
	c.buf = c.buf[:0]
	t := c.t
	c.title()
	c.totals(s)
	c.put("", "\n")
	var counts signal.Counts
	if book != nil {
		counts = book.Counts()
	}
	if counts.Opened == 0 {
		c.put("", "  "+t.NoSignals+"\n")
	} else {
		c.severities(counts)
		c.subjects(subjects(ordered(book), 8))
	}
	c.suppressions(s.Suppressions)
	if path != "" {
		c.put("", "\n  "+fmt.Sprintf(t.ReportAt, safe(path, 400))+"\n")
	}
	return c.flush()
}

// title writes the heading of a summary.
func (c *Console) title() {
	rule := strings.Repeat("─", max(0, min(c.opts.Width, 80)-textWidth(c.t.SummaryTitle)-4))
	c.put(bold, "\n── "+c.t.SummaryTitle+" ")
	c.put(dim, rule)
	c.put("", "\n")
}

// totals writes what was read, one figure a line, the numbers in one column.
func (c *Console) totals(s *Summary) {
	t := c.t
	type line struct{ label, value, note string }
	figures := []line{{t.Lines, number(s.Lines), ""}}
	if s.Parsed+s.Unparsed > 0 || s.Lines == 0 {
		figures = append(figures, line{t.Parsed, number(s.Parsed), percent(s.Parsed, s.Parsed+s.Unparsed)}, line{t.Unparsed, number(s.Unparsed), ""})
	}
	if s.Truncated > 0 {
		figures = append(figures, line{t.Truncated, number(s.Truncated), ""})
	}
	if s.Listed > 0 {
		figures = append(figures, line{t.EventsListed, number(s.Listed), ""})
	}
	figures = append(figures, line{t.Bytes, number(s.Bytes), size(s.Bytes)})
	if s.Bytes < 1000 {
		figures[len(figures)-1].note = ""
	}
	if s.Seconds > 0 {
		rate := number(int64(float64(s.Lines) / s.Seconds))
		figures = append(figures, line{t.Elapsed, fmt.Sprintf("%.1f s", s.Seconds), rate + " " + t.LinesPerSecond})
	}
	labels, values := textWidth(t.Period), 0
	for _, f := range figures {
		labels, values = max(labels, textWidth(f.label)), max(values, textWidth(f.value))
	}
	if s.first != 0 {
		c.put(dim, "  "+padRight(t.Period, labels+2))
		c.put("", c.clock.span(s.first, s.last, t.DateSpan)+c.clock.write(s.last, " MST")+"\n")
	}
	for _, f := range figures {
		c.put(dim, "  "+padRight(f.label, labels+2))
		c.put("", padLeft(f.value, values))
		if f.note != "" {
			c.put(dim, "  "+f.note)
		}
		c.put("", "\n")
	}
}

// severities writes a line for each severity, with a bar and the time to respond.
func (c *Console) severities(counts signal.Counts) {
	most, digits := int64(1), 1
	for _, n := range counts.BySeverity {
		most, digits = max(most, n), max(digits, len(number(n)))
	}
	for _, s := range severities() {
		n := counts.BySeverity[s]
		c.put("", "  ")
		c.badge(s)
		c.put("", padLeft(number(n), digits)+"  ")
		_, colour := paint(s)
		filled := bar(n, most)
		c.put(colour, filled)
		c.put("", strings.Repeat(" ", barWidth-textWidth(filled)+2))
		if n > 0 {
			c.put(dim, c.t.Respond[level(s)])
		}
		c.trim()
	}
}

// trim ends the line without the spaces at its end.
func (c *Console) trim() {
	for len(c.buf) > 0 && c.buf[len(c.buf)-1] == ' ' {
		c.buf = c.buf[:len(c.buf)-1]
	}
	c.buf = append(c.buf, '\n')
}

// bar returns a bar of n out of most; what is not zero shows at least a sliver.
func bar(n, most int64) string {
	if n <= 0 {
		return ""
	}
	eighths := max(1, int(float64(n)/float64(most)*barWidth*8))
	full, part := strings.Repeat("█", eighths/8), eighths%8
	if part == 0 {
		return full
	}
	return full + string(rune(0x2590-part)) // ▏ (one eighth) to ▉ (seven)
}

// subjects writes the entities of the gravest signals as a table.
func (c *Console) subjects(list []subject) {
	if len(list) == 0 {
		return
	}
	t := c.t
	const valueMax = 40
	kinds, values, signals, events := 0, textWidth(t.LabelWho), textWidth(t.Signals), textWidth(t.Events)
	for _, s := range list {
		kinds = max(kinds, textWidth(t.kind(s.Kind)))
		values = max(values, textWidth(safe(s.Value, valueMax)))
		signals = max(signals, len(number(s.signals)))
		events = max(events, len(number(s.Events)))
	}
	c.put("", "\n")
	c.put(dim, strings.Repeat(" ", 2+badgeWidth)+padRight(t.LabelWho, kinds+values+3)+
		padLeft(t.Signals, signals)+"  "+padLeft(t.Events, events))
	c.put("", "\n")
	for _, s := range list {
		c.put("", "  ")
		c.badge(s.worst)
		c.put(dim, padRight(t.kind(s.Kind), kinds)+" ")
		c.put("", padRight(safe(s.Value, valueMax), values)+"  ")
		c.put("", padLeft(number(s.signals), signals)+"  "+padLeft(number(s.Events), events)+"\n")
	}
}
