package seclang

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
)

// text is a piece of a logical line, which knows where its bytes were written.
type text struct {
	s    string
	from int // offset of s in the logical line
	line *logical
}

// logical is a line after its continuations were joined.
type logical struct {
	file   string
	joined string
	pieces []piece
}

// piece is what one physical line gave to a logical one.
type piece struct {
	at        int // offset in the logical line
	line, col int
}

func (t text) cut(from, to int) text { return text{t.s[from:to], t.from + from, t.line} }

// trim takes white space off both ends.
func (t text) trim() text {
	from := len(t.s) - len(strings.TrimLeft(t.s, " \t"))
	to := len(strings.TrimRight(t.s, " \t"))
	return t.cut(min(from, to), to)
}

// unquote takes a pair of quotation marks off.
func (t text) unquote(mark byte) text {
	if len(t.s) >= 2 && t.s[0] == mark && t.s[len(t.s)-1] == mark {
		return t.cut(1, len(t.s)-1)
	}
	return t
}

func (t text) pos() document.Pos { return t.posAt(0) }

// posAt returns the place of a byte of the text.
func (t text) posAt(offset int) document.Pos {
	at := t.from + offset
	i := sort.Search(len(t.line.pieces), func(i int) bool { return t.line.pieces[i].at > at }) - 1
	p := t.line.pieces[max(i, 0)]
	col := p.col + utf8.RuneCountInString(t.line.joined[p.at:at])
	return document.Pos{File: t.line.file, Line: p.line, Col: col}
}

// logicalLines joins the lines that end with a backslash to the next one. Empty
// lines and comments are left out, also between the lines of a continuation.
func logicalLines(file, data string) []text {
	var (
		all    []text
		line   *logical
		joined strings.Builder
	)
	flush := func() {
		if line != nil {
			line.joined = joined.String()
			all = append(all, text{line.joined, 0, line})
		}
		line = nil
		joined.Reset()
	}
	number := 0
	for raw := range strings.Lines(data) {
		number++
		s := strings.TrimSpace(raw)
		if s == "" || s[0] == '#' {
			continue
		}
		if line == nil {
			line = &logical{file: file}
		}
		indent := strings.Index(raw, s)
		line.pieces = append(line.pieces, piece{joined.Len(), number, 1 + utf8.RuneCountInString(raw[:indent])})
		body, more := strings.CutSuffix(s, `\`)
		joined.WriteString(body)
		if !more {
			flush()
		}
	}
	flush()
	return all
}
