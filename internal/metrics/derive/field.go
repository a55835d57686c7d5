package derive

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// field is a place in an event: @path, a reserved name, or a tag.
type field struct {
	official string // service, source, host or status
	path     string // of an attribute
	prefix   string // "name:" of a tag
}

func newField(text string) field {
	if path, ok := strings.CutPrefix(text, "@"); ok {
		return field{path: path}
	}
	switch text {
	case "service", "source", "host", "status":
		return field{official: text}
	}
	return field{prefix: text + ":"}
}

// append appends the text of the field, of a list its first value; nothing when there is
// none.
func (f *field) append(dst []byte, e *event.Event) []byte {
	switch f.official {
	case "service":
		return append(dst, e.Service...)
	case "source":
		return append(dst, e.Source...)
	case "host":
		return append(dst, e.Host...)
	case "status":
		return append(dst, e.Status...)
	}
	if f.prefix != "" {
		for _, tag := range e.Tags {
			if value, ok := strings.CutPrefix(tag, f.prefix); ok {
				return append(dst, value...)
			}
		}
		return dst
	}
	v, ok := e.Get(f.path)
	if !ok {
		return dst
	}
	if v.Kind() == event.Array {
		for _, first := range e.Items(v) {
			if first.IsScalar() {
				return first.AppendText(dst)
			}
			break
		}
		return dst
	}
	if !v.IsScalar() {
		return dst
	}
	return v.AppendText(dst)
}

// number returns the number in the field.
func (f *field) number(e *event.Event) (float64, bool) {
	if f.path == "" {
		return 0, false
	}
	v, ok := e.Get(f.path)
	if !ok {
		return 0, false
	}
	return v.Number()
}
