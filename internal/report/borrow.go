package report

import "strings"

// Piece is a stretch of text that is shown as it is, or the escaped form of something
// that must not reach a screen.
type Piece = piece

// Pieces cuts a text into what may be shown and what is escaped, for templates. Text
// wider than columns ends with an ellipsis.
func Pieces(text string, columns int) []Piece { return pieces(text, columns) }

// Cut returns the text for a terminal on one line of at most columns.
func Cut(text string, columns int) string { return safe(text, columns) }

// Number writes n with a comma between thousands.
func Number(n int64) string { return number(n) }

// Style and Script are what the pages of all reports have in common.
func Style() string { return reportStyle }

// Script is the script of the pages: theme, filter, printing. They are complete
// without.
func Script() string { return reportScript }

// Policy returns a content security policy under which nothing is loaded, and of
// inline style and script only these are obeyed.
func Policy(style, script string) string {
	return "default-src 'none'; base-uri 'none'; form-action 'none'" +
		"; style-src '" + digest(style) + "'; script-src '" + digest(script) + "'"
}

// EscapeMarkdown returns the text as Markdown that shows it and nothing else: no links, no
// images, no mention of people, no HTML, no end of a cell. Text wider than columns ends
// with an ellipsis.
func EscapeMarkdown(text string, columns int) string {
	var out strings.Builder
	for _, r := range safe(text, columns) {
		switch r {
		case '\\', '`', '*', '_', '{', '}', '[', ']', '(', ')', '#', '+', '!', '|', '~':
			out.WriteByte('\\')
			out.WriteRune(r)
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		case '&':
			out.WriteString("&amp;")
		case '@': // not followed by a name: nobody is called
			out.WriteString("&#64;")
		case ':': // no bare address becomes a link
			out.WriteString("&#58;")
		default:
			out.WriteRune(r)
		}
	}
	return strings.ReplaceAll(out.String(), "www.", "www&#46;")
}
