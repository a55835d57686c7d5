package crs

import (
	"fmt"
	"math"
	"slices"

	"github.com/sasumata/sasumata/internal/waf/literal"
	"github.com/sasumata/sasumata/internal/waf/transform"
)

// plainMarks are, with letters and digits, the characters of most values.
const plainMarks = "_-./:,@~!"

// plan makes the tests of the first links and the filters that find them.
func (c *compiler) plan() error {
	s := c.set
	number := map[testKey]int{}
	for i := range s.rules {
		r := &s.rules[i]
		first := &r.links[0]
		var in slotSet
		indirect := macroNeedsRequest(first.op) // a test sees one group only
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
	if len(s.tests) > math.MaxUint16 {
		return fmt.Errorf("%d operators behind transformations, at most %d are possible", len(s.tests), math.MaxUint16)
	}
	return s.filters()
}

// filters builds the filters and the plans of the slots.
func (s *Set) filters() error {
	everything, plain := literal.All(), literal.Plain(plainMarks).WithUpper()
	wide := literal.Plain(plainMarks + lineMarks).WithUpper()
	s.plainSet = transform.BytesOf([]byte(plainMarks + alphanumeric))
	s.wideSet = s.plainSet.With(transform.BytesOf([]byte(lineMarks)))
	s.simpleSet = transform.SimpleBytes()
	s.lineSet = transform.BytesOf([]byte(lineMarks)).With(s.simpleSet)
	s.full.add(s, &everything, anySlot)
	s.plain.add(s, &plain, anySlot)
	s.plain.add(s, &wide, structured|onlyStructured)
	if err := s.full.build(); err != nil {
		return err
	}
	if err := s.plain.build(); err != nil {
		return err
	}
	for n := range s.bySlot {
		s.bySlot[n] = s.planOf(slot(n)) // below slots
	}
	return nil
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// lineMarks are what divides the parts of a request line.
const lineMarks = "?&= "

// anySlot is every slot. A source for texts with lineMarks has the last bit in
// its place.
const (
	anySlot        = onlyStructured - 1
	onlyStructured = slotSet(1 << slots)
)

// structured are the slots whose texts hold the lineMarks.
const structured = slotSet(1<<slotLine | 1<<slotURI | 1<<slotURIRaw | 1<<slotQuery)

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

// planOf returns what there is to do for the values of a slot.
func (s *Set) planOf(in slot) slotPlan {
	var p slotPlan
	need, special := make([]bool, len(s.nodes)), make([]bool, len(s.nodes))
	mark := func(list []bool, n uint16) {
		for ; n != 0; n = s.nodes[n].parent {
			list[n] = true
		}
	}
	for i := range s.tests {
		t := &s.tests[i]
		if t.slots&in.set() == 0 {
			continue
		}
		p.tests = append(p.tests, uint16(i)) // plan counts them
		mark(need, t.node)
		if !s.nodes[t.node].simple {
			mark(special, t.node)
		}
	}
	for _, source := range s.plain.filter.Always() {
		if n := s.plain.test[source]; s.tests[n].slots&s.plain.slots[source]&in.set() != 0 && !slices.Contains(p.loose, n) {
			p.loose = append(p.loose, n)
			mark(special, s.tests[n].node)
		}
	}
	p.least = s.leastOf(p)
	for n := range need {
		if !need[n] {
			continue
		}
		p.nodes = append(p.nodes, uint16(n)) // a parent has the lower number
		p.wakes = p.wakes.With(s.nodes[n].tr.Wakes)
		if special[n] && !s.nodes[n].quiet {
			p.special = append(p.special, uint16(n)) // see above
		}
	}
	return p
}

// leastOf returns the length in bytes that a simple text has at least when the
// special nodes may make something of it that a test matches; 0 when that is not
// known. Base64 makes three bytes of four, and what comes behind it does not make
// more characters of them.
func (s *Set) leastOf(p slotPlan) int {
	for _, n := range p.loose {
		if !s.nodes[s.tests[n].node].quiet {
			return 0
		}
	}
	least := math.MaxInt32
	for _, n := range p.tests {
		t := &s.tests[n]
		if s.nodes[t.node].simple {
			continue
		}
		decoded := false
		for n := t.node; n != 0; n = s.nodes[n].parent {
			node := &s.nodes[n]
			if !node.tr.Shrinks {
				return 0
			}
			decoded = decoded || node.name == "base64decode"
		}
		if !decoded {
			return 0
		}
		least = min(least, (t.op.characters()*4+2)/3)
	}
	return least
}

// add adds what each test needs to find in a text of the alphabet.
func (f *filterOf) add(s *Set, a *literal.Alphabet, in slotSet) {
	for i := range s.tests {
		if s.tests[i].slots&in == 0 {
			continue
		}
		source, never := s.tests[i].op.sourceFor(a)
		if never {
			continue
		}
		f.sources = append(f.sources, source)
		f.test = append(f.test, uint16(i)) // plan counts them
		f.slots = append(f.slots, in)
	}
}

func (f *filterOf) build() (err error) {
	f.filter, err = literal.New(f.sources, nil)
	f.sources = nil
	return err
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
