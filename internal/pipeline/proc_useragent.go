package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
)

// userAgentParser is the user-agent-parser processor: it names browser, operating
// system and device of the first source below the target. Without Machine.Agents
// it does nothing.
type userAgentParser struct {
	sources []string
	target  string
	encoded bool
}

var _ Processor = (*userAgentParser)(nil)

// Process parses the first source that is present. The source stays; an empty one
// gives nothing.
func (p *userAgentParser) Process(e *event.Event, m *Machine) {
	v, _, ok := first(e, p.sources)
	if !ok || m.Agents == nil || v.Kind() != event.String {
		return
	}
	text := v.Str()
	if p.encoded {
		var changed bool
		if m.buf, changed = appendUnescaped(m.buf[:0], text); changed {
			text = e.Intern(m.buf)
		}
	}
	if agent, ok := m.agents.Value(m.Agents, e, text); ok {
		e.Set(p.target, agent)
	}
}

// appendUnescaped appends the text without its URL encoding (%41 and +), and
// reports whether it had any. What is no encoding stays as it is.
func appendUnescaped(dst []byte, text string) (out []byte, changed bool) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c, changed = ' ', true
		case c == '%' && i+2 < len(text):
			hi, okHi := hexDigit(text[i+1])
			lo, okLo := hexDigit(text[i+2])
			if okHi && okLo {
				c, changed = hi<<4|lo, true
				i += 2
			}
		}
		dst = append(dst, c)
	}
	return dst, changed
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	default:
		return 0, false
	}
}
