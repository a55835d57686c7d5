package crs

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// Limits of a body in JSON.
const (
	// maxDepth is how deep objects and arrays are taken apart. What lies deeper is one
	// text.
	maxDepth = 64
	// The names say the whole way to each value. Together with the values they may take
	// flatFactor times the bytes of the body or flatFloor, as in Coraza, and never more
	// than maxFlat.
	flatFactor = 8
	flatFloor  = 4 << 10
	maxFlat    = 4 * MaxPart
)

// flattened is how far a body in JSON has become parameters.
type flattened struct {
	path    []byte // the name of the value at hand
	left    int    // bytes that names and values may still take
	args    int
	lengths int
}

// loadJSON adds a parameter for each value of the body: json.a.0 is the first element
// of the array a, and json.a how many it has. Text that is no JSON, or ends too early,
// is read as far as it makes sense, and as Coraza reads it.
func (m *Machine) loadJSON(body string) {
	body = strings.TrimPrefix(body, "\ufeff")
	m.flat = flattened{path: append(m.flat.path[:0], "json"...), left: min(max(len(body)*flatFactor, flatFloor), maxFlat)}
	at := skipBlank(body, 0, "")
	if at == len(body) || !beginsValue(body[at]) {
		return
	}
	if body[at] == '{' || body[at] == '[' {
		m.members(body[at:], maxDepth)
		return
	}
	v, _, _ := valueAt(body, at)
	m.flat.path = append(m.flat.path, ".0"...)
	m.leaf(v)
	m.flat.path = m.flat.path[:len("json")]
	m.leaf(jsonValue{text: "1"}) // as if it stood in an array
}

// members adds what an object or array holds; the text begins with its bracket. It
// reports whether limits have kept it from seeing all.
func (m *Machine) members(text string, depth int) (limited bool) {
	isObject, base, count := text[0] == '{', len(m.flat.path), 0
	for i := 1; i < len(text); i++ {
		if m.flat.args >= maxArgs || m.flat.left < 0 {
			return true
		}
		m.flat.path = append(m.flat.path[:base], '.')
		if isObject {
			quote := strings.IndexByte(text[i:], '"')
			if quote < 0 {
				break
			}
			i += quote
			end := closingQuote(text, i+1)
			m.flat.path = appendLoose(m.flat.path, text[i+1:min(end, len(text))])
			if end >= len(text) { // the log has no more of it
				m.leaf(jsonValue{})
				break
			}
			i = end + 1
		} else {
			m.flat.path = strconv.AppendInt(m.flat.path, int64(count), 10)
		}
		v, next, ok := valueAt(text, skipBlank(text, i, ",:"))
		if !ok {
			break
		}
		i = next
		count++
		if v.nested && depth > 1 {
			limited = m.members(v.text, depth-1) || limited
			continue
		}
		m.flat.args++
		m.leaf(v)
	}
	if m.flat.path = m.flat.path[:base]; isObject || count == 0 || limited {
		return limited
	}
	if m.flat.lengths >= maxArgs {
		return true
	}
	m.flat.lengths++
	m.leaf(jsonValue{text: strconv.Itoa(count)})
	return false
}

// leaf adds the value by the name at hand.
func (m *Machine) leaf(v jsonValue) {
	if m.flat.left -= len(m.flat.path) + len(v.text); m.flat.left < 0 {
		return
	}
	from := len(m.arena)
	m.arena = append(m.arena, m.flat.path...)
	key := piece{from: int32(from), to: int32(len(m.arena))} // bounded by maxFlat
	m.addMade(slotPostName, key, from)
	if !v.escaped {
		m.add(slotPost, key, v.text)
		return
	}
	from = len(m.arena)
	m.arena = appendLoose(m.arena, v.text)
	m.addMade(slotPost, key, from)
}

// jsonValue is a value in the text of a body: the inside of a string, a word or
// number, or all of an object or array.
type jsonValue struct {
	text    string
	escaped bool
	nested  bool
}

// valueAt reads the first value at or behind at; next is the byte behind it.
func valueAt(text string, at int) (v jsonValue, next int, ok bool) {
	for at < len(text) && !beginsValue(text[at]) {
		at++
	}
	if at == len(text) {
		return v, at, false
	}
	switch c := text[at]; {
	case c == '{' || c == '[':
		next = closingBracket(text, at)
		return jsonValue{text: text[at:next], nested: true}, next, true
	case c == '"':
		end := min(closingQuote(text, at+1), len(text))
		inside := text[at+1 : end]
		return jsonValue{text: inside, escaped: strings.IndexByte(inside, '\\') >= 0}, end + 1, true
	case c == 't' || c == 'f' || c == 'n' && (at+1 == len(text) || text[at+1] == 'u'):
		for next = at + 1; next < len(text) && text[next] >= 'a' && text[next] <= 'z'; {
			next++
		}
		if c == 'n' { // null is an empty text
			return v, next, true
		}
	default: // a number, or what stands in the place of one
		for next = at + 1; next < len(text) && text[next] > ' ' && text[next] != ',' && text[next] != ']' && text[next] != '}'; {
			next++
		}
	}
	return jsonValue{text: text[at:next]}, next, true
}

func beginsValue(c byte) bool { return strings.IndexByte(`{["tfn+-0123456789iIN`, c) >= 0 }

// skipBlank returns where the first byte at or behind at is that is neither white
// space, a control character nor one of these.
func skipBlank(text string, at int, these string) int {
	for at < len(text) && (text[at] <= ' ' || strings.IndexByte(these, text[at]) >= 0) {
		at++
	}
	return at
}

// closingQuote returns where the string ends whose inside begins at at: the length of
// the text or more when it does not.
func closingQuote(text string, at int) int {
	for at < len(text) && text[at] != '"' {
		if text[at] == '\\' {
			at++
		}
		at++
	}
	return at
}

// closingBracket returns what lies behind the bracket that closes the one at at. One
// kind closes another.
func closingBracket(text string, at int) int {
	depth := 0
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			at = closingQuote(text, at+1)
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return len(text)
}

// appendLoose appends what the inside of a string stands for. A backslash that begins
// no escape stays.
func appendLoose(dst []byte, raw string) []byte {
	for raw != "" {
		at := strings.IndexByte(raw, '\\')
		if at < 0 {
			return append(dst, raw...)
		}
		dst, raw = append(dst, raw[:at]...), raw[at:]
		end := 0
		for n := escapeLen(raw); n > 0; n = escapeLen(raw[end:]) {
			end += n
		}
		if end == 0 {
			dst, raw = append(dst, '\\'), raw[1:]
			continue
		}
		dst, raw = jsonscan.AppendUnescaped(dst, raw[:end]), raw[end:]
	}
	return dst
}

// escapeLen returns the length of the escape at the start of the text, 0 when there is
// none.
func escapeLen(text string) int {
	switch {
	case len(text) < 2 || text[0] != '\\':
		return 0
	case strings.IndexByte(`"\/bfnrt`, text[1]) >= 0:
		return 2
	case text[1] == 'u' && len(text) >= 6 && hexDigits(text[2:6]):
		return 6
	default:
		return 0
	}
}

func hexDigits(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
