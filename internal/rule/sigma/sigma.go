// Package sigma reads Sigma rules (version 2.1, and the settled parts of 2.2)
// and compiles them to the trees of package match.
//
// The meaning is that of pySigma: two-valued logic, in which NOT of a test on a
// missing field is true; case-insensitive comparison of whole values; wildcards
// in strings but not in regular expressions. What pySigma leaves undefined (a
// pattern that matches no identifier, an unresolved placeholder) is refused, so
// that a rule that loads is a rule that runs.
//
// A file holds any number of documents: rules, correlations over rules, filters
// that tune rules, and the older action documents (global, reset, repeat). Every
// fault of a file is reported with line and column. Rule text is treated as
// hostile: sizes, nesting and expansions are limited.
package sigma

import (
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// Meta is what every kind of document says about itself. Whoever shows a match
// of a rule shows its author, id and references as well: the licence under which
// Sigma rules are shared asks for it.
type Meta struct {
	// Pos is where the document starts.
	Pos            document.Pos
	Title          string
	ID             string
	Name           string
	Status         string
	Description    string
	License        string
	Author         string
	Date, Modified string
	Level          string
	References     []string
	Tags           []string
	FalsePositives []string
	Fields         []string
	Scope          []string
	// Related are other rules that this one has to do with.
	Related []Related
	// Custom are keys that the specification does not know.
	Custom map[string]any
}

// Related is a link to another rule.
type Related struct {
	ID, Type string
}

// Key returns what names the rule in results: its id, else its name, else its
// title.
func (m *Meta) Key() string {
	switch {
	case m.ID != "":
		return m.ID
	case m.Name != "":
		return m.Name
	default:
		return m.Title
	}
}

// Rule is a detection rule.
type Rule struct {
	Meta
	// Labels are the log source. Definition says in words what must be logged.
	Labels     match.Labels
	Definition string
	// Expr is the condition over its detections, filters not yet applied.
	Expr *match.Expr
}

// Correlation combines the matches of rules over time.
type Correlation struct {
	Meta
	// Type is event_count, value_count, temporal, temporal_ordered, value_sum,
	// value_avg, value_percentile or value_median.
	Type string
	// Rules are the ids or names of the rules, and of correlations, that it is
	// fed by.
	Rules []string
	// Generate says that the rules it is fed by report on their own as well.
	Generate bool
	// GroupBy are the fields, or aliases, whose values keep events apart.
	GroupBy []string
	// Aliases give, for an alias and a rule, the field of that rule's events.
	Aliases map[string]map[string]string
	// Timespan is the length of the window.
	Timespan time.Duration
	// Fields are the fields whose values are counted or summed.
	Fields []string
	// Percentile is the rank in percent that value_percentile looks at.
	Percentile float64
	// Bounds must all hold of the number; empty for a temporal correlation that
	// wants every rule, or that has a Logic.
	Bounds []Bound
	// Logic is the condition of a temporal correlation over the names of its
	// rules, nil when it has none.
	Logic *Logic
}

// Bound is one comparison of a number: "gt", "gte", "lt", "lte", "eq" or "neq".
type Bound struct {
	Op    string
	Value float64
}

// Holds reports whether n satisfies the bound.
func (b Bound) Holds(n float64) bool {
	switch b.Op {
	case "gt":
		return n > b.Value
	case "gte":
		return n >= b.Value
	case "lt":
		return n < b.Value
	case "lte":
		return n <= b.Value
	case "eq":
		return n == b.Value
	default:
		return n != b.Value
	}
}

// Logic is a condition over names: a name, or "and", "or", "not" of others.
type Logic struct {
	Op   string
	Name string
	Args []*Logic
}

// Filter adds a condition to rules, to tune them without a change to their file.
type Filter struct {
	Meta
	Labels match.Labels
	// Any says that it is for every rule of its log source; else Rules are the
	// ids or names.
	Any   bool
	Rules []string
	// Expr is ANDed to the condition of the rules.
	Expr *match.Expr
	// Inverts tells whether the condition begins with "not", as it has to for
	// events to be left out.
	Inverts bool
}

// Options say how rules are read.
type Options struct {
	// Placeholders are the values for %name% in values with the modifier expand.
	Placeholders map[string][]string
	// Mappings rename the fields of rules.
	Mappings []Mapping
}

// File is what one file holds.
type File struct {
	Name         string
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	// Documents are the documents in their order, with their faults.
	Documents []Document
}

// Document is one document of a file, as lint reports it.
type Document struct {
	Pos document.Pos
	// ID is the rule's id, "" when it has none.
	ID string
	// Faults say why the document is refused.
	Faults document.Faults
	// Warnings are what is legal and probably not meant.
	Warnings document.Faults
}
