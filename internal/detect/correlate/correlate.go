// Package correlate runs Sigma correlations: it counts, sums and orders the
// matches of rules over time.
//
// Time is the time of the events. A window reaches from just behind t-W up to
// and with t: (t-W, t]. The condition of a correlation is evaluated at every
// event that feeds it, for the event's group, and every event that satisfies it
// fires; to suppress repetitions is the business of whoever gets the firings. A
// correlation that fires feeds those that name it, as one event at that time
// with its group-by values.
//
// An event that lacks a group-by field belongs to the group of those that lack
// it. An event that matches several rules of one correlation counts once, and is
// one step of an order, for whichever rule fits.
//
// State is bounded: entries per group, and bytes in all. What does not fit drops
// the oldest, and Stats counts it. The cost of an event does not depend on the
// length of its windows, unless it is late.
package correlate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/rule/sigma"
)

// Plan is compiled correlations. It is immutable.
type Plan struct {
	rules []*rule // sources before those that they feed
	// feeds are the correlations that a rule of the collection feeds, by its index.
	feeds  map[int][]feed
	fields []string
}

// rule is one correlation.
type rule struct {
	*sigma.Correlation
	window int64 // nanoseconds
	feeds  []feed
	chains []chain // the condition of temporal_ordered: one must hold
	logic  *logic  // of temporal
}

// feed says how a rule, or a correlation, feeds a correlation.
type feed struct {
	to    int      // index in Plan.rules
	slot  int      // place in the correlation's list of rules
	group []string // the fields that hold the group-by values
	value []string // the fields that hold the values
}

// Compile resolves the references of the collection's correlations. Indexes of
// rules are those of c.Rules. The error joins what cannot be resolved;
// correlations with such a reference are left out.
func Compile(c *sigma.Collection) (*Plan, error) {
	p := &Plan{feeds: map[int][]feed{}}
	r := resolver{rules: map[string]int{}, correlations: map[string]int{}, all: c.Correlations, state: make([]int, len(c.Correlations)), plan: p}
	for i, x := range c.Rules {
		r.rules[x.ID], r.rules[x.Name] = i, i
	}
	for i, x := range c.Correlations {
		r.correlations[x.ID], r.correlations[x.Name] = i, i
	}
	delete(r.rules, "")
	delete(r.correlations, "")
	r.place = make([]int, len(c.Correlations))
	for i := range c.Correlations {
		r.visit(i)
	}
	slices.Sort(p.fields)
	p.fields = slices.Compact(p.fields)
	return p, errors.Join(r.errs...)
}

// Fields returns the paths that the correlations read from events.
func (p *Plan) Fields() []string { return p.fields }

// Len returns the number of correlations.
func (p *Plan) Len() int { return len(p.rules) }

// resolver puts correlations behind their sources.
type resolver struct {
	rules, correlations map[string]int
	all                 []*sigma.Correlation
	state               []int // 0 not seen, 1 under way, 2 placed, 3 refused
	place               []int // index in plan.rules
	plan                *Plan
	errs                []error
}

func (r *resolver) refuse(i int, format string, args ...any) bool {
	r.state[i] = 3
	r.errs = append(r.errs, fmt.Errorf("%s: correlation %s: %s", r.all[i].Pos, r.all[i].Key(), fmt.Sprintf(format, args...)))
	return false
}

func (r *resolver) visit(i int) bool {
	switch r.state[i] {
	case 1:
		return r.refuse(i, "it feeds itself")
	case 2:
		return true
	case 3:
		return false
	}
	c := r.all[i]
	if len(c.Rules) > maxSlots {
		return r.refuse(i, "more than %d rules", maxSlots)
	}
	r.state[i] = 1
	for _, name := range c.Rules {
		if _, ok := r.rules[name]; ok {
			continue
		}
		source, ok := r.correlations[name]
		if !ok {
			return r.refuse(i, "there is no rule with the id or name %q", name)
		}
		if !r.visit(source) {
			if r.state[i] == 1 {
				return r.refuse(i, "its source %q cannot run", name)
			}
			return false
		}
	}
	x := &rule{Correlation: c, window: int64(c.Timespan)}
	if c.Logic != nil {
		if err := x.compileLogic(); err != nil {
			return r.refuse(i, "%v", err)
		}
	} else if c.Type == "temporal_ordered" {
		x.chains = []chain{{slots: upTo(len(c.Rules))}}
	}
	r.state[i], r.place[i] = 2, len(r.plan.rules)
	r.plan.rules = append(r.plan.rules, x)
	for slot, name := range c.Rules {
		f := feed{to: r.place[i], slot: slot}
		if base, ok := r.rules[name]; ok {
			f.group, f.value = aliased(c, name, c.GroupBy), aliased(c, name, c.Fields)
			r.plan.fields = append(append(r.plan.fields, f.group...), f.value...)
			r.plan.feeds[base] = append(r.plan.feeds[base], f)
			continue
		}
		source := r.plan.rules[r.place[r.correlations[name]]]
		f.group, f.value = aliased(c, name, c.GroupBy), aliased(c, name, c.Fields)
		source.feeds = append(source.feeds, f)
	}
	return true
}

// aliased returns the fields of one rule's events that stand for the names.
func aliased(c *sigma.Correlation, rule string, names []string) []string {
	fields := make([]string, len(names))
	for i, name := range names {
		fields[i] = name
		if field, ok := c.Aliases[name][rule]; ok {
			fields[i] = field
		}
	}
	return fields
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
