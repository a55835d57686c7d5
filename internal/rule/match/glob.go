package match

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// tidy joins neighbouring literals and runs of '*', and drops empty literals.
func (p Pattern) tidy() Pattern {
	var out Pattern
	for _, part := range p {
		last := len(out) - 1
		switch {
		case part.Wild == 0 && part.Lit == "":
		case part.Wild == '*' && last >= 0 && out[last].Wild == '*':
		case part.Wild == 0 && last >= 0 && out[last].Wild == 0:
			out[last].Lit += part.Lit
		default:
			out = append(out, part)
		}
	}
	return out
}

// search returns the pattern with a '*' at both ends.
func (p Pattern) search() Pattern {
	return append(append(Pattern{{Wild: '*'}}, p...), Part{Wild: '*'}).tidy()
}

// longest returns the longest literal of the pattern.
func (p Pattern) longest() string {
	best := ""
	for _, part := range p {
		if len(part.Lit) > len(best) {
			best = part.Lit
		}
	}
	return best
}

// glob is a pattern with wildcards in its middle: segments that must occur one
// behind the other. It never goes back, so its cost is the length of the text
// times that of the longest segment with a '?'.
type glob struct {
	segments     []segment
	openL, openR bool // a '*' at the start, at the end
}

// segment is what stands between two '*'.
type segment struct {
	lit   []byte
	parts []Part // when it holds a '?'
}

func newGlob(p Pattern) *glob {
	g := &glob{}
	var parts []Part
	flush := func() {
		if len(parts) == 0 {
			return
		}
		s := segment{parts: parts}
		if len(parts) == 1 && parts[0].Wild == 0 {
			s = segment{lit: []byte(parts[0].Lit)}
		}
		g.segments = append(g.segments, s)
		parts = nil
	}
	for i, part := range p {
		if part.Wild != '*' {
			parts = append(parts, part)
			continue
		}
		flush()
		g.openL = g.openL || i == 0
		g.openR = i == len(p)-1
	}
	flush()
	return g
}

// matches reports whether the whole text is of the pattern.
func (g *glob) matches(text []byte) bool {
	rest := g.segments
	if len(rest) == 0 {
		return g.openL || len(text) == 0
	}
	if !g.openL {
		n := rest[0].prefix(text)
		if n < 0 {
			return false
		}
		if len(rest) == 1 && !g.openR {
			return n == len(text)
		}
		text, rest = text[n:], rest[1:]
	}
	if !g.openR {
		last := &rest[len(rest)-1]
		n := last.suffix(text)
		if n < 0 {
			return false
		}
		text, rest = text[:len(text)-n], rest[:len(rest)-1]
	}
	for i := range rest {
		n := rest[i].find(text)
		if n < 0 {
			return false
		}
		text = text[n:]
	}
	return true
}

// prefix returns the length of the segment at the start of the text, -1 when it
// does not stand there.
func (s *segment) prefix(text []byte) int {
	if s.parts == nil {
		if bytes.HasPrefix(text, s.lit) {
			return len(s.lit)
		}
		return -1
	}
	at := 0
	for _, p := range s.parts {
		if p.Wild == 0 {
			if len(text)-at < len(p.Lit) || string(text[at:at+len(p.Lit)]) != p.Lit {
				return -1
			}
			at += len(p.Lit)
			continue
		}
		if at >= len(text) {
			return -1
		}
		_, n := utf8.DecodeRune(text[at:])
		at += n
	}
	return at
}

// suffix returns the length of the segment at the end of the text.
func (s *segment) suffix(text []byte) int {
	if s.parts == nil {
		if bytes.HasSuffix(text, s.lit) {
			return len(s.lit)
		}
		return -1
	}
	at := len(text)
	for _, p := range slices.Backward(s.parts) {
		if p.Wild == 0 {
			if at < len(p.Lit) || string(text[at-len(p.Lit):at]) != p.Lit {
				return -1
			}
			at -= len(p.Lit)
			continue
		}
		if at == 0 {
			return -1
		}
		_, n := utf8.DecodeLastRune(text[:at])
		at -= n
	}
	return len(text) - at
}

// find returns where the first occurrence of the segment ends.
func (s *segment) find(text []byte) int {
	if s.parts == nil {
		if at := bytes.Index(text, s.lit); at >= 0 {
			return at + len(s.lit)
		}
		return -1
	}
	for at := 0; at <= len(text); at++ {
		if at < len(text) && !utf8.RuneStart(text[at]) {
			continue
		}
		if n := s.prefix(text[at:]); n >= 0 {
			return at + n
		}
	}
	return -1
}

// folded returns the pattern with letter case removed.
func (p Pattern) folded() Pattern {
	out := make(Pattern, len(p))
	for i, part := range p {
		out[i] = Part{Lit: fold(part.Lit), Wild: part.Wild}
	}
	return out
}

// separators divide the names of a path.
const separators = `\/`

// base returns what stands behind the last separator of a path.
func base(s string) string { return s[strings.LastIndexAny(s, separators)+1:] }

func baseOf(text []byte) []byte {
	for i, c := range slices.Backward(text) {
		if c == '\\' || c == '/' {
			return text[i+1:]
		}
	}
	return text
}
