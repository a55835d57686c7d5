package seclog

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// line is one line of JSON under way. Lines are used again and again.
type line struct{ b []byte }

// separate writes the comma before a member or element, unless it is the first. A line
// without bytes is the middle of an object, after its first members.
func (l *line) separate() {
	if n := len(l.b); n == 0 || l.b[n-1] != '{' && l.b[n-1] != '[' {
		l.b = append(l.b, ',')
	}
}

// key begins a member.
func (l *line) key(name string) {
	l.separate()
	l.quote(name)
	l.b = append(l.b, ':')
}

const hex = "0123456789abcdef"

// quote writes the text as a JSON string. What is no UTF-8 becomes U+FFFD; control
// characters, also those beyond ASCII, and the ends of lines of JavaScript are escaped.
func (l *line) quote(text string) {
	b := l.b
	b = append(b, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < 0x7f {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
			if r >= 0xa0 && r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || n > 1) {
				i += n
				continue
			}
		}
		b = append(b, text[start:i]...)
		switch r {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		start = i
	}
	l.b = append(append(b, text[start:]...), '"')
}

// cut writes at most limit bytes of the text, and how many there are more.
func (l *line) cut(text string, limit int) {
	if len(text) <= limit {
		l.quote(text)
		return
	}
	end := limit
	for end > 0 && end > limit-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	l.quote(text[:end])
	l.b = append(l.b[:len(l.b)-1], "…[cut "...)
	l.b = strconv.AppendInt(l.b, int64(len(text)-end), 10)
	l.b = append(l.b, ` bytes]"`...)
}

// time writes a time in UTC, with microseconds always.
func (l *line) time(t time.Time) {
	const layout = "2006-01-02T15:04:05.000000Z"
	l.b = append(l.b, '"')
	l.b = t.UTC().AppendFormat(l.b, layout)
	l.b = append(l.b, '"')
}

// stringMember writes a member if it has a value: text from outside, so it is judged.
func (l *line) stringMember(c *core, name, text string) {
	if text != "" {
		l.key(name)
		l.text(c, name, text)
	}
}

func (l *line) intMember(name string, n int64) {
	l.key(name)
	l.b = strconv.AppendInt(l.b, n, 10)
}
