package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// cefParser is the cef-parser processor: ArcSight's Common Event Format,
// CEF:0|vendor|product|version|signature|name|severity|extension, behind whatever
// header a relay has put before it.
type cefParser struct{ source, target string }

var _ Processor = (*cefParser)(nil)

// cefHeader is the number of fields between bars before the extension.
const cefHeader = 7

// cefKeys are the names of the header's fields below the target.
func cefKey(i int) string {
	switch i {
	case 0:
		return "version"
	case 1:
		return "device_vendor"
	case 2:
		return "device_product"
	case 3:
		return "device_version"
	case 4:
		return "signature_id"
	case 5:
		return "name"
	default:
		return "severity"
	}
}

// Process writes the header below the target and the extension below
// target.extension. A value that has a label (cs1 and cs1Label) stands below
// target.custom under its label, too.
func (p *cefParser) Process(e *event.Event, m *Machine) {
	rest, ok := cefStart(sourceText(e, p.source))
	if !ok {
		return
	}
	object := e.NewObject()
	for i := range cefHeader {
		var field string
		field, rest, ok = cutBar(rest)
		if !ok && i < cefHeader-1 {
			return
		}
		v := event.StringValue(unescape(e, m, field))
		if i == 0 || i == cefHeader-1 {
			v = bare(strings.TrimSpace(field))
		}
		e.SetKey(object, cefKey(i), v)
	}
	place(e, p.target, object)
	e.Set(p.target+".extension", extension(e, m, rest))
	p.labels(e)
	m.grokMatched = true
}

// cefStart returns what follows the marker. Without the marker the text must
// begin with the version, as relays leave it that take "CEF:" for a program.
func cefStart(text string) (string, bool) {
	if i := strings.Index(text, "CEF:"); i >= 0 && i < maxEnvelope {
		text = strings.TrimLeft(text[i+len("CEF:"):], " ")
	}
	return text, len(text) > 2 && text[0] >= '0' && text[0] <= '9' && (text[1] == '|' || text[1] == '.' || text[2] == '|')
}

// maxEnvelope is the length in bytes of the longest header that is passed over.
const maxEnvelope = 512

// cutBar cuts at the first bar without a backslash before it.
func cutBar(s string) (field, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// extension reads key=value pairs whose values may hold spaces: a value ends
// where the next key begins. An equals sign inside a value is escaped, or what
// stands before it is no key.
func extension(e *event.Event, m *Machine, s string) event.Value {
	object := e.NewObject()
	key, from := "", 0
	n := 0
	for i := 0; i < len(s) && n < maxPairs; i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if s[i] != '=' {
			continue
		}
		start := keyStart(s[from:i]) + from
		if start == i || start > from && s[start-1] != ' ' && s[start-1] != '\t' || start == from && key != "" {
			continue
		}
		if key != "" {
			put(e, object, key, bare(unescape(e, m, strings.TrimSpace(s[from:start]))))
			n++
		}
		key, from = s[start:i], i+1
	}
	if key != "" {
		put(e, object, key, bare(unescape(e, m, strings.TrimSpace(s[from:]))))
	}
	return object
}

// keyStart returns where the key at the end of the text begins.
func keyStart(s string) int {
	i := len(s)
	for i > 0 && len(s)-i < maxTag {
		switch c := s[i-1]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '[' || c == ']':
			i--
		default:
			return i
		}
	}
	return i
}

// labels copies labelled values below target.custom.
func (p *cefParser) labels(e *event.Event) {
	all, ok := e.Get(p.target + ".extension")
	if !ok {
		return
	}
	custom := event.Value{}
	for key, label := range e.Items(all) {
		name, isLabel := strings.CutSuffix(key, "Label")
		if !isLabel || label.Kind() != event.String || label.Str() == "" || len(label.Str()) > maxTag {
			continue
		}
		v, ok := e.Key(all, name)
		if !ok {
			continue
		}
		if custom.Kind() == event.Null {
			if custom = e.NewObject(); custom.Kind() == event.Null {
				return
			}
		}
		put(e, custom, label.Str(), v)
	}
	if custom.Kind() == event.Object {
		e.Set(p.target+".custom", custom)
	}
}
