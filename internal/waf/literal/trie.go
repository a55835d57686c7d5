package literal

import (
	"slices"
	"strings"
)

// trie is a scanner under construction.
type trie struct {
	class  [256]uint8
	width  int
	child  [][]int32 // by node and class; -1 is none
	out    [][]match
	strict bool
}

func newTrie(clauses []clause, longest int, plain *Alphabet) *trie {
	t := &trie{width: classFirst, strict: plain != nil}
	for c := range t.class {
		if plain != nil && !plain.has(rune(lower(byte(c)))) {
			t.class[c] = classRejected
		}
	}
	for _, c := range clauses {
		for _, literal := range c {
			text, _, _ := bounds(literal, longest)
			for _, b := range []byte(text) {
				t.addClass(b)
			}
		}
	}
	t.addNode()
	for id, c := range clauses {
		for _, literal := range c {
			text, left, right := bounds(literal, longest)
			t.add(text, match{
				clause: uint16(id), length: uint8(len(text)), left: left, right: right, // few clauses, short literals
			})
		}
	}
	return t
}

// bounds returns the literal's text, cut to the length, and whether words end at
// its ends. Boundaries inside of it, and beside characters that are no part of a
// word, are given up.
func bounds(literal string, longest int) (text string, left, right bool) {
	left, right = strings.HasPrefix(literal, boundary), strings.HasSuffix(literal, boundary)
	text = strings.ReplaceAll(literal, boundary, "")
	if len(text) > longest {
		text, right = text[:longest], false
	}
	return text, left && isWord(text[0]), right && isWord(text[len(text)-1])
}

func (t *trie) size() int { return len(t.child) + 1 }

func (t *trie) addClass(c byte) {
	if t.class[c] >= classFirst {
		return
	}
	t.class[c] = uint8(t.width) // lower-case bytes only: at most 230 classes
	if c >= 'a' && c <= 'z' {
		t.class[c-'a'+'A'] = t.class[c]
	}
	t.width++
}

func (t *trie) addNode() int32 {
	row := make([]int32, t.width)
	for i := range row {
		row[i] = -1
	}
	t.child, t.out = append(t.child, row), append(t.out, nil)
	return int32(len(t.child) - 1) // bounded by size
}

func (t *trie) add(literal string, m match) {
	n := int32(0)
	for i := range len(literal) {
		c := t.class[literal[i]]
		if t.child[n][c] < 0 {
			next := t.addNode()
			t.child[n][c] = next
		}
		n = t.child[n][c]
	}
	t.out[n] = union(t.out[n], []match{m})
}

// scanner completes the automaton: breadth first, a missing child is the child
// of the longest proper suffix.
func (t *trie) scanner() *scanner {
	fail := make([]int32, len(t.child))
	var queue []int32
	for c, k := range t.child[0] {
		if k < 0 {
			t.child[0][c] = 0
			continue
		}
		queue = append(queue, k)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		t.out[n] = union(t.out[n], t.out[fail[n]])
		for c, k := range t.child[n] {
			onFail := t.child[fail[n]][c]
			if k < 0 {
				t.child[n][c] = onFail
				continue
			}
			fail[k] = onFail
			queue = append(queue, k)
		}
	}
	return t.number()
}

// number gives the lowest numbers to the states that find something, so that one
// comparison tells.
func (t *trie) number() *scanner {
	s := &scanner{class: t.class, width: t.width}
	id := make([]uint16, len(t.child))
	if t.strict {
		s.found = append(s.found, nil)
	}
	for n, out := range t.out {
		if len(out) > 0 {
			id[n] = uint16(len(s.found)) // bounded by size
			s.found = append(s.found, out)
		}
	}
	states := len(s.found)
	for n, out := range t.out {
		if len(out) == 0 {
			id[n] = uint16(states) // bounded by size
			states++
		}
	}
	s.next, s.start = make([]uint16, states*s.width), id[0]
	for n, children := range t.child {
		for c, k := range children {
			s.next[int(id[n])*s.width+c] = id[k]
		}
		if t.strict {
			s.next[int(id[n])*s.width+classRejected] = 0
		}
	}
	return s
}

func union(a, b []match) []match {
	all := slices.Clone(a)
	for _, m := range b {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}
