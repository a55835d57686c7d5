package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// ConsoleOptions says how a Console writes. The zero value is English, UTC,
// without colour.
type ConsoleOptions struct {
	// Lang is the language of the texts.
	Lang Lang
	// Zone is the time zone of all times; nil is UTC.
	Zone *time.Location
	// Color allows ANSI colours. The caller decides: a terminal, and no NO_COLOR.
	Color bool
	// Width is the number of columns after which a line is cut; 160 when it is not
	// positive.
	Width int
	// Samples is how many log lines a signal shows; 3 when it is 0, none when it is
	// negative.
	Samples int
}

// Console writes signals for people, as they fire, and a summary at the end. Text
// from logs cannot steer the terminal: see pieces. It is for one goroutine; each
// signal is one call of Write.
type Console struct {
	w     io.Writer
	opts  ConsoleOptions
	t     *texts
	clock clock
	buf   []byte
	label int // columns of the label column
}

// NewConsole returns a console that writes to w.
func NewConsole(w io.Writer, opts ConsoleOptions) *Console {
	if opts.Width <= 0 {
		opts.Width = 160
	}
	if opts.Samples == 0 {
		opts.Samples = 3
	}
	t := opts.Lang.texts()
	c := &Console{w: w, opts: opts, t: t, clock: newClock(opts.Zone, t)}
	for _, l := range []string{t.LabelWhy, t.LabelWho, t.LabelSeen, t.LabelMITRE, t.LabelRespond, t.LabelSays} {
		c.label = max(c.label, textWidth(l)+2)
	}
	return c
}

// Finding writes a signal that was opened as a block, and any later change of it
// as one line.
func (c *Console) Finding(f signal.Finding) error {
	c.buf = c.buf[:0]
	s := f.Signal
	switch f.Change {
	case signal.Opened:
		c.block(s)
	case signal.Escalated:
		from, to := c.t.Severity[level(f.From)], c.t.Severity[level(s.Severity)]
		c.change(s, fmt.Sprintf(c.t.Escalated, from, to))
	case signal.Updated:
		c.change(s, fmt.Sprintf(c.t.Updated, c.t.events(s.Events)))
	case signal.Closed:
		c.change(s, fmt.Sprintf(c.t.Closed, c.t.events(s.Events)))
	default:
		return fmt.Errorf("signal %s: change %d is not known", s.ID, f.Change)
	}
	return c.flush()
}

func (c *Console) flush() error {
	_, err := c.w.Write(c.buf)
	return err
}

// The attributes of ANSI text. The 16 colours follow the reader's own theme.
const (
	bold = "1"
	dim  = "2"
)

// paint returns the attributes of a severity's badge and of its gutter.
func paint(s signal.Severity) (badge, gutter string) {
	switch s {
	case signal.Critical:
		return "1;97;41", "31"
	case signal.High:
		return "1;31", "31"
	case signal.Medium:
		return "1;33", "33"
	case signal.Low:
		return "1;36", "36"
	default:
		return "2", "2"
	}
}

// put appends text that is safe already, with the attributes if colour is on.
func (c *Console) put(attributes, text string) {
	if !c.opts.Color || attributes == "" || text == "" {
		c.buf = append(c.buf, text...)
		return
	}
	c.buf = append(c.buf, "\x1b["...)
	c.buf = append(c.buf, attributes...)
	c.buf = append(c.buf, 'm')
	c.buf = append(c.buf, text...)
	c.buf = append(c.buf, "\x1b[0m"...)
}

// badgeWidth is the columns of a severity's sign, word and the space behind them.
const badgeWidth = 12

// badge writes the sign and the word of the severity, and fills the column.
func (c *Console) badge(s signal.Severity) {
	colour, _ := paint(s)
	text := shape(s) + " " + c.t.Severity[level(s)]
	c.put(colour, text)
	c.buf = append(c.buf, strings.Repeat(" ", max(1, badgeWidth-textWidth(text)))...)
}

// head writes badge, time and title.
func (c *Console) head(s *signal.Signal, ns int64, attributes, text string) {
	c.badge(s.Severity)
	when := c.clock.full(ns)
	c.put(dim, when)
	c.put("", "  ")
	c.put(attributes, safe(text, max(20, c.opts.Width-badgeWidth-textWidth(when)-2)))
	c.put("", "\n")
}

func (c *Console) change(s *signal.Signal, what string) {
	text := safe(title(s, c.opts.Lang), 80) + " · " + what
	if entity := s.Entity(); entity != "" {
		text = safe(title(s, c.opts.Lang), 80) + " · " + safe(entity, 60) + " · " + what
	}
	c.head(s, s.LastSeen, "", text)
}

// block writes a signal with everything that explains it.
func (c *Console) block(s *signal.Signal) {
	t := c.t
	c.head(s, s.Time, bold, title(s, c.opts.Lang))
	c.row(s, t.LabelSays, gist(message(s, c.opts.Lang)))
	c.row(s, t.LabelWhy, t.why(s))
	c.row(s, t.LabelWho, strings.Join(append([]string{t.who(s.Entities, 6)}, t.unlisted(s)...), " · "))
	c.row(s, t.LabelSeen, c.clock.span(s.FirstSeen, s.LastSeen, t.DateSpan)+" · "+t.events(s.Events))
	mitre := techniques(s.Tags)
	named := make([]string, 0, len(mitre))
	for _, m := range mitre {
		named = append(named, safe(m.String(), 60))
	}
	c.row(s, t.LabelMITRE, strings.Join(named, " · "))
	respond := t.Respond[level(s.Severity)]
	if s.Severity == signal.Info {
		respond = ""
	} else if s.Runbook != "" {
		respond += " · " + fmt.Sprintf(t.Runbook, safe(runbookName(s.Runbook), 60))
	}
	c.row(s, t.LabelRespond, respond)
	c.samples(s)
	c.put("", "\n")
}

// row writes one labelled line below the head; nothing when the text is empty.
func (c *Console) row(s *signal.Signal, label, text string) {
	if text == "" {
		return
	}
	c.gutter(s)
	c.put(dim, padRight(label, c.label))
	c.put("", safe(text, max(20, c.opts.Width-2-c.label)))
	c.put("", "\n")
}

func (c *Console) gutter(s *signal.Signal) {
	_, colour := paint(s.Severity)
	c.put(colour, "│")
	c.put("", " ")
}

func (c *Console) samples(s *signal.Signal) {
	shown := s.Samples[:max(0, min(c.opts.Samples, len(s.Samples)))]
	digits := 0
	for _, p := range shown {
		digits = max(digits, len(strconv.FormatInt(p.Line, 10)))
	}
	for _, p := range shown {
		c.gutter(s)
		line := ""
		if p.Line > 0 {
			line = strconv.FormatInt(p.Line, 10)
		}
		c.put(dim, "  "+padLeft(line, digits)+"  ")
		c.put("", safe(p.Text, max(20, c.opts.Width-6-digits)))
		c.put("", "\n")
	}
}

// gist returns the first line of a message that is not a heading, without marks of
// Markdown.
func gist(message string) string {
	for line := range strings.Lines(cutBytes(message, maxProse)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return strings.NewReplacer("**", "", "`", "").Replace(line)
		}
	}
	return ""
}

// unlisted says for each kind of which the signal lists not all entities how many
// events name others.
func (t *texts) unlisted(s *signal.Signal) []string {
	parts := make([]string, 0, len(s.Unlisted))
	for _, u := range s.Unlisted {
		parts = append(parts, fmt.Sprintf(t.OthersOfKind, t.kind(u.Kind), t.events(u.Events)))
	}
	return parts
}

// who writes up to n entities with their kinds.
func (t *texts) who(entities []signal.Entity, n int) string {
	var parts []string
	for i, e := range entities {
		if i == n {
			parts = append(parts, t.more(len(entities)-n))
			break
		}
		parts = append(parts, t.kind(e.Kind)+" "+safe(e.Value, 60))
	}
	return strings.Join(parts, " · ")
}
