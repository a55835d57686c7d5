package alert

import (
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/pkg/labels"
)

// The kinds of warning.
const (
	// WarnNoRoute is a receiver that is in no route.
	WarnNoRoute = "no_route"
	// WarnNoIntegration is a receiver that has nothing by which it tells anybody.
	WarnNoIntegration = "no_integration"
	// WarnLeftOut is a receiver of the default routing that is not configured.
	WarnLeftOut = "left_out"
	// WarnUnreached is a route that another one before it never lets anything come to.
	WarnUnreached = "unreached"
	// WarnUnequal is an inhibition that takes a label that is missing for an equal one.
	WarnUnequal = "unequal"
)

// Warning says who is not told, though the routing is right.
type Warning struct {
	// Kind is one of the above.
	Kind string `json:"kind"`
	// Name is that of the receiver, or of the label of an inhibition.
	Name string `json:"name"`
	// Text says it in English.
	Text string `json:"text"`
}

func (r *routing) warn(kind, name, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{kind, name, fmt.Sprintf(format, args...)})
}

// deadEnds warns of routes behind one that takes all.
func (r *routing) deadEnds(route *config.Route) {
	all := false
	for _, below := range route.Routes {
		if all {
			r.warn(WarnUnreached, below.Receiver, "a route to receiver %s is never reached: the one before it takes all, and does not continue", below.Receiver)
		}
		all = all || !below.Continue && len(below.Matchers) == 0 && len(below.Match) == 0 && len(below.MatchRE) == 0
		r.deadEnds(below)
	}
}

// unequal warns of inhibitions between notices of which one lacks a label of equal: one that
// is missing equals one that is missing.
func (r *routing) unequal() {
	for i := range r.conf.InhibitRules {
		rule := inhibit.NewInhibitRule(r.conf.InhibitRules[i])
		for _, name := range slices.Sorted(maps.Keys(rule.Equal)) {
			if !asks(rule.SourceMatchers, string(name)) || !asks(rule.TargetMatchers, string(name)) {
				r.warn(WarnUnequal, string(name), "inhibit rule %d holds back notices without the label %s as well: a label that is missing equals one that is missing; ask for %s=~\".+\" on both sides", i+1, name, name)
			}
		}
	}
}

// asks reports whether the matchers want the label to be there.
func asks(all labels.Matchers, name string) bool {
	return slices.ContainsFunc(all, func(m *labels.Matcher) bool { return m.Name == name && !m.Matches("") })
}
