// Package match finds which of many rules an event satisfies, at a cost that
// hardly grows with the number of rules.
//
// A rule is a tree of AND, OR and NOT over tests of fields (Expr); where the
// tree came from (a Sigma rule, a search query, a list) makes no difference
// here. Compile turns rules into a Set. For each combination of log source
// labels the Set builds an Index on first use: every rule is filed under
// witnesses, tests of which at least one must hold whenever the rule holds, so
// an event is looked up once and only rules with a witness in it are evaluated.
// Regular expressions run only after their necessary literals were seen.
//
// A Set is immutable and safe for concurrent use. An Engine holds the current
// Set behind a pointer that a reload swaps. A Matcher belongs to one goroutine
// and keeps the memory of one event, so that matching costs no allocation.
//
// Events are hostile: time and memory per event are bounded by its size, by
// MaxValues and MaxDepth, and no test backtracks.
package match

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

// MaxValues is the number of values that one event shows to the rules. What
// does not fit is left out and counted (see Matcher.Truncated).
const MaxValues = event.MaxNodes

// MaxDepth is how deep the arrays and objects of an event may nest.
const MaxDepth = event.MaxJSONDepth

// Rule is one rule as the matcher sees it.
type Rule struct {
	// ID names the rule in results.
	ID string
	// Labels say which events the rule is for.
	Labels Labels
	// Expr is what the event must satisfy.
	Expr *Expr
}

// Labels are the log source that a rule asks for; an empty label asks nothing.
type Labels struct {
	Product, Category, Service string
}

// Source is the log source of an event: one product, and sets of categories and
// services.
type Source struct {
	Product    string
	Categories []string
	Services   []string
}

// Routing is how the labels of rules are compared with the source of an event.
type Routing uint8

// Strict wants every label of the rule on the event. Lenient leaves a rule out
// only if the event carries another value for a label. NoRouting tries every
// rule on every event.
const (
	Strict Routing = iota
	Lenient
	NoRouting
)

// Applies reports whether a rule with these labels is for an event from src.
func (l Labels) Applies(src Source, routing Routing) bool {
	switch routing {
	case NoRouting:
		return true
	case Lenient:
		return (l.Product == "" || src.Product == "" || l.Product == src.Product) &&
			(l.Category == "" || len(src.Categories) == 0 || slices.Contains(src.Categories, l.Category)) &&
			(l.Service == "" || len(src.Services) == 0 || slices.Contains(src.Services, l.Service))
	default:
		return (l.Product == "" || l.Product == src.Product) &&
			(l.Category == "" || slices.Contains(src.Categories, l.Category)) &&
			(l.Service == "" || slices.Contains(src.Services, l.Service))
	}
}
