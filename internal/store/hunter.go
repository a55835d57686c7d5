package store

import "bytes"

// hunter finds texts, in lower-case ASCII, in bytes with letters of either case.
type hunter struct {
	in    []byte
	needs []string
	// first is the text that is looked for before the others, and rare is where its
	// rarest byte stands.
	first, rare  int
	lower, upper byte // that byte
	// nextLower and nextUpper are where it stands next.
	nextLower, nextUpper int
}

const (
	// sampled is how many bytes say what is rare.
	sampled = 4 << 10
	// dear is how many places of a byte cost as much as one of a whole text, of which the
	// others must be looked for.
	dear = 20
)

// newHunter returns a hunter for the texts, all of which are wanted.
func newHunter(in []byte, needs []string) *hunter {
	h := &hunter{in: in, needs: needs, nextLower: -1, nextUpper: -1}
	sample := in[:min(len(in), sampled)]
	var often [256]int
	for _, c := range sample {
		often[c]++
	}
	least := -1
	for i, text := range needs {
		found := dear * countFold(sample, text)
		for at := range len(text) {
			lower, upper := text[at], upperOf(text[at])
			cost := found + often[lower]
			if upper != lower {
				cost += often[upper]
			}
			if least < 0 || cost < least {
				least = cost
				h.first, h.rare, h.lower, h.upper = i, at, lower, upper
			}
		}
	}
	return h
}

func upperOf(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c &^ 0x20
	}
	return c
}

// next returns where the first of the texts begins next, from there on; -1 for nowhere.
func (h *hunter) next(from int) int {
	text := h.needs[h.first]
	for at := from + h.rare; ; at++ {
		h.nextLower = h.seek(h.nextLower, at, h.lower)
		h.nextUpper = h.seek(h.nextUpper, at, h.upper)
		at = min(h.nextLower, h.nextUpper)
		begin := at - h.rare
		if begin+len(text) > len(h.in) {
			return -1
		}
		if equalFold(h.in[begin:begin+len(text)], text) {
			return begin
		}
	}
}

// seek returns where the byte stands next: at known, unless that lies behind.
func (h *hunter) seek(known, from int, c byte) int {
	if known >= from {
		return known
	}
	if from < len(h.in) {
		if i := bytes.IndexByte(h.in[from:], c); i >= 0 {
			return from + i
		}
	}
	return len(h.in)
}

// all reports whether all of the texts stand between the two places.
func (h *hunter) all(begin, end int) bool {
	for _, text := range h.needs {
		if !containsFold(h.in[begin:end], text) {
			return false
		}
	}
	return true
}

// containsFold reports whether the text, in lower-case ASCII, is in s in any case.
func containsFold(s []byte, text string) bool {
	lower, upper := text[0], upperOf(text[0])
	return indexFold(s, text, lower) >= 0 || upper != lower && indexFold(s, text, upper) >= 0
}

// countFold returns how often it is.
func countFold(s []byte, text string) (n int) {
	lower, upper := text[0], upperOf(text[0])
	for i := range len(s) - len(text) + 1 {
		if c := s[i]; (c == lower || c == upper) && equalFold(s[i:i+len(text)], text) {
			n++
		}
	}
	return n
}

// indexFold returns where the text is, with its first byte in that case; -1 for nowhere.
func indexFold(s []byte, text string, first byte) int {
	for at := 0; ; at++ {
		i := bytes.IndexByte(s[at:], first)
		if at += i; i < 0 || at+len(text) > len(s) {
			return -1
		}
		if equalFold(s[at:at+len(text)], text) {
			return at
		}
	}
}

// equalFold reports whether s is the text, in lower-case ASCII, in any case.
func equalFold(s []byte, text string) bool {
	for i := range len(text) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != text[i] {
			return false
		}
	}
	return true
}
