package event

import "time"

// AppendRecord appends the whole event as one JSON object: the official fields
// that are set (timestamp, status, service, source, host, tags, trace_id,
// span_id, message), then the attributes. An attribute that has the name of an
// official field that is set is left out: the official field is what it became. An
// object or array of that name (as ECS has source and host) stands instead of the
// field.
func (e *Event) AppendRecord(dst []byte) []byte {
	dst = append(dst, '{')
	if e.Time != 0 {
		dst = append(dst, `"timestamp":"`...)
		dst = time.Unix(0, e.Time).UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999999Z07:00")
		dst = append(dst, '"')
	}
	for _, field := range e.official() {
		if field.text != "" && !e.hasContainer(field.name) {
			dst = appendKey(dst, field.name)
			dst = AppendJSONString(dst, field.text)
		}
	}
	if len(e.Tags) > 0 {
		dst = appendKey(dst, "tags")
		for i, tag := range e.Tags {
			sep := byte(',')
			if i == 0 {
				sep = '['
			}
			dst = AppendJSONString(append(dst, sep), tag)
		}
		dst = append(dst, ']')
	}
	dst = appendKey(dst, "message")
	dst = AppendJSONString(dst, e.Message)
	for key, v := range e.Items(e.Root()) {
		if e.isOfficial(key) {
			continue
		}
		dst = appendKey(dst, key)
		dst = e.AppendJSON(dst, v)
	}
	return append(dst, '}')
}

type officialField struct{ name, text string }

func (e *Event) official() [6]officialField {
	return [...]officialField{
		{"status", e.Status},
		{"service", e.Service},
		{"source", e.Source},
		{"host", e.Host},
		{"trace_id", e.TraceID},
		{"span_id", e.SpanID},
	}
}

// isOfficial reports whether an official field of that name is written.
func (e *Event) isOfficial(key string) bool {
	switch key {
	case "message":
		return true
	case "timestamp":
		return e.Time != 0
	case "tags":
		return len(e.Tags) > 0
	}
	for _, field := range e.official() {
		if field.name == key {
			return field.text != "" && !e.hasContainer(key)
		}
	}
	return false
}

func (e *Event) hasContainer(key string) bool {
	v, ok := e.Key(e.Root(), key)
	return ok && (v.kind == Object || v.kind == Array)
}

func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(AppendJSONString(dst, key), ':')
}
