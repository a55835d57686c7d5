package match

import "math"

// atomKind is a test that an index can look up.
type atomKind uint8

const (
	atomExact atomKind = iota
	atomPrefix
	atomSuffix
	atomContains
	atomPresent
)

// atom is a test by which a rule is found: its field, what the field's value
// must be, start with, end with or hold, folded; or that there is a value.
type atom struct {
	field int32
	kind  atomKind
	lit   string
}

// guess estimates how often the atom holds when nothing was observed.
func (a atom) guess() float64 {
	switch {
	case a.kind == atomPresent:
		return 0.5
	case a.kind == atomExact && len(a.lit) == 0:
		return 0.02
	case a.kind == atomExact:
		return 0.005
	case len(a.lit) < 4:
		return 0.3 / float64(1+len(a.lit))
	default:
		best := 1.0
		for i := 0; i+4 <= len(a.lit); i++ {
			best = min(best, staticRarity(gramOf([]byte(a.lit[i:i+4]), 4)))
		}
		return best / float64(len(a.lit))
	}
}

// witnesses are atoms of which one holds whenever the rule does, and how often
// one is expected to.
type witnesses struct {
	atoms  []atom
	chance float64
}

// finder chooses the witnesses of rules.
type finder struct {
	names   []string
	profile *Profile
	users   map[atom]int // how many rules ask for it; nil where a profile says more
}

// newFinder returns a finder for the rules. What many rules ask for is taken for
// common, as long as no profile says how common it is.
func newFinder(s *Set, rules []int32) finder {
	f := finder{names: s.fields.names, profile: s.profile}
	if s.profile.known() {
		return f
	}
	f.users = map[atom]int{}
	for _, r := range rules {
		f.count(&s.rules[r].root)
	}
	return f
}

func (f finder) count(n *node) {
	if n.op == Leaf {
		atoms, _ := n.test.atoms(false)
		for _, a := range atoms {
			f.users[a]++
		}
	}
	for i := range n.args {
		f.count(&n.args[i])
	}
}

// of returns the witnesses of a node, or of its negation; ok is false when it
// can hold without any.
func (f finder) of(n *node, negated bool) (w witnesses, ok bool) {
	switch {
	case n.op == Leaf:
		return f.weigh(n.test.atoms(negated))
	case n.op == Not:
		return f.of(&n.args[0], !negated)
	case (n.op == And) != negated: // the best of the arguments
		w.chance = math.Inf(1)
		for i := range n.args {
			if one, has := f.of(&n.args[i], negated); has && one.chance < w.chance {
				w, ok = one, true
			}
		}
		return w, ok
	default: // all of them
		for i := range n.args {
			one, has := f.of(&n.args[i], negated)
			if !has {
				return witnesses{}, false
			}
			w.atoms = append(w.atoms, one.atoms...)
			w.chance += one.chance
		}
		return w, true
	}
}

func (f finder) weigh(atoms []atom, ok bool) (witnesses, bool) {
	w := witnesses{atoms: atoms}
	for _, a := range atoms {
		chance := f.profile.chance(f.names, a)
		if n := f.users[a]; n > 1 && a.kind == atomExact {
			chance = min(0.4, chance*float64(n))
		}
		w.chance += chance
	}
	return w, ok
}

// minRegexpLiteral is the length in bytes from which on a literal of an
// expression is worth a search.
const minRegexpLiteral = 3

// atoms returns the atoms of a test, or of its negation.
func (t *test) atoms(negated bool) (atoms []atom, ok bool) {
	one := func(kind atomKind, lit string) ([]atom, bool) { return []atom{{t.field, kind, lit}}, true }
	present := func() ([]atom, bool) {
		if t.field == 0 {
			return nil, false
		}
		return one(atomPresent, "")
	}
	switch {
	case t.kind == never:
		return nil, !negated
	case t.kind == isNull && negated, t.kind == isPresent && t.want != negated:
		return present()
	case negated, t.kind == isNull, t.kind == isPresent, t.kind == asksCode:
		return nil, false
	}
	lit := fold(string(t.lit))
	switch t.kind {
	case exactText:
		return one(atomExact, lit)
	case prefixText:
		return one(atomPrefix, lit)
	case suffixText:
		return one(atomSuffix, lit)
	case containsText:
		if lit == "" {
			return present()
		}
		return one(atomContains, lit)
	case globText:
		if t.witness == "" {
			return present()
		}
		return one(atomContains, t.witness)
	case oneOf:
		for s := range t.set {
			atoms = append(atoms, atom{t.field, atomExact, s})
		}
		return atoms, true
	case containsAny:
		for _, l := range t.any {
			atoms = append(atoms, atom{t.field, atomContains, l.lit})
		}
		return atoms, true
	case endsWithAny:
		for _, lits := range t.ends {
			for _, lit := range lits {
				atoms = append(atoms, atom{t.field, atomSuffix, lit})
			}
		}
		return atoms, true
	case isNumber:
		atoms = append(atoms, atom{t.field, atomExact, fold(t.numText)})
		if plain := NumberText(t.num, false); plain != t.numText {
			atoms = append(atoms, atom{t.field, atomExact, plain})
		}
		return atoms, true
	case isBool:
		if t.want {
			return one(atomExact, "true")
		}
		return one(atomExact, "false")
	case matchesRegexp:
		if longest := t.re.longest(); len(longest) >= minRegexpLiteral {
			return one(atomContains, longest)
		}
		for _, lit := range t.re.either {
			atoms = append(atoms, atom{t.field, atomContains, string(lit)})
		}
		if len(atoms) > 0 {
			return atoms, true
		}
		return present()
	default:
		return present()
	}
}
