package pipeline

import (
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

// Step is what one processor did to an event.
type Step struct {
	// Pipeline is the path of names of the pipelines around the processor.
	Pipeline []string
	// Processor is its name.
	Processor string
	// Skipped says that it is a pipeline whose filter did not take the event.
	Skipped bool
	// Before and After are the event's record (event.AppendRecord) before and
	// behind the processor; they are equal when it changed nothing.
	Before, After string
}

// Explain takes the event through intake and pipelines as Process does, and calls
// seen for every processor on the way. It is for people: it is slow.
func (s *Set) Explain(e *event.Event, hint *Hint, m *Machine, seen func(Step)) bool {
	m.explain = &explanation{seen: seen}
	defer func() { m.explain = nil }()
	return s.Process(e, hint, m)
}

// explanation follows an event through pipelines.
type explanation struct {
	seen func(Step)
	path []string
}

// process runs a pipeline's processors and tells what each did.
func (x *explanation) process(p *Pipeline, e *event.Event, m *Machine) {
	if !p.Takes(e) {
		x.seen(Step{Pipeline: x.path, Processor: p.Name, Skipped: true})
		return
	}
	x.path = append(slices.Clip(x.path), p.Name)
	for i := range p.steps {
		step := &p.steps[i]
		if inner, ok := step.proc.(*Pipeline); ok {
			x.process(inner, e, m)
			continue
		}
		before := string(e.AppendRecord(nil))
		step.proc.Process(e, m)
		x.seen(Step{Pipeline: x.path, Processor: step.name, Before: before, After: string(e.AppendRecord(nil))})
	}
	x.path = x.path[:len(x.path)-1]
}
