package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// glob matches a whole text against literal texts, "*" (any text) and "?" (any
// one character).
//
// It is a chain of segments with a star between each two. A segment is looked
// for from left to right and never again: the leftmost place leaves the most
// text for the others. So the cost is at most the length of the text times the
// length of the pattern, whatever the text.
type glob struct {
	segments []segment
	// openStart and openEnd say that a star stands before the first and behind
	// the last segment.
	openStart, openEnd bool
}

// segment is a run of the pattern without stars.
type segment struct {
	plain string // UTF-8, compared byte by byte
	runes []rune // or character by character: anyRune is "?"
	fold  bool   // runes are lower case, and the text's characters are lowered
}

const anyRune = -1

func newGlob(parts []Piece, fold bool) glob {
	var g glob
	start := 0
	for i := 0; i <= len(parts); i++ {
		if i < len(parts) && !parts[i].Star {
			continue
		}
		if i > start {
			g.segments = append(g.segments, newSegment(parts[start:i], fold))
		}
		if i < len(parts) {
			g.openStart = g.openStart || i == 0
			g.openEnd = i == len(parts)-1
		}
		start = i + 1
	}
	return g
}

func newSegment(parts []Piece, fold bool) segment {
	if len(parts) == 1 && !parts[0].One && !fold && utf8.ValidString(parts[0].Literal) {
		return segment{plain: parts[0].Literal}
	}
	s := segment{fold: fold}
	for _, p := range parts {
		if p.One {
			s.runes = append(s.runes, anyRune)
			continue
		}
		for text := p.Literal; text != ""; {
			r, n := literalRune(text)
			if fold {
				r = lower(r)
			}
			s.runes = append(s.runes, r)
			text = text[n:]
		}
	}
	return s
}

// lastByte returns the byte that every text ends with that fits; ok is false when there
// is more than one, or when letter case folds.
func (g *glob) lastByte() (end byte, ok bool) {
	if g.openEnd || len(g.segments) == 0 {
		return 0, false
	}
	last := &g.segments[len(g.segments)-1]
	if last.runes != nil || last.plain == "" {
		return 0, false
	}
	return last.plain[len(last.plain)-1], true
}

func (g *glob) match(s string) bool {
	segments := g.segments
	if len(segments) == 0 {
		return g.openStart || g.openEnd || s == ""
	}
	if !g.openStart {
		n, ok := segments[0].prefix(s)
		if !ok {
			return false
		}
		s = s[n:]
		if segments = segments[1:]; len(segments) == 0 {
			return g.openEnd || s == ""
		}
	}
	if !g.openEnd {
		last := len(segments) - 1
		n, ok := segments[last].suffix(s)
		if !ok {
			return false
		}
		s, segments = s[:len(s)-n], segments[:last]
	}
	for i := range segments {
		end := segments[i].find(s)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return true
}

// prefix returns the length of the segment at the start of s.
func (g *segment) prefix(s string) (int, bool) {
	if g.runes == nil {
		return len(g.plain), strings.HasPrefix(s, g.plain)
	}
	at := 0
	for _, want := range g.runes {
		if at >= len(s) {
			return 0, false
		}
		r, n := literalRune(s[at:])
		if g.fold {
			r = lower(r)
		}
		if want != anyRune && want != r {
			return 0, false
		}
		at += n
	}
	return at, true
}

// suffix returns the length of the segment at the end of s.
func (g *segment) suffix(s string) (int, bool) {
	if g.runes == nil {
		return len(g.plain), strings.HasSuffix(s, g.plain)
	}
	start := len(s)
	for range g.runes {
		if start == 0 {
			return 0, false
		}
		_, n := utf8.DecodeLastRuneInString(s[:start])
		start -= n
	}
	return g.prefix(s[start:])
}

// find returns where the leftmost place of the segment in s ends, -1 when there
// is none.
func (g *segment) find(s string) int {
	if g.runes == nil {
		at := strings.Index(s, g.plain)
		if at < 0 {
			return -1
		}
		return at + len(g.plain)
	}
	for at := 0; at < len(s); {
		n, ok := g.prefix(s[at:])
		if ok {
			return at + n
		}
		_, step := utf8.DecodeRuneInString(s[at:])
		at += step
	}
	return -1
}

// lower is unicode.ToLower with a short way for ASCII; the stand-ins for bytes
// that are not UTF-8 stay. So does the dotted capital I: it is no case of the
// ASCII letter (Unicode, CaseFolding.txt), and strings.EqualFold agrees.
func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r |= 0x20
		}
		return r
	}
	if r == 'İ' {
		return r
	}
	return unicode.ToLower(r)
}

// literalRune returns the first character of the text and its length; bytes that
// are not UTF-8 stand for themselves, beyond the last character.
func literalRune(s string) (rune, int) {
	if c := s[0]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return utf8.MaxRune + 1 + rune(s[0]), 1
	}
	return r, n
}
