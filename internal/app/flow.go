package app

import (
	"context"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
)

// flow is the product in a dozen lines: the journey of every event, whether it
// comes from a file that is analysed or from a source that never ends. What a
// line means is worked out by several goroutines, what events add up to by one,
// in the order of the input: so every run over the same input finds the same.
type flow struct {
	engine  *detect.Engine
	also    *observer   // sees the same events; nil without a second engine
	sigma   *correlator // nil without Sigma correlations
	parse   parser
	since   int64                // events before this time are left out, and
	until   int64                // those from this time on; 0 is no limit
	timer   func() time.Duration // measures detection, may be nil
	observe func(*event.Event)   // sees every event, before detection
	found   func(signal.Finding) // sees every finding
	goesOn  bool                 // more will come: what is open stays open
	failed  func() error         // why whoever sees them wants no more, or nil

	detection time.Duration
}

// run takes the blocks of lines from next until it reports io.EOF.
func (f *flow) run(ctx context.Context, next nextBlock) error {
	err := f.parse.ordered(ctx, next, func(events []*event.Event) error { // source, pipeline, waf
		for _, e := range events {
			if !f.within(e) {
				continue
			}
			f.observe(e)
			began := f.now()
			f.sigma.observe(e)
			for range max(1, e.Repeat) {
				f.engine.Observe(e, f.found) // detect, signal
			}
			f.detection += f.now() - began
			f.also.observe(e)
		}
		return f.failed()
	})
	if !f.goesOn {
		f.engine.Flush(f.found)
		f.also.flush()
	}
	if err != nil {
		return err
	}
	return f.failed()
}

// observer is a second engine over the same events, to compare with.
type observer struct {
	engine *detect.Engine
	found  func(signal.Finding)
}

func (o *observer) observe(e *event.Event) {
	if o == nil {
		return
	}
	for range max(1, e.Repeat) {
		o.engine.Observe(e, o.found)
	}
}

func (o *observer) flush() {
	if o != nil {
		o.engine.Flush(o.found)
	}
}

// within reports whether the event is in the time asked for. Events without a time
// are, unless a limit was asked for.
func (f *flow) within(e *event.Event) bool {
	return (f.since == 0 || e.Time >= f.since) && (f.until == 0 || e.Time < f.until && e.Time != 0)
}

func (f *flow) now() time.Duration {
	if f.timer == nil {
		return 0
	}
	return f.timer()
}
