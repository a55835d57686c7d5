package transform

import (
	"bytes"
	"html"
	"unicode"
	"unicode/utf8"
)

// isSpace is C's isspace.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

const asciiSpace = " \t\n\r\f\v"

func trim(dst, src []byte) ([]byte, bool) {
	short := bytes.Trim(src, asciiSpace)
	return append(dst, short...), len(short) != len(src)
}

func trimLeft(dst, src []byte) ([]byte, bool) {
	short := bytes.TrimLeft(src, asciiSpace)
	return append(dst, short...), len(short) != len(src)
}

func trimRight(dst, src []byte) ([]byte, bool) {
	short := bytes.TrimRight(src, asciiSpace)
	return append(dst, short...), len(short) != len(src)
}

func lowercase(dst, src []byte) ([]byte, bool) {
	return eachRune(dst, src, unicode.ToLower)
}

func uppercase(dst, src []byte) ([]byte, bool) {
	return eachRune(dst, src, unicode.ToUpper)
}

// eachRune maps the characters; bytes that are no UTF-8 become the replacement
// character.
func eachRune(dst, src []byte, change func(rune) rune) ([]byte, bool) {
	start := len(dst)
	for i := 0; i < len(src); {
		r, size := rune(src[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(src[i:])
		}
		dst = utf8.AppendRune(dst, change(r))
		i += size
	}
	return dst, !bytes.Equal(dst[start:], src)
}

func removeNulls(dst, src []byte) ([]byte, bool) {
	start := len(dst)
	for _, c := range src {
		if c != 0 {
			dst = append(dst, c)
		}
	}
	return dst, len(dst)-start != len(src)
}

func replaceNulls(dst, src []byte) ([]byte, bool) {
	changed := false
	for _, c := range src {
		if c == 0 {
			c, changed = ' ', true
		}
		dst = append(dst, c)
	}
	return dst, changed
}

// removeWhitespace knows all white space of Unicode. Bytes that are no UTF-8
// become the replacement character, which does not count as a change.
func removeWhitespace(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if i += size; unicode.IsSpace(r) {
			changed = true
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, changed
}

// compressWhitespace makes one space of each run of white space of Latin-1, be it
// in UTF-8 or a bare no-break space.
func compressWhitespace(dst, src []byte) ([]byte, bool) {
	changed, inside := false, false
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r < utf8.RuneSelf && isSpace(byte(r)) || r == 0x85 || r == 0xa0 || src[i] == 0xa0 {
			if changed = changed || inside || r != ' '; !inside {
				dst = append(dst, ' ')
			}
			inside = true
		} else {
			dst = append(dst, src[i:i+size]...)
			inside = false
		}
		i += size
	}
	return dst, changed
}

// cmdLine undoes what shells ignore: quotes, carets and backslashes go, runs of
// white space, commas and semicolons become one space, a space before a slash or
// a bracket goes, and letters become lower case.
func cmdLine(dst, src []byte) ([]byte, bool) {
	changed, space := false, false
	for _, c := range src {
		switch c {
		case '"', '\'', '\\', '^':
			changed = true
			continue
		case ' ', ',', ';', '\t', '\r', '\n':
			changed = changed || space || c != ' '
			if !space {
				dst = append(dst, ' ')
			}
			space = true
			continue
		case '/', '(':
			if space {
				dst, changed = dst[:len(dst)-1], true
			}
		default:
			if c >= 'A' && c <= 'Z' {
				c, changed = c+'a'-'A', true
			}
		}
		dst = append(dst, c)
		space = false
	}
	return dst, changed
}

// htmlEntityDecode takes the entities of HTML off, as browsers read them.
func htmlEntityDecode(dst, src []byte) ([]byte, bool) {
	start, size := len(dst), len(src)
	for {
		at := bytes.IndexByte(src, '&')
		if at < 0 {
			dst = append(dst, src...)
			break
		}
		dst = append(dst, src[:at]...)
		end := at + 1
		for end < len(src) && src[end] != '&' {
			end++
		}
		dst = appendEntity(dst, src[at:end])
		src = src[end:]
	}
	return dst, len(dst)-start != size
}

// appendEntity appends a text that begins with the only & in it.
func appendEntity(dst, text []byte) []byte {
	digit := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '9' }
	if len(text) > 2 && text[1] == '#' && digit(2) && !digit(3) && (len(text) == 3 || text[3] != ';') {
		// The standard library misses a single digit without a semicolon.
		r := rune(text[2] - '0')
		if r == 0 {
			r = utf8.RuneError
		}
		return append(utf8.AppendRune(dst, r), text[3:]...)
	}
	return append(dst, html.UnescapeString(string(text))...)
}
