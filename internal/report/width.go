package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// runeWidth returns the columns that a terminal gives the character: 0 for
// combining marks, 2 for wide East Asian characters and emoji (Unicode's
// East_Asian_Width W and F), 1 for the rest. Ambiguous characters count 1, as
// modern terminals show them.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r < 0x1100:
		return 1
	case wide(r):
		return 2
	default:
		return 1
	}
}

func wide(r rune) bool {
	switch {
	case r <= 0x115f:
		return true
	case r < 0x2e80:
		return wideSymbol(r)
	case r <= 0xa4cf:
		return r != 0x303f && (r < 0x4dc0 || r > 0x4dff)
	case r >= 0xa960 && r <= 0xa97c, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff:
		return true
	case r >= 0xfe10 && r <= 0xfe19, r >= 0xfe30 && r <= 0xfe6b:
		return true
	case r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6:
		return true
	case r >= 0x16fe0 && r <= 0x18cff, r >= 0x1b000 && r <= 0x1b2ff:
		return true
	case r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f680 && r <= 0x1f6ff, r >= 0x1f900 && r <= 0x1faff:
		return r != 0x1f321 && r != 0x1f336
	case r == 0x1f004, r == 0x1f0cf, r == 0x1f18e, r >= 0x1f191 && r <= 0x1f19a, r >= 0x1f200 && r <= 0x1f265:
		return true
	default:
		return r >= 0x20000 && r <= 0x3fffd
	}
}

// wideSymbol holds the few symbols below U+2E80 that are drawn as emoji.
func wideSymbol(r rune) bool {
	switch r {
	case 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ea, 0x23eb, 0x23ec, 0x23f0, 0x23f3, 0x25fd, 0x25fe,
		0x2614, 0x2615, 0x267f, 0x2693, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce,
		0x26d4, 0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26fa, 0x26fd, 0x2705, 0x270a, 0x270b, 0x2728, 0x274c,
		0x274e, 0x2753, 0x2754, 0x2755, 0x2757, 0x2795, 0x2796, 0x2797, 0x27b0, 0x27bf, 0x2b1b, 0x2b1c,
		0x2b50, 0x2b55:
		return true
	default:
		return r >= 0x2648 && r <= 0x2653
	}
}

// textWidth returns the columns that a sanitised text takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// cutLine cuts a line to the columns, with an ellipsis at its end if it was wider.
// Of the text behind, the line keeps the colours (ESC [ .. m), so that they end
// where they should.
func cutLine(line string, columns int) string {
	if _, whole := cutAt(line, columns); whole {
		return line
	}
	end, _ := cutAt(line, columns-1)
	var b strings.Builder
	b.WriteString(line[:end])
	b.WriteString("…")
	for rest := line[end:]; rest != ""; {
		n := escapeLen(rest)
		if n > 0 {
			b.WriteString(rest[:n])
		}
		rest = rest[max(n, 1):]
	}
	return b.String()
}

// cutAt returns up to which byte the line fits into the columns, and whether that is
// all of it.
func cutAt(line string, columns int) (end int, whole bool) {
	for end < len(line) {
		if n := escapeLen(line[end:]); n > 0 {
			end += n
			continue
		}
		r, n := utf8.DecodeRuneInString(line[end:])
		if columns -= runeWidth(r); columns < 0 {
			return end, false
		}
		end += n
	}
	return end, true
}

// escapeLen returns the length of the colour that the text begins with, 0 for none.
func escapeLen(text string) int {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	return strings.IndexByte(text, 'm') + 1
}

// padRight fills s with spaces up to the columns.
func padRight(s string, columns int) string {
	if n := columns - textWidth(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// padLeft puts spaces before s up to the columns.
func padLeft(s string, columns int) string {
	if n := columns - textWidth(s); n > 0 {
		return strings.Repeat(" ", n) + s
	}
	return s
}
