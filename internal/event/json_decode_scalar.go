package event

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number reads a number; d.at stands on its sign or first digit.
func (d *jsonDecoder) number() (Value, bool) {
	start, whole := d.at, true
	if d.s[d.at] == '-' {
		d.at++
	}
	first := d.at
	d.digits()
	if d.at == first || d.s[first] == '0' && d.at > first+1 {
		return Value{}, d.fail("not a number")
	}
	if d.at < len(d.s) && d.s[d.at] == '.' {
		whole = false
		d.at++
		if mark := d.at; d.digits() == mark {
			return Value{}, d.fail("want digits behind the point")
		}
	}
	if d.at < len(d.s) && (d.s[d.at] == 'e' || d.s[d.at] == 'E') {
		whole = false
		d.at++
		if d.at < len(d.s) && (d.s[d.at] == '+' || d.s[d.at] == '-') {
			d.at++
		}
		if mark := d.at; d.digits() == mark {
			return Value{}, d.fail("want digits in the exponent")
		}
	}
	text := d.s[start:d.at]
	if whole && len(text) < 20 {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return IntValue(n), true
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return StringValue(text), true // beyond a float: the digits are the evidence
	}
	return FloatValue(f), true
}

// digits skips digits and returns where they end.
func (d *jsonDecoder) digits() int {
	for d.at < len(d.s) && d.s[d.at] >= '0' && d.s[d.at] <= '9' {
		d.at++
	}
	return d.at
}

// str reads a string; d.at stands on the opening quote.
func (d *jsonDecoder) str() (string, bool) {
	d.at++
	start := d.at
	for d.at < len(d.s) {
		switch c := d.s[d.at]; {
		case c == '"':
			s := d.s[start:d.at]
			d.at++
			return s, true
		case c == '\\':
			return d.escaped(start)
		case c < 0x20:
			return "", d.fail("a control character inside a string")
		default:
			d.at++
		}
	}
	return "", d.fail("a string without an end")
}

// escaped reads the rest of a string that holds escapes into the arena.
func (d *jsonDecoder) escaped(start int) (string, bool) {
	var small [256]byte
	buf := append(small[:0], d.s[start:d.at]...)
	for d.at < len(d.s) {
		c := d.s[d.at]
		switch {
		case c == '"':
			d.at++
			return d.e.Intern(buf), true
		case c < 0x20:
			return "", d.fail("a control character inside a string")
		case c != '\\':
			buf = append(buf, c)
			d.at++
			continue
		}
		if d.at+1 >= len(d.s) {
			break
		}
		c = d.s[d.at+1]
		d.at += 2
		switch c {
		case '"', '\\', '/':
			buf = append(buf, c)
		case 'n':
			buf = append(buf, '\n')
		case 't':
			buf = append(buf, '\t')
		case 'r':
			buf = append(buf, '\r')
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'u':
			r, ok := d.hex4()
			if !ok {
				return "", d.fail("want four hexadecimal digits behind \\u")
			}
			buf = utf8.AppendRune(buf, d.surrogate(r))
		default:
			return "", d.fail("an escape that JSON does not have")
		}
	}
	return "", d.fail("a string without an end")
}

func (d *jsonDecoder) hex4() (rune, bool) {
	if d.at+4 > len(d.s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(d.s[d.at : d.at+4]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	d.at += 4
	return r, true
}

// surrogate joins r with the escape that follows when the two are a pair, and
// turns a lone half into U+FFFD.
func (d *jsonDecoder) surrogate(r rune) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	mark := d.at
	if strings.HasPrefix(d.s[d.at:], `\u`) {
		d.at += 2
		if low, ok := d.hex4(); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair
			}
		}
	}
	d.at = mark
	return utf8.RuneError
}
