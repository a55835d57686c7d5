package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/report"
)

// Lesson is what the rules learnt from before a run.
type Lesson struct {
	// Rules is the number of rules that learnt, Events the number of events that they
	// were shown.
	Rules  int
	Events int64
	// First and Last are the times of the earliest and the latest of these, in
	// nanoseconds since 1970 UTC; 0 when none had a time.
	First, Last int64
}

// teach shows the events of the baseline to the rules that learn. What is open, and
// what counts in windows, is not touched: these events are over.
func (opts *AnalyzeOptions) teach(ctx context.Context, engine *detect.Engine) (Lesson, error) {
	var l Lesson
	if len(opts.Baseline) == 0 {
		return l, nil
	}
	tell := func(format string, args ...any) {
		if opts.Warn != nil {
			opts.Warn(fmt.Sprintf(format, args...))
		}
	}
	if opts.State != nil && !opts.State.Fresh() {
		tell("the baseline is not read: the state has learnt already")
		return l, nil
	}
	if l.Rules = engine.Learners(); l.Rules == 0 {
		tell("the baseline is not read: none of the rules learns what is usual")
		return l, nil
	}
	in := inputs{ctx: ctx, intake: opts.Intake, names: opts.Baseline, warn: opts.Warn}
	p := opts.parser(opts.Content, true)
	err := p.ordered(ctx, in.next, func(events []*event.Event) error {
		for _, e := range events {
			l.see(e)
			for range max(1, e.Repeat) {
				engine.Learn(e)
			}
		}
		return nil
	})
	if err = errors.Join(err, in.failed()); err != nil {
		return l, fmt.Errorf("read the baseline: %w", err)
	}
	return l, nil
}

func (l *Lesson) see(e *event.Event) {
	l.Events++
	if e.Time == 0 {
		return
	}
	if l.First == 0 || e.Time < l.First {
		l.First = e.Time
	}
	l.Last = max(l.Last, e.Time)
}

// notes says when the baseline is not older than the log, of which the summary is.
func (l *Lesson) notes(log *report.Summary) []string {
	first, _ := log.Period()
	if l.Events == 0 || l.Last < first || first == 0 || l.Last == 0 {
		return nil
	}
	at := func(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }
	return []string{fmt.Sprintf("the baseline ends at %s, behind the beginning of the log at %s: what happened in it first counts as known in the log, even if it came earlier there", at(l.Last), at(first))}
}
