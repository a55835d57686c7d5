package store

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// reader reads the values of one field in the rows of a group, from columns where it
// can.
type reader struct {
	g      *group
	l      *look
	field  query.Field
	places []*place
	memo   map[*vector][]*string
	one    [1]*string
}

func (g *group) reader(f query.Field, l *look) *reader {
	return &reader{g: g, l: l, field: f, memo: map[*vector][]*string{}}
}

// officialColumn returns the column of an official field, "" where a field is none or
// more than a column.
func officialColumn(kind query.FieldKind) string {
	switch kind {
	case query.Message:
		return colMessage
	case query.Host:
		return colHost
	case query.Status:
		return colStatus
	case query.Service:
		return colService
	case query.TraceID:
		return colTrace
	case query.SpanID:
		return colSpan
	case query.Timestamp:
		return colTime
	default:
		return ""
	}
}

// value returns the value of a row if a column has it; found is false where only the
// event can tell.
func (r *reader) value(row int) (v *vector, found bool, err error) {
	name := officialColumn(r.field.Kind)
	switch r.field.Kind {
	case query.Source:
		if !r.g.part.Mixed {
			return nil, false, nil
		}
		name = colSource
	case query.Tags:
		return nil, false, nil
	case query.TagOrAttribute:
		tags, err := r.g.column(colTags)
		if err != nil {
			return nil, false, err
		}
		if _, some := tags.at(row); some {
			return nil, false, nil
		}
	default:
	}
	if name == "" {
		p, err := r.place(row)
		if err != nil || p.what == inEvent {
			return nil, false, err
		}
		name = p.column
	}
	v, err = r.g.column(name)
	return v, true, err
}

func (r *reader) place(row int) (*place, error) {
	spelt, err := r.g.spelt()
	if err != nil {
		return nil, err
	}
	if r.places == nil {
		r.places = make([]*place, len(r.g.shapes))
	}
	id := spelt.index(row)
	if id < 0 {
		return nil, r.g.damaged(errShape)
	}
	if r.places[id] == nil {
		s, err := r.g.shape(row)
		if err != nil {
			return nil, err
		}
		p := r.g.find(s, r.field)
		r.places[id] = &p
	}
	return r.places[id], nil
}

// texts returns the texts of the values of a row; one nil where there is none. They
// are valid until the next call.
func (r *reader) texts(row int) ([]*string, error) {
	if r.field.Kind == query.Source && !r.g.part.Mixed {
		return r.single(r.g.part.Source), nil
	}
	v, found, err := r.value(row)
	if err != nil {
		return nil, err
	}
	if !found {
		return r.fromEvent(row)
	}
	r.one[0] = nil
	if v == nil || v.index(row) < 0 {
		return r.one[:], nil
	}
	memo := r.memo[v]
	if memo == nil {
		memo = make([]*string, v.size)
		r.memo[v] = memo
	}
	i := v.index(row)
	if memo[i] == nil {
		text := r.text(v.value(i))
		memo[i] = &text
	}
	r.one[0] = memo[i]
	return r.one[:], nil
}

// text returns the text of a value: of a timestamp, the milliseconds that a search
// compares.
func (r *reader) text(v event.Value) string {
	if r.field.Kind == query.Timestamp {
		return event.IntValue(v.Int() / 1e6).Text()
	}
	return v.Text()
}

func (r *reader) single(text string) []*string {
	r.one[0] = nil
	if text != "" {
		r.one[0] = &text
	}
	return r.one[:]
}

// fromEvent returns the texts of a row whose event must be made.
func (r *reader) fromEvent(row int) ([]*string, error) {
	e, err := r.event(row)
	if err != nil {
		return nil, err
	}
	var out []*string
	have := map[string]struct{}{}
	add := func(text string) {
		if _, ok := have[text]; !ok {
			have[text] = struct{}{}
			out = append(out, &text)
		}
	}
	switch r.field.Kind {
	case query.Tags:
		for _, tag := range e.Tags {
			add(tag)
		}
	case query.TagOrAttribute:
		r.tagged(e, add)
	default:
	}
	if len(out) == 0 && r.field.Kind != query.Tags {
		scalars(e, r.attribute(e), add)
	}
	if len(out) == 0 {
		out = append(out, nil)
	}
	return out, nil
}

// event makes the event of a row.
func (r *reader) event(row int) (*event.Event, error) {
	r.l.result.Made++
	return r.l.probe, r.g.fill(r.l.probe, row)
}

// tagged calls use with the value of each tag that has the field as its key.
func (r *reader) tagged(e *event.Event, use func(string)) {
	for _, tag := range e.Tags {
		if key, value, ok := strings.Cut(tag, ":"); ok && strings.EqualFold(key, r.field.Name) {
			use(value)
		}
	}
}

func (r *reader) attribute(e *event.Event) event.Value {
	if r.field.Kind == query.Calculated {
		v, _ := e.Key(e.Root(), r.field.Name)
		return v
	}
	v, _ := e.Get(r.field.Name)
	return v
}

// scalars calls use with the text of a scalar, or of those in an array.
func scalars(e *event.Event, v event.Value, use func(string)) {
	switch {
	case v.IsScalar():
		use(v.Text())
	case v.Kind() == event.Array:
		for _, c := range e.Items(v) {
			scalars(e, c, use)
		}
	}
}

// number returns the number of a row: of several values, none.
func (r *reader) number(row int) (float64, bool, error) {
	v, found, err := r.value(row)
	if err != nil {
		return 0, false, err
	}
	if found {
		f, ok := r.numberIn(v, row)
		return f, ok, nil
	}
	e, err := r.event(row)
	if err != nil {
		return 0, false, err
	}
	value, tags := r.attribute(e), 0 // a tag is in front of an attribute
	if r.field.Kind == query.TagOrAttribute {
		r.tagged(e, func(text string) { value, tags = event.StringValue(text), tags+1 })
	}
	if tags > 1 {
		return 0, false, nil
	}
	f, ok := value.Number()
	return f, ok, nil
}
