package triage

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// conditions writes what must hold of the rows that a query can match. It may let more
// through than the query wants, and never less: the query itself decides in the end.
type conditions struct {
	args []any
	// rare returns the numbers of the signals that have one of the terms, unless they are
	// many.
	rare func(terms []string) (seqs []int64, few bool, err error)
	err  error
}

// arg adds a parameter.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// of returns the condition of the node; "" when the database cannot say anything.
func (c *conditions) of(n query.Node) string {
	switch n := n.(type) {
	case *query.And:
		var all []string
		for _, one := range n.Nodes {
			if text := c.of(one); text != "" {
				all = append(all, text)
			}
		}
		return strings.Join(all, " AND ")
	case *query.Or:
		some := make([]string, 0, len(n.Nodes))
		for _, one := range n.Nodes {
			text := c.of(one)
			if text == "" {
				return ""
			}
			some = append(some, text)
		}
		return "(" + strings.Join(some, " OR ") + ")"
	case *query.Group:
		return c.of(n.Node)
	case *query.List:
		return c.of(n.Node)
	case *query.Not:
		if exact(n.Node) {
			if text := c.of(n.Node); text != "" {
				return "NOT " + text
			}
		}
	case *query.Term:
		return c.term(n)
	case *query.Range:
		return c.between(n.Field, n.Numeric, n.Low, n.High)
	case *query.Comparison:
		if n.Op == query.Less || n.Op == query.LessEqual {
			return c.between(n.Field, n.Numeric, query.Bound{Any: true}, n.Bound)
		}
		return c.between(n.Field, n.Numeric, n.Bound, query.Bound{Any: true})
	}
	return ""
}

// exact reports whether the condition of the node says all that the node does.
func exact(n query.Node) bool {
	switch n := n.(type) {
	case *query.Group:
		return exact(n.Node)
	case *query.List:
		return exact(n.Node)
	case *query.Or:
		for _, one := range n.Nodes {
			if !exact(one) {
				return false
			}
		}
		return true
	case *query.Term:
		return column(n.Field) != "" && n.Value == strings.ToLower(n.Value) // @state:OPEN is not open
	}
	return false
}

// column returns the column that holds the field.
func column(f query.Field) string {
	switch {
	case f.Kind == query.Status, f.Name == "severity" && (f.Kind == query.TagOrAttribute || f.Kind == query.Attribute):
		return "severity"
	case f.Name == "state" && (f.Kind == query.TagOrAttribute || f.Kind == query.Attribute):
		return "state"
	default:
		return ""
	}
}

func (c *conditions) term(n *query.Term) string {
	value := strings.ToLower(n.Value)
	switch column(n.Field) {
	case "severity":
		s, err := signal.ParseSeverity(value)
		if err != nil {
			return "(1 = 0)"
		}
		return "(severity = " + c.arg(int64(s)) + ")"
	case "state":
		s, err := ParseState(value)
		if err != nil {
			return "(1 = 0)"
		}
		return "(state = " + c.arg(int64(s)) + ")"
	}
	if _, err := strconv.ParseFloat(n.Value, 64); err == nil || n.Value == "" {
		return "" // numbers are equal in other ways than texts
	}
	name := n.Field.Name
	switch n.Field.Kind {
	case query.Attribute:
	case query.TagOrAttribute:
		if !reserved(name) {
			return c.terms(term("tag", name+":"+value), term(name, value))
		}
	case query.Tags:
		name = "tag"
	case query.Host, query.Service:
	default:
		return ""
	}
	switch name {
	case "id":
		return "(id = " + c.arg(value) + ")"
	case "breached", "events":
		return ""
	}
	return c.terms(term(name, value))
}

// terms returns the condition that one of the terms is there.
func (c *conditions) terms(terms ...string) string {
	if slices.Contains(terms, "") {
		return ""
	}
	seqs, few, err := c.rare(terms)
	if err != nil {
		c.err = err
		return ""
	}
	if few {
		if len(seqs) == 0 {
			return "(1 = 0)"
		}
		texts := make([]string, len(seqs))
		for i, n := range seqs {
			texts[i] = strconv.FormatInt(n, 10)
		}
		return "(seq IN (" + strings.Join(texts, ",") + "))"
	}
	names := make([]string, len(terms))
	for i, t := range terms {
		names[i] = c.arg(t)
	}
	// Counting, and not EXISTS, which PostgreSQL would answer for all signals at once.
	return "((SELECT COUNT(*) FROM signal_terms t WHERE t.signal = signals.seq AND t.term IN (" + strings.Join(names, ",") + ")) > 0)"
}

// between returns the condition of a time; bounds are milliseconds.
func (c *conditions) between(f query.Field, numeric bool, low, high query.Bound) string {
	if f.Kind != query.Timestamp || !numeric {
		return ""
	}
	var all []string
	nanoseconds := func(ms float64) int64 { return int64(max(-9.2e18, min(9.2e18, ms*1e6))) }
	if !low.Any {
		all = append(all, "opened >= "+c.arg(nanoseconds(math.Floor(low.Number))))
	}
	if !high.Any {
		all = append(all, "opened < "+c.arg(nanoseconds(math.Floor(high.Number)+1)))
	}
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("(%s)", strings.Join(all, " AND "))
}
