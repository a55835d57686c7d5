package report

import (
	"fmt"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

const (
	// Attributes as package waf sets them.
	attackSeverity = "security.severity"
	attackPayload  = "security.payload"

	// addressWidth is the columns of most addresses, answerWidth of a status.
	addressWidth, answerWidth = 16, 4
	// shownAttackers is how many addresses the table of attackers has.
	shownAttackers = 10
)

// Attack writes a request that is an attack as one line: severity, time, client,
// status of the answer, kinds of attack, the request, and behind an arrow the text in
// it that decided, unless the request says as much.
func (c *Console) Attack(e *event.Event) error {
	c.buf = c.buf[:0]
	severity, err := signal.ParseSeverity(e.Text(attackSeverity))
	if err != nil {
		severity = signal.Medium
	}
	c.badge(severity)
	c.put(dim, c.clock.short(e.Time)+"  ")
	c.put("", padRight(safe(e.Text(event.ClientIP), 45), addressWidth)+" ")
	answer, status := statusClass(e), "-"
	if v, ok := e.Get(event.HTTPStatusCode); ok && answer > 0 {
		n, _ := v.Number()
		status = number(int64(n))
	}
	attributes := ""
	if answer == 2 { // it may have worked
		attributes = bold
	}
	c.put(attributes, padRight(status, answerWidth))
	kinds := ""
	eachText(e, event.SecurityCategories, func(kind string) {
		if kinds != "" {
			kinds += ", "
		}
		kinds += kind
	})
	c.put(bold, safe(kinds, 60))
	request := safe(requestOf(e), c.opts.Width)
	c.put("", "  "+request)
	if payload := safe(e.Text(attackPayload), c.opts.Width); payload != "" && payload != request {
		c.put(dim, "  ← "+payload)
	}
	c.put("", "\n")
	return c.flush()
}

// Attacks writes what a run that looked for attacks alone adds up to: what was read,
// the kinds of attack, how they were answered, and the worst addresses.
func (c *Console) Attacks(s *Summary) error {
	c.buf = c.buf[:0]
	t := c.t
	c.title()
	c.totals(s)
	c.put("", "\n")
	if s.attackEvents == 0 {
		c.put("", "  "+t.NoAttacks+"\n")
		return c.flush()
	}
	c.put(bold, "  "+fmt.Sprintf(t.AttacksFound, number(s.attackEvents), number(s.answers[2]))+"\n")
	c.ranking(t.Categories, s.Top(Categories, shownAttackers))
	c.ranking(t.Attackers, s.Top(Addresses, shownAttackers))
	return c.flush()
}

// ranking writes the most frequent values as a table with bars.
func (c *Console) ranking(name string, list []Count) {
	if len(list) == 0 {
		return
	}
	const valueMax = 45
	values, digits, most := 0, 0, int64(1)
	for i := range list {
		values = max(values, textWidth(safe(list[i].Value, valueMax)))
		digits, most = max(digits, len(number(list[i].Attacks))), max(most, list[i].Attacks)
	}
	c.put(dim, "\n  "+name+"\n")
	for i := range list {
		c.put("", "  "+padRight(safe(list[i].Value, valueMax), values)+"  "+padLeft(number(list[i].Attacks), digits)+"  ")
		c.put("31", bar(list[i].Attacks, most))
		c.trim()
	}
}
