package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is shown of one text, in terminal columns. The whole text stays
// in the log and in the JSON lines.
const (
	maxValue = 120    // a value in a sentence: an address, a user, a path
	maxLine  = 400    // a raw log line in the HTML report
	maxProse = 8000   // a message, in bytes
	maxBook  = 40_000 // a runbook, in bytes
)

// maxMarks is how many combining marks may stand on one character: more would
// paint over the lines above.
const maxMarks = 3

// piece is a stretch of text that is shown as it is, or the escaped form of
// something that must not reach a screen.
type piece struct {
	Text    string
	Escaped bool
}

// pieces cuts text into what may be shown and what is escaped: control characters
// (also C1 and DEL), characters that turn the direction of text or have no shape,
// bytes that are not UTF-8, and piled-up combining marks. A tab becomes a space.
// Text wider than columns ends with an ellipsis. The cost follows columns, not the
// length of the text.
func pieces(text string, columns int) []piece {
	var out []piece
	var b strings.Builder
	escaped := false
	put := func(s string, esc bool) {
		if esc != escaped && b.Len() > 0 {
			out = append(out, piece{Text: b.String(), Escaped: escaped})
			b.Reset()
		}
		escaped = esc
		b.WriteString(s)
	}
	width := 0
	for g := (glyphs{rest: text}); g.rest != ""; {
		before := g
		shown, w, esc := g.next()
		if width+w > columns-1 && !before.fit(columns-width) {
			put("…", false)
			break
		}
		put(shown, esc)
		width += w
	}
	if b.Len() > 0 {
		out = append(out, piece{Text: b.String(), Escaped: escaped})
	}
	return out
}

// glyphs walks over a text one character at a time.
type glyphs struct {
	rest  string
	marks int // combining marks since the last character that takes room
}

// next returns how the next character is shown, its columns, and whether it had
// to be escaped.
func (g *glyphs) next() (shown string, width int, escaped bool) {
	r, n := utf8.DecodeRuneInString(g.rest)
	raw := g.rest[:n]
	g.rest = g.rest[n:]
	if r == '\t' {
		g.marks = 0
		return " ", 1, false
	}
	if width = runeWidth(r); width == 0 {
		g.marks++
	} else {
		g.marks = 0
	}
	if r == utf8.RuneError && n == 1 || !showable(r) || g.marks > maxMarks {
		shown = escape(r, raw)
		return shown, len(shown), true
	}
	return raw, width, false
}

// fit reports whether the rest can be shown in the columns. It looks at no more of
// the text than that.
func (g glyphs) fit(columns int) bool {
	for g.rest != "" {
		_, w, _ := g.next()
		if columns -= w; columns < 0 {
			return false
		}
	}
	return true
}

// maxShown is how many columns of a text Safe shows.
const maxShown = 10_000

// Safe returns the text for a terminal, on one line: what a log says in control and
// invisible characters is escaped.
func Safe(text string) string { return safe(text, maxShown) }

// safe returns text as pieces shows it, in one string.
func safe(text string, columns int) string {
	if plain(text) && len(text) <= columns {
		return text
	}
	parts := pieces(text, columns)
	if len(parts) == 1 {
		return parts[0].Text
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// showable reports whether the character has a shape of its own and leaves its
// neighbours where they are.
func showable(r rune) bool {
	switch r {
	case ' ', 0x3000: // the ideographic space is ordinary in Japanese
		return true
	case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0: // letters that show nothing
		return false
	default:
		return unicode.IsPrint(r) && (r < 0xe0100 || r > 0xe01ef)
	}
}

const hexDigits = "0123456789abcdef"

// escape returns the character as \n, \x1b or \u202e. Bytes that are not UTF-8
// are written \xff.
func escape(r rune, raw string) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == utf8.RuneError && len(raw) == 1:
		return string([]byte{'\\', 'x', hexDigits[raw[0]>>4], hexDigits[raw[0]&15]})
	case r < 0x80:
		return string([]byte{'\\', 'x', hexDigits[r>>4], hexDigits[r&15]})
	case r < 0x10000:
		return string([]byte{'\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15]})
	default:
		out := []byte{'\\', 'U', '0', '0', '0', '0', '0', '0', '0', '0'}
		for at := len(out) - 1; r > 0; at, r = at-1, r>>4 {
			out[at] = hexDigits[r&15]
		}
		return string(out)
	}
}
