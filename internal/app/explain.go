package app

import (
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule"
)

// RuleExplanation says how one event looks to one rule.
type RuleExplanation struct {
	Rule    *rule.Rule
	Queries []QueryExplanation
}

// Counts reports whether the event counts for any of the queries.
func (x *RuleExplanation) Counts() bool {
	for i := range x.Queries {
		if x.Queries[i].Counts() {
			return true
		}
	}
	return false
}

// QueryExplanation says how one event looks to one query of a rule.
type QueryExplanation struct {
	// Name and Text are the query's.
	Name, Text string
	// Matches is whether the search matches.
	Matches bool
	// Clauses are the parts that must all hold, in order.
	Clauses []Clause
	// Missing are the fields of the group that the event does not have: without
	// them it does not count.
	Missing []string
	// Table names a reference table that keeps the event out, "" if none does.
	Table string
}

// Counts reports whether the event counts for the query.
func (x *QueryExplanation) Counts() bool { return x.Matches && len(x.Missing) == 0 && x.Table == "" }

// Clause is one part of a search.
type Clause struct {
	Text string
	Hold bool
}

// ExplainRule says why the event counts for the rule, or does not.
func ExplainRule(r *rule.Rule, e *event.Event, tables rule.Tables) RuleExplanation {
	x := RuleExplanation{Rule: r}
	for i := range r.Queries {
		q := &r.Queries[i]
		if q.Expr == nil {
			continue
		}
		one := QueryExplanation{Name: q.Ref, Text: q.Expr.String(), Matches: q.Expr.Match(e)}
		for _, part := range parts(q.Expr.Root()) {
			if clause, err := query.Parse(part); err == nil {
				one.Clauses = append(one.Clauses, Clause{part, clause.Match(e)})
			}
		}
		for _, path := range q.GroupByFields {
			if !q.OptionalGroupBy && !detect.HasField(e, path) {
				one.Missing = append(one.Missing, path)
			}
		}
		for _, t := range r.ReferenceTables {
			value := e.Text(trimAt(t.LogFieldPath))
			if t.RuleQueryName == q.Ref && tables.Contains(t.TableName, t.ColumnName, value) != t.CheckPresence {
				one.Table = t.TableName
			}
		}
		x.Queries = append(x.Queries, one)
	}
	return x
}

// parts returns the clauses that a search joins with AND, or the search itself.
func parts(root query.Node) []string {
	if group, ok := root.(*query.Group); ok {
		return parts(group.Node)
	}
	and, ok := root.(*query.And)
	if !ok {
		return []string{root.String()}
	}
	var all []string
	for _, n := range and.Nodes {
		all = append(all, parts(n)...)
	}
	return all
}

func trimAt(path string) string {
	if path != "" && path[0] == '@' {
		return path[1:]
	}
	return path
}

// ExplainLine takes one line through the pipelines and calls visit behind each
// processor.
func ExplainLine(c *Content, intake Intake, line string, visit func(pipeline.Step)) *event.Event {
	p := intake.parser(c, false)
	e := event.New()
	e.Raw, e.Line = line, 1
	c.Pipelines.Explain(e, p.hint, p.machine().pipeline, visit)
	return e
}

// ParseLine takes one line through pipelines and inspection.
func ParseLine(c *Content, intake Intake, line string) *event.Event {
	p := intake.parser(c, true)
	e := event.New()
	p.machine().line(e, line, 1)
	return e
}
