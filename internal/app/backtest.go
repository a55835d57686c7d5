package app

import (
	"context"
	"time"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
)

// Backtest is what rules would have done with past logs.
type Backtest struct {
	// Events is the number of events in the time asked for, First and Last are when
	// they happened, in nanoseconds since 1970 UTC.
	Events      int64
	First, Last int64
	// Rules is what each rule found, in the order of the rules.
	Rules []RuleBacktest
	// Suppressions is what each suppression held back.
	Suppressions []report.Suppression
	// Detection is how long the engine took for all events.
	Detection time.Duration
}

// Days is the time that the events span, at least one day.
func (b *Backtest) Days() float64 {
	return max(1, float64(b.Last-b.First)/float64(24*time.Hour))
}

// RuleBacktest is what one rule found.
type RuleBacktest struct {
	Rule *rule.Rule
	// Signals is how many it would have opened, by severity in the end.
	Signals [signal.Severities]int
	// Events is how many events counted for these signals.
	Events int64
	// Cost is what the rule's queries took.
	Cost detect.Cost
	// Examples are the first signals, at most three.
	Examples []*signal.Signal
}

// Total returns the number of signals.
func (r *RuleBacktest) Total() int {
	n := 0
	for _, count := range r.Signals {
		n += count
	}
	return n
}

// RunBacktest runs the rules of the content over the inputs and counts what they
// would have opened.
func RunBacktest(ctx context.Context, opts AnalyzeOptions) (*Backtest, error) {
	b := &Backtest{}
	byID := map[string]*RuleBacktest{}
	b.Rules = make([]RuleBacktest, len(opts.Content.Rules))
	for i, r := range opts.Content.Rules {
		b.Rules[i].Rule = r
		byID[r.ID] = &b.Rules[i]
	}
	opts.Found = func(f signal.Finding) error {
		r := byID[f.Signal.RuleID]
		if f.Change != signal.Closed || r == nil {
			return nil
		}
		r.Signals[f.Signal.Severity]++
		r.Events += f.Signal.Events
		if len(r.Examples) < 3 {
			r.Examples = append(r.Examples, f.Signal)
		}
		return nil
	}
	a, err := Analyze(ctx, opts)
	if a == nil {
		return nil, err
	}
	for _, c := range a.Costs {
		if r := byID[c.RuleID]; r != nil {
			r.Cost = c
		}
	}
	b.Events = a.Engine.Events
	b.First, b.Last = a.Summary.Period()
	b.Detection = a.Detection
	b.Suppressions = a.Summary.Suppressions
	return b, err
}
