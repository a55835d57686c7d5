package grok

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/urls"
)

// scaleFilter multiplies a number; the result is a double.
type scaleFilter struct{ factor float64 }

func (f scaleFilter) apply(_ *extraction, v event.Value) (event.Value, bool) {
	n, ok := v.Number()
	n *= f.factor
	return event.FloatValue(n), ok && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// nullIf drops one text.
type nullIf struct{ text string }

func (f nullIf) apply(_ *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() == event.String && v.Str() == f.text || v.Kind() != event.String && v.IsScalar() && v.Text() == f.text {
		return event.Value{}, true
	}
	return v, true
}

// caseFilter changes the case of a text.
type caseFilter struct{ upper bool }

func (f caseFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, v.IsScalar()
	}
	s := v.Str()
	change, ascii := false, true
	for i := range len(s) {
		c := s[i]
		ascii = ascii && c < utf8.RuneSelf
		change = change || c >= utf8.RuneSelf || f.upper && c >= 'a' && c <= 'z' || !f.upper && c >= 'A' && c <= 'Z'
	}
	if !change {
		return v, true
	}
	buf := x.m.buf[:0]
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if f.upper && c >= 'a' && c <= 'z' || !f.upper && c >= 'A' && c <= 'Z' {
				c ^= 0x20
			}
			buf = append(buf, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			buf = append(buf, s[i])
		case f.upper:
			buf = utf8.AppendRune(buf, unicode.ToUpper(r))
		default:
			buf = utf8.AppendRune(buf, unicode.ToLower(r))
		}
		i += n
	}
	x.m.keep(buf)
	return event.StringValue(x.e.Intern(buf)), true
}

// keep gives a buffer back, unless a huge text made it huge.
func (m *Machine) keep(buf []byte) {
	if cap(buf) <= 64<<10 {
		m.buf = buf[:0]
	}
}

// integerFilter reads a whole number.
type integerFilter struct{}

func (integerFilter) apply(_ *extraction, v event.Value) (event.Value, bool) {
	switch v.Kind() {
	case event.Int:
		return v, true
	case event.Float:
		n, _ := v.Number()
		if math.Abs(n) >= 1<<63 || math.IsNaN(n) {
			return v, false
		}
		return event.IntValue(int64(n)), true
	case event.String:
		s := strings.TrimSpace(v.Str())
		if n, ok := parseInt(s); ok {
			return event.IntValue(n), true
		}
		n, ok := parseFloat(s)
		if !ok || n != math.Trunc(n) || math.Abs(n) >= 1<<63 {
			return v, false
		}
		return event.IntValue(int64(n)), true
	default:
		return v, false
	}
}

// numberFilter reads a number as a double.
type numberFilter struct{}

func (numberFilter) apply(_ *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() == event.String {
		n, ok := parseFloat(strings.TrimSpace(v.Str()))
		return event.FloatValue(n), ok
	}
	n, ok := v.Number()
	return event.FloatValue(n), ok
}

// booleanFilter reads true and false, in any case.
type booleanFilter struct{}

func (booleanFilter) apply(_ *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() == event.Bool {
		return v, true
	}
	s := v.Str()
	t := strings.EqualFold(s, "true")
	return event.BoolValue(t), t || strings.EqualFold(s, "false")
}

// jsonFilter reads the first JSON document of the text and ignores what follows.
// Like the intake it drops what is empty and reads dotted keys as paths.
type jsonFilter struct{}

func (jsonFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	out, _, err := x.e.DecodeJSON(v.Str(), event.JSONOptions{DropEmpty: true, ExpandDots: true})
	return out, err == nil
}

// urlFilter splits a URL.
type urlFilter struct{}

func (urlFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	out := urls.Parse(x.e, v.Str())
	return out, out.Kind() == event.Object
}

// userAgentFilter splits a user agent.
type userAgentFilter struct {
	evaluate func(e *event.Event, text string) event.Value
}

func (f userAgentFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	return f.evaluate(x.e, v.Str()), true
}

// decodeFilter replaces percent escapes.
type decodeFilter struct{}

func (decodeFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, v.IsScalar()
	}
	return event.StringValue(x.decode(v.Str(), false)), true
}

// decode replaces percent escapes, and the plus sign when it stands for a blank.
// What is no escape stays.
func (x *extraction) decode(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && (!plus || strings.IndexByte(s, '+') < 0) {
		return s
	}
	buf := x.m.buf[:0]
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && hexDigit(s[i+1]) && hexDigit(s[i+2]):
			r, _ := hex(s[i+1 : i+3])
			buf = append(buf, byte(r))
			i += 2
		case plus && s[i] == '+':
			buf = append(buf, ' ')
		default:
			buf = append(buf, s[i])
		}
	}
	x.m.keep(buf)
	return x.e.Intern(buf)
}
