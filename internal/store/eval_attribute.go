package store

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// tagOrAttribute returns the verdicts of a clause that asks the tags with the key, or
// the attribute where there is no such tag.
func (m *matcher) tagOrAttribute(g *group, n query.Node, f query.Field, live []bool) (verdicts, error) {
	out, err := m.attribute(g, n, f, live)
	if err != nil || g.outline.chunks[colTags] == nil {
		return out, err
	}
	const untagged = unknown - 1 // for the attribute to say
	exists := &query.Exists{Field: f}
	tagged, err := g.decide(colTags, untagged, live, asker{ask: func(value event.Value) (verdict, error) {
		m.probe.Reset()
		if err := g.tags(m.probe, value.Str()); err != nil {
			return no, err
		}
		if !query.Matches(exists, m.probe) {
			return untagged, nil
		}
		return verdictOf(query.Matches(n, m.probe)), nil
	}})
	if err != nil || tagged.rows == nil && tagged.all == untagged {
		return out, err
	}
	rows := out.each(g.rows)
	for row, v := range tagged.each(g.rows) {
		if v != untagged {
			rows[row] = v
		}
	}
	return verdicts{rows: rows}, nil
}

// place says where the value of an attribute is found in rows of one shape.
type place struct {
	what   placeKind
	column string
}

type placeKind uint8

const (
	nowhere  placeKind = iota // no such attribute
	inColumn                  // a scalar in a column
	inEvent                   // only the event can tell
)

// find returns where rows of the shape have the field.
func (g *group) find(s *shape, f query.Field) place {
	e := s.skeleton
	if f.Kind == query.Calculated {
		v, ok := e.Key(e.Root(), f.Name)
		return g.placeOf(s, v, ok, false)
	}
	v, ok, array := e.Find(f.Name)
	if rest, custom := cutCustom(f.Name); custom && !ok && !array {
		v, ok, array = e.Find(rest)
	}
	return g.placeOf(s, v, ok, array)
}

func cutCustom(path string) (string, bool) {
	if len(path) < len(event.CustomPrefix) || path[:len(event.CustomPrefix)] != event.CustomPrefix {
		return path, false
	}
	return path[len(event.CustomPrefix):], true
}

func (g *group) placeOf(s *shape, v event.Value, ok, array bool) place {
	switch {
	case array:
		return place{what: inEvent}
	case !ok || v.Kind() == event.Null: // which is no value
		return place{}
	case v.Kind() != event.Int: // an object, or the mark of the overflow
		return place{what: inEvent}
	}
	l := &s.leaves[v.Int()]
	if !g.holds(l) {
		return place{what: inEvent}
	}
	return place{what: inColumn, column: "@" + l.path}
}

// same returns where all rows have the field: in one column, or nowhere. false says
// that it depends on the row, or that only events can tell.
func (g *group) same(f query.Field) (p place, ok bool, err error) {
	layouts, err := g.layouts()
	if err != nil || layouts == nil {
		return place{}, false, err
	}
	for _, s := range layouts {
		switch here := g.find(s, f); {
		case here.what == inEvent, here.what == inColumn && p.what == inColumn && here.column != p.column:
			return place{}, false, nil
		case here.what == inColumn:
			p = here
		}
	}
	if p.what == nowhere {
		return p, true, nil
	}
	for _, s := range layouts { // a row that has the column, but under another name
		if g.find(s, f).what == nowhere && s.has(p.column[1:]) {
			return place{}, false, nil
		}
	}
	return p, true, nil
}

// has reports whether the shape has a value of that path that may stand in a column.
func (s *shape) has(path string) bool {
	return slices.ContainsFunc(s.leaves, func(l leaf) bool { return l.kind != 'x' && l.path == path })
}

// attribute returns the verdicts of a clause about an attribute.
func (m *matcher) attribute(g *group, n query.Node, f query.Field, live []bool) (verdicts, error) {
	p, ok, err := g.same(f)
	switch {
	case err != nil:
		return verdicts{}, err
	case ok && p.what == nowhere:
		return uniform(no), nil
	case ok:
		return m.values(g, n, f, p.column, live)
	default:
		return m.scattered(g, n, f, live)
	}
}

// scattered returns the verdicts of a clause about an attribute that rows have in
// different places.
func (m *matcher) scattered(g *group, n query.Node, f query.Field, live []bool) (verdicts, error) {
	spelt, err := g.spelt()
	if err != nil {
		return verdicts{}, err
	}
	out := make([]verdict, g.rows)
	places := make([]*place, len(g.shapes))
	columns := map[string]verdicts{}
	for row := range out {
		if live != nil && !live[row] {
			continue
		}
		id := spelt.index(row)
		if id < 0 {
			return verdicts{}, g.damaged(errShape)
		}
		if places[id] == nil {
			s, err := g.shape(row)
			if err != nil {
				return verdicts{}, err
			}
			p := g.find(s, f)
			places[id] = &p
		}
		switch p := places[id]; p.what {
		case nowhere:
		case inEvent:
			out[row] = maybe
		case inColumn:
			said, ok := columns[p.column]
			if !ok {
				if said, err = m.values(g, n, f, p.column, live); err != nil {
					return verdicts{}, err
				}
				columns[p.column] = said
			}
			if out[row] = said.all; said.rows != nil {
				out[row] = said.rows[row]
			}
		}
	}
	return verdicts{rows: out}, nil
}

// values returns the verdicts of a clause on the values of a column.
func (m *matcher) values(g *group, n query.Node, f query.Field, column string, live []bool) (verdicts, error) {
	out, err := g.excludes(column, n)
	if out || err != nil {
		return uniform(no), err
	}
	a := asker{ask: func(value event.Value) (verdict, error) {
		e := m.probe
		e.Reset()
		e.AddMember(e.Root(), f.Name, value)
		return verdictOf(query.Matches(n, e)), nil
	}}
	if test, ok := query.TestOf(n); ok {
		a.ask = func(value event.Value) (verdict, error) { return verdictOf(test.Value(value)), nil }
		if g.kind(column) == 's' {
			a.needs = test.Needs()
		}
	}
	return g.decide(column, no, live, a)
}
