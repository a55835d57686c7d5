package event

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// MaxJSONDepth is how deep arrays and objects may nest in a document.
const MaxJSONDepth = 64

// maxDistinctKeys is the size up to which an object's keys are checked against
// each other (the last of equal keys wins). Beyond it a hostile object would
// cost the square of its size, so equal keys stay side by side and the first is
// found.
const maxDistinctKeys = 512

// JSONOptions says what decoding does beside decoding. The zero value keeps the
// document as it is.
type JSONOptions struct {
	// DropEmpty leaves out null, [] and {} below any key, as Datadog's intake
	// does. Nulls inside arrays stay.
	DropEmpty bool
	// ExpandDots turns the key "a.b" into an object a with the key b, merged
	// with whatever stands there.
	ExpandDots bool
	// Exact reads what AppendJSON wrote as it was: equal keys stay side by side, and
	// nesting has no limit but MaxNodes.
	Exact bool
}

// JSONError says where a document breaks RFC 8259 or a limit.
type JSONError struct {
	// Offset is the byte at which the document stopped making sense, from 0.
	Offset int
	// Reason says what was wrong there.
	Reason string
}

// Error returns the reason and the place.
func (e *JSONError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// DecodeJSON reads the first JSON document of text (RFC 8259) and returns it as
// a free value, with the number of bytes that it took; what follows is not
// looked at. Whole numbers that fit 64 bits are Int, others Float. Strings
// without escapes are substrings of text; text that is not UTF-8 is kept.
func (e *Event) DecodeJSON(text string, opts JSONOptions) (v Value, n int, err error) {
	d := jsonDecoder{e: e, s: text, opts: opts}
	v, ok := d.document()
	if !ok {
		return Value{}, d.at, &JSONError{Offset: d.at, Reason: d.reason}
	}
	return v, d.at, nil
}

// MergeJSON reads text as one JSON object and merges it into the attributes. It
// reports false, with nothing changed, when text is not exactly one object.
func (e *Event) MergeJSON(text string, opts JSONOptions) bool {
	mark := len(e.nodes)
	d := jsonDecoder{e: e, s: text, opts: opts}
	v, ok := d.document()
	if ok {
		d.space()
		ok = d.at == len(text) && v.kind == Object
	}
	if !ok {
		clear(e.nodes[mark:])
		e.nodes = e.nodes[:mark]
		return false
	}
	e.Merge(e.Root(), v)
	return true
}

type jsonDecoder struct {
	e      *Event
	s      string
	at     int
	opts   JSONOptions
	reason string
}

func (d *jsonDecoder) fail(reason string) bool {
	if d.reason == "" {
		d.reason = reason
	}
	return false
}

func (d *jsonDecoder) space() {
	if d.at < len(d.s) && d.s[d.at] <= ' ' {
		d.at = jsonscan.Space(d.s, d.at)
	}
}

func (d *jsonDecoder) document() (Value, bool) {
	d.space()
	if d.opts.Exact {
		return d.value(MaxNodes)
	}
	return d.value(MaxJSONDepth)
}

func (d *jsonDecoder) value(depth int) (Value, bool) {
	if d.at >= len(d.s) {
		return Value{}, d.fail("the document ends in the middle")
	}
	switch c := d.s[d.at]; {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		s, ok := d.str()
		return StringValue(s), ok
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	default:
		return d.word()
	}
}

func (d *jsonDecoder) word() (Value, bool) {
	rest := d.s[d.at:]
	switch {
	case strings.HasPrefix(rest, "true"):
		d.at += 4
		return BoolValue(true), true
	case strings.HasPrefix(rest, "false"):
		d.at += 5
		return BoolValue(false), true
	case strings.HasPrefix(rest, "null"):
		d.at += 4
		return Value{}, true
	default:
		return Value{}, d.fail("want a value")
	}
}

func (d *jsonDecoder) object(depth int) (Value, bool) {
	if depth == 0 {
		return Value{}, d.fail("nested deeper than " + strconv.Itoa(MaxJSONDepth))
	}
	obj := d.e.NewObject()
	d.at++
	for keys := 0; ; keys++ {
		d.space()
		if d.at < len(d.s) && d.s[d.at] == '}' && keys == 0 {
			d.at++
			return obj, true
		}
		if d.at >= len(d.s) || d.s[d.at] != '"' {
			return Value{}, d.fail("want a key in quotes")
		}
		key, ok := d.str()
		if !ok {
			return Value{}, false
		}
		d.space()
		if d.at >= len(d.s) || d.s[d.at] != ':' {
			return Value{}, d.fail("want a colon behind the key")
		}
		d.at++
		d.space()
		v, ok := d.value(depth - 1)
		if !ok {
			return Value{}, false
		}
		d.put(obj, key, v, keys)
		d.space()
		if d.at >= len(d.s) {
			return Value{}, d.fail("the document ends inside an object")
		}
		d.at++
		switch d.s[d.at-1] {
		case ',':
		case '}':
			return obj, true
		default:
			d.at--
			return Value{}, d.fail("want a comma or the end of the object")
		}
	}
}

// put writes one member. Objects that an overfull event could not make are Null
// and take nothing.
func (d *jsonDecoder) put(obj Value, key string, v Value, keys int) {
	if obj.kind != Object || d.opts.DropEmpty && d.empty(v) {
		return
	}
	if d.opts.ExpandDots && strings.IndexByte(key, '.') > 0 {
		if have, ok := d.e.GetIn(obj, key); ok && have.kind == Object && v.kind == Object {
			d.e.Merge(have, v)
			return
		}
		d.e.SetIn(obj, key, v)
		return
	}
	if keys >= maxDistinctKeys || d.opts.Exact {
		d.e.addChild(obj.ref, key, v)
		return
	}
	if d.opts.ExpandDots && v.kind == Object {
		if have, ok := d.e.Key(obj, key); ok && have.kind == Object {
			d.e.Merge(have, v)
			return
		}
	}
	d.e.SetKey(obj, key, v)
}

func (d *jsonDecoder) empty(v Value) bool {
	switch v.kind {
	case Null:
		return true
	case Array, Object:
		return d.e.nodes[v.ref].first == 0
	default:
		return false
	}
}

func (d *jsonDecoder) array(depth int) (Value, bool) {
	if depth == 0 {
		return Value{}, d.fail("nested deeper than " + strconv.Itoa(MaxJSONDepth))
	}
	arr := d.e.NewArray()
	d.at++
	for elements := 0; ; elements++ {
		d.space()
		if d.at < len(d.s) && d.s[d.at] == ']' && elements == 0 {
			d.at++
			return arr, true
		}
		v, ok := d.value(depth - 1)
		if !ok {
			return Value{}, false
		}
		d.e.Append(arr, v)
		d.space()
		if d.at >= len(d.s) {
			return Value{}, d.fail("the document ends inside an array")
		}
		d.at++
		switch d.s[d.at-1] {
		case ',':
		case ']':
			return arr, true
		default:
			d.at--
			return Value{}, d.fail("want a comma or the end of the array")
		}
	}
}
