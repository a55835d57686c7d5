package event

import "unicode/utf8"

// AppendJSON appends the value as JSON (RFC 8259). Bytes that are not UTF-8
// become U+FFFD. Control characters (also the C1 set) and the characters that turn
// the direction of text are escaped: a terminal that shows the line must not obey
// it.
func (e *Event) AppendJSON(dst []byte, v Value) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case String:
		return AppendJSONString(dst, v.str)
	case Object:
		dst = append(dst, '{')
		for c := e.nodes[v.ref].first; c != 0; c = e.nodes[c].next {
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = AppendJSONString(dst, e.nodes[c].key)
			dst = append(dst, ':')
			dst = e.AppendJSON(dst, e.value(c))
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		for c := e.nodes[v.ref].first; c != 0; c = e.nodes[c].next {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = e.AppendJSON(dst, e.value(c))
		}
		return append(dst, ']')
	default:
		return v.AppendText(dst)
	}
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string, escaped as AppendJSON says.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
				i++
				i += plainWords(s[i:])
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = utf8.AppendRune(dst, utf8.RuneError)
			i++
			start = i
			continue
		}
		if steersTerminal(r) {
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			start = i + n
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// plainWords returns a number of bytes at the start of s that stand for themselves
// in a JSON string: it looks at eight at a time, and leaves the rest to the caller.
func plainWords(s string) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// The highest bit of a byte is set where the byte is 0x80 or more, below 0x20,
		// or one of the three: x-n borrows where x is less than n, and x^c is zero where
		// x is c (Mycroft). A wrong yes costs a look at the bytes one by one.
		quote, slash, del := x^ones*'"', x^ones*'\\', x^ones*0x7f
		if (x|(x-ones*0x20)|(quote-ones)|(slash-ones)|(del-ones))&highs != 0 {
			break
		}
	}
	return i
}

// steersTerminal reports the C1 control characters, the marks and embeddings of
// text direction, and the line separators, all below U+10000.
func steersTerminal(r rune) bool {
	return r >= 0x80 && r <= 0x9f || r == 0x200e || r == 0x200f || r == 0x061c ||
		r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}
