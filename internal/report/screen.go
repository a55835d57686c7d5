package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/signal"
)

// ScreenOptions says what a screen shows beside what was found.
type ScreenOptions struct {
	// Title names the logs.
	Title string
	// Rows is the height of the terminal in lines.
	Rows int
	// PerSecond is how many events came in a second since the last screen.
	PerSecond float64
	// Lists are the threat lists; nil shows none.
	Lists *ThreatLists
	// Redraw draws over the screen before instead of below it.
	Redraw bool
}

// The screen in lines: the least that it takes, and the latest signals at most.
const (
	minScreen  = 12
	maxScreen  = 200
	maxSignals = 8
)

// Screen writes what was found so far as one screen: totals, the latest signals,
// and who and what. It is one call of Write. The last column of the terminal stays
// free: behind a line that fills it, erasing the rest would erase its end.
func (c *Console) Screen(s *Summary, book *signal.Book, o ScreenOptions) error {
	rows := min(max(o.Rows, minScreen), maxScreen)
	c.buf = c.buf[:0]
	c.screenHead(s, book, o)
	c.screenLists(o.Lists)
	c.screenSignals(book)
	left := rows - strings.Count(string(c.buf), "\n") - 1
	c.screenTables(s, left)
	lines := strings.SplitAfter(string(c.buf), "\n")
	if len(lines) > rows {
		lines = lines[:rows]
	}
	c.buf = c.buf[:0]
	if o.Redraw {
		c.buf = append(c.buf, "\x1b[H"...)
	}
	for i, line := range lines {
		text, ended := strings.CutSuffix(line, "\n")
		c.buf = append(c.buf, cutLine(text, max(1, c.opts.Width-1))...)
		if o.Redraw {
			c.buf = append(c.buf, "\x1b[K"...)
			ended = i+1 < len(lines)
		}
		if ended {
			c.buf = append(c.buf, '\n')
		}
	}
	if o.Redraw {
		c.buf = append(c.buf, "\x1b[J"...)
	}
	return c.flush()
}

// screenHead writes the totals.
func (c *Console) screenHead(s *Summary, book *signal.Book, o ScreenOptions) {
	t := c.t
	c.put(bold, "Sasumata ")
	c.put("", safe(o.Title, max(10, c.opts.Width-40)))
	c.put(dim, fmt.Sprintf("  %s/s", number(int64(o.PerSecond))))
	c.put("", "\n")
	c.put(dim, c.clock.span(s.first, s.last, t.DateSpan)+c.clock.write(s.last, " MST"))
	c.put("", "\n")
	visitors, _ := s.visitors.count()
	suspects, _ := s.suspects.count()
	for i, f := range []struct {
		name string
		n    int64
	}{
		{t.Events, s.events}, {t.Visitors, visitors}, {t.TileLogins, s.loginFail}, {t.TileAttacks, s.attackEvents}, {t.Suspects, suspects},
	} {
		if i > 0 {
			c.put("", "  ")
		}
		c.put(dim, f.name+" ")
		c.put(bold, number(f.n))
	}
	c.put("", "\n")
	counts := book.Counts()
	for _, severity := range severities() {
		c.badge(severity)
		c.put("", padRight(number(counts.BySeverity[severity]), 7))
	}
	c.trim()
	var classes [6]int64
	for code, n := range s.codes {
		classes[code/100] += n
	}
	if classes != [6]int64{} {
		c.put(dim, t.Statuses)
		for class, n := range classes {
			if n > 0 {
				c.put("", fmt.Sprintf("  %dxx %s", class, number(n)))
			}
		}
		c.put("", "\n")
	}
}

// heading writes the name of what follows, behind a blank line.
func (c *Console) heading(name string) {
	c.put("", "\n")
	c.put(bold, name)
	c.put("", "\n")
}

// screenSignals writes the latest signals, the newest first.
func (c *Console) screenSignals(book *signal.Book) {
	list := slices.Collect(book.All())
	slices.Reverse(list)
	if len(list) == 0 {
		return
	}
	c.heading(c.t.TileSignals)
	for _, s := range list[:min(maxSignals, len(list))] {
		c.badge(s.Severity)
		c.put(dim, c.clock.short(s.Time)+"  ")
		room := max(20, c.opts.Width-badgeWidth-24)
		text := title(s, c.opts.Lang)
		if who := s.Entity(); who != "" && !strings.Contains(text, who) {
			text += " · " + who
		}
		c.put("", safe(text, room)+"\n")
	}
}

// screenTables writes as many rows of who and what as there is room for.
func (c *Console) screenTables(s *Summary, room int) {
	t := c.t
	type table struct {
		name  string
		of    Dimension
		shown []Count
	}
	tables := []table{
		{t.Suspects, Suspects, nil},
		{t.Addresses, Addresses, nil},
		{t.Paths, Paths, nil},
		{t.Categories, Categories, nil},
		{t.Users, Users, nil},
		{t.UserAgents, UserAgents, nil},
		{t.Countries, Countries, nil},
		{t.Networks, Networks, nil},
	}
	for i := range tables {
		tables[i].shown = s.Top(tables[i].of, cardLimit)
	}
	tables = slices.DeleteFunc(tables, func(one table) bool { return len(one.shown) == 0 })
	for i, one := range tables {
		each := room/(len(tables)-i) - 2 // a blank line and the name
		n := min(each, len(one.shown))
		if n < 1 {
			return
		}
		room -= n + 2
		c.heading(one.name)
		for _, count := range one.shown[:n] {
			c.put("", padLeft(number(count.Events), 9)+"  ")
			c.put(dim, padRight(bar(count.Events, one.shown[0].Events), barWidth)+" ")
			c.put("", safe(count.Value, max(20, c.opts.Width-barWidth-14)))
			if count.Failed+count.Attacks > 0 {
				c.put(dim, fmt.Sprintf("  %s %s · %s %s", t.ColFailed, number(count.Failed), t.ColAttacks, number(count.Attacks)))
			}
			c.put("", "\n")
		}
	}
}
