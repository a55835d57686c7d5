package read

import (
	"bufio"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader turns UTF-16 into UTF-8. The byte order mark is taken off.
type utf16Reader struct {
	from  *bufio.Reader
	big   bool
	began bool
	held  []byte
}

// Read reads text in UTF-8.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.held) == 0 {
		r, err := u.unit()
		if err != nil {
			return 0, err
		}
		if utf16.IsSurrogate(r) {
			low, err := u.unit()
			if err != nil {
				return 0, err
			}
			r = utf16.DecodeRune(r, low)
		}
		if !u.began && r == 0xfeff {
			u.began = true
			continue
		}
		u.began = true
		u.held = utf8.AppendRune(u.held[:0], r)
	}
	n := copy(p, u.held)
	u.held = u.held[n:]
	return n, nil
}

// unit reads 16 bits.
func (u *utf16Reader) unit() (rune, error) {
	a, err := u.from.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.from.ReadByte()
	if err != nil {
		return 0, err
	}
	if u.big {
		a, b = b, a
	}
	return rune(a) | rune(b)<<8, nil
}
