package jsonscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnescaped appends what the inside of a string stands for that String
// accepted. A half of a surrogate pair that is alone becomes U+FFFD.
func AppendUnescaped[T Text](dst []byte, raw T) []byte {
	for i := 0; i < len(raw); {
		from := i
		for i < len(raw) && raw[i] != '\\' {
			i++
		}
		dst = append(dst, raw[from:i]...)
		if i == len(raw) {
			break
		}
		c := raw[i+1]
		i += 2
		switch c {
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'u':
			r, _ := hex4(raw, i)
			i += 4
			if utf16.IsSurrogate(r) {
				if r = pair(raw, i, r); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// pair joins the first half of a surrogate pair with the escape at at; it returns
// U+FFFD when that is not the second half.
func pair[T Text](raw T, at int, first rune) rune {
	if at+2 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
		return utf8.RuneError
	}
	second, _ := hex4(raw, at+2)
	return utf16.DecodeRune(first, second)
}
