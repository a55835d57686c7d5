package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/detect/correlate"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/signal"
)

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
	// Sigma are the counters of the matching of Sigma rules.
	Sigma match.Stats
	// Costs is what the queries of each rule took.
	Costs []detect.Cost
	// Detection is the time that rules took, if it was measured.
	Detection time.Duration
	// StillOpen is the number of signals that a State keeps open.
	StillOpen int64
	// Baseline is what was learnt from before.
	Baseline Lesson

	// news reports whether a finding tells of something that the state did not have,
	// and makes it the first of its signal if so; nil takes all.
	news func(*signal.Finding) bool
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
	note(a.Engine.Missed+int64(a.Sigma.Disagreed), "%d events in the sample that is checked were missed by the index of the rules: please report this defect")
	note(int64(a.Sigma.Truncated), "%d events had more values than Sigma rules are shown")
	note(a.Engine.Cut, "%d events had more values in an array than a rule looks at")
	note(int64(a.Correlations.Late), "%d events came too late for the Sigma correlations: lines are out of order")
	note(int64(a.Correlations.Dropped+a.Correlations.Evicted), "%d times a Sigma correlation forgot something early to stay within the memory limit")
	note(a.Pipeline.OutOfSteps, "%d times parsing a line was given up because it took too many steps")
	note(a.Pipeline.Truncated, "%d events had more values than an event can hold: the rest was left out")
	all = append(all, a.Baseline.notes(a.Summary)...)
	note(a.StillOpen, "%d signals are still open: the next run with the state goes on with them")
	note(a.Signals.Counts().Evicted, "%d signals are counted but no longer listed")
	return all
}

// analyse runs the flow and returns what it adds up to; what was read to get the
// lines (Summary.Lines, Bytes, Truncated) is for the caller to fill in. Observed
// sees every event and found every finding while the run goes on, both may be
// nil; the first error of either ends the run, and neither is asked after it.
func (f *flow) analyse(ctx context.Context, next nextBlock, observed func(*event.Event) error, found func(signal.Finding) error) (*Analysis, error) {
	a := f.collect(observed, found)
	err := f.run(ctx, f.parse.lines(next))
	f.add(a)
	return a, err
}

// collect makes the flow gather what it finds in an analysis.
func (f *flow) collect(observed func(*event.Event) error, found func(signal.Finding) error) *Analysis {
	a := &Analysis{Summary: report.NewSummary(), Signals: signal.NewBook(0)}
	var failed error
	listed := f.parse.threats != nil || f.parse.content.Threats.Len() > 0
	f.observe = func(e *event.Event) {
		a.Summary.Observe(e)
		if listed {
			if _, ok := e.Get(threat.AttrResults); ok {
				a.Summary.Listed++
			}
		}
		if !e.Parsed && strings.TrimSpace(e.Raw) != "" {
			a.Summary.KeepUnparsed(e.Line, e.Raw)
		}
		if failed == nil && observed != nil {
			failed = observed(e)
		}
	}
	f.found = func(one signal.Finding) {
		if told := one; a.news == nil || a.news(&told) {
			a.Signals.Apply(told)
		}
		if failed == nil && found != nil {
			failed = found(one)
		}
	}
	f.failed = func() error { return failed }
	return a
}

// add writes the counters of the flow into the analysis.
func (f *flow) add(a *Analysis) {
	f.live.lock()
	defer f.live.unlock()
	a.Engine, a.Correlations, a.Pipeline, a.Detection = f.engine.Stats(), f.sigma.stats(), f.parse.stats, f.detection
	a.Summary.Suppressions = f.parse.content.suppressions(f.engine)
	a.Costs, a.Sigma = f.engine.Costs(), f.parse.content.Sigma.stats()
	a.Summary.Unparsed = a.Pipeline.Unparsed
	a.Summary.Parsed = a.Pipeline.Events - a.Pipeline.Unparsed
}
