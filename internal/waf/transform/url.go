package transform

import "unicode/utf8"

// urlDecode takes %HH and + off.
func urlDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		c := src[i]
		if c == '%' || c == '+' {
			changed = true
		}
		if c == '%' {
			if n := hexPair(src[i+1:]); n >= 0 {
				dst = append(dst, byte(n))
				i += 3
				continue
			}
		}
		if c == '+' {
			c = ' '
		}
		dst = append(dst, c)
		i++
	}
	return dst, changed
}

// urlDecodeUni also takes %uHHHH off, as IIS does.
func urlDecodeUni(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '+':
			dst, changed = append(dst, ' '), true
			i++
			continue
		case c != '%':
		case i+1 < len(src) && src[i+1]|0x20 == 'u':
			if len(src)-i >= 6 {
				high, low := hexPair(src[i+2:]), hexPair(src[i+4:])
				if high >= 0 && low >= 0 {
					dst, changed = append(dst, narrow(high, low)), true
					i += 6
					continue
				}
			}
			dst = append(dst, c, src[i+1])
			i += 2
			continue
		default:
			if n := hexPair(src[i+1:]); n >= 0 {
				dst, changed = append(dst, byte(n)), true
				i += 3
				continue
			}
		}
		dst = append(dst, c)
		i++
	}
	return dst, changed
}

// narrow returns the byte that stands for the character U+HHLL: its best fit in
// ASCII, or its lower byte.
func narrow(high, low int) byte {
	if c, ok := bestFit(rune(high<<8 | low)); ok {
		return c
	}
	return byte(low)
}

func urlEncode(dst, src []byte) ([]byte, bool) {
	const digits = "0123456789abcdef"
	changed := false
	for _, c := range src {
		switch {
		case c == ' ':
			dst, changed = append(dst, '+'), true
		case c == '*' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			dst = append(dst, c)
		default:
			dst, changed = append(dst, '%', digits[c>>4], digits[c&15]), true
		}
	}
	return dst, changed
}

// utf8ToUnicode writes each character beyond ASCII as %uHHHH; bytes that are no
// UTF-8 become the replacement character.
func utf8ToUnicode(dst, src []byte) ([]byte, bool) {
	const digits = "0123456789abcdef"
	changed := false
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			dst = append(dst, src[i])
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		dst, changed = append(dst, '%', 'u'), true
		shift := 12
		for r>>shift > 15 {
			shift += 4
		}
		for ; shift >= 0; shift -= 4 {
			dst = append(dst, digits[r>>shift&15])
		}
		i += size
	}
	return dst, changed
}
