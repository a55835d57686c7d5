// Package jsonscan finds the ends of JSON's strings, numbers and blanks (RFC 8259),
// and takes the escapes out of strings, without copying or allocating. What the
// pieces add up to is for its callers.
package jsonscan

import "math/bits"

// Text is what JSON is read from.
type Text interface{ ~string | ~[]byte }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// Space returns where the first byte at or behind at is that is no white space.
func Space[T Text](s T, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r') {
		at++
	}
	return at
}

// String finds the end of the string whose opening quote is at at: next is the byte
// behind the closing quote. Escaped says that AppendUnescaped has something to do.
// Reason says what is wrong at next, "" when nothing is. Bytes that are not UTF-8
// are not looked at.
func String[T Text](s T, at int) (next int, escaped bool, reason string) {
	i := at + 1
	for {
		i += plain(s[i:])
		switch {
		case i >= len(s):
			return i, escaped, "a string without an end"
		case s[i] == '"':
			return i + 1, escaped, ""
		case s[i] < 0x20:
			return i, escaped, "a control character inside a string"
		case s[i] == '\\':
			escaped = true
			if i, reason = escape(s, i+1); reason != "" {
				return i, escaped, reason
			}
		}
	}
}

// plain returns how many bytes stand before the first quote, backslash or control
// character. It looks at eight at a time: of those that the subtractions mark the
// lowest is one.
func plain[T Text](s T) int {
	rest := s
	for ; len(rest) >= 8; rest = rest[8:] {
		w := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		quote, slash := w^'"'*ones, w^'\\'*ones
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w) & highs; found != 0 {
			return len(s) - len(rest) + bits.TrailingZeros64(found)>>3
		}
	}
	n := 0
	for n < len(rest) && rest[n] != '"' && rest[n] != '\\' && rest[n] >= 0x20 {
		n++
	}
	return len(s) - len(rest) + n
}

// escape returns what lies behind the escape whose backslash stands before at.
func escape[T Text](s T, at int) (next int, reason string) {
	if at >= len(s) {
		return at, "a string without an end"
	}
	switch s[at] {
	case '"', '\\', '/', 'n', 't', 'r', 'b', 'f':
		return at + 1, ""
	case 'u':
		if _, ok := hex4(s, at+1); ok {
			return at + 5, ""
		}
		return at + 1, `want four hexadecimal digits behind \u`
	default:
		return at, "an escape that JSON does not have"
	}
}

// Number finds the end of the number that begins at at with a sign or digit. Whole
// says that it has neither a point nor an exponent. Reason says what is wrong at
// next, "" when nothing is.
func Number[T Text](s T, at int) (next int, whole bool, reason string) {
	whole = true
	if s[at] == '-' {
		at++
	}
	first := at
	at = digits(s, at)
	if at == first || s[first] == '0' && at > first+1 {
		return at, whole, "not a number"
	}
	if at < len(s) && s[at] == '.' {
		whole = false
		first = at + 1
		if at = digits(s, first); at == first {
			return at, whole, "want digits behind the point"
		}
	}
	if at < len(s) && s[at]|0x20 == 'e' {
		whole = false
		first = at + 1
		if first < len(s) && (s[first] == '+' || s[first] == '-') {
			first++
		}
		if at = digits(s, first); at == first {
			return at, whole, "want digits in the exponent"
		}
	}
	return at, whole, ""
}

func digits[T Text](s T, at int) int {
	for at < len(s) && s[at] >= '0' && s[at] <= '9' {
		at++
	}
	return at
}

func hex4[T Text](s T, at int) (rune, bool) {
	if at+4 > len(s) {
		return 0, false
	}
	var r rune
	for i := range 4 {
		switch c := s[at+i]; {
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
