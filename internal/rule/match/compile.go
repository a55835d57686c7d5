package match

import (
	"errors"
	"fmt"
	"slices"
)

// The limits of one rule: text written by strangers must not cost the machine.
const (
	maxTests = 1 << 17
	maxNest  = 200
)

// node is a compiled Expr.
type node struct {
	op   Op
	test *test
	args []node
	cost float64
}

// compiler turns trees into nodes over the numbers of fields.
type compiler struct {
	fields *fields
}

// fieldPaths appends the paths that the tree reads, and checks its limits: a tree
// may hold one part many times.
func fieldPaths(e *Expr, paths []string, depth int, tests *int) ([]string, error) {
	if depth == 0 {
		return nil, fmt.Errorf("nested deeper than %d", maxNest)
	}
	if e == nil || e.Op == Leaf && e.Test == nil || e.Op == Not && len(e.Args) != 1 {
		return nil, errors.New("not a tree of tests")
	}
	if *tests++; *tests > maxTests {
		return nil, fmt.Errorf("more than %d tests", maxTests)
	}
	if e.Op == Leaf {
		if e.Test.Kind == FieldRef {
			paths = append(paths, e.Test.Ref)
		}
		return append(paths, e.Test.Field), nil
	}
	var err error
	for _, arg := range e.Args {
		if paths, err = fieldPaths(arg, paths, depth-1, tests); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func (c *compiler) node(e *Expr) (node, error) {
	if e.Op == Leaf {
		t, err := c.test(e.Test)
		if err != nil {
			return node{}, err
		}
		return node{op: Leaf, test: t, cost: t.cost()}, nil
	}
	n := node{op: e.Op}
	args := e.Args
	if e.Op == Or {
		sets, rest := c.sets(args)
		n.args, args = sets, rest
	}
	for _, arg := range args {
		a, err := c.node(arg)
		if err != nil {
			return node{}, err
		}
		n.args = append(n.args, a)
	}
	return n, nil
}

// minSet returns from how many alternatives on a disjunction over one field
// becomes one test; 0 is never.
func minSet(kind testKind) int {
	switch kind {
	case exactText, suffixText:
		return 3
	case containsText:
		return 12
	default:
		return 0
	}
}

// member is what the tests of one set have in common.
type member struct {
	field string
	kind  testKind
}

// sets folds alternatives over one field into tests of a whole set, and returns
// what is left.
func (c *compiler) sets(args []*Expr) (sets []node, rest []*Expr) {
	found := map[member][]string{}
	var order []member
	for _, arg := range args {
		if m, lit, ok := setMember(arg); ok {
			if found[m] == nil {
				order = append(order, m)
			}
			found[m] = append(found[m], lit)
		}
	}
	for _, arg := range args {
		if m, _, ok := setMember(arg); !ok || len(found[m]) < minSet(m.kind) {
			rest = append(rest, arg)
		}
	}
	for _, m := range order {
		if len(found[m]) >= minSet(m.kind) {
			t := setTest(m.kind, found[m])
			t.field = c.fields.number(m.field)
			sets = append(sets, node{op: Leaf, test: t, cost: t.cost()})
		}
	}
	return sets, rest
}

// setTest returns the test that holds when one of the tests with the literals
// does.
func setTest(kind testKind, lits []string) *test {
	slices.Sort(lits)
	lits = slices.Compact(lits)
	switch kind {
	case exactText:
		t := &test{kind: oneOf, set: map[string]struct{}{}}
		for _, lit := range lits {
			t.set[lit] = struct{}{}
		}
		return t
	case suffixText:
		t := &test{kind: endsWithAny, ends: map[string][]string{}}
		for _, lit := range lits {
			t.ends[base(lit)] = append(t.ends[base(lit)], lit)
		}
		return t
	default:
		t := &test{kind: containsAny}
		for _, lit := range lits {
			t.any = append(t.any, literal{lit: lit})
		}
		t.grams = newGrams(t.any, staticRarity)
		return t
	}
}

// setMember returns the set that a test may join, and its folded text.
func setMember(e *Expr) (m member, lit string, ok bool) {
	if e.Op != Leaf || e.Test.Kind != Text || e.Test.Cased || e.Test.Field == "" {
		return m, "", false
	}
	kind, lit, _ := shape(e.Test.Pattern.tidy().folded())
	switch kind {
	case exactText:
	case suffixText:
		if base(lit) == "" || base(lit) == lit {
			return m, "", false // without a separator its base is not that of the value
		}
	case containsText:
	default:
		return m, "", false
	}
	return member{e.Test.Field, kind}, lit, true
}

// eval reports whether the view satisfies the node, and adds the tests that it
// ran to steps.
func (n *node) eval(v *View, steps *int) bool {
	switch n.op {
	case Leaf:
		*steps++
		return n.test.holds(v)
	case And:
		for i := range n.args {
			if !n.args[i].eval(v, steps) {
				return false
			}
		}
		return true
	case Or:
		for i := range n.args {
			if n.args[i].eval(v, steps) {
				return true
			}
		}
		return false
	default:
		return !n.args[0].eval(v, steps)
	}
}
