package waf

import (
	"bytes"
	"unicode/utf8"
)

// decodeRounds is how many layers of encoding are taken off at the most.
const decodeRounds = 4

// decode takes the encodings off in place and returns the shorter text. With
// plus, + is a space, as in a query.
func decode(b []byte, plus bool) []byte {
	for range decodeRounds {
		n := decodeOnce(b, plus)
		if n == len(b) {
			break // each encoding is longer than what it stands for
		}
		b, plus = b[:n], false
	}
	return foldWide(b)
}

// decodeOnce takes one layer off and returns the new length. It never writes
// ahead of where it reads.
func decodeOnce(b []byte, plus bool) int {
	at := bytes.IndexAny(b, `%\&+`)
	if at < 0 {
		return len(b)
	}
	w := at
	for r := at; r < len(b); {
		used, char := 1, rune(-1)
		switch b[r] {
		case '%':
			used, char = percent(b[r:])
		case '\\':
			used, char = backslash(b[r:])
		case '&':
			used, char = entity(b[r:])
		case '+':
			if plus {
				b[r] = ' '
			}
		}
		switch {
		case char < 0:
			b[w] = b[r]
			w, r = w+1, r+1
		case char < utf8.RuneSelf || used <= 4 && b[r] != '&': // a byte, not a character
			b[w] = byte(char)
			w, r = w+1, r+used
		default:
			w += len(utf8.AppendRune(b[w:w], char))
			r += used
		}
	}
	return w
}

// percent reads %HH as a byte and %uHHHH as a character; -1 is neither.
func percent(b []byte) (int, rune) {
	if len(b) >= 3 {
		if n := hexNumber(b[1:3]); n >= 0 {
			return 3, n
		}
	}
	if len(b) >= 6 && b[1]|0x20 == 'u' {
		if n := hexNumber(b[2:6]); n >= 0 {
			return 6, n
		}
	}
	return 1, -1
}

// backslash reads \xHH as a byte, \uHHHH as a character, and \" as the quotation
// mark.
func backslash(b []byte) (int, rune) {
	switch {
	case len(b) >= 4 && b[1]|0x20 == 'x':
		if n := hexNumber(b[2:4]); n >= 0 {
			return 4, n
		}
	case len(b) >= 6 && b[1]|0x20 == 'u':
		if n := hexNumber(b[2:6]); n >= 0 {
			return 6, n
		}
	case len(b) >= 2 && b[1] == '"':
		return 2, '"'
	}
	return 1, -1
}

func hexNumber(b []byte) rune {
	n := rune(0)
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return -1
		}
		n = n<<4 | rune(c)
	}
	return n
}

// maxEntity is the length in bytes up to which an HTML entity is looked for:
// browsers accept any number of zeros, attackers write few.
const maxEntity = 16

// entity reads an HTML entity at the start of b: a number, with ; or without, or
// one of the names that attackers use.
func entity(b []byte) (int, rune) {
	b = b[:min(len(b), maxEntity)]
	if len(b) >= 3 && b[1] == '#' {
		return numericEntity(b)
	}
	end := bytes.IndexByte(b, ';')
	if end < 0 {
		return 1, -1
	}
	if c := namedEntity(b[1:end]); c >= 0 {
		return end + 1, c
	}
	return 1, -1
}

func numericEntity(b []byte) (int, rune) {
	i, base := 2, rune(10)
	if b[2]|0x20 == 'x' {
		i, base = 3, 16
	}
	n, start := rune(0), i
	for ; i < len(b); i++ {
		digit := hexNumber(b[i : i+1])
		if digit < 0 || digit >= base || n > utf8.MaxRune {
			break
		}
		n = n*base + digit
	}
	if i == start || n > utf8.MaxRune {
		return 1, -1
	}
	if i < len(b) && b[i] == ';' {
		i++
	}
	if n >= utf8.RuneSelf && utf8.RuneLen(n) > i {
		return 1, -1
	}
	return i, n
}

func namedEntity(name []byte) rune {
	var buf [8]byte
	if len(name) > len(buf) {
		return -1
	}
	for i, c := range name {
		buf[i] = lower(c)
	}
	switch string(buf[:len(name)]) {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	case "lpar":
		return '('
	case "rpar":
		return ')'
	case "colon":
		return ':'
	case "semi":
		return ';'
	case "sol":
		return '/'
	case "bsol":
		return '\\'
	case "equals":
		return '='
	case "grave":
		return '`'
	case "period":
		return '.'
	case "tab":
		return '\t'
	case "newline":
		return '\n'
	case "nbsp":
		return ' '
	default:
		return -1
	}
}

// foldWide replaces, in place, overlong UTF-8 and the full-width letters by the
// ASCII that careless decoders make of them.
func foldWide(b []byte) []byte {
	at := 0
	for at < len(b) && b[at] < 0xc0 {
		at++
	}
	w := at
	for r := at; r < len(b); {
		n, c := wide(b[r:])
		b[w] = c
		w, r = w+1, r+n
	}
	return b[:w]
}

func wide(b []byte) (int, byte) {
	tail := func(i int) bool { return len(b) > i && b[i]&0xc0 == 0x80 }
	switch {
	case b[0] < 0xc0 || !tail(1):
	case b[0] == 0xc0 || b[0] == 0xc1:
		return 2, b[0]&1<<6 | b[1]&0x3f
	case b[0] == 0xe0 && b[1] <= 0x81 && tail(2):
		return 3, b[1]&1<<6 | b[2]&0x3f
	case b[0] == 0xf0 && b[1] == 0x80 && tail(2) && b[2] <= 0x81 && tail(3):
		return 4, b[2]&1<<6 | b[3]&0x3f
	case b[0] == 0xef && tail(2):
		// U+FF01 to U+FF5E stand 0xfee0 above ! to ~.
		if n := rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f); n >= 0xf01 && n <= 0xf5e {
			return 3, byte(n - 0xf00 + 0x20)
		}
	}
	return 1, b[0]
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
