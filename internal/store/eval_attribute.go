package store

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// tagOrAttribute returns the verdicts of a clause that asks the tags with the key, or
// the attribute where there is no such tag.
func (m *matcher) tagOrAttribute(g *group, n query.Node, f query.Field, live []bool) ([]verdict, error) {
	out, err := m.attribute(g, n, f, live)
	if err != nil {
		return nil, err
	}
	v, err := g.column(colTags)
	if err != nil || v == nil {
		return out, err
	}
	tagged := constant(g.rows, unknown)
	exists := &query.Exists{Field: f}
	err = each(v, live, tagged, func(value event.Value) (verdict, error) {
		m.probe.Reset()
		if err := g.tags(m.probe, value.Str()); err != nil {
			return no, err
		}
		if !query.Matches(exists, m.probe) {
			return maybe, nil // for the attribute to say
		}
		return verdictOf(query.Matches(n, m.probe)), nil
	})
	for row, v := range tagged {
		if v == yes || v == no {
			out[row] = v
		}
	}
	return out, err
}

// place says where the value of an attribute is found in rows of one shape.
type place struct {
	what     placeKind
	column   string
	asked    bool
	verdicts []verdict // of a column that was asked
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

// attribute returns the verdicts of a clause about an attribute.
func (m *matcher) attribute(g *group, n query.Node, f query.Field, live []bool) ([]verdict, error) {
	out := make([]verdict, g.rows)
	places := make([]*place, len(g.shapes))
	columns := map[string][]verdict{}
	for row, id := range g.spelt.idx {
		if !live[row] {
			continue
		}
		if id < 0 {
			return nil, g.damaged(errShape)
		}
		if places[id] == nil {
			s, err := g.shape(row)
			if err != nil {
				return nil, err
			}
			p := g.find(s, f)
			places[id] = &p
		}
		switch p := places[id]; p.what {
		case nowhere:
		case inEvent:
			out[row] = maybe
		case inColumn:
			if !p.asked {
				verdicts, ok := columns[p.column]
				if !ok {
					var err error
					if verdicts, err = m.values(g, n, f, p.column, live); err != nil {
						return nil, err
					}
					columns[p.column] = verdicts
				}
				p.asked, p.verdicts = true, verdicts
			}
			if p.verdicts != nil {
				out[row] = p.verdicts[row]
			}
		}
	}
	return out, nil
}

// values returns the verdicts of a clause on the values of a column; nil when it is
// no for all of them.
func (m *matcher) values(g *group, n query.Node, f query.Field, column string, live []bool) ([]verdict, error) {
	out, err := g.excludes(column, n)
	if out || err != nil {
		return nil, err
	}
	v, err := g.column(column)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, g.rows)
	return verdicts, each(v, live, verdicts, func(value event.Value) (verdict, error) {
		e := m.probe
		e.Reset()
		e.AddMember(e.Root(), f.Name, value)
		return verdictOf(query.Matches(n, e)), nil
	})
}
