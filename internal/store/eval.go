package store

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// verdict is what columns say of a row: whether it matches, as far as can be told
// without making its event. They are in order: And takes the least, Or the greatest.
type verdict uint8

const (
	no verdict = iota
	maybe
	yes
)

// not returns the verdict on the opposite.
func (v verdict) not() verdict { return yes - v }

func verdictOf(matches bool) verdict {
	if matches {
		return yes
	}
	return no
}

// matcher asks nodes of a query what they say of single values.
type matcher struct {
	probe *event.Event
}

func newMatcher() *matcher { return &matcher{probe: event.New()} }

// eval returns the verdicts of a node on the rows of a group. Those of rows that are
// not in live mean nothing.
func (m *matcher) eval(g *group, n query.Node, live []bool) ([]verdict, error) {
	switch n := n.(type) {
	case *query.All:
		return constant(g.rows, yes), nil
	case *query.Group:
		return m.eval(g, n.Node, live)
	case *query.Not:
		out, err := m.eval(g, n.Node, live)
		for i := range out {
			out[i] = out[i].not()
		}
		return out, err
	case *query.And:
		return m.all(g, n.Nodes, live, no)
	case *query.Or:
		return m.all(g, n.Nodes, live, yes)
	default:
		return m.clause(g, n, live)
	}
}

func constant(rows int, v verdict) []verdict {
	out := make([]verdict, rows)
	if v != no {
		for i := range out {
			out[i] = v
		}
	}
	return out
}

// all joins nodes by And (where no decides) or Or (where yes does). Rows on which it
// is decided are not asked about any more.
func (m *matcher) all(g *group, nodes []query.Node, live []bool, decides verdict) ([]verdict, error) {
	out := constant(g.rows, decides.not())
	open := append([]bool(nil), live...)
	for _, n := range nodes {
		some := false
		for i := range open {
			open[i] = open[i] && out[i] != decides
			some = some || open[i]
		}
		if !some {
			break
		}
		next, err := m.eval(g, n, open)
		if err != nil {
			return nil, err
		}
		for i, v := range next {
			switch {
			case !open[i]:
			case decides == no:
				out[i] = min(out[i], v)
			default:
				out[i] = max(out[i], v)
			}
		}
	}
	return out, nil
}

// clause returns the verdicts of a clause, or of a list of values for one field.
func (m *matcher) clause(g *group, n query.Node, live []bool) ([]verdict, error) {
	f, ok := fieldOf(n)
	if !ok {
		return constant(g.rows, maybe), nil
	}
	var column string
	switch f.Kind {
	case query.Attribute, query.Calculated:
		return m.attribute(g, n, f, live)
	case query.TagOrAttribute:
		return m.tagOrAttribute(g, n, f, live)
	case query.Source:
		if !g.part.Mixed {
			return constant(g.rows, m.ofSource(n, g.part.Source)), nil
		}
		column = colSource
	case query.Tags:
		column = colTags
	default:
		if column = officialColumn(f.Kind); column == "" { // Everything
			return constant(g.rows, maybe), nil
		}
	}
	v, err := g.column(column)
	if err != nil {
		return nil, err
	}
	return m.official(g, n, f.Kind, v, live)
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

// official returns the verdicts of a clause about an official field.
func (m *matcher) official(g *group, n query.Node, kind query.FieldKind, v *vector, live []bool) ([]verdict, error) {
	ask := func(value event.Value) (verdict, error) {
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
	absent, err := ask(event.Value{})
	if err != nil {
		return nil, err
	}
	out := constant(g.rows, absent)
	return out, each(v, live, out, ask)
}

// unknown marks a value of a vector that was not asked about yet.
const unknown verdict = 255

// each asks once about every value of the live rows. Rows without one stay as they
// are.
func each(v *vector, live []bool, out []verdict, ask func(event.Value) (verdict, error)) error {
	if v == nil {
		return nil
	}
	memo := constant(len(v.vals), unknown)
	for row, i := range v.idx {
		if i < 0 || !live[row] {
			continue
		}
		if memo[i] == unknown {
			said, err := ask(v.vals[i])
			if err != nil {
				return err
			}
			memo[i] = said
		}
		out[row] = memo[i]
	}
	return nil
}
