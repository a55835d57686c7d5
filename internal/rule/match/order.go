package match

import (
	"cmp"
	"slices"
)

// ordered returns a copy of the node whose arguments stand in the order that
// ends soonest: in an AND what fails often and costs little comes first, in an OR
// what holds often. Chance is how often the node is expected to hold, cost what
// it takes until that is known.
func (f finder) ordered(n *node) (out node, chance float64) {
	out = node{op: n.op, test: n.test, cost: n.cost}
	switch n.op {
	case Leaf:
		return out, f.likely(n.test)
	case Not:
		arg, p := f.ordered(&n.args[0])
		out.args, out.cost = []node{arg}, arg.cost
		return out, 1 - p
	default: // And and Or, below
	}
	type ranked struct {
		node
		chance, rank float64
	}
	args := make([]ranked, len(n.args))
	for i := range n.args {
		arg, p := f.ordered(&n.args[i])
		ends := p // chance that this argument ends the evaluation
		if n.op == And {
			ends = 1 - p
		}
		args[i] = ranked{arg, p, arg.cost / (ends + 0.001)}
	}
	slices.SortStableFunc(args, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out.args = make([]node, len(args))
	out.cost = 0
	reached, none := 1.0, 1.0
	chance = 1
	for i, arg := range args {
		out.args[i] = arg.node
		out.cost += reached * arg.cost
		if n.op == And {
			reached *= arg.chance
			chance = min(chance, arg.chance)
		} else {
			none *= 1 - arg.chance
			reached = none
		}
	}
	if n.op == Or {
		chance = 1 - none
	}
	return out, chance
}

// likely estimates how often a test holds.
func (f finder) likely(t *test) float64 {
	if w, ok := f.weigh(t.atoms(false)); ok && len(w.atoms) > 0 {
		switch t.kind {
		case matchesRegexp, globText, inNetwork, compares, hasTimePart, sameField:
			return min(1, w.chance) / 2 // the atoms are less than the test
		default:
			return min(1, w.chance)
		}
	}
	switch t.kind {
	case isNull:
		absent, _ := f.weigh([]atom{{t.field, atomPresent, ""}}, true)
		return 1 - min(1, absent.chance)
	case never:
		return 0
	default:
		return 0.5
	}
}
