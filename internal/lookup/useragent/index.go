package useragent

import (
	"sync"
	"unicode/utf8"
)

// index finds, in one pass over a text, the rules whose expressions can match it:
// those for which every group of literals has one in the text. It is an
// Aho-Corasick automaton over the text in lower case.
type index struct {
	rules  int
	class  [256]uint8 // of a byte; 0 for bytes that no literal holds
	width  int        // number of classes
	next   []int32    // state*width + class -> state
	found  [][]int32  // literals that end in a state
	posts  [][]post   // by literal: which groups of which rules it satisfies
	need   []uint8    // by rule: one bit for each group
	always bitset     // rules without groups
	pool   sync.Pool
}

// post is one group of a rule.
type post struct {
	rule int32
	bit  uint8
}

// scratch is the memory of one pass.
type scratch struct {
	have       []uint8 // by rule
	candidates bitset
	seen       bitset // literals
}

// newIndex builds the index and drops the parse trees of the rules.
func newIndex(rules []*rule) *index {
	x := &index{rules: len(rules), need: make([]uint8, len(rules)), always: make(bitset, len(rules)/64+1), width: 1}
	ids := map[string]int32{}
	var words []string
	for i, r := range rules {
		groups := required(r.parts)
		r.parts = nil
		for bit, group := range groups {
			x.need[i] |= 1 << bit
			for _, word := range group {
				id, ok := ids[word]
				if !ok {
					id = int32(len(words)) // a document holds fewer
					ids[word] = id
					words = append(words, word)
					x.posts = append(x.posts, nil)
				}
				x.posts[id] = append(x.posts[id], post{rule: int32(i), bit: 1 << bit})
			}
		}
		if len(groups) == 0 {
			x.always.set(i)
		}
	}
	x.build(words)
	x.pool.New = func() any {
		return &scratch{
			have:       make([]uint8, len(rules)),
			candidates: make(bitset, len(rules)/64+1),
			seen:       make(bitset, len(words)/64+1),
		}
	}
	return x
}

// build makes the automaton with all its transitions.
func (x *index) build(words []string) {
	size := 1
	for _, w := range words {
		size += len(w)
		for i := range len(w) {
			if c := w[i]; x.class[c] == 0 {
				x.class[c] = uint8(x.width) // at most 128 are ASCII
				x.width++
			}
		}
	}
	x.next = make([]int32, 0, size*x.width)
	state := func() int32 {
		x.next = append(x.next, make([]int32, x.width)...)
		x.found = append(x.found, nil)
		return int32(len(x.found) - 1) // fewer than bytes in the document
	}
	state()
	for id, w := range words {
		at := int32(0)
		for i := range len(w) {
			slot := int(at)*x.width + int(x.class[w[i]])
			if x.next[slot] == 0 {
				to := state()
				x.next[slot] = to
			}
			at = x.next[slot]
		}
		x.found[at] = append(x.found[at], int32(id))
	}
	x.link()
}

// link adds, breadth first, the transitions back to shorter beginnings.
func (x *index) link() {
	back := make([]int32, len(x.found))
	var queue []int32
	for c := range x.width {
		if to := x.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		x.found[at] = append(x.found[at], x.found[back[at]]...)
		for c := range x.width {
			slot, fall := int(at)*x.width+c, x.next[int(back[at])*x.width+c]
			if to := x.next[slot]; to != 0 {
				back[to] = fall
				queue = append(queue, to)
			} else {
				x.next[slot] = fall
			}
		}
	}
}

func (x *index) scratch() *scratch  { return x.pool.Get().(*scratch) } //nolint:forcetypeassert // see New
func (x *index) release(s *scratch) { x.pool.Put(s) }

// mark sets the candidates for the text.
func (x *index) mark(s *scratch, text string) {
	clear(s.have)
	clear(s.seen)
	copy(s.candidates, x.always)
	at := x.next[x.class[begin]]
	for i := 0; i < len(text); {
		c, size := fold(text[i:])
		i += size
		at = x.next[int(at)*x.width+int(x.class[c])]
		for _, id := range x.found[at] {
			if s.seen[id/64]&(1<<(id%64)) != 0 {
				continue
			}
			s.seen.set(int(id))
			for _, p := range x.posts[id] {
				s.have[p.rule] |= p.bit
				if s.have[p.rule] == x.need[p.rule] {
					s.candidates.set(int(p.rule))
				}
			}
		}
	}
}

// fold returns the first byte of s in lower case, and how many bytes it stands
// for. Two characters beyond ASCII are equal to letters for an expression that
// ignores case: the Kelvin sign and the long s. Other bytes beyond ASCII are in
// no literal, and neither is the byte that stands for the beginning.
func fold(s string) (c byte, size int) {
	c = s[0]
	switch {
	case c >= 'A' && c <= 'Z':
		return c | 0x20, 1
	case c == begin:
		return utf8.RuneSelf, 1
	case c < utf8.RuneSelf:
		return c, 1
	case len(s) >= 3 && s[:3] == "\u212a":
		return 'k', 3
	case len(s) >= 2 && s[:2] == "\u017f":
		return 's', 2
	default:
		return c, 1
	}
}
