package store

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// matcher asks nodes of a query what they say of single values.
type matcher struct {
	probe *event.Event
}

func newMatcher() *matcher { return &matcher{probe: event.New()} }

// eval returns the verdicts of a node on the rows of a group. Those of rows that are
// not in live mean nothing; where live is nil, all are.
func (m *matcher) eval(g *group, n query.Node, live []bool) (verdicts, error) {
	switch n := n.(type) {
	case *query.All:
		return uniform(yes), nil
	case *query.Group:
		return m.eval(g, n.Node, live)
	case *query.Not:
		out, err := m.eval(g, n.Node, live)
		return out.not(), err
	case *query.And:
		return m.all(g, n.Nodes, live, no)
	case *query.Or:
		return m.all(g, n.Nodes, live, yes)
	default:
		return m.clause(g, n, live)
	}
}

// all joins nodes by And (where no decides) or Or (where yes does). Rows on which it
// is decided are not asked about any more.
func (m *matcher) all(g *group, nodes []query.Node, live []bool, decides verdict) (verdicts, error) {
	out := uniform(decides.not())
	for i, n := range nodes {
		next, err := m.eval(g, n, live)
		if err != nil {
			return out, err
		}
		if out = out.join(next, decides); i == len(nodes)-1 {
			break
		}
		var some bool
		if live, some = undecided(out, live, decides); !some {
			break
		}
	}
	return out, nil
}

// undecided returns the rows on which nothing is decided as yet; nil for all.
func undecided(v verdicts, live []bool, decides verdict) (rows []bool, some bool) {
	if v.rows == nil {
		return live, v.all != decides
	}
	rows = make([]bool, len(v.rows))
	for i, w := range v.rows {
		is := w != decides && (live == nil || live[i])
		rows[i] = is
		some = some || is
	}
	return rows, some
}

// clause returns the verdicts of a clause, or of a list of values for one field.
func (m *matcher) clause(g *group, n query.Node, live []bool) (verdicts, error) {
	f, ok := fieldOf(n)
	if !ok {
		return uniform(maybe), nil
	}
	var column string
	switch f.Kind {
	case query.Attribute, query.Calculated:
		return m.attribute(g, n, f, live)
	case query.TagOrAttribute:
		return m.tagOrAttribute(g, n, f, live)
	case query.Source:
		if !g.part.Mixed {
			return uniform(m.ofSource(n, g.part.Source)), nil
		}
		column = colSource
	case query.Tags:
		column = colTags
	default:
		if column = officialColumn(f.Kind); column == "" { // Everything
			return uniform(maybe), nil
		}
	}
	return m.official(g, n, f.Kind, column, live)
}

// fieldOf returns the field of a clause; false where it has none.
func fieldOf(n query.Node) (query.Field, bool) {
	switch n := n.(type) {
	case *query.Term:
		return n.Field, true
	case *query.Wildcard:
		return n.Field, true
	case *query.Exists:
		return n.Field, true
	case *query.Range:
		return n.Field, true
	case *query.Comparison:
		return n.Field, true
	case *query.FreeText:
		return n.Field, true
	case *query.CIDR:
		return n.Field, true
	case *query.List:
		return n.Field, true
	default:
		return query.Field{}, false
	}
}

// ofSource returns what a clause about the source says of one.
func (m *matcher) ofSource(n query.Node, source string) verdict {
	m.probe.Reset()
	m.probe.Source = source
	return verdictOf(query.Matches(n, m.probe))
}

// asker says what is asked of the values of a column. The zero value of an event asks
// about rows without one.
type asker struct {
	ask func(event.Value) (verdict, error)
	// needs are texts one of which every text holds that is wanted, as query.Test has
	// them; none for those that may be anything.
	needs []string
}

// official returns the verdicts of a clause about an official field.
func (m *matcher) official(g *group, n query.Node, kind query.FieldKind, column string, live []bool) (verdicts, error) {
	a := asker{ask: func(value event.Value) (verdict, error) { return m.official1(g, n, kind, value) }}
	if test, ok := query.TestOf(n); ok && kind != query.Timestamp && kind != query.Tags {
		a.ask = func(value event.Value) (verdict, error) { return verdictOf(test.Text(value.Str())), nil }
		a.needs = test.Needs()
	}
	absent, err := a.ask(event.Value{})
	if err != nil {
		return verdicts{}, err
	}
	return g.decide(column, absent, live, a)
}

// official1 asks about an event with that value alone.
func (m *matcher) official1(g *group, n query.Node, kind query.FieldKind, value event.Value) (verdict, error) {
	e := m.probe
	e.Reset()
	switch kind {
	case query.Message:
		e.Message = value.Str()
	case query.Host:
		e.Host = value.Str()
	case query.Status:
		e.Status = value.Str()
	case query.Service:
		e.Service = value.Str()
	case query.Source:
		e.Source = value.Str()
	case query.TraceID:
		e.TraceID = value.Str()
	case query.SpanID:
		e.SpanID = value.Str()
	case query.Timestamp:
		e.Time = value.Int()
	default:
		if err := g.tags(e, value.Str()); err != nil {
			return no, err
		}
	}
	return verdictOf(query.Matches(n, e)), nil
}
