package store

import (
	"github.com/sasumata/sasumata/internal/event"
)

// unknown marks a value of a dictionary that was not asked about yet.
const unknown verdict = 255

// decide asks about the values of a column: once about each in a dictionary. Rows
// without a value have the verdict absent, and those that are not in live any.
func (g *group) decide(column string, absent verdict, live []bool, a asker) (verdicts, error) {
	v, err := g.peek(column)
	if err != nil {
		return verdicts{}, err
	}
	switch {
	case v == nil:
		return uniform(absent), nil
	case v.dict:
		return g.decideEntries(column, v, absent, live, a.ask)
	}
	if err := g.finish(column, v); err != nil {
		return verdicts{}, err
	}
	if v.kind == 's' && absent == no && len(a.needs) > 0 {
		return v.hunt(live, a)
	}
	out := constant(g.rows, absent)
	for row := range out {
		if live != nil && !live[row] {
			continue
		}
		if i := v.index(row); i >= 0 {
			if out[row], err = a.ask(v.value(i)); err != nil {
				return verdicts{}, err
			}
		}
	}
	return verdicts{rows: out}, nil
}

// decideEntries asks about the entries of a dictionary.
func (g *group) decideEntries(column string, v *vector, absent verdict, live []bool, ask func(event.Value) (verdict, error)) (verdicts, error) {
	memo := constant(v.size+1, unknown) // that of an entry stands behind its number
	memo[0] = absent
	if live == nil || v.size <= g.rows/8 {
		same := true
		for i := range v.size {
			said, err := ask(v.value(i))
			if err != nil {
				return verdicts{}, err
			}
			memo[i+1] = said
			same = same && said == absent
		}
		if same { // no row needs to be looked at
			return uniform(absent), nil
		}
		live = nil
	}
	if err := g.finish(column, v); err != nil {
		return verdicts{}, err
	}
	out := make([]verdict, g.rows)
	if live == nil {
		for row, i := range v.idx {
			out[row] = memo[i+1]
		}
		return verdicts{rows: out}, nil
	}
	for row, i := range v.idx {
		if !live[row] {
			continue
		}
		if memo[i+1] == unknown {
			said, err := ask(v.value(int(i)))
			if err != nil {
				return verdicts{}, err
			}
			memo[i+1] = said
		}
		out[row] = memo[i+1]
	}
	return verdicts{rows: out}, nil
}

// hunt asks about the texts that hold all that is needed, and says no of the others.
func (v *vector) hunt(live []bool, a asker) (verdicts, error) {
	out := make([]verdict, v.rows)
	some := false
	row := 0
	for k := range v.texts {
		t := &v.texts[k]
		h := newHunter(t.raw, a.needs)
		for i, at := 0, h.next(int(t.ends[0])); at >= 0; at = h.next(at) {
			for i < len(t.ends)-1 && int(t.ends[i+1]) <= at {
				i++
			}
			if i == len(t.ends)-1 {
				break
			}
			begin, end := int(t.ends[i]), int(t.ends[i+1])
			if at = end; !h.all(begin, end) {
				continue
			}
			for row = max(row, t.first+i); v.index(row) != t.first+i; {
				row++
			}
			if live != nil && !live[row] {
				continue
			}
			said, err := a.ask(event.StringValue(string(t.raw[begin:end])))
			if err != nil {
				return verdicts{}, err
			}
			out[row] = said
			some = some || said != no
		}
	}
	if !some {
		return uniform(no), nil
	}
	return verdicts{rows: out}, nil
}
