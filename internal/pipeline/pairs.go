package pipeline

import (
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// maxPairs is the number of key=value pairs that one text may give: more are the
// idea of an attacker.
const maxPairs = 256

// pairs walks over the key=value pairs of a text: keys without spaces, values up
// to the next space or in double quotes with backslash escapes. Words without an
// equals sign are passed over.
type pairs struct {
	s  string
	at int
}

// pair is one key and its value.
type pair struct {
	key, value string
	quoted     bool // value stood in quotes
	escaped    bool // value still holds backslash escapes
}

// next returns the next pair; ok is false behind the last.
func (p *pairs) next() (pr pair, ok bool) {
	for p.at < len(p.s) {
		start := p.at
		for p.at < len(p.s) && p.s[p.at] > ' ' && p.s[p.at] != '=' && p.s[p.at] != '"' {
			p.at++
		}
		if p.at >= len(p.s) || p.s[p.at] != '=' || p.at == start {
			p.at++
			continue
		}
		pr.key = p.s[start:p.at]
		p.at++
		if p.at < len(p.s) && p.s[p.at] == '"' {
			pr.value, pr.escaped = p.quoted()
			pr.quoted = true
			return pr, true
		}
		start = p.at
		for p.at < len(p.s) && p.s[p.at] > ' ' {
			p.at++
		}
		pr.value = p.s[start:p.at]
		return pr, true
	}
	return pair{}, false
}

// quoted reads a value from its opening quote on. One that never closes reaches
// to the end.
func (p *pairs) quoted() (value string, escaped bool) {
	p.at++
	start := p.at
	for p.at < len(p.s) {
		switch p.s[p.at] {
		case '"':
			p.at++
			return p.s[start : p.at-1], escaped
		case '\\':
			escaped = true
			p.at++
		}
		p.at++
	}
	p.at = len(p.s)
	return p.s[min(start, len(p.s)):], escaped
}

// unescape replaces \n, \r and \t by what they stand for and drops the backslash
// before any other character.
func unescape(e *event.Event, m *Machine, s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	buf := m.buf[:0]
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			switch c = s[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			}
		}
		buf = append(buf, c)
	}
	m.buf = buf
	return e.Intern(buf)
}

// bare turns a value without quotes into a number or a truth value where its text
// is exactly that: 007 and 1e3 stay text.
func bare(text string) event.Value {
	switch {
	case text == "":
		return event.StringValue("")
	case text == "true":
		return event.BoolValue(true)
	case text == "false":
		return event.BoolValue(false)
	case len(text) > 18 || text[0] != '-' && (text[0] < '0' || text[0] > '9'):
		return event.StringValue(text)
	}
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] == '0' && len(digits) > 1 && digits[1] != '.' {
		return event.StringValue(text)
	}
	point := false
	for i := range len(digits) {
		if c := digits[i]; c == '.' && !point && i > 0 && i+1 < len(digits) {
			point = true
		} else if c < '0' || c > '9' {
			return event.StringValue(text)
		}
	}
	if point {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return event.StringValue(text)
		}
		return event.FloatValue(f)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return event.StringValue(text)
	}
	return event.IntValue(n)
}

// sourceText returns the text that a parser reads: an attribute, or the official
// message when the source is "message" and there is no attribute of that name.
func sourceText(e *event.Event, source string) string {
	if v, ok := e.Get(source); ok {
		if v.Kind() == event.String {
			return v.Str()
		}
		return ""
	}
	if source == "message" {
		return e.Message
	}
	return ""
}

// put writes the value under the literal key unless the key is taken: the first
// of equal keys is the program's own, a later one may be somebody's text.
func put(e *event.Event, object event.Value, key string, v event.Value) {
	if _, taken := e.Key(object, key); !taken {
		e.SetKey(object, key, v)
	}
}

// place hangs the object into the event at the target, merged with what stands
// there; "" is the root.
func place(e *event.Event, target string, object event.Value) {
	if object.Kind() != event.Object {
		return
	}
	if target == "" {
		e.Merge(e.Root(), object)
		return
	}
	if have, ok := e.Get(target); ok && have.Kind() == event.Object {
		e.Merge(have, object)
		return
	}
	e.Set(target, object)
}
