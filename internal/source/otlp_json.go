package source

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// json reads an ExportLogsServiceRequest in JSON: names in lowerCamelCase, ids in
// hexadecimal, 64-bit numbers as texts or numbers. Unknown names mean nothing.
func (t *otlpTaker) json(body string) error {
	r := jsonReader{s: body}
	err := r.inList("resourceLogs", t.resourceJSON)
	if err == nil && !r.ended() {
		err = errJSON
	}
	return err
}

// inList reads an object and hands each element of one of its members on.
func (r *jsonReader) inList(name string, each func(element string) error) (err error) {
	r.object(func(key string) {
		if key == name && err == nil {
			err = r.elements(each)
			return
		}
		r.raw()
	})
	if err == nil && r.bad {
		err = errJSON
	}
	return err
}

// elements hands each element of an array on; null has none.
func (r *jsonReader) elements(each func(element string) error) (err error) {
	if r.next() == 'n' {
		r.raw()
		return nil
	}
	r.array(func() {
		if element := r.raw(); !r.bad && err == nil {
			err = each(element)
		}
	})
	return err
}

// members reads an object that is known to be JSON. A value that is null is not there.
func membersOf(text string, each func(key string, r *jsonReader)) error {
	r := jsonReader{s: text}
	r.object(func(key string) {
		if r.next() == 'n' {
			r.raw()
			return
		}
		each(key, &r)
	})
	if r.bad {
		return errJSON
	}
	return nil
}

func (t *otlpTaker) resourceJSON(element string) error {
	t.resource = otlpScope{members: t.resource.members[:0]}
	resource, scopes := "{}", "[]"
	err := membersOf(element, func(key string, r *jsonReader) {
		switch key {
		case "resource":
			resource = r.raw()
		case "scopeLogs":
			scopes = r.raw()
		default:
			r.raw()
		}
	})
	if err != nil {
		return err
	}
	err = membersOf(resource, func(key string, r *jsonReader) {
		if key == "attributes" {
			t.resource.members = t.attributesJSON(t.resource.members, r, t.resource.attribute)
			return
		}
		r.raw()
	})
	if err != nil {
		return err
	}
	r := jsonReader{s: scopes}
	if err = r.elements(t.scopeJSON); err == nil && r.bad {
		err = errJSON
	}
	return err
}

func (t *otlpTaker) scopeJSON(element string) error {
	t.scope.members = t.scope.members[:0]
	scope, logs := "{}", "[]"
	err := membersOf(element, func(key string, r *jsonReader) {
		switch key {
		case "scope":
			scope = r.raw()
		case "logRecords":
			logs = r.raw()
		default:
			r.raw()
		}
	})
	if err != nil {
		return err
	}
	err = membersOf(scope, func(key string, r *jsonReader) {
		switch key {
		case "name":
			t.scope.members = textMember(t.scope.members, "otel.scope.name", r.text())
		case "version":
			t.scope.members = textMember(t.scope.members, "otel.scope.version", r.text())
		case "attributes":
			t.scope.members = t.attributesJSON(t.scope.members, r, nil)
		default:
			r.raw()
		}
	})
	if err != nil {
		return err
	}
	r := jsonReader{s: logs}
	if err = r.elements(t.logJSON); err == nil && r.bad {
		err = errJSON
	}
	return err
}

func (t *otlpTaker) logJSON(element string) error {
	l := &t.log
	*l = otlpLog{members: l.members[:0]}
	err := membersOf(element, func(key string, r *jsonReader) {
		switch key {
		case "timeUnixNano":
			l.at = r.unsigned()
		case "observedTimeUnixNano":
			l.observed = r.unsigned()
		case "severityNumber":
			l.severity = r.severity()
		case "severityText":
			l.severityText = r.text()
		case "body":
			t.bodyJSON(r)
		case "attributes":
			l.members = t.attributesJSON(l.members, r, nil)
		case "traceId":
			l.trace = strings.ToLower(r.text())
		case "spanId":
			l.span = strings.ToLower(r.text())
		case "eventName":
			l.event = r.text()
		default:
			r.raw()
		}
	})
	if err != nil {
		return err
	}
	return t.put()
}

// unsigned reads a number, which may be a text.
func (r *jsonReader) unsigned() uint64 {
	text := r.plain()
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		r.fail()
	}
	return n
}

// severity reads a number, or the name that the protocol gives it.
func (r *jsonReader) severity() int64 {
	text := r.plain()
	if name, ok := strings.CutPrefix(text, "SEVERITY_NUMBER_"); ok {
		for i, first := range [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"} {
			if strings.HasPrefix(name, first) {
				return int64(1 + 4*i)
			}
		}
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.fail()
	}
	return n
}

// bodyJSON reads the body of a log: a text, or an object whose members are attributes.
func (t *otlpTaker) bodyJSON(r *jsonReader) {
	l := &t.log
	r.object(func(key string) {
		switch key {
		case "stringValue":
			l.message = r.text()
		case "kvlistValue":
			r.values(func(r *jsonReader) {
				before := len(l.members)
				l.members = t.keyValueJSON(l.members, r, func(name, text string) {
					if name == "message" && text != "" {
						l.message, before = text, -before-1
					}
				})
				if before < 0 { // it is no attribute
					l.members = l.members[:-before-1]
				}
			})
		default:
			if out := t.anyFieldJSON(nil, key, r); out != nil && string(out) != "null" {
				l.message = string(out)
			}
		}
	})
}

// values reads the values of an array or object.
func (r *jsonReader) values(each func(r *jsonReader)) {
	r.object(func(key string) {
		if key == "values" && r.next() != 'n' {
			r.array(func() { each(r) })
			return
		}
		r.raw()
	})
}

// attributesJSON appends a list of attributes as members.
func (t *otlpTaker) attributesJSON(members []byte, r *jsonReader, told func(name, text string)) []byte {
	r.array(func() { members = t.keyValueJSON(members, r, told) })
	return members
}

// keyValueJSON appends an attribute as a member. Told is told of texts.
func (t *otlpTaker) keyValueJSON(members []byte, r *jsonReader, told func(name, text string)) []byte {
	name, value := r.keyValue()
	if told != nil {
		v := jsonReader{s: value}
		v.object(func(key string) {
			if key == "stringValue" && v.next() == '"' {
				told(name, v.text())
				return
			}
			v.raw()
		})
	}
	v := jsonReader{s: value}
	members = t.anyJSON(member(members, name), &v)
	r.bad = r.bad || v.bad
	return members
}

func (r *jsonReader) keyValue() (name, value string) {
	value = "{}"
	r.object(func(key string) {
		switch {
		case key == "key":
			name = r.text()
		case key == "value" && r.next() != 'n':
			value = r.raw()
		default:
			r.raw()
		}
	})
	return name, value
}

// anyJSON appends an AnyValue as the JSON that it stands for.
func (t *otlpTaker) anyJSON(out []byte, r *jsonReader) []byte {
	start := len(out)
	r.object(func(key string) {
		if one := t.anyFieldJSON(out[:start], key, r); one != nil {
			out = one // the last one counts
		}
	})
	if len(out) == start {
		out = append(out, "null"...)
	}
	return out
}

// anyFieldJSON appends one of the values that an AnyValue may hold; nil is none of them.
func (t *otlpTaker) anyFieldJSON(out []byte, key string, r *jsonReader) []byte {
	switch key {
	case "stringValue", "bytesValue":
		return event.AppendJSONString(out, r.text())
	case "boolValue":
		return strconv.AppendBool(out, r.raw() == "true")
	case "intValue":
		n, err := strconv.ParseInt(r.plain(), 10, 64)
		if err != nil {
			r.fail()
		}
		return strconv.AppendInt(out, n, 10)
	case "doubleValue":
		text := r.plain()
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.fail()
		}
		return appendFloat(out, f)
	case "arrayValue":
		start := len(out)
		out = append(out, '[')
		r.values(func(r *jsonReader) {
			if len(out) > start+1 {
				out = append(out, ',')
			}
			out = t.anyJSON(out, r)
		})
		return append(out, ']')
	case "kvlistValue":
		start := len(out)
		out = append(out, '{')
		r.values(func(r *jsonReader) {
			if len(out) > start+1 {
				out = append(out, ',')
			}
			name, value := r.keyValue()
			v := jsonReader{s: value, depth: r.depth}
			out = t.anyJSON(append(event.AppendJSONString(out, name), ':'), &v)
			r.bad = r.bad || v.bad
		})
		return append(out, '}')
	default:
		r.raw()
		return nil
	}
}
