package match

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// appendFolded appends the text with letter case removed, and returns where it
// starts. Texts that fold to the same bytes differ in letter case only; offsets
// in the folded text are not offsets in the text.
func appendFolded(dst, text []byte) []byte {
	at := len(dst)
	dst = append(dst, text...)
	out := dst[at:]
	i := 0
	for ; i+8 <= len(out); i += 8 {
		w := binary.LittleEndian.Uint64(out[i:])
		if w&highs != 0 {
			return foldRunes(dst[:at+i], text[i:])
		}
		a := w + (0x80-'A')*ones
		b := w + (0x80-'Z'-1)*ones
		binary.LittleEndian.PutUint64(out[i:], w|(a&^b&highs)>>2)
	}
	for ; i < len(out); i++ {
		c := out[i]
		if c >= utf8.RuneSelf {
			return foldRunes(dst[:at+i], text[i:])
		}
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return dst
}

// needsFold reports whether folding changes the text, or might.
func needsFold(text []byte) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		a := w + (0x80-'A')*ones
		b := w + (0x80-'Z'-1)*ones
		if (w|a&^b)&highs != 0 {
			return true
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}

func foldRunes(dst, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst, text = append(dst, c), text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, text[0])
		case r == 'İ':
			dst = append(dst, "i\u0307"...)
		default:
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		text = text[n:]
	}
	return dst
}

// foldRune returns one rune for all runes that differ in letter case only: the
// lower case of the smallest of them.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return unicode.ToLower(least)
}

// fold returns the folded text.
func fold(s string) string { return string(appendFolded(nil, []byte(s))) }
