package match

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// scan reads one JSON object into the view. Strings are checked but not
// unescaped: that happens when a test reads them. Nothing of the text is
// copied, so it must not change while the view is in use.
func (v *View) scan(text []byte) error {
	v.reset()
	d := scanner{v: v, s: text}
	d.space()
	if d.at >= len(text) || text[d.at] != '{' {
		return d.fail("want an object")
	}
	if err := d.object(place{}, MaxDepth); err != nil {
		return err
	}
	d.space()
	if d.at < len(text) {
		return d.fail("something follows the object")
	}
	return nil
}

type scanner struct {
	v  *View
	s  []byte
	at int
}

func (d *scanner) fail(reason string) error { return &event.JSONError{Offset: d.at, Reason: reason} }

func (d *scanner) space() {
	for d.at < len(d.s) {
		switch d.s[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// object reads the members of an object at the place; d stands on its brace.
func (d *scanner) object(p place, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	for first := true; ; first = false {
		d.at++
		d.space()
		if d.at >= len(d.s) {
			return d.fail("the document ends inside an object")
		}
		if d.s[d.at] == '}' && first {
			d.at++
			return nil
		}
		if d.s[d.at] != '"' {
			return d.fail("want a key in quotes")
		}
		key, esc, ok := d.str()
		if !ok {
			return d.fail("not a string")
		}
		if esc {
			from := len(d.v.text)
			d.v.text = appendUnescaped(d.v.text, key)
			key = d.v.text[from:]
		}
		d.space()
		if d.at >= len(d.s) || d.s[d.at] != ':' {
			return d.fail("want a colon behind the key")
		}
		d.at++
		if err := d.value(d.v.below(p, key), depth-1); err != nil {
			return err
		}
		d.space()
		switch {
		case d.at >= len(d.s):
			return d.fail("the document ends inside an object")
		case d.s[d.at] == '}':
			d.at++
			return nil
		case d.s[d.at] != ',':
			return d.fail("want a comma or the end of the object")
		}
	}
}

func (d *scanner) array(p place, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	for first := true; ; first = false {
		d.at++
		d.space()
		if d.at < len(d.s) && d.s[d.at] == ']' && first {
			d.at++
			return nil
		}
		if err := d.value(p, depth-1); err != nil {
			return err
		}
		d.space()
		switch {
		case d.at >= len(d.s):
			return d.fail("the document ends inside an array")
		case d.s[d.at] == ']':
			d.at++
			return nil
		case d.s[d.at] != ',':
			return d.fail("want a comma or the end of the array")
		}
	}
}

func (d *scanner) value(p place, depth int) error {
	d.space()
	if d.at >= len(d.s) {
		return d.fail("the document ends in the middle")
	}
	switch c := d.s[d.at]; {
	case c == '"':
		raw, esc, ok := d.str()
		if !ok {
			return d.fail("not a string")
		}
		state := uint8(0)
		if esc {
			state = escaped
		}
		d.v.add(p, raw, event.String, state)
	case c == '{':
		d.v.slot(p)
		return d.object(p, depth)
	case c == '[':
		d.v.slot(p)
		return d.array(p, depth)
	case c == '-' || c >= '0' && c <= '9':
		return d.number(p)
	default:
		return d.word(p)
	}
	return nil
}

func (d *scanner) word(p place) error {
	rest := d.s[d.at:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "true":
		d.v.add(p, rest[:4], event.Bool, 0)
		d.at += 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		d.v.add(p, rest[:5], event.Bool, 0)
		d.at += 5
	case len(rest) >= 4 && string(rest[:4]) == "null":
		d.v.add(p, nil, event.Null, 0)
		d.at += 4
	default:
		return d.fail("want a value")
	}
	return nil
}

func (d *scanner) number(p place) error {
	start, kind := d.at, event.Int
	if d.s[d.at] == '-' {
		d.at++
	}
	first := d.at
	if d.digits() == 0 || d.s[first] == '0' && d.at > first+1 {
		return d.fail("not a number")
	}
	if d.at < len(d.s) && d.s[d.at] == '.' {
		kind = event.Float
		d.at++
		if d.digits() == 0 {
			return d.fail("want digits behind the point")
		}
	}
	if d.at < len(d.s) && d.s[d.at]|0x20 == 'e' {
		kind = event.Float
		d.at++
		if d.at < len(d.s) && (d.s[d.at] == '+' || d.s[d.at] == '-') {
			d.at++
		}
		if d.digits() == 0 {
			return d.fail("want digits in the exponent")
		}
	}
	d.v.add(p, d.s[start:d.at], kind, 0)
	return nil
}

func (d *scanner) digits() int {
	from := d.at
	for d.at < len(d.s) && d.s[d.at] >= '0' && d.s[d.at] <= '9' {
		d.at++
	}
	return d.at - from
}

// str reads a string; d stands on the opening quote. Eight bytes at a time are
// searched for a quote, a backslash or a control character.
func (d *scanner) str() (raw []byte, esc, ok bool) {
	s := d.s
	start := d.at + 1
	i := start
	for {
		for i+8 <= len(s) {
			w := binary.LittleEndian.Uint64(s[i:])
			quote, slash := w^'"'*ones, w^'\\'*ones
			if ((quote-ones)&^quote|(slash-ones)&^slash|(w-0x20*ones)&^w)&highs != 0 {
				break
			}
			i += 8
		}
		stop := min(i+8, len(s))
		for i < stop && s[i] != '"' && s[i] != '\\' && s[i] >= 0x20 {
			i++
		}
		if i >= len(s) {
			d.at = i
			return nil, false, false
		}
		switch c := s[i]; {
		case c == '"':
			d.at = i + 1
			return s[start:i], esc, true
		case c == '\\':
			n := escapeLen(s[i:])
			if n == 0 {
				d.at = i
				return nil, false, false
			}
			esc = true
			i += n
		case c < 0x20:
			d.at = i
			return nil, false, false
		}
	}
}

// escapeLen returns the length of the escape that s starts with, 0 when it is
// none of JSON.
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'n', 't', 'r', 'b', 'f':
		return 2
	case 'u':
		if _, ok := hex4(s[2:]); ok {
			return 6
		}
	}
	return 0
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// appendUnescaped appends the text of a string that scanner.str accepted.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			end := bytes.IndexByte(raw[i:], '\\')
			if end < 0 {
				return append(dst, raw[i:]...)
			}
			dst = append(dst, raw[i:i+end]...)
			i += end
			continue
		}
		c = raw[i+1]
		i += 2
		switch c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, _ := hex4(raw[i:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(raw) >= i+6 && raw[i] == '\\' && raw[i+1] == 'u' {
					low, _ := hex4(raw[i+2:])
					pair = utf16.DecodeRune(r, low)
				}
				if r = pair; r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
