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
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/geoip"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
	"github.com/sasumata/sasumata/internal/report"
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
	// Since and Until bound the time of the events that are looked at, in
	// nanoseconds since 1970 UTC, Until excluded; 0 is no bound.
	Since, Until int64
	// Timer reads a clock that only runs forward, to measure what detection costs;
	// nil measures nothing.
	Timer func() time.Duration
	// Found sees every finding, in order, while the run goes on. Its error ends
	// the run.
	Found func(signal.Finding) error
	// Warn gets sentences about input that was left out.
	Warn func(string)
}

// Analysis is what a batch run found.
type Analysis struct {
	// Summary counts what the logs hold.
	Summary *report.Summary
	// Signals are those that were opened.
	Signals *signal.Book
	// Engine, Correlations and Pipeline are the counters of the detection, of Sigma
	// correlations and of the parsing.
	Engine       detect.Stats
	Correlations correlate.Stats
	Pipeline     pipeline.Stats
	// Detection is the time that rules took, if it was measured.
	Detection time.Duration
}

// Notes says in sentences what was left out or given up, for people to know what
// the result does not hold. A clean run has none.
func (a *Analysis) Notes() []string {
	var all []string
	note := func(n int64, format string) {
		if n > 0 {
			all = append(all, fmt.Sprintf(format, n))
		}
	}
	note(a.Engine.Backwards, "%d matches were older than the window of their group: the clock of the log went backwards, or lines are out of order")
	note(a.Engine.Evicted, "%d groups were forgotten early to stay within the memory limit: slow attacks may be missing")
	note(a.Engine.Relearnt, "%d times a rule found more than half of what it saw strange, and began to learn anew what is usual")
	note(a.Engine.Cut, "%d events had more values in an array than a rule looks at")
	note(int64(a.Correlations.Late), "%d events came too late for the Sigma correlations: lines are out of order")
	note(int64(a.Correlations.Dropped+a.Correlations.Evicted), "%d times a Sigma correlation forgot something early to stay within the memory limit")
	note(a.Pipeline.OutOfSteps, "%d times parsing a line was given up because it took too many steps")
	note(a.Pipeline.Truncated, "%d events had more values than an event can hold: the rest was left out")
	note(a.Signals.Counts().Evicted, "%d signals are counted but no longer listed")
	return all
}

// Analyze reads the inputs one after the other as one stream and returns what
// they add up to. Memory does not grow with the size of the input. An input that
// cannot be opened, or breaks off, is told to Warn and in the error; the others,
// and what could be read of it, are analysed all the same.
func Analyze(ctx context.Context, opts AnalyzeOptions) (*Analysis, error) {
	engine := newEngine(opts.Content, opts.Warn)
	a := &Analysis{Summary: report.NewSummary(), Signals: signal.NewBook(0)}
	var foundErr error
	f := flow{
		engine: engine,
		sigma:  opts.Content.Sigma.correlator(),
		parse:  opts.parser(opts.Content, true),
		since:  opts.Since,
		until:  opts.Until,
		timer:  opts.Timer,
		observe: func(e *event.Event) {
			a.Summary.Observe(e)
			if !e.Parsed && strings.TrimSpace(e.Raw) != "" {
				a.Summary.KeepUnparsed(e.Line, e.Raw)
			}
		},
		found: func(found signal.Finding) {
			a.Signals.Apply(found)
			if foundErr == nil && opts.Found != nil {
				foundErr = opts.Found(found)
			}
		},
	}
	f.failed = func() error { return foundErr }
	in := inputs{intake: opts.Intake, names: opts.Inputs, warn: opts.Warn}
	runErr := f.run(ctx, in.next)
	in.count(a.Summary, f.parse.stats)
	a.Engine, a.Correlations, a.Pipeline, a.Detection = engine.Stats(), f.sigma.stats(), f.parse.stats, f.detection
	return a, errors.Join(runErr, in.failed())
}

// newEngine returns an engine for the content's rules, and warns of those that it
// cannot run.
func newEngine(c *Content, warn func(string)) *detect.Engine {
	engine, unsupported := detect.New(c.Rules, detect.Options{Tables: c.Tables})
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
	return parser{content: c, hint: c.Pipelines.Hint(in.Source), clock: in.Clock, geo: in.Geo, workers: workers, inspect: inspect, secrets: in.NoRedact}
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
	in := inputs{intake: opts.Intake, names: opts.Inputs, warn: opts.Warn}
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
