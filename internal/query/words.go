package query

import (
	"unicode"
	"unicode/utf8"
)

// class says what a character is to the free text search. A run is a sequence of
// characters of one class.
type class uint8

const (
	// gap is what stands between words.
	gap class = iota
	// spaced is a letter, mark, digit or "_" of a script that puts blanks
	// between words: a word is a whole run.
	spaced
	// unspaced is the same of the other scripts: a word is any part of a run.
	unspaced
)

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if isWordByte(byte(r)) { // below 0x80
			return spaced
		}
		return gap
	case r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r):
		return gap
	case isUnspaced(r):
		return unspaced
	default:
		return spaced
	}
}

func isWordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// isUnspaced reports Thai to Tibetan, Myanmar, Khmer, Kana and Han.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && (r <= 0x0fff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff ||
		r >= 0x3005 && r <= 0x30ff || r >= 0x31f0 && r <= 0x31ff || r >= 0x3400 && r <= 0x9fff ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xff66 && r <= 0xff9f || r >= 0x20000 && r <= 0x3ffff)
}

// classAt returns the class of the character at the offset and its length.
func classAt(s string, at int) (class, int) {
	if c := s[at]; c < utf8.RuneSelf {
		return classOf(rune(c)), 1
	}
	r, size := utf8.DecodeRuneInString(s[at:])
	return classOf(r), size
}

// classBefore returns the class of the character that ends at the offset.
func classBefore(s string, at int) class {
	if c := s[at-1]; c < utf8.RuneSelf {
		return classOf(rune(c))
	}
	r, _ := utf8.DecodeLastRuneInString(s[:at])
	return classOf(r)
}

// isEdge reports whether a word may start or end at the offset.
func isEdge(s string, at int) bool {
	if at == 0 || at == len(s) {
		return true
	}
	before := classBefore(s, at)
	if before != spaced {
		return true
	}
	after, _ := classAt(s, at)
	return after != spaced
}

// classChanges reports whether one run ends and another starts at the offset,
// inside the text.
func classChanges(s string, at int) bool {
	after, _ := classAt(s, at)
	return classBefore(s, at) != after
}

// skipGap returns where the next word character stands.
func skipGap(s string, at int) int {
	for at < len(s) {
		c, size := classAt(s, at)
		if c != gap {
			break
		}
		at += size
	}
	return at
}

// skipRun returns where the run that starts at the offset ends.
func skipRun(s string, at int) int {
	first, size := classAt(s, at)
	for at += size; at < len(s); at += size {
		var c class
		if c, size = classAt(s, at); c != first {
			break
		}
	}
	return at
}

// runStart returns where the run that has the character at the offset starts.
func runStart(s string, at int) int {
	c, _ := classAt(s, at)
	for at > 0 && classBefore(s, at) == c {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at
}
