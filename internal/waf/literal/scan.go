package literal

import (
	"fmt"
	"math"
)

// scanner finds which clauses have one of their literals in a text, in one pass
// over its bytes (Aho-Corasick as a complete automaton). Upper case counts as
// lower case.
type scanner struct {
	class [256]uint8
	width int       // number of byte classes
	next  []uint16  // by state and class
	found [][]match // by state's number; only the first states have some
	start uint16
}

// match is the end of a literal of a clause.
type match struct {
	clause uint16
	length uint8
	// left and right ask for a word boundary before and behind the literal.
	left, right bool
}

// Byte classes with a meaning of their own; literal bytes come after them.
const (
	classOther    = iota // occurs in no literal
	classRejected        // outside the alphabet
	classFirst
)

// newScanner builds the automaton. With an alphabet, any byte outside of it ends
// the scan at once.
func newScanner(clauses []clause, plain *Alphabet) (*scanner, error) {
	// Shorter literals are weaker but still necessary: when there are too many
	// states, the literals give way.
	for _, longest := range []int{24, 12, 6, 3} {
		t := newTrie(clauses, longest, plain)
		if t.size() < math.MaxUint16 {
			return t.scanner(), nil
		}
	}
	return nil, fmt.Errorf("the patterns need more than %d scanner states", math.MaxUint16)
}

// mark sets the bit of each clause that has a literal in the text.
func (s *scanner) mark(text []byte, bits []uint64) {
	state, accepting := int(s.start), len(s.found)
	for i, c := range text {
		state = int(s.next[state*s.width+int(s.class[c])])
		if state >= accepting {
			continue
		}
		for _, m := range s.found[state] {
			if m.left && i >= int(m.length) && isWord(text[i-int(m.length)]) || m.right && i+1 < len(text) && isWord(text[i+1]) {
				continue
			}
			bits[m.clause>>6] |= 1 << (m.clause & 63)
		}
	}
}

// markString is mark for a strict scanner; it reports whether there was a
// literal, and whether all of the text is inside the alphabet.
func (s *scanner) markString(text string, bits []uint64) (found, inside bool) {
	state, accepting := int(s.start), len(s.found)
	for i := range len(text) {
		state = int(s.next[state*s.width+int(s.class[text[i]])])
		if state >= accepting {
			continue
		}
		if state == 0 {
			return found, false
		}
		for _, m := range s.found[state] {
			if m.left && i >= int(m.length) && isWord(text[i-int(m.length)]) || m.right && i+1 < len(text) && isWord(text[i+1]) {
				continue
			}
			found = true
			bits[m.clause>>6] |= 1 << (m.clause & 63)
		}
	}
	return found, true
}

// isWord reports a character that \b takes for part of a word.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c >= 'A' && c <= 'Z'
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lowerText is strings.ToLower for ASCII only, which leaves boundaries alone.
func lowerText(s string) string {
	for i := range len(s) {
		if s[i] != lower(s[i]) {
			b := []byte(s)
			for i, c := range b {
				b[i] = lower(c)
			}
			return string(b)
		}
	}
	return s
}
