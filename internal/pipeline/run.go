package pipeline

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// RunRecord runs one pipeline over a log as Datadog's tests of pipelines feed it:
// message is the raw log, a text or a JSON document as text. Of a JSON document
// only the message is official; all other keys stay attributes.
func (m *Machine) RunRecord(p *Pipeline, e *event.Event, message string) {
	e.Raw, e.Message = message, message
	trimmed := strings.TrimSpace(message)
	if strings.HasPrefix(trimmed, "{") && e.MergeJSON(trimmed, jsonIntake()) {
		if v, ok := e.Key(e.Root(), "message"); ok && v.Kind() == event.String {
			e.Message = v.Str()
			e.DeleteKey(e.Root(), "message")
		}
	}
	m.Run(p, e)
}

// AppendResult appends the event as Datadog's tests of pipelines state results:
// custom (all attributes), message, tags, and what else is set. It is asked right
// behind RunRecord of the same event.
func (m *Machine) AppendResult(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"custom":`...)
	dst = e.AppendJSON(dst, e.Root())
	dst = append(dst, `,"message":`...)
	dst = event.AppendJSONString(dst, e.Message)
	for _, field := range [...]struct {
		name, text string
		set        bool
	}{
		{"status", e.Status, e.Status != ""},
		{"service", e.Service, e.Service != ""},
		{"trace_id", e.TraceID, m.traceSet},
		{"span_id", e.SpanID, m.spanSet},
	} {
		if field.set {
			dst = append(append(append(dst, `,"`...), field.name...), `":`...)
			dst = event.AppendJSONString(dst, field.text)
		}
	}
	dst = append(dst, `,"tags":[`...)
	for i, tag := range e.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendJSONString(dst, tag)
	}
	dst = append(dst, ']')
	if e.Time != 0 {
		dst = append(dst, `,"timestamp":`...)
		dst = event.IntValue(e.Time / 1e6).AppendText(dst)
	}
	return append(dst, '}')
}
