package source

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sasumata/sasumata/internal/event"
)

// The messages of OTLP in protobuf are read field by field, and a log is written down
// before the next is read: the generated code takes a hundred times the bytes of a
// request that is made to do harm. Numbers of fields are those of opentelemetry-proto 1.11.

var errProtobuf = errors.New("the body is no protobuf message of this kind")

// maxValueDepth is how deep values may nest: the pipelines read no deeper documents.
const maxValueDepth = event.MaxJSONDepth - 4

// message reads the fields of a message; each gets the content of those that have one,
// and the number of all others. Fields of another type than known ones are unknown.
func message(data []byte, each func(field int, content []byte, number uint64) error) error {
	for len(data) > 0 {
		field, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errProtobuf
		}
		data = data[n:]
		var content []byte
		var number uint64
		switch kind {
		case protowire.BytesType:
			content, n = protowire.ConsumeBytes(data)
			if n >= 0 && content == nil {
				content = []byte{}
			}
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(data)
		case protowire.Fixed64Type:
			number, n = protowire.ConsumeFixed64(data)
		case protowire.Fixed32Type:
			var small uint32
			small, n = protowire.ConsumeFixed32(data)
			number = uint64(small)
		default:
			if n = protowire.ConsumeFieldValue(field, kind, data); n >= 0 {
				data = data[n:]
				continue
			}
		}
		if n < 0 {
			return errProtobuf
		}
		data = data[n:]
		if err := each(int(field), content, number); err != nil {
			return err
		}
	}
	return nil
}

// protobuf reads an ExportLogsServiceRequest.
func (t *otlpTaker) protobuf(body []byte) error {
	return message(body, func(field int, content []byte, _ uint64) error {
		if field != 1 || content == nil {
			return nil
		}
		return t.resourceLogs(content)
	})
}

// resourceLogs reads the resource before its logs, wherever it stands.
func (t *otlpTaker) resourceLogs(data []byte) error {
	t.resource = otlpScope{members: t.resource.members[:0]}
	err := message(data, func(field int, content []byte, _ uint64) error {
		if field != 1 {
			return nil
		}
		return message(content, func(field int, content []byte, _ uint64) error {
			if field != 1 || content == nil {
				return nil
			}
			var deep bool
			var err error
			if t.resource.members, deep, err = keyValue(t.resource.members, content, t.resource.attribute); deep {
				t.batch.cut++
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	return message(data, func(field int, content []byte, _ uint64) error {
		if field != 2 || content == nil {
			return nil
		}
		return t.scopeLogs(content)
	})
}

func (t *otlpTaker) scopeLogs(data []byte) error {
	t.scope.members = t.scope.members[:0]
	err := message(data, func(field int, content []byte, _ uint64) error {
		if field != 1 {
			return nil
		}
		return message(content, func(field int, content []byte, _ uint64) (err error) {
			switch {
			case content == nil:
			case field == 1:
				t.scope.members = textMember(t.scope.members, "otel.scope.name", string(content))
			case field == 2:
				t.scope.members = textMember(t.scope.members, "otel.scope.version", string(content))
			case field == 3:
				var deep bool
				if t.scope.members, deep, err = keyValue(t.scope.members, content, nil); deep {
					t.batch.cut++
				}
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	return message(data, func(field int, content []byte, _ uint64) error {
		if field != 2 || content == nil {
			return nil
		}
		return t.logRecord(content)
	})
}

func (t *otlpTaker) logRecord(data []byte) error {
	l := &t.log
	*l = otlpLog{members: l.members[:0]}
	err := message(data, func(field int, content []byte, number uint64) (err error) {
		deep := false
		switch field {
		case 1:
			l.at = number
		case 11:
			l.observed = number
		case 2:
			l.severity = int64(number)
		case 3:
			l.severityText = string(content)
		case 5:
			deep, err = l.body(content)
		case 6:
			if content != nil {
				l.members, deep, err = keyValue(l.members, content, nil)
			}
		case 9:
			l.trace = hex.EncodeToString(content)
		case 10:
			l.span = hex.EncodeToString(content)
		case 12:
			l.event = string(content)
		}
		l.tooDeep = l.tooDeep || deep
		return err
	})
	if err != nil {
		return err
	}
	return t.put()
}

// body reads the body: a text, or an object whose members are attributes.
func (l *otlpLog) body(content []byte) (deep bool, err error) {
	err = message(content, func(field int, content []byte, number uint64) error {
		switch {
		case field == 1 && content != nil:
			l.message = string(content)
		case field == 6 && content != nil:
			return message(content, func(field int, content []byte, _ uint64) error {
				if field != 1 || content == nil {
					return nil
				}
				var one bool
				var err error
				l.members, one, err = bodyMember(l, content)
				deep = deep || one
				return err
			})
		default:
			out, one, err := anyField(nil, field, content, number, maxValueDepth)
			if err == nil && string(out) != "null" {
				l.message = string(out)
			}
			deep = deep || one
			return err
		}
		return nil
	})
	return deep, err
}

// bodyMember reads a member of an object that is a body; its message is that of the log.
func bodyMember(l *otlpLog, content []byte) (members []byte, deep bool, err error) {
	before := len(l.members)
	isMessage, text := false, ""
	members, deep, err = keyValue(l.members, content, func(name, value string) {
		isMessage, text = name == "message" && value != "", value
	})
	if isMessage && err == nil {
		l.message = text
		return members[:before], deep, nil
	}
	return members, deep, err
}

// keyValue appends a KeyValue as a member. Told is told of texts.
func keyValue(members, data []byte, told func(name, text string)) (out []byte, deep bool, err error) {
	name, text, value := "", "", []byte(nil)
	isText := false
	err = message(data, func(field int, content []byte, _ uint64) error {
		switch field {
		case 1:
			name = string(content)
		case 2:
			value = content
		}
		return nil
	})
	if err != nil {
		return members, false, err
	}
	if told != nil {
		err = message(value, func(field int, content []byte, _ uint64) error {
			if isText = field == 1 && content != nil; isText {
				text = string(content)
			}
			return nil
		})
		if isText && err == nil {
			told(name, text)
		}
	}
	out, deep, err = anyValue(member(members, name), value, maxValueDepth)
	return out, deep, err
}

// anyValue appends an AnyValue as JSON.
func anyValue(out, data []byte, depth int) (_ []byte, deep bool, err error) {
	start := len(out)
	err = message(data, func(field int, content []byte, number uint64) error {
		var one bool
		var err error
		out, one, err = anyField(out[:start], field, content, number, depth) // the last one counts
		deep = deep || one
		return err
	})
	if len(out) == start {
		out = append(out, "null"...)
	}
	return out, deep, err
}

// anyField appends one of the values that an AnyValue may hold.
func anyField(out []byte, field int, content []byte, number uint64, depth int) (_ []byte, deep bool, err error) {
	switch {
	case field == 1 && content != nil:
		return event.AppendJSONString(out, string(content)), false, nil
	case field == 2 && content == nil:
		return strconv.AppendBool(out, number != 0), false, nil
	case field == 3 && content == nil:
		return strconv.AppendInt(out, int64(number), 10), false, nil
	case field == 4 && content == nil:
		return appendFloat(out, math.Float64frombits(number)), false, nil
	case field == 7 && content != nil:
		return event.AppendJSONString(out, base64.StdEncoding.EncodeToString(content)), false, nil
	case (field == 5 || field == 6) && content != nil && depth <= 0:
		return append(out, "null"...), true, nil
	case field == 5 && content != nil:
		out, deep, err = arrayValue(append(out, '['), content, depth)
		return append(out, ']'), deep, err
	case field == 6 && content != nil:
		out, deep, err = objectValue(append(out, '{'), content, depth)
		return append(out, '}'), deep, err
	default:
		return append(out, "null"...), false, nil
	}
}

func arrayValue(out, data []byte, depth int) (_ []byte, deep bool, err error) {
	err = message(data, func(field int, content []byte, _ uint64) error {
		if field != 1 || content == nil {
			return nil
		}
		if out[len(out)-1] != '[' {
			out = append(out, ',')
		}
		var one bool
		var err error
		out, one, err = anyValue(out, content, depth-1)
		deep = deep || one
		return err
	})
	return out, deep, err
}

func objectValue(out, data []byte, depth int) (_ []byte, deep bool, err error) {
	start := len(out)
	err = message(data, func(field int, content []byte, _ uint64) error {
		if field != 1 || content == nil {
			return nil
		}
		var name string
		var value []byte
		err := message(content, func(field int, content []byte, _ uint64) error {
			switch field {
			case 1:
				name = string(content)
			case 2:
				value = content
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(out) > start {
			out = append(out, ',')
		}
		out = append(event.AppendJSONString(out, name), ':')
		var one bool
		out, one, err = anyValue(out, value, depth-1)
		deep = deep || one
		return err
	})
	return out, deep, err
}

// appendFloat appends a number; JSON has no word for those that are none.
func appendFloat(out []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return event.AppendJSONString(out, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.AppendFloat(out, f, 'g', -1, 64)
}
