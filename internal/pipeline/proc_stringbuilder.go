package pipeline

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// stringBuilder is the string-builder-processor: a template of text and
// %{attribute} parts.
type stringBuilder struct {
	parts          []templatePart
	target         string
	replaceMissing bool
}

type templatePart struct {
	text string // literal when path is empty
	path string
}

var _ Processor = (*stringBuilder)(nil)

// maxBuiltString is the length in bytes of what a template may give; the rest is
// cut. Datadog documents 256 characters for its own.
const maxBuiltString = 4096

// parseTemplate splits a template. An unclosed %{ is an error.
func parseTemplate(template string) ([]templatePart, error) {
	var parts []templatePart
	for rest := template; rest != ""; {
		text, after, found := strings.Cut(rest, "%{")
		if text != "" {
			parts = append(parts, templatePart{text: text})
		}
		if !found {
			break
		}
		path, tail, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("%%{%.40s is not closed", after)
		}
		parts = append(parts, templatePart{path: strings.TrimSpace(path)})
		rest = tail
	}
	return parts, nil
}

// Process builds the text. Arrays of scalars are joined with commas. A missing
// value or an object skips the processor, or counts as empty with
// replaceMissing.
func (p *stringBuilder) Process(e *event.Event, m *Machine) {
	m.buf = m.buf[:0]
	for i := range p.parts {
		part := &p.parts[i]
		if part.path == "" {
			m.buf = append(m.buf, part.text...)
			continue
		}
		v, ok := e.Get(part.path)
		if !ok && part.path == "message" {
			v, ok = event.StringValue(e.Message), true
		}
		if ok {
			ok = appendJoined(e, m, v)
		}
		if !ok && !p.replaceMissing {
			return
		}
	}
	if len(m.buf) > maxBuiltString {
		cut := maxBuiltString
		for cut > 0 && !utf8.RuneStart(m.buf[cut]) {
			cut--
		}
		m.buf = m.buf[:cut]
	}
	e.Set(p.target, event.StringValue(e.Intern(m.buf)))
}

// appendJoined appends a scalar, or an array of scalars; it reports false, with
// nothing appended, for anything else.
func appendJoined(e *event.Event, m *Machine, v event.Value) bool {
	if v.IsScalar() {
		m.buf = v.AppendText(m.buf)
		return true
	}
	if v.Kind() != event.Array {
		return false
	}
	mark, n := len(m.buf), 0
	for _, element := range e.Items(v) {
		if !element.IsScalar() && element.Kind() != event.Null {
			m.buf = m.buf[:mark]
			return false
		}
		if n > 0 {
			m.buf = append(m.buf, ',')
		}
		m.buf = element.AppendText(m.buf)
		n++
	}
	return true
}
