// Package pipeline normalises log events with Datadog log pipelines: ordered
// processors that parse the message and move what they find to standard
// attributes.
//
// A Pipeline is immutable and may be used by any number of goroutines, each with
// a Machine of its own.
package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// Pipeline is a filter and the processors that run, in order, over the events
// that it takes. A pipeline may stand among the processors of another one.
type Pipeline struct {
	// Name is the pipeline's name for people.
	Name string
	// ID is the pipeline's stable name: its file's name without the ending.
	ID string

	filter *query.Query
	steps  []step
}

// step is one processor with the name that explanations and errors show.
type step struct {
	name string
	proc Processor
}

// Processor is one stage of a pipeline. Process changes the event in place; it
// never fails: what does not apply leaves the event as it is.
type Processor interface {
	Process(e *event.Event, m *Machine)
}

var _ Processor = (*Pipeline)(nil)

// Takes reports whether the pipeline's filter matches the event.
func (p *Pipeline) Takes(e *event.Event) bool { return p.filter == nil || p.filter.Match(e) }

// Process runs the processors over the event if the filter matches it.
func (p *Pipeline) Process(e *event.Event, m *Machine) {
	if m.explain != nil {
		m.explain.process(p, e, m)
		return
	}
	if !p.Takes(e) {
		return
	}
	for i := range p.steps {
		p.steps[i].proc.Process(e, m)
	}
}
