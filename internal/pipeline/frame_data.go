package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// maxParams is the number of parameters of structured data that are kept.
const maxParams = 128

// structured writes [id name="value" ..] as syslog.structured_data.<id>.<name>;
// dots in the names have no meaning. A value may hold \", \\ and \].
func (f *syslogFrame) structured(e *event.Event) {
	all := e.NewObject()
	n := 0
	for s := f.data; strings.HasPrefix(s, "[") && n < maxParams; {
		end := strings.IndexAny(s, " ]")
		if end < 0 {
			break
		}
		element := e.NewObject()
		id := s[1:end]
		s = s[end:]
		for n < maxParams {
			s = strings.TrimLeft(s, " ")
			name, rest, ok := strings.Cut(s, `="`)
			if !ok || strings.HasPrefix(s, "]") || strings.ContainsAny(name, `]" `) {
				break
			}
			scan := pairs{s: rest, at: -1}
			value, escaped := scan.quoted()
			if escaped {
				value = paramValue(e, value)
			}
			put(e, element, name, event.StringValue(value))
			s = rest[scan.at:]
			n++
		}
		put(e, all, id, element)
		n++
		_, s, _ = strings.Cut(s, "]")
	}
	e.Set("syslog.structured_data", all)
}

// paramValue undoes the three escapes that RFC 5424 has; any other backslash is
// one.
func paramValue(e *event.Event, s string) string {
	var small [256]byte
	buf := small[:0]
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		buf = append(buf, s[i])
	}
	return e.Intern(buf)
}
