// Package app puts the parts together: it is the only package that knows all of
// them. flow.go shows an event's journey.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/source"
)

// Intake says how lines are read.
type Intake struct {
	// Source names the source of lines that do not tell it themselves; "" means
	// detection.
	Source string
	// Join says which lines are joined into one event; the zero Join joins none.
	Join source.Join
	// Clock completes dates without a year, and those without a zone.
	Clock dates.Clock
	// Workers is the number of goroutines that parse; 0 means one for each
	// processor. It changes the speed and nothing else.
	Workers int
	// Geo places addresses; nil leaves them without a place.
	Geo geoip.Source
	// Threats are threat lists that are kept fresh; nil means those of the content.
	Threats *ThreatWatch
	// NoRedact leaves passwords, tokens and other secrets readable.
	NoRedact bool
	// Stdin is read for the input named "-".
	Stdin io.Reader
	// Progress is told how many bytes of an input were read, of how many (0 is
	// unknown), from the reading goroutine; it may be nil.
	Progress func(name string, read, total int64)
}

// AnalyzeOptions is a batch run over whole logs.
type AnalyzeOptions struct {
	Intake

	// Content decides what events mean.
	Content *Content
	// Inputs are the names of the logs, read one after the other.
	Inputs []string
	// Follow goes on with the last input while it grows. The run has no end of its own
	// then: that its context is done ends it as the end of the inputs would.
	Follow bool
	// Live is told what the run finds while it goes on; it may be nil.
	Live *Live
	// Window says which events are looked at.
	Window Window
	// Timer reads a clock that only runs forward, to measure what detection costs;
	// nil measures nothing.
	Timer func() time.Duration
	// Found sees every finding, in order, while the run goes on. Its error ends
	// the run.
	Found func(signal.Finding) error
	// Warn gets sentences about input that was left out.
	Warn func(string)

	// Baseline are the names of older logs, read before the Inputs: the rules that learn
	// what is usual learn from them, and nothing is found there.
	Baseline []string
	// State, unless it is nil, is what earlier runs left: this one goes on there, and
	// signals that are open at the end stay open for the next.
	State *State
	// Open sees the signals that are open at the end of a run with a State, of which
	// Found did not say how they are now.
	Open func(*signal.Signal) error

	also *observer
	held func(suppression int, s *signal.Signal)
}

// Analyze reads the inputs one after the other as one stream and returns what
// they add up to. Memory does not grow with the size of the input. An input that
// cannot be opened, or breaks off, is told to Warn and in the error; the others,
// and what could be read of it, are analysed all the same.
func Analyze(ctx context.Context, opts AnalyzeOptions) (*Analysis, error) {
	f := flow{
		engine: newEngine(opts.Content, opts.Warn, opts.held),
		also:   opts.also,
		sigma:  opts.Content.Sigma.correlator(),
		parse:  opts.parser(opts.Content, true),
		window: opts.Window,
		live:   opts.Live,
		timer:  opts.Timer,
		goesOn: opts.State != nil,
	}
	a := f.collect(nil, opts.Found)
	a.news = opts.State.news
	opts.Live.begin(a)
	if err := opts.begin(&f); err != nil {
		return nil, err
	}
	lesson, err := opts.teach(ctx, f.engine)
	if err != nil {
		return nil, err
	}
	a.Baseline = lesson
	before, correlated := f.engine.Stats(), f.sigma.stats()
	logs := opts.logs(ctx, &f)
	runErr := f.run(ctx, logs.feed)
	logs.end()
	if opts.Follow && ctx.Err() != nil && errors.Is(runErr, context.Cause(ctx)) {
		runErr = nil
	}
	logs.count(&f, a.Summary)
	f.add(a)
	a.Engine = a.Engine.Since(before)
	a.Correlations = subtractCorrelations(a.Correlations, correlated)
	if runErr == nil {
		a.StillOpen, runErr = opts.end()
	}
	return a, errors.Join(runErr, logs.failed())
}

// begin goes on with the state, if there is one.
func (opts *AnalyzeOptions) begin(f *flow) error {
	if opts.State == nil {
		return nil
	}
	tell := opts.Warn
	if tell == nil {
		tell = func(string) {}
	}
	f.live.lock()
	defer f.live.unlock()
	return opts.State.restore(f.engine, f.sigma, f.found, tell)
}

// end reports what stays open, and makes the state ready to be saved.
func (opts *AnalyzeOptions) end() (stillOpen int64, err error) {
	if opts.State == nil {
		return 0, nil
	}
	emit := opts.Open
	if emit == nil {
		emit = func(*signal.Signal) error { return nil }
	}
	stillOpen, err = opts.State.open(emit)
	opts.State.ready = err == nil
	return stillOpen, err
}

// newEngine returns an engine for the content's rules and suppressions, and warns
// of the rules that it cannot run. held may be nil: see detect.Options.
func newEngine(c *Content, warn func(string), held func(int, *signal.Signal)) *detect.Engine {
	return engineFor(c, detect.Options{Held: held}, warn)
}

// engineFor returns an engine with the bounds of the options.
func engineFor(c *Content, opts detect.Options, warn func(string)) *detect.Engine {
	opts.LearnAll, opts.Tables, opts.Suppressions = true, c.Tables, make([]detect.Suppression, len(c.Suppressions))
	for i, s := range c.Suppressions {
		opts.Suppressions[i] = working(s)
	}
	engine, unsupported := detect.New(c.Rules, opts)
	for _, u := range unsupported {
		if warn != nil {
			warn(fmt.Sprintf("the rule %s is not run: %s", u.Rule.ID, u.Reason))
		}
	}
	return engine
}

func (in *Intake) parser(c *Content, inspect bool) parser {
	workers := in.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if in.Clock.Location == nil {
		in.Clock.Location = time.UTC
	}
	geo := in.Geo
	if geo == nil {
		geo = c.Places
	}
	return parser{content: c, threats: in.Threats, hint: c.Pipelines.Hint(in.Source), clock: in.Clock, geo: geo, workers: workers, inspect: inspect, secrets: in.NoRedact}
}

// InputError is an input that could not be read to its end.
type InputError struct {
	// Name is the input as the user named it.
	Name string
	// Opened says that some of it was read.
	Opened bool
	// Err is the cause.
	Err error
}

// Error returns the name and the cause.
func (e *InputError) Error() string {
	cause := e.Err
	if path, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = path.Err // the name stands before it already
	}
	return fmt.Sprintf("%s: %v", e.Name, cause)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// ParseOptions is a run that only normalises.
type ParseOptions struct {
	Intake

	// Content decides what events mean.
	Content *Content
	// Inputs are the names of the logs, read one after the other.
	Inputs []string
	// Detect marks events that look like an attack.
	Detect bool
	// Warn gets sentences about input that was left out.
	Warn func(string)
}

// Parse writes one JSON object for each line of the inputs, or each record where
// lines are joined, in order.
func Parse(ctx context.Context, w io.Writer, opts ParseOptions) error {
	in := inputs{ctx: ctx, intake: opts.Intake, names: opts.Inputs, warn: opts.Warn}
	p := opts.parser(opts.Content, opts.Detect)
	var buf []byte
	err := p.ordered(ctx, in.next, func(events []*event.Event) error {
		buf = buf[:0]
		for _, e := range events {
			buf = append(e.AppendRecord(buf), '\n')
		}
		_, err := w.Write(buf)
		return err
	})
	return errors.Join(err, in.failed())
}
