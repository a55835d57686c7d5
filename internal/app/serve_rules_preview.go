package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/store"
)

// The limits of a preview: it runs beside detection.
const (
	// maxPreviews is how many run at a time.
	maxPreviews = 2
	// previewTime is how long one may take, half of it to learn.
	previewTime = 20 * time.Second
	// previewEvents is how many events one looks at that could count.
	previewEvents = 2_000_000
	// previewGroups and previewMemory bound its engine.
	previewGroups, previewMemory = 50_000, 64 << 20
	// previewSamples is how many signals it shows, usualHours over how much of the past it
	// goes unless somebody wants another time, up to maxHours.
	previewSamples, usualHours, maxHours = 50, 24, 31 * 24
	// learnHours is how much of the time before a rule learns from that does.
	learnHours = 7 * 24
)

// errPreviewed says that a preview looked at as many events as it may.
var errPreviewed = errors.New("enough events")

// Preview implements api.Workshop.
func (w *workshop) Preview(ctx context.Context, want api.PreviewWish) (api.RulePreview, error) {
	if want.Hours == 0 {
		want.Hours = usualHours
	}
	if want.Hours < 1 || want.Hours > maxHours {
		return api.RulePreview{}, api.Refuse(api.StatusWrong, fmt.Sprintf("hours %d, want 1 to %d", want.Hours, maxHours))
	}
	if w.keeper == nil {
		return api.RulePreview{}, api.Refuse(api.StatusUnknown, "this server keeps no logs: store.disabled is set")
	}
	one, err := w.parse("rule.yaml", want.Text)
	if err != nil {
		return api.RulePreview{}, err
	}
	if len(one.faults) > 0 {
		return api.RulePreview{}, api.Refuse(api.StatusWrong, one.faults.Error())
	}
	select {
	case w.previews <- struct{}{}:
		defer func() { <-w.previews }()
	default:
		return api.RulePreview{}, api.Refuse(api.StatusTooMany, "too many previews at a time: try again")
	}
	w.metrics.rulePreviews.Add(1)
	r, err := w.newReplay(ctx, one)
	if err != nil {
		return api.RulePreview{}, err
	}
	w.fresh(ctx)
	began := w.opts.Now()
	to := began.Add(time.Minute) // clocks differ
	err = r.run(ctx, w.keeper.store, began.Add(-time.Duration(want.Hours)*time.Hour), to)
	if err != nil {
		return api.RulePreview{}, fmt.Errorf("run a rule over stored logs: %w", err)
	}
	r.out.MilliSeconds = w.opts.Now().Sub(began).Milliseconds()
	return r.out, nil
}

// replay runs rules over stored logs.
type replay struct {
	engine *detect.Engine
	marker *marker     // of Sigma rules; nil without any
	sigma  *correlator // of their correlations; nil without any
	search *store.Search
	mine   map[string]bool // ids of the rules that are asked about
	events int64
	last   int64 // time of the last event
	out    api.RulePreview
	at     map[string]int // where a signal is among the samples
}

// newReplay makes the rules ready, as detection does, with the suppressions at work.
func (w *workshop) newReplay(ctx context.Context, one *written) (*replay, error) {
	c := w.knows.Load()
	content := &Content{Rules: one.rules, Tables: c.Tables, Suppressions: c.Suppressions}
	r := &replay{search: &store.Search{}, at: map[string]int{}}
	if one.sigma != nil {
		var err error
		if content.Sigma, err = newSigma(one.sigma); err != nil {
			return nil, err
		}
		if content.Rules, err = content.Sigma.detectionRules(); err != nil {
			return nil, err
		}
		r.marker, r.sigma, r.mine = content.Sigma.marker(), content.Sigma.correlator(), mineOf(content.Rules)
	} else {
		content.Rules = nil
		for i, known := range w.with(one.rules) {
			if i < len(one.rules) {
				tried := *known
				tried.Enabled = true
				known = &tried
			}
			content.Rules = append(content.Rules, known)
		}
		r.search.Query, r.mine = detect.Search(content.Rules), mineOf(one.rules)
	}
	r.engine = engineFor(content, detect.Options{MaxGroups: previewGroups, MemoryBudget: previewMemory}, nil)
	held, err := w.loadSuppressions(ctx)
	if err != nil {
		return nil, err
	}
	r.engine.Suppress(workings(held))
	return r, nil
}

// run replays the events of that time.
func (r *replay) run(ctx context.Context, from *store.Store, since, until time.Time) error {
	r.out = api.RulePreview{From: since.UTC(), Severities: map[string]int64{}, Samples: []api.PreviewSignal{}}
	bounded, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	if r.engine.Learners() > 0 {
		if err := r.learn(ctx, from, since); err != nil {
			return err
		}
	}
	want := *r.search
	want.Since, want.Until = since.UnixNano(), until.UnixNano()
	_, err := from.InOrder(bounded, want, func(e *event.Event) error {
		if r.events == previewEvents {
			return errPreviewed
		}
		r.events++
		r.last = e.Time
		r.mark(e)
		r.engine.Observe(e, r.found)
		return bounded.Err()
	})
	end := until
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errPreviewed):
		r.out.Cut, end = fmt.Sprintf("after %d events that could count", previewEvents), time.Unix(0, r.last)
	case bounded.Err() != nil:
		r.out.Cut, end = fmt.Sprintf("after %s", previewTime), time.Unix(0, max(r.last, want.Since))
	case err != nil:
		return err
	}
	r.engine.Flush(r.found)
	stats := r.engine.Stats()
	r.out.Matched, r.out.Suppressed, r.out.Evicted, r.out.To = stats.Matched, stats.Suppressed, stats.Evicted, end.UTC()
	r.out.PerDay = math.Round(float64(r.out.Signals)/max(end.Sub(since).Hours()/24, 1.0/24)*100) / 100
	// Of all events, also those that could not count. This may take until the time is over.
	counted, err := from.Count(ctx, store.Search{Since: want.Since, Until: end.UnixNano()})
	r.out.Events = counted.Matched
	return err
}

// mark writes the Sigma rules that the event matches into it.
func (r *replay) mark(e *event.Event) {
	if r.marker != nil {
		r.marker.mark(e)
		r.sigma.observe(e)
	}
}

// learn shows the rules what was before, for half of the time at the most.
func (r *replay) learn(ctx context.Context, from *store.Store, until time.Time) error {
	bounded, cancel := context.WithTimeout(ctx, previewTime/2)
	defer cancel()
	since := until.Add(-learnHours * time.Hour).UTC()
	want := *r.search
	want.Since, want.Until = since.UnixNano(), until.UnixNano()
	first, n := int64(0), 0
	_, err := from.InOrder(bounded, want, func(e *event.Event) error {
		if first == 0 {
			first = e.Time
		}
		if n++; n > previewEvents {
			return errPreviewed
		}
		r.mark(e)
		r.engine.Learn(e)
		return bounded.Err()
	})
	if first > 0 {
		learnt := time.Unix(0, first).UTC()
		r.out.LearntFrom = &learnt
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if bounded.Err() != nil || errors.Is(err, errPreviewed) {
		return nil // it learnt what it could
	}
	return err
}

// found counts a finding.
func (r *replay) found(f signal.Finding) {
	s := f.Signal
	if !r.mine[s.RuleID] {
		return // of a rule whose signals it counts
	}
	if f.Change == signal.Opened {
		r.out.Signals++
		if len(r.out.Samples) < previewSamples {
			r.at[s.ID] = len(r.out.Samples)
			r.out.Samples = append(r.out.Samples, api.PreviewSignal{})
		}
	}
	if f.Change == signal.Closed {
		r.out.Severities[s.Severity.String()]++
	}
	at, shown := r.at[s.ID]
	if !shown {
		return
	}
	sample := api.PreviewSignal{
		Title: s.Title, Severity: s.Severity.String(), Case: s.Case, Group: map[string]string{}, Events: s.Events,
		First: time.Unix(0, s.FirstSeen).UTC(), Last: time.Unix(0, s.LastSeen).UTC(),
	}
	for _, g := range s.Group {
		sample.Group[g.Path] = g.Value
	}
	if len(s.Samples) > 0 {
		sample.Line = s.Samples[len(s.Samples)-1].Text
	}
	r.out.Samples[at] = sample
}

// mineOf returns the ids of the rules.
func mineOf(rules []*rule.Rule) map[string]bool {
	mine := map[string]bool{}
	for _, r := range rules {
		mine[r.ID] = true
	}
	return mine
}
