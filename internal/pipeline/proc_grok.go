package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/grok"
)

// grokParser is the grok-parser processor: the first rule that matches the
// source's text gives its captures, which overwrite attributes of their names.
type grokParser struct {
	source string
	rules  func() *grok.Rules
}

var _ Processor = (*grokParser)(nil)

// Process parses the source. Objects and arrays are not parsed; numbers and
// truth values are, as their text.
func (p *grokParser) Process(e *event.Event, m *Machine) {
	text := ""
	if v, ok := e.Get(p.source); ok {
		if !v.IsScalar() {
			return
		}
		text = v.Text()
	} else if p.source == "message" {
		text = e.Message
	}
	if text == "" {
		return
	}
	out, _, status := p.rules().Parse(e, text, m.grok)
	switch status {
	case grok.Matched:
		m.grokMatched = true
		e.Merge(e.Root(), out)
	case grok.OutOfSteps:
		m.Stats.OutOfSteps++
	case grok.NoMatch:
	}
}
