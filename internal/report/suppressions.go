package report

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// Suppression is a suppression that was in use, and what it held back.
type Suppression struct {
	// Name, Reason and ID are as they were written.
	Name, Reason, ID string
	// Start and Expiration bound it in event time, in nanoseconds since 1970 UTC; 0
	// is no bound.
	Start, Expiration int64
	// Rules is the number of rules that it is for.
	Rules int64
	// Signals is the number of signals that it held back, Findings that of all
	// changes of signals that it held back.
	Signals, Findings int64
	// Events is the number of events that it kept from rules.
	Events int64
}

// Suppression writes one suppression and a line feed. The only key of the object
// is suppression, so that nobody takes it for a signal; below it are
//
//	name, reason, id, start, expiration, rules, signals, findings, events
//
// where id, start and expiration are left out when there is none.
func (j *JSONLines) Suppression(s *Suppression) error {
	b := j.buf[:0]
	b = append(b, `{"suppression":{"name":`...)
	b = event.AppendJSONString(b, s.Name)
	b = event.AppendJSONString(append(b, `,"reason":`...), s.Reason)
	if s.ID != "" {
		b = event.AppendJSONString(append(b, `,"id":`...), s.ID)
	}
	for _, at := range []struct {
		key string
		ns  int64
	}{{"start", s.Start}, {"expiration", s.Expiration}} {
		if at.ns != 0 {
			b = append(append(append(b, `,"`...), at.key...), `":"`...)
			b = append(signal.AppendTime(b, at.ns), '"')
		}
	}
	for _, n := range []struct {
		key   string
		count int64
	}{{"rules", s.Rules}, {"signals", s.Signals}, {"findings", s.Findings}, {"events", s.Events}} {
		b = append(append(append(b, `,"`...), n.key...), `":`...)
		b = strconv.AppendInt(b, n.count, 10)
	}
	b = append(b, "}}\n"...)
	j.buf = b
	_, err := j.w.Write(j.buf)
	return err
}

// suppressions writes a table of the suppressions and what each held back; nothing
// when there are none.
func (c *Console) suppressions(list []Suppression) {
	if len(list) == 0 {
		return
	}
	t := c.t
	const nameMax, reasonMax = 32, 40
	names, ends := textWidth(t.HeldBack), textWidth(t.HeldUntil)
	signals, events := textWidth(t.Signals), textWidth(t.Events)
	for i := range list {
		s := &list[i]
		names = max(names, textWidth(safe(s.Name, nameMax)))
		ends = max(ends, textWidth(c.until(s)))
		signals = max(signals, len(number(s.Signals)))
		events = max(events, len(number(s.Events)))
	}
	c.put(dim, "\n  "+padRight(t.HeldBack, names)+"  "+padLeft(t.Signals, signals)+"  "+padLeft(t.Events, events)+
		"  "+padRight(t.HeldUntil, ends)+"  "+t.HeldReason)
	c.put("", "\n")
	for i := range list {
		s := &list[i]
		c.put("", "  "+padRight(safe(s.Name, nameMax), names)+"  "+padLeft(number(s.Signals), signals)+"  "+padLeft(number(s.Events), events)+"  ")
		c.put(dim, strings.TrimRight(padRight(c.until(s), ends)+"  "+safe(s.Reason, reasonMax), " "))
		c.put("", "\n")
	}
}

func (c *Console) until(s *Suppression) string {
	if s.Expiration == 0 {
		return c.t.HeldNoEnd
	}
	return c.clock.short(s.Expiration)
}

// heldRow is a suppression as the page shows it.
type heldRow struct {
	Name, Reason                  []piece
	Until, Rules, Signals, Events string
}

func heldRows(list []Suppression, at clock, t *texts) []heldRow {
	rows := make([]heldRow, 0, len(list))
	for i := range list {
		s := &list[i]
		row := heldRow{
			Name: pieces(s.Name, maxLine), Reason: pieces(s.Reason, maxLine), Until: t.HeldNoEnd,
			Rules: number(s.Rules), Signals: number(s.Signals), Events: number(s.Events),
		}
		if s.Expiration != 0 {
			row.Until = at.short(s.Expiration)
		}
		rows = append(rows, row)
	}
	return rows
}
