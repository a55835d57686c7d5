package store

import (
	"errors"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

var errMore = errors.New("the column " + colMore + " does not fit the layout of an event")

// fill makes the event what it was when it was stored. Its texts live as long as
// somebody keeps one.
func (g *group) fill(e *event.Event, row int) error {
	e.Reset()
	for _, field := range [...]struct {
		column string
		into   *string
	}{
		{colMessage, &e.Message},
		{colStatus, &e.Status},
		{colService, &e.Service},
		{colHost, &e.Host},
		{colTrace, &e.TraceID},
		{colSpan, &e.SpanID},
		{colSource, &e.Source},
	} {
		v, err := g.value(field.column, row)
		if err != nil {
			return err
		}
		*field.into = v.Str()
	}
	if !g.part.Mixed {
		e.Source = g.part.Source
	}
	at, err := g.value(colTime, row)
	if err != nil {
		return err
	}
	e.Time = at.Int()
	tags, err := g.value(colTags, row)
	if err != nil {
		return err
	}
	if err := g.tags(e, tags.Str()); err != nil {
		return err
	}
	layout, err := g.shape(row)
	if err != nil {
		return err
	}
	more, err := g.value(colMore, row)
	if err != nil {
		return err
	}
	return g.build(e, row, layout, more.Str())
}

func (g *group) value(column string, row int) (event.Value, error) {
	v, err := g.column(column)
	if err != nil {
		return event.Value{}, err
	}
	value, _ := v.at(row)
	return value, nil
}

// tags adds the tags of a JSON array to the event.
func (g *group) tags(e *event.Event, text string) error {
	if text == "" {
		return nil
	}
	aside := event.New() // the list must not take the place of values
	list, n, err := aside.DecodeJSON(text, event.JSONOptions{Exact: true})
	if err != nil || n != len(text) {
		return g.damaged(errors.New("the tags of an event make no sense"))
	}
	for _, tag := range aside.Items(list) {
		e.Tags = append(e.Tags, tag.Str())
	}
	return nil
}

func (g *group) damaged(err error) error { return &DamageError{Part: g.part.Name, Err: err} }

// build fills the attributes of the event.
func (g *group) build(e *event.Event, row int, layout *shape, more string) error {
	objects := make([]event.Value, 1, 8)
	objects[0] = e.Root()
	rest := overText{text: more}
	for i := range layout.ops {
		step := &layout.ops[i]
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
			l := &layout.leaves[step.leaf]
			v, err := g.leaf(e, row, l, &rest)
			if err != nil {
				return err
			}
			e.AddMember(object, step.key, v)
		}
	}
	if e.Truncated() {
		return g.damaged(errMore)
	}
	return nil
}

// leaf returns a value of a row, from its column or the overflow.
func (g *group) leaf(e *event.Event, row int, l *leaf, rest *overText) (event.Value, error) {
	if g.holds(l) {
		v, err := g.column("@" + l.path)
		if err != nil {
			return event.Value{}, err
		}
		value, ok := v.at(row)
		if !ok {
			return value, g.damaged(errShape)
		}
		return value, nil
	}
	v, ok := rest.next(e)
	if !ok {
		return v, g.damaged(errMore)
	}
	return v, nil
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
