package pipeline

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// leefParser is the leef-parser processor: QRadar's Log Event Extended Format,
// LEEF:1.0|vendor|product|version|event|attributes with tabs between, and 2.0
// with one more field that names another delimiter.
type leefParser struct{ source, target string }

var _ Processor = (*leefParser)(nil)

// leefHeader is the number of fields before the attributes, or the delimiter.
const leefHeader = 5

// leefKey names a field of the header: the last is LEEF's own, the others are
// those of CEF.
func leefKey(i int) string {
	if i == leefHeader-1 {
		return "event_id"
	}
	return cefKey(i)
}

// Process writes the header below the target and the attributes below
// target.extension.
func (p *leefParser) Process(e *event.Event, m *Machine) {
	text := sourceText(e, p.source)
	i := strings.Index(text, "LEEF:")
	if i < 0 || i >= maxEnvelope {
		return
	}
	rest := strings.TrimLeft(text[i+len("LEEF:"):], " ")
	object := e.NewObject()
	version := ""
	for i := range leefHeader {
		var field string
		var ok bool
		if field, rest, ok = cutBar(rest); !ok && i < leefHeader-1 {
			return
		}
		if i == 0 {
			version = field
		}
		e.SetKey(object, leefKey(i), event.StringValue(unescape(e, m, field)))
	}
	delimiter := byte('\t')
	if strings.HasPrefix(version, "2") {
		if field, after, ok := strings.Cut(rest, "|"); ok && len(field) <= len("0x09") {
			delimiter, rest = leefDelimiter(field), after
		}
	}
	place(e, p.target, object)
	if strings.IndexByte(rest, delimiter) < 0 {
		e.Set(p.target+".extension", extension(e, m, rest)) // some write spaces between
	} else {
		e.Set(p.target+".extension", delimited(e, rest, delimiter))
	}
	m.grokMatched = true
}

// leefDelimiter reads a single character, or its number as x09 or 0x09.
func leefDelimiter(field string) byte {
	if len(field) == 1 {
		return field[0]
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(field), "0"), "x")
	if n, err := strconv.ParseUint(digits, 16, 8); err == nil && n > 0 {
		return byte(n)
	}
	return '\t'
}

// delimited reads key=value pairs between delimiters.
func delimited(e *event.Event, s string, delimiter byte) event.Value {
	object := e.NewObject()
	for n := 0; s != "" && n < maxPairs; n++ {
		field := s
		if i := strings.IndexByte(s, delimiter); i >= 0 {
			field, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		if key, value, ok := strings.Cut(strings.TrimSpace(field), "="); ok && key != "" && len(key) <= maxTag {
			put(e, object, key, bare(strings.TrimSpace(value)))
		}
	}
	return object
}
