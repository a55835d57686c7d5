package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
)

// While its processors run, an array map shows them the element that is read and
// the one that is written under these names.
const (
	sourceElem = "$sourceElem"
	targetElem = "$targetElem"
)

// maxMapped is the number of elements that an array map looks at, as Datadog's.
const maxMapped = 50

// arrayMap is the array-map-processor: it runs processors for each element of the
// source array and gathers what they write in the target array.
type arrayMap struct {
	source, target string
	preserve       bool
	steps          []step
}

var _ Processor = (*arrayMap)(nil)

// Process maps the array. Elements of a target that stands already are added to,
// in order; an element for which nothing is written leaves no trace. The source is
// removed unless it is preserved or is the target.
func (p *arrayMap) Process(e *event.Event, m *Machine) {
	array, ok := e.Get(p.source)
	if !ok || array.Kind() != event.Array {
		return
	}
	var before []event.Value
	if old, ok := e.Get(p.target); ok && old.Kind() == event.Array {
		for _, v := range e.Items(old) {
			before = append(before, v)
		}
	}
	mapped, n := e.NewArray(), 0
	for _, element := range e.Items(array) {
		if n == maxMapped {
			break
		}
		e.SetKey(e.Root(), sourceElem, element)
		if n < len(before) {
			e.SetKey(e.Root(), targetElem, before[n])
		}
		for i := range p.steps {
			p.steps[i].proc.Process(e, m)
		}
		if v, ok := e.Key(e.Root(), targetElem); ok {
			e.DeleteKey(e.Root(), targetElem)
			e.Append(mapped, v)
		}
		n++
	}
	e.DeleteKey(e.Root(), sourceElem)
	for ; n < len(before); n++ {
		e.Append(mapped, before[n])
	}
	if !p.preserve && p.source != p.target {
		e.Delete(p.source)
	}
	if e.Len(mapped) > 0 {
		e.Set(p.target, mapped)
	}
}
