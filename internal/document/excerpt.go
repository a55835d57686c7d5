package document

import (
	"fmt"
	"strings"
	"unicode"
)

// maxExcerpt is the number of characters of a line that are shown.
const maxExcerpt = 120

// excerpt returns the line with its number, and a second line with a mark under
// the column. Long lines are cut around the column, and characters that would
// steer a terminal are replaced.
func excerpt(line string, number, col int) string {
	runes := []rune(line)
	col = min(max(col, 1), len(runes)+1)
	start, end := 0, len(runes)
	if end > maxExcerpt {
		start = max(0, min(col-1-maxExcerpt/2, end-maxExcerpt))
		end = start + maxExcerpt
	}
	var text, pad strings.Builder
	for i, r := range runes[start:end] {
		r, width := printable(r)
		text.WriteRune(r)
		if start+i < col-1 {
			pad.WriteString(strings.Repeat(" ", width))
		}
	}
	margin := fmt.Sprintf("%5d | ", number)
	gap := strings.Repeat(" ", len(margin)-2) + "| "
	return margin + text.String() + "\n" + gap + pad.String() + "^"
}

// printable returns the rune to show for r, and its width in columns.
func printable(r rune) (rune, int) {
	switch {
	case r == '\t':
		return ' ', 1
	case !unicode.IsGraphic(r):
		return '·', 1
	case unicode.Is(unicode.Mn, r):
		return r, 0
	case wide(r):
		return r, 2
	default:
		return r, 1
	}
}

// wide reports whether a terminal gives the rune two columns: East Asian wide
// and full-width forms, and pictures.
func wide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return true
	default:
		return false
	}
}
