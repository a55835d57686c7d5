package app

import (
	"context"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
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
	window  Window
	live    *Live                   // its lock is held wherever what was found is written; may be nil
	timer   func() time.Duration    // measures detection, may be nil
	begin   func() bool             // before each batch: reports whether it was detected in already; may be nil
	observe func(*event.Event)      // sees every event, before detection
	found   func(signal.Finding)    // sees every finding
	goesOn  bool                    // more will come: what is open stays open
	failed  func() error            // why whoever sees them wants no more, or nil
	behind  func() error            // after each batch; may be nil
	rescue  func(*event.Event, any) // is told of events at which detection failed; nil lets it fail

	detection time.Duration
}

// Window says which events count; the zero Window takes all.
type Window struct {
	// Since and Until bound the time of the events in nanoseconds since 1970 UTC,
	// Until excluded; 0 is no bound. Events without a time are outside any bound.
	Since, Until int64
	// Filter is what events must match; nil matches all.
	Filter *query.Query
}

func (w *Window) holds(e *event.Event) bool {
	return (w.Since == 0 || e.Time >= w.Since && e.Time != 0) && (w.Until == 0 || e.Time < w.Until && e.Time != 0) &&
		(w.Filter == nil || w.Filter.Match(e))
}

// run takes the events of the feed until it has no more.
func (f *flow) run(ctx context.Context, from supply) error {
	err := from(ctx, func(events []*event.Event) error { // source, pipeline, waf
		f.live.lock()
		defer f.live.unlock()
		again := f.begin != nil && f.begin()
		for _, e := range events {
			if !f.window.holds(e) {
				continue
			}
			f.observe(e)
			if again {
				continue
			}
			f.detect(e)
		}
		if err := f.failed(); err != nil || f.behind == nil {
			return err
		}
		return f.behind()
	})
	f.flush()
	if err != nil {
		return err
	}
	return f.failed()
}

// detect asks the rules about an event.
func (f *flow) detect(e *event.Event) {
	if f.rescue != nil {
		defer func() {
			if failure := recover(); failure != nil {
				f.rescue(e, failure)
			}
		}()
	}
	began := f.now()
	f.sigma.observe(e)
	for range max(1, e.Repeat) {
		f.engine.Observe(e, f.found) // detect, signal
	}
	f.detection += f.now() - began
	f.also.observe(e)
}

// flush ends what is open, unless more will come.
func (f *flow) flush() {
	if f.goesOn {
		return
	}
	f.live.lock()
	defer f.live.unlock()
	f.engine.Flush(f.found)
	f.also.flush()
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

func (f *flow) now() time.Duration {
	if f.timer == nil {
		return 0
	}
	return f.timer()
}
