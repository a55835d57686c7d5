package store

import (
	"errors"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

var (
	errMore = errors.New("the values of an event do not fit its layout")
	errTags = errors.New("the tags of an event make no sense")
)

// plan says where the values of the rows of one shape are: for each leaf its column,
// or nil for the overflow.
type plan struct {
	layout *shape
	leaves []*vector
}

// plan returns the plan of a row.
func (g *group) plan(row int) (*plan, error) {
	layout, err := g.shape(row)
	if err != nil {
		return nil, err
	}
	if p := g.plans[layout]; p != nil {
		return p, nil
	}
	p := &plan{layout: layout, leaves: make([]*vector, len(layout.leaves))}
	for i := range layout.leaves {
		if l := &layout.leaves[i]; g.holds(l) {
			if p.leaves[i], err = g.column("@" + l.path); err != nil {
				return nil, err
			}
		}
	}
	if layout.kept && len(g.plans) < maxShapes {
		g.plans[layout] = p
	}
	return p, nil
}

// officials are the columns of what is no attribute; nil for those that a part has
// not.
type officials struct {
	message, status, service, host, trace, span, source, time, tags, more *vector
}

// officialColumns reads them once.
func (g *group) officialColumns() (*officials, error) {
	if g.official != nil {
		return g.official, nil
	}
	var o officials
	for _, c := range [...]struct {
		name string
		into **vector
	}{
		{colMessage, &o.message},
		{colStatus, &o.status},
		{colService, &o.service},
		{colHost, &o.host},
		{colTrace, &o.trace},
		{colSpan, &o.span},
		{colSource, &o.source},
		{colTime, &o.time},
		{colTags, &o.tags},
		{colMore, &o.more},
	} {
		v, err := g.column(c.name)
		if err != nil {
			return nil, err
		}
		*c.into = v
	}
	g.official = &o
	return g.official, nil
}

// rowText returns the text of a row, "" where there is none.
func (v *vector) rowText(row int) string {
	value, _ := v.at(row)
	return value.Str()
}

// fill makes the event what it was when it was stored. Its texts live as long as
// somebody keeps one.
func (g *group) fill(e *event.Event, row int) error {
	e.Reset()
	o, err := g.officialColumns()
	if err != nil {
		return err
	}
	e.Message, e.Status, e.Service, e.Host = o.message.rowText(row), o.status.rowText(row), o.service.rowText(row), o.host.rowText(row)
	e.TraceID, e.SpanID, e.Source = o.trace.rowText(row), o.span.rowText(row), g.part.Source
	if g.part.Mixed {
		e.Source = o.source.rowText(row)
	}
	at, _ := o.time.at(row)
	e.Time = at.Int()
	if err := g.tags(e, o.tags.rowText(row)); err != nil {
		return err
	}
	p, err := g.plan(row)
	if err != nil {
		return err
	}
	return g.build(e, row, p, o.more.rowText(row))
}

// tags adds the tags of a JSON array to the event.
func (g *group) tags(e *event.Event, text string) error {
	if text == "" {
		return nil
	}
	one := event.New() // the texts must not take the place of values
	for at := 0; ; {
		if text[at] != '[' && text[at] != ',' {
			return g.damaged(errTags)
		}
		at++
		tag, n, err := one.DecodeJSON(text[at:], event.JSONOptions{Exact: true})
		if at += n; err != nil || tag.Kind() != event.String || at == len(text) {
			return g.damaged(errTags)
		}
		e.Tags = append(e.Tags, tag.Str())
		if text[at:] == "]" {
			return nil
		}
	}
}

// build fills the attributes of the event.
func (g *group) build(e *event.Event, row int, p *plan, more string) error {
	objects := make([]event.Value, 1, 8)
	objects[0] = e.Root()
	rest := overText{text: more}
	for i := range p.layout.ops {
		step := &p.layout.ops[i]
		object := objects[len(objects)-1]
		switch step.what {
		case '{':
			inner := e.NewObject()
			e.AddMember(object, step.key, inner)
			objects = append(objects, inner)
		case '}':
			objects = objects[:len(objects)-1]
		case 'n':
			e.AddMember(object, step.key, event.Value{})
		default:
			v, ok := p.leaves[step.leaf].at(row)
			if p.leaves[step.leaf] == nil {
				v, ok = rest.next(e)
			}
			if !ok {
				return g.damaged(errMore)
			}
			e.AddMember(object, step.key, v)
		}
	}
	if e.Truncated() {
		return g.damaged(errMore)
	}
	return nil
}

// holds reports whether the values of a leaf stand in a column.
func (g *group) holds(l *leaf) bool { return l.kind != 'x' && g.kind("@"+l.path) == l.kind }

// overText reads the values of an overflow in their order.
type overText struct {
	text string
	at   int
}

// next returns the next value as a free value of the event.
func (o *overText) next(e *event.Event) (event.Value, bool) {
	if o.at >= len(o.text) || o.text[o.at] != '{' && o.text[o.at] != ',' {
		return event.Value{}, false
	}
	o.at++
	if o.at >= len(o.text) || o.text[o.at] != '"' {
		return event.Value{}, false
	}
	next, _, reason := jsonscan.String(o.text, o.at)
	if reason != "" || next >= len(o.text) || o.text[next] != ':' {
		return event.Value{}, false
	}
	v, n, err := e.DecodeJSON(o.text[next+1:], event.JSONOptions{Exact: true})
	o.at = next + 1 + n
	return v, err == nil
}
