package pipeline

import "strings"

// glob is a pattern in which * stands for any text, anchored at both ends.
type glob struct {
	prefix, suffix string
	middle         []string
	exact          bool
	need           []uint // see shape
}

func newGlob(pattern string) glob {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		g := glob{prefix: pattern, exact: true}
		g.need = g.pairs()
		return g
	}
	g := glob{prefix: parts[0], suffix: parts[len(parts)-1]}
	for _, part := range parts[1 : len(parts)-1] {
		if part != "" {
			g.middle = append(g.middle, part)
		}
	}
	g.need = g.pairs()
	return g
}

// match costs at most one search of the text for each part of the pattern.
func (g *glob) match(text string) bool {
	if g.exact {
		return text == g.prefix
	}
	if len(text) < len(g.prefix)+len(g.suffix) || !strings.HasPrefix(text, g.prefix) || !strings.HasSuffix(text, g.suffix) {
		return false
	}
	text = text[len(g.prefix) : len(text)-len(g.suffix)]
	for _, part := range g.middle {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
