package pipeline

import "github.com/sasumata/sasumata/internal/event"

// The operations of the array-processor.

// arrayAppend appends the source's value to the array at the target, which it
// makes when absent.
type arrayAppend struct {
	source, target string
	preserve       bool
}

// Process appends; a target that is no array is left alone. The source is
// removed unless it is preserved.
func (p *arrayAppend) Process(e *event.Event, _ *Machine) {
	v, ok := e.Get(p.source)
	if !ok {
		return
	}
	array, present := e.Get(p.target)
	if present && array.Kind() != event.Array {
		return
	}
	if !p.preserve {
		v, _ = e.Take(p.source)
	}
	if !present {
		array = e.NewArray()
		e.Append(array, v)
		e.Set(p.target, array)
		return
	}
	e.Append(array, v)
}

// arrayLength writes the number of elements.
type arrayLength struct{ source, target string }

// Process writes the length of the array at the source.
func (p *arrayLength) Process(e *event.Event, _ *Machine) {
	if v, ok := e.Get(p.source); ok && v.Kind() == event.Array {
		e.Set(p.target, event.IntValue(int64(e.Len(v))))
	}
}

// arraySelect takes one value out of the first element that has the key with the
// wanted text.
type arraySelect struct{ source, target, key, want, extract string }

// Process selects; without a matching element nothing changes.
func (p *arraySelect) Process(e *event.Event, m *Machine) {
	v, ok := e.Get(p.source)
	if !ok || v.Kind() != event.Array {
		return
	}
	for _, element := range e.Items(v) {
		have, ok := e.GetIn(element, p.key)
		if !ok {
			continue
		}
		m.buf = have.AppendText(m.buf[:0])
		if string(m.buf) != p.want {
			continue
		}
		if value, ok := e.GetIn(element, p.extract); ok {
			e.Set(p.target, value)
			return
		}
	}
}

// arrayKeyValue turns [{name: k, value: v} ..] into an object {k: v ..}.
type arrayKeyValue struct {
	source, target string
	key, value     string
	override       bool
}

// Process writes each pair below the target, or at the root without one. A key
// that stands already is kept unless override is on.
func (p *arrayKeyValue) Process(e *event.Event, _ *Machine) {
	v, ok := e.Get(p.source)
	if !ok || v.Kind() != event.Array {
		return
	}
	object := e.Root()
	if p.target != "" {
		if object, ok = e.Get(p.target); !ok || object.Kind() != event.Object {
			e.Set(p.target, e.NewObject())
			if object, ok = e.Get(p.target); !ok {
				return
			}
		}
	}
	for _, element := range e.Items(v) {
		key, hasKey := e.GetIn(element, p.key)
		value, hasValue := e.GetIn(element, p.value)
		if !hasKey || !hasValue || !key.IsScalar() {
			continue
		}
		if _, taken := e.Key(object, key.Text()); !taken || p.override {
			e.SetKey(object, key.Text(), value)
		}
	}
}
