package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// The remappers of the official fields. Each takes the first of its sources that
// is present.

// dateRemapper sets the official date. The last one of a pipeline wins; the
// source stays.
type dateRemapper struct{ sources []string }

// Process reads whole and fractional numbers, and digits, as milliseconds since
// 1970, and texts as dates.
func (p *dateRemapper) Process(e *event.Event, m *Machine) {
	for _, source := range p.sources {
		v, ok := e.Get(source)
		if !ok {
			continue
		}
		switch v.Kind() {
		case event.Int, event.Float:
			e.Time = millis(v.Int())
			return
		case event.String:
			if ns, ok := dates.ParseAny(v.Str(), m.Clock); ok {
				e.Time = ns
				return
			}
		default:
		}
	}
}

// maxMillis keeps a date within what nanoseconds can hold: the year 2262.
const maxMillis = 9_223_372_036_854

func millis(ms int64) int64 {
	if ms > maxMillis || ms < -maxMillis {
		return 0
	}
	return ms * 1e6
}

// statusRemapper sets the official status. The first one wins.
type statusRemapper struct{ sources []string }

// Process maps syslog numbers and the usual words.
func (p *statusRemapper) Process(e *event.Event, m *Machine) {
	if m.statusSet {
		return
	}
	if v, _, ok := first(e, p.sources); ok {
		e.Status = Status(v)
		m.statusSet = true
	}
}

// Status returns the official status for a level as programs write it: 0 to 7
// are syslog's severities, words go by their beginning, and anything else is
// info.
func Status(v event.Value) string {
	var buf [24]byte
	if f, ok := v.Number(); ok && v.Kind() == event.Float && f == float64(v.Int()) {
		v = event.IntValue(v.Int()) // %{number:level} gives 3.0
	}
	text := v.AppendText(buf[:0])
	for len(text) > 0 && text[0] == ' ' {
		text = text[1:]
	}
	if len(text) == 0 {
		return "info"
	}
	if len(text) == 1 && text[0] >= '0' && text[0] <= '7' {
		return syslogStatus(int(text[0] - '0'))
	}
	switch c := text[0] | 0x20; {
	case c == 'f' || hasFoldPrefix(text, "emerg"):
		return "emergency"
	case c == 'a':
		return "alert"
	case c == 'c':
		return "critical"
	case c == 'e':
		return "error"
	case c == 'w':
		return "warn"
	case c == 'n':
		return "notice"
	case c == 'd', c == 't', c == 'v':
		return "debug"
	case c == 'o', c == 's':
		return "ok"
	default:
		return "info"
	}
}

// syslogStatus names a severity of RFC 5424, 0 to 7.
func syslogStatus(severity int) string {
	switch severity {
	case 0:
		return "emergency"
	case 1:
		return "alert"
	case 2:
		return "critical"
	case 3:
		return "error"
	case 4:
		return "warn"
	case 5:
		return "notice"
	case 6:
		return "info"
	default:
		return "debug"
	}
}

func hasFoldPrefix(text []byte, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if text[i]|0x20 != prefix[i] {
			return false
		}
	}
	return true
}

// serviceRemapper sets the official service to the first source that is not
// empty. The first one of a pipeline wins.
type serviceRemapper struct{ sources []string }

// Process sets the service; the source stays.
func (p *serviceRemapper) Process(e *event.Event, m *Machine) {
	if m.serviceSet {
		return
	}
	for _, source := range p.sources {
		if v, ok := e.Get(source); ok && v.IsScalar() {
			if text := v.Text(); text != "" {
				e.Service, m.serviceSet = text, true
				return
			}
		}
	}
}

// messageRemapper moves the first source that is a string to the official
// message.
type messageRemapper struct{ sources []string }

// Process sets the message and removes the source.
func (p *messageRemapper) Process(e *event.Event, _ *Machine) {
	for _, source := range p.sources {
		if v, ok := e.Get(source); ok && v.Kind() == event.String {
			e.Message = v.Str()
			e.Delete(source)
			return
		}
	}
}

// hostRemapper sets the official host; the source stays. Datadog does this at
// its intake, so it has no processor of that name there.
type hostRemapper struct{ sources []string }

// Process sets the host to the first source that is not empty.
func (p *hostRemapper) Process(e *event.Event, _ *Machine) {
	for _, source := range p.sources {
		if text := e.Text(source); text != "" {
			e.Host = text
			return
		}
	}
}

// traceRemapper moves the first source to the official trace or span id.
type traceRemapper struct {
	sources []string
	span    bool
}

// Process sets the id to the source's text, even an empty one, and removes the
// source.
func (p *traceRemapper) Process(e *event.Event, m *Machine) {
	v, source, ok := first(e, p.sources)
	if !ok {
		return
	}
	if p.span {
		e.SpanID, m.spanSet = v.Text(), true
	} else {
		e.TraceID, m.traceSet = v.Text(), true
	}
	e.Delete(source)
}
