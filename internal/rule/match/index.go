package match

import (
	"math"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// index finds the candidates among the rules for one combination of labels: the
// rules of which a witness holds.
type index struct {
	fields []*fieldIndex // by number; nil where no witness asks
	// keywords are the witnesses that may stand in any value. The literals of a field
	// hold them too, so that no value is searched twice.
	keywords *literalIndex
	always   []int32 // rules without a witness
	rules    []int32 // every rule, ascending
}

// fieldIndex looks up the values of one field.
type fieldIndex struct {
	present []int32
	exact   map[string][]int32
	longest int // length of the longest key of exact
	// base finds suffixes with a path separator by what stands behind the last.
	base     map[string][]suffix
	literals *literalIndex
}

type suffix struct {
	lit   string
	rules []int32
}

// literalIndex finds literals inside values.
type literalIndex struct {
	*grams
	rules    [][]int32 // by literal
	shortest int       // length of the shortest literal
}

// newIndex files the rules under their witnesses.
func newIndex(s *Set, rules []int32) *index {
	x := &index{fields: make([]*fieldIndex, len(s.fields.names)), rules: rules}
	find := newFinder(s, rules)
	literals := map[int32]map[literal][]int32{}
	for _, r := range rules {
		w, ok := find.of(&s.rules[r].root, false)
		for _, a := range w.atoms {
			if a.kind != atomContains && a.field == 0 {
				ok = false // only literals are looked for in every value
			}
		}
		if !ok {
			x.always = append(x.always, r)
			continue
		}
		for _, a := range w.atoms {
			x.file(a, r, literals)
		}
	}
	for field, lits := range literals {
		if field != 0 {
			for l, rules := range literals[0] {
				lits[l] = append(lits[l], rules...)
			}
		}
		li := newLiteralIndex(lits, s.profile.rarity(s.fields.names[field]))
		if field == 0 {
			x.keywords = li
		} else {
			x.field(field).literals = li
		}
	}
	return x
}

func (x *index) field(n int32) *fieldIndex {
	if x.fields[n] == nil {
		x.fields[n] = &fieldIndex{exact: map[string][]int32{}, base: map[string][]suffix{}}
	}
	return x.fields[n]
}

// file files a rule under an atom; literals are collected first.
func (x *index) file(a atom, rule int32, literals map[int32]map[literal][]int32) {
	l := literal{lit: a.lit}
	switch a.kind {
	case atomPresent:
		f := x.field(a.field)
		f.present = appendOnce(f.present, rule)
		return
	case atomExact:
		f := x.field(a.field)
		f.exact[a.lit] = appendOnce(f.exact[a.lit], rule)
		f.longest = max(f.longest, len(a.lit))
		return
	case atomSuffix:
		if name := base(a.lit); name != "" && strings.ContainsAny(a.lit, separators) {
			x.field(a.field).addSuffix(name, a.lit, rule)
			return
		}
		l.end = atEnd
	case atomPrefix:
		l.end = atStart
	default:
	}
	if literals[a.field] == nil {
		literals[a.field] = map[literal][]int32{}
	}
	literals[a.field][l] = appendOnce(literals[a.field][l], rule)
}

// appendOnce appends a rule that is filed in ascending order.
func appendOnce(rules []int32, rule int32) []int32 {
	if n := len(rules); n > 0 && rules[n-1] == rule {
		return rules
	}
	return append(rules, rule)
}

func (f *fieldIndex) addSuffix(name, lit string, rule int32) {
	list := f.base[name]
	for i := range list {
		if list[i].lit == lit {
			list[i].rules = appendOnce(list[i].rules, rule)
			return
		}
	}
	f.base[name] = append(list, suffix{lit, []int32{rule}})
}

func newLiteralIndex(lits map[literal][]int32, rarity func(uint32) float64) *literalIndex {
	li := &literalIndex{shortest: math.MaxInt}
	all := make([]literal, 0, len(lits))
	for l, rules := range lits {
		all = append(all, l)
		li.shortest = min(li.shortest, len(l.lit))
		li.rules = append(li.rules, rules)
	}
	li.grams = newGrams(all, rarity)
	return li
}

// candidates marks the rules of which a witness holds in the view.
func (x *index) candidates(m *Matcher) {
	m.markAll(x.always)
	v := m.view
	for _, field := range v.seen {
		if f := x.fields[field]; f != nil {
			f.lookUp(m, &v.slots[field])
		}
	}
	if x.keywords == nil {
		return
	}
	for i := range v.vals {
		val := &v.vals[i]
		if val.state&searched != 0 {
			val.state &^= searched
			continue
		}
		if val.longest() >= x.keywords.shortest {
			x.keywords.lookUp(m, v.foldedOf(val))
		}
	}
}

func (f *fieldIndex) lookUp(m *Matcher, s *slot) {
	m.markAll(f.present)
	if len(f.exact) == 0 && len(f.base) == 0 && f.literals == nil {
		return
	}
	v := m.view
	for i := s.first; i >= 0; {
		x := &v.vals[i]
		i = x.next
		low := v.foldedOf(x)
		if len(f.exact) > 0 {
			if len(low) <= f.longest {
				m.markAll(f.exact[string(low)])
			}
			if x.kind == event.Float || x.kind == event.Int && len(low) == 2 {
				m.markAll(f.exact[string(canonical(x.raw, x.kind, m.scratch[:0]))])
			}
		}
		if len(f.base) > 0 {
			for _, one := range f.base[string(baseOf(low))] {
				if len(low) >= len(one.lit) && string(low[len(low)-len(one.lit):]) == one.lit {
					m.markAll(one.rules)
				}
			}
		}
		if f.literals != nil {
			f.literals.lookUp(m, low)
			x.state |= searched
		}
	}
}

func (l *literalIndex) lookUp(m *Matcher, folded []byte) {
	l.scan(folded, func(id int32) bool {
		m.markAll(l.rules[id])
		return false
	})
}
