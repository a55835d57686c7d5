package app

import (
	"context"

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
	parse   parser
	observe func(*event.Event)   // sees every event, before detection
	found   func(signal.Finding) // sees every finding
}

// run takes the blocks of lines from next until it reports io.EOF.
func (f *flow) run(ctx context.Context, next nextBlock) error {
	err := f.parse.ordered(ctx, next, func(events []*event.Event) error { // source, pipeline, waf
		for _, e := range events {
			f.observe(e)
			for range max(1, e.Repeat) {
				f.engine.Observe(e, f.found) // detect, signal
			}
		}
		return nil
	})
	f.engine.Flush(f.found)
	return err
}
