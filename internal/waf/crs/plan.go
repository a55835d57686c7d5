package crs

import (
	"slices"

	"github.com/sasumata/sasumata/internal/waf/literal"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// plainMarks are, with letters and digits, the characters of most values. No
// transformation of the Core Rule Set but those of case and base64 changes a text
// of them.
const plainMarks = "_-./:,@~!"

// plan makes the tests of the first links and the filters that find them.
func (c *compiler) plan() error {
	s := c.set
	number := map[testKey]int{}
	for i := range s.rules {
		r := &s.rules[i]
		first := &r.links[0]
		var in slotSet
		indirect := false
		for _, t := range first.targets {
			in |= t.slots
			indirect = indirect || t.kind != ofRequest
		}
		if indirect {
			s.direct = append(s.direct, uint16(i)) // below MaxRules
			r.cross = true
			continue
		}
		for _, n := range s.stages(first) {
			key := testKey{first.op.id, n}
			at, ok := number[key]
			if !ok {
				at = len(s.tests)
				number[key] = at
				s.tests = append(s.tests, test{op: first.op, node: n})
			}
			s.tests[at].slots |= in
			s.tests[at].rules = append(s.tests[at].rules, tested{uint16(i), in}) // below MaxRules
		}
	}
	for n := range s.bySlot {
		s.bySlot[n] = s.planOf(slot(n)) // below slots
	}
	alphabet := literal.Plain(plainMarks).WithUpper()
	for b := range 128 {
		if c := byte(b); c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			s.plainSet[c>>6] |= 1 << (c & 63)
		}
	}
	for _, b := range []byte(plainMarks) {
		s.plainSet[b>>6] |= 1 << (b & 63)
	}
	var err error
	if s.full, err = s.filterFor(nil); err != nil {
		return err
	}
	s.plain, err = s.filterFor(&alphabet)
	return err
}

type testKey struct{ operator, node uint16 }

// stages returns the nodes on whose text a link's operator runs: the last, or with
// multiMatch all on the way to it.
func (s *Set) stages(l *link) []uint16 {
	list := []uint16{l.node}
	for n := l.node; l.multi && n != 0; {
		n = s.nodes[n].parent
		list = append(list, n)
	}
	return list
}

// planOf returns the nodes, parents first, and tests for the values of a slot.
func (s *Set) planOf(in slot) slotPlan {
	var p slotPlan
	need := make([]bool, len(s.nodes))
	for i := range s.tests {
		if s.tests[i].slots&in.set() == 0 {
			continue
		}
		p.tests = append(p.tests, uint16(i)) // as many as rules, times stages
		for n := s.tests[i].node; n != 0; n = s.nodes[n].parent {
			need[n] = true
		}
	}
	for n := range need {
		if need[n] {
			p.nodes = append(p.nodes, uint16(n)) // a parent has the lower number
		}
	}
	return p
}

// filterFor builds the filter of all tests, for text of an alphabet.
func (s *Set) filterFor(plain *literal.Alphabet) (filterOf, error) {
	var (
		f       filterOf
		sources []literal.Source
	)
	for i := range s.tests {
		source := s.tests[i].op.sourceFor(plain)
		list := []literal.Source{source}
		if source.Tree != nil {
			list = list[:0]
			for _, branch := range literal.Branches(source.Tree) {
				list = append(list, literal.Source{Tree: branch})
			}
		}
		sources = append(sources, list...)
		f.test = append(f.test, slices.Repeat([]uint16{uint16(i)}, len(list))...) // see planOf
	}
	var err error
	f.filter, err = literal.New(sources, plain)
	return f, err
}

// wild reports text in which a letter beyond ASCII counts, in expressions that
// ignore case, as one of ASCII: the Kelvin sign and the long s. Literals say
// nothing about it.
func wild(text []byte, set transform.ByteSet) bool {
	if !set.Has(0xe2) && !set.Has(0xc5) {
		return false
	}
	for i := 0; i+1 < len(text); i++ {
		if text[i] == 0xc5 && text[i+1] == 0xbf || text[i] == 0xe2 && i+2 < len(text) && text[i+1] == 0x84 && text[i+2] == 0xaa {
			return true
		}
	}
	return false
}
