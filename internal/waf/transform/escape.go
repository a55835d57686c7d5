package transform

import "unicode/utf8"

// control returns the control character that a letter behind a backslash stands
// for, 0 when it stands for none.
func control(c byte) byte {
	switch c {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	default:
		return 0
	}
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// octal reads up to three octal digits.
func octal(b []byte) (value, digits int) {
	for digits < 3 && digits < len(b) && isOctal(b[digits]) {
		value = value<<3 | int(b[digits]-'0')
		digits++
	}
	return value, digits
}

// jsDecode takes the escapes of JavaScript off.
func jsDecode(dst, src []byte) ([]byte, bool) {
	return unescape(dst, src, jsEscape)
}

// unescape takes backslash escapes off. The function reads one, of at least two
// bytes, and says how many it took; a backslash at the end stays.
func unescape(dst, src []byte, escape func([]byte) (c byte, size int)) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		if src[i] != '\\' || i+1 == len(src) {
			dst = append(dst, src[i])
			i++
			continue
		}
		c, n := escape(src[i:])
		dst, changed = append(dst, c), true
		i += n
	}
	return dst, changed
}

// jsEscape reads an escape of at least two bytes.
func jsEscape(b []byte) (c byte, size int) {
	switch next := b[1]; {
	case next == 'u':
		if c, size = jsUnicode(b); size > 0 {
			return c, size
		}
	case next == 'x':
		if n := hexPair(b[2:]); n >= 0 {
			return byte(n), 4
		}
	case isOctal(next):
		value, digits := octal(b[1:])
		if digits == 3 && next > '3' { // more than a byte: two digits only
			value, digits = value>>3, 2
		}
		return byte(value), 1 + digits
	}
	if c = control(b[1]); c != 0 {
		return c, 2
	}
	return b[1], 2
}

// jsUnicode reads \uHHHH and \u{H...}: the lower byte counts, and full width
// becomes ASCII.
func jsUnicode(b []byte) (c byte, size int) {
	if len(b) > 2 && b[2] == '{' {
		code, n := 0, 3
		for n < len(b) && n < 9 && hexValue(b[n]) >= 0 {
			code = code<<4 | hexValue(b[n])
			n++
		}
		if n == 3 || n >= len(b) || b[n] != '}' {
			return 0, 0
		}
		c = byte(code)
		if code >= 0xff01 && code <= 0xff5e {
			c += 0x20
		}
		return c, n + 1
	}
	if len(b) < 6 {
		return 0, 0
	}
	high, low := hexPair(b[2:]), hexPair(b[4:])
	if high < 0 || low < 0 {
		return 0, 0
	}
	c = byte(low)
	if high == 0xff && c > 0 && c < 0x5f {
		c += 0x20
	}
	return c, 6
}

// cssDecode takes the escapes of CSS off: a backslash and up to six hexadecimal
// digits with a space behind them, or a backslash and any character.
func cssDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			i++
			continue
		}
		changed = true
		if i++; i == len(src) {
			break
		}
		code, n := rune(0), 0
		for n < 6 && i+n < len(src) && hexValue(src[i+n]) >= 0 {
			code = code<<4 | rune(hexValue(src[i+n]))
			n++
		}
		switch {
		case n > 0:
			if code == 0 {
				code = utf8.RuneError
			}
			if code >= 0xff01 && code <= 0xff5e { // full width
				code -= 0xfee0
			}
			dst = utf8.AppendRune(dst, code)
			if i+n < len(src) && isSpace(src[i+n]) {
				n++
			}
			i += n
		case src[i] == '\n':
			i++
		default:
			dst = append(dst, src[i])
			i++
		}
	}
	return dst, changed
}

// escapeSeqDecode takes the escapes of ANSI C off.
func escapeSeqDecode(dst, src []byte) ([]byte, bool) {
	return unescape(dst, src, ansiEscape)
}

// ansiEscape reads an escape of at least two bytes.
func ansiEscape(b []byte) (c byte, size int) {
	switch next := b[1]; {
	case next == 'x' || next == 'X':
		if n := hexPair(b[2:]); n >= 0 {
			return byte(n), 4
		}
	case isOctal(next):
		value, digits := octal(b[1:])
		return byte(value), 1 + digits
	}
	if c = control(b[1]); c != 0 {
		return c, 2
	}
	return b[1], 2
}
