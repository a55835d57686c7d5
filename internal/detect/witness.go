package detect

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	index "github.com/sasumata/sasumata/internal/rule/match"
)

// The paths by which the index knows what is no attribute. Attributes of these
// names only make a search a candidate more often.
const (
	pathMessage = "(message)"
	pathHost    = "(host)"
	pathSource  = "(source)"
	pathStatus  = "(status)"
	pathService = "(service)"
	pathTags    = "(tags)"
)

// official are the numbers of these paths in an index; negative ones are asked by
// no search.
type official struct {
	message, host, source, status, service, tags int32
	values                                       []index.Official // of one event
}

func newOfficial(s *index.Set) official {
	return official{
		message: s.Field(pathMessage), host: s.Field(pathHost), source: s.Field(pathSource),
		status: s.Field(pathStatus), service: s.Field(pathService), tags: s.Field(pathTags),
	}
}

// of returns the official values of an event that searches ask for. They are valid
// until the next call.
func (o *official) of(e *event.Event) []index.Official {
	o.values = o.values[:0]
	o.add(o.message, e.Message)
	o.add(o.host, e.Host)
	o.add(o.source, e.Source)
	o.add(o.status, e.Status)
	o.add(o.service, e.Service)
	if len(e.Tags) > 0 {
		o.add(o.tags, e.Tags[0]) // that there are any is all that the index wants
	}
	return o.values
}

func (o *official) add(field int32, value string) {
	if field >= 0 && value != "" {
		o.values = append(o.values, index.Official{Field: field, Value: value})
	}
}

// everything is the tree that holds for every event.
func everything() *index.Expr { return index.All() }

// necessary returns a tree that holds for every event that the node matches, and
// for as few others as an index can tell apart. Letter case never counts in it.
func necessary(n query.Node) *index.Expr {
	switch n := n.(type) {
	case *query.Group:
		return necessary(n.Node)
	case *query.List:
		return necessary(n.Node)
	case *query.And:
		return index.All(each(n.Nodes)...)
	case *query.Or:
		return index.Any(each(n.Nodes)...)
	case *query.Term:
		return at(n.Field, termTests(n))
	case *query.Wildcard:
		return at(n.Field, fitting(n))
	case *query.FreeText:
		return words(n)
	case *query.Exists:
		return present(n.Field)
	case *query.Range:
		return present(n.Field)
	case *query.Comparison:
		return present(n.Field)
	case *query.CIDR:
		return present(n.Field)
	default:
		return everything()
	}
}

func each(nodes []query.Node) []*index.Expr {
	out := make([]*index.Expr, len(nodes))
	for i, n := range nodes {
		out[i] = necessary(n)
	}
	return out
}

// present returns the tree for a field that has a value.
func present(f query.Field) *index.Expr {
	return at(f, []index.Test{{Kind: index.Exists, Bool: true}})
}

// at returns the tree for a field of which one of the tests holds.
func at(f query.Field, tests []index.Test) *index.Expr {
	paths := pathsOf(f)
	if len(paths) == 0 || len(tests) == 0 {
		return everything()
	}
	var out []*index.Expr
	for _, path := range paths {
		for _, t := range tests {
			t.Field = path
			out = append(out, index.Is(t))
		}
	}
	if f.Kind == query.TagOrAttribute {
		out = append(out, index.Is(index.Test{Field: pathTags, Kind: index.Exists, Bool: true}))
	}
	return index.Any(out...)
}

// pathsOf returns where the index has the values of a field, nothing if it has
// them nowhere.
func pathsOf(f query.Field) []string {
	switch f.Kind {
	case query.Attribute, query.TagOrAttribute, query.Calculated:
		if rest, ok := strings.CutPrefix(f.Name, event.CustomPrefix); ok {
			return []string{f.Name, rest}
		}
		return []string{f.Name}
	case query.Message:
		return []string{pathMessage}
	case query.Host:
		return []string{pathHost}
	case query.Source:
		return []string{pathSource}
	case query.Status:
		return []string{pathStatus}
	case query.Service:
		return []string{pathService}
	case query.Tags:
		return []string{pathTags}
	default: // times, traces and spans, and every attribute
		return nil
	}
}

// exactWhole is up to where floats tell whole numbers apart.
const exactWhole = 1 << 53

// termTests returns the tests of which one holds for every value that the term
// asks for; none when nothing can be told.
func termTests(n *query.Term) []index.Test {
	exists := []index.Test{{Kind: index.Exists, Bool: true}}
	number, isNumber := n.Number()
	switch {
	case n.Field.Kind == query.Tags:
		return exists
	case n.Value == "" && n.Field.Kind != query.Attribute:
		return nil // fields without a value are empty, too
	case strings.ContainsRune(n.Value, utf8.RuneError):
		return exists // all bytes that are not UTF-8 are alike where letter case does not count
	case isNumber && (number >= exactWhole || number <= -exactWhole):
		return exists
	case isNumber:
		return []index.Test{{Kind: index.Number, Num: number, NumText: n.Value}}
	default:
		return []index.Test{{Kind: index.Text, Pattern: index.Literal(n.Value)}}
	}
}

// fitting returns the test of what fits the pattern: what it starts with, or else
// the longest literal that it has anywhere, because a number may be written in ways
// that differ at the end.
func fitting(n *query.Wildcard) []index.Test {
	literal := longest(n.Pattern)
	switch start := n.Pattern[0].Literal; {
	case len(start) >= minPrefix:
		return []index.Test{{Kind: index.Text, Pattern: index.Pattern{{Lit: start}, {Wild: '*'}}}}
	case literal != "":
		return []index.Test{{Kind: index.Text, Pattern: index.Contains(literal)}}
	case n.Field.Kind == query.Attribute:
		return []index.Test{{Kind: index.Exists, Bool: true}}
	default:
		return nil // fields without a value are empty
	}
}

// minPrefix is the length in bytes from which on the start of a text says enough.
const minPrefix = 4

// longest returns the longest literal of a pattern.
func longest(pattern []query.Piece) string {
	found := ""
	for _, piece := range pattern {
		if len(piece.Literal) > len(found) {
			found = piece.Literal
		}
	}
	return found
}

// words returns the tree for a message that has every word.
func words(n *query.FreeText) *index.Expr {
	if n.Field.Kind != query.Message {
		return everything()
	}
	var out []*index.Expr
	has := func(p index.Pattern) {
		out = append(out, index.Is(index.Test{Field: pathMessage, Kind: index.Text, Pattern: p}))
	}
	for _, w := range n.Words {
		if literal := cmp.Or(w.Text, longest(w.Pattern)); literal != "" {
			has(index.Contains(literal))
		}
	}
	if n.Literal != "" {
		has(index.Contains(n.Literal))
	}
	return index.All(out...)
}
