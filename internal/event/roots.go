package event

import "strings"

// Roots is a set of the names with which the paths of attributes begin, as far as
// 64 bits tell them apart: who looks for one of many paths first asks whether any
// attribute begins like it.
type Roots uint64

// RootOf returns the beginnings that an attribute at the path may have.
func RootOf(path string) Roots {
	r := rootOf(path)
	if rest, ok := strings.CutPrefix(path, CustomPrefix); ok {
		r |= rootOf(rest)
	}
	return r
}

// Roots returns the beginnings of the event's attributes. Get finds nothing at a path
// whose RootOf has none of them.
func (e *Event) Roots() Roots {
	var all Roots
	for c := e.nodes[0].first; c != 0; c = e.nodes[c].next {
		all |= rootOf(e.nodes[c].key)
	}
	return all
}

// rootOf returns the bit for the text before the first dot.
func rootOf(path string) Roots {
	n := strings.IndexByte(path, '.')
	if n < 0 {
		n = len(path)
	}
	if n == 0 {
		return 1
	}
	h := uint32(n)*31 + uint32(path[0])
	h = h*31 + uint32(path[n/2])
	h = h*31 + uint32(path[n-1])
	return 1 << (h * 2654435769 >> 26)
}
