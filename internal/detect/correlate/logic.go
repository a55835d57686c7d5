package correlate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// The limits of a temporal condition.
const (
	maxSlots  = 64
	maxChains = 64
)

// logic is a condition over rules that occurred in the window.
type logic struct {
	op   string // "" is a slot
	slot int
	args []*logic
}

// holds evaluates the condition; seen says whether the rule of a slot occurred.
func (l *logic) holds(seen uint64) bool {
	switch l.op {
	case "and":
		for _, arg := range l.args {
			if !arg.holds(seen) {
				return false
			}
		}
		return true
	case "or":
		for _, arg := range l.args {
			if arg.holds(seen) {
				return true
			}
		}
		return false
	case "not":
		return !l.args[0].holds(seen)
	default:
		return seen&(1<<l.slot) != 0
	}
}

// chain is one way to satisfy an ordered condition: the rules of the slots occur
// in this order, and those of without do not occur.
type chain struct {
	slots   []int
	without []int
}

// compileLogic compiles the condition of a temporal correlation. An ordered one
// becomes its alternatives: in each, the rules occur in the order in which the
// condition names them.
func (r *rule) compileLogic() error {
	l, err := r.slotted(r.Logic)
	if err != nil {
		return err
	}
	if r.Type != "temporal_ordered" {
		r.logic = l
		return nil
	}
	r.chains, err = alternatives(l, false)
	return err
}

func (r *rule) slotted(in *sigma.Logic) (*logic, error) {
	if in.Op == "" {
		slot := slices.Index(r.Rules, in.Name)
		if slot < 0 {
			return nil, fmt.Errorf("the rule %q is not listed", in.Name)
		}
		return &logic{slot: slot}, nil
	}
	l := &logic{op: in.Op}
	for _, arg := range in.Args {
		a, err := r.slotted(arg)
		if err != nil {
			return nil, err
		}
		l.args = append(l.args, a)
	}
	return l, nil
}

// alternatives returns the disjunctive normal form.
func alternatives(l *logic, negated bool) ([]chain, error) {
	switch {
	case l.op == "" && negated:
		return []chain{{without: []int{l.slot}}}, nil
	case l.op == "":
		return []chain{{slots: []int{l.slot}}}, nil
	case l.op == "not":
		return alternatives(l.args[0], !negated)
	case (l.op == "or") != negated:
		var all []chain
		for _, arg := range l.args {
			more, err := alternatives(arg, negated)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return bounded(all)
	default:
		all := []chain{{}}
		for _, arg := range l.args {
			more, err := alternatives(arg, negated)
			if err != nil {
				return nil, err
			}
			var grown []chain
			for _, a := range all {
				for _, b := range more {
					grown = append(grown, chain{slices.Concat(a.slots, b.slots), slices.Concat(a.without, b.without)})
				}
			}
			if all, err = bounded(grown); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
}

func bounded(all []chain) ([]chain, error) {
	if len(all) > maxChains {
		return nil, errors.New("the condition has too many alternatives")
	}
	return all, nil
}
