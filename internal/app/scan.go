package app

import (
	"bytes"
	"context"
	"errors"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/waf"
)

// ScanOptions is a run that looks for attacks on web applications and for nothing else.
type ScanOptions struct {
	Intake

	// Content decides what an attack is.
	Content *Content
	// Inputs are the names of the logs, read one after the other.
	Inputs []string
	// Window says which events are looked at.
	Window Window
	// Thorough makes an event of every line, also of those that a waf.Screen proves
	// harmless: slower, with the same result.
	Thorough bool
	// Attack sees each request that is an attack, in the order of the lines.
	Attack func(*event.Event) error
	// Warn gets sentences about input that was left out.
	Warn func(string)
}

// Scan reads logs for attacks on web applications, with the pipelines, patterns and
// rules of Analyze and the same verdict on each request, but without time windows,
// signals and statistics of what is harmless. Most lines are proven harmless without
// making events of them.
//
// The summary counts the attacks alone; its Lines, Bytes and Truncated are those of the
// input, and Parsed and Unparsed stay 0.
func Scan(ctx context.Context, opts ScanOptions) (*report.Summary, error) {
	in := inputs{ctx: ctx, intake: opts.Intake, names: opts.Inputs, warn: opts.Warn, raw: true}
	p := opts.parser(opts.Content, true)
	p.attacks, p.screen, p.spare = true, !opts.Thorough && opts.plain(), in.spare
	s := report.NewSummary()
	err := p.ordered(ctx, in.next, func(events []*event.Event) error {
		for _, e := range events {
			if !opts.Window.holds(e) {
				continue
			}
			s.Observe(e)
			if err := opts.Attack(e); err != nil {
				return err
			}
		}
		return nil
	})
	s.Lines, s.Bytes, s.Truncated = in.lines, in.bytes, in.truncated
	return s, errors.Join(err, in.failed())
}

// plain reports whether lines in the combined log format mean what the built-in
// pipeline says: pipelines of the user's may read them in another way.
func (opts *ScanOptions) plain() bool {
	switch opts.Source {
	case "", "nginx", "apache":
		return !opts.Content.ownPipelines
	default:
		return false
	}
}

// attackBlock makes the events of those lines of a batch that are attacks.
func (m *machine) attackBlock(b *batch) {
	b.events = b.pool[:0]
	number := b.block.First
	for _, line := range b.block.Lines {
		m.attack(b, line, number)
		number++
	}
	for text := b.block.Text; len(text) > 0; number++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte{'\n'})
		line = bytes.TrimSuffix(line, []byte{'\r'})
		if m.screen == nil || !m.screen.Quiet(line) {
			m.attack(b, string(line), number)
		}
	}
}

// attack adds the line to the events of the batch, if it is an attack.
func (m *machine) attack(b *batch, line string, number int64) {
	n := len(b.events)
	if n == len(b.pool) {
		b.pool = append(b.pool, event.New())
	}
	m.line(b.pool[n], line, number)
	if attack, _ := b.pool[n].Get(event.SecurityAttack); attack.Bool() {
		b.events = b.pool[:n+1]
	}
}

// newScreen returns what proves lines harmless; nil when the parser does without.
func (p *parser) newScreen() *waf.Screen {
	if !p.screen {
		return nil
	}
	return waf.NewScreen(p.content.inspector())
}
