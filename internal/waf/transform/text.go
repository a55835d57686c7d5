package transform

import (
	"bytes"
	"html"
	"strings"
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
	if !mayBeEntity(text[1:]) {
		return append(dst, text...)
	}
	return append(dst, html.UnescapeString(string(text))...)
}

// mayBeEntity reports whether the text behind an & can begin an entity: a number,
// letters and digits with a semicolon, or one of the old names that need none. It
// saves the parameters of a query from being copied.
func mayBeEntity(text []byte) bool {
	if len(text) == 0 || text[0] == '#' {
		return len(text) > 0
	}
	end := 0
	for end < len(text) && (text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	if end < len(text) && text[end] == ';' {
		return true
	}
	for names := oldEntities(text[0]); names != ""; {
		var name string
		name, names, _ = strings.Cut(names, " ")
		if len(name) <= end && string(text[:len(name)]) == name {
			return true
		}
	}
	return false
}

// oldEntities returns the names of entities that need no semicolon, by their first
// letter.
func oldEntities(first byte) string {
	switch first {
	case 'A':
		return "AElig AMP Aacute Acirc Agrave Aring Atilde Auml"
	case 'C':
		return "COPY Ccedil"
	case 'E':
		return "ETH Eacute Ecirc Egrave Euml"
	case 'G':
		return "GT"
	case 'I':
		return "Iacute Icirc Igrave Iuml"
	case 'L':
		return "LT"
	case 'N':
		return "Ntilde"
	case 'O':
		return "Oacute Ocirc Ograve Oslash Otilde Ouml"
	case 'Q':
		return "QUOT"
	case 'R':
		return "REG"
	case 'T':
		return "THORN"
	case 'U':
		return "Uacute Ucirc Ugrave Uuml"
	case 'Y':
		return "Yacute"
	case 'a':
		return "aacute acirc acute aelig agrave amp aring atilde auml"
	case 'b':
		return "brvbar"
	case 'c':
		return "ccedil cedil cent copy curren"
	case 'd':
		return "deg divide"
	case 'e':
		return "eacute ecirc egrave eth euml"
	case 'f':
		return "frac12 frac14 frac34"
	case 'g':
		return "gt"
	case 'i':
		return "iacute icirc iexcl igrave iquest iuml"
	case 'l':
		return "laquo lt"
	case 'm':
		return "macr micro middot"
	case 'n':
		return "nbsp not ntilde"
	case 'o':
		return "oacute ocirc ograve ordf ordm oslash otilde ouml"
	case 'p':
		return "para plusmn pound"
	case 'q':
		return "quot"
	case 'r':
		return "raquo reg"
	case 's':
		return "sect shy sup1 sup2 sup3 szlig"
	case 't':
		return "thorn times"
	case 'u':
		return "uacute ucirc ugrave uml uuml"
	case 'y':
		return "yacute yen yuml"
	default:
		return ""
	}
}
