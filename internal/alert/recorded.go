package alert

import (
	"context"
	"errors"
	"slices"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"
)

// recorded stands before an integration: it tells only what is news, keeps to the limit,
// and notes what came of it.
type recorded struct {
	m        *Manager
	next     notify.Integration
	receiver string
	target   string
	limit    *limit
	pace     *pace
	plan     *plan
}

var _ notify.Notifier = (*recorded)(nil)

// Notify implements notify.Notifier.
func (r *recorded) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	alerts = slices.DeleteFunc(slices.Clone(alerts), func(a *alert.Alert) bool {
		return a.Labels[labelReceiver] == model.LabelValue(r.receiver) // it would not hear of its own trouble
	})
	if !slices.ContainsFunc(alerts, r.news) {
		return false, nil
	}
	first := alertKey(alerts[0])
	if wait, err := r.pace.ready(first, r.m.now()); err != nil {
		return wait, err
	}
	urgent := slices.ContainsFunc(alerts, func(a *alert.Alert) bool { return a.Labels[labelSeverity] == "critical" })
	now := r.m.now()
	mine := make(map[string]string, len(alerts))
	for _, a := range alerts {
		mine[alertKey(a)] = string(a.Labels[labelName])
	}
	held, ok := r.limit.take(now, urgent, mine)
	if !ok {
		r.m.counters.held.Add(1)
		return false, errHeld
	}
	defer r.limit.done(held)
	told := alerts
	if len(held) > 0 {
		told = append(slices.Clone(alerts), summary(held, alerts[0]))
	}
	r.m.passing(r.target + ": before it is called")
	retry, err := r.pace.call(ctx, &r.next, told, func(err error) {
		if err == nil { // it took it, after all
			r.note(ctx, alerts, told, nil, nil)
		}
	})
	r.m.passing(r.target + ": called")
	if err != nil && errors.Is(ctx.Err(), context.Canceled) { // we stop, or go by another routing: that is no failure
		r.limit.giveBack(held, now, urgent)
		return false, err
	}
	r.pace.note(first, r.m.now(), retry, err)
	r.note(ctx, alerts, told, held, err)
	r.m.passing(r.target + ": noted")
	if err != nil {
		r.limit.giveBack(held, now, urgent)
	}
	return retry, err
}

// news reports whether the receiver has to hear of an alert. Of one that came through the
// API the engine alone decides.
func (r *recorded) news(a *alert.Alert) bool {
	return a.Resolved() || a.Annotations[noteBy] == "" || r.m.outbox.fresh(alertKey(a), r.target)
}

// note writes down what came of an attempt.
func (r *recorded) note(ctx context.Context, alerts, told []*alert.Alert, held map[string]string, err error) {
	one := Attempt{At: r.m.now(), Target: r.target}
	if err != nil {
		one.Error = clip(Visible(err.Error()), maxText)
	}
	r.m.trouble(r.receiver, r.target, one.Error)
	if err != nil { // who sees the count finds what it counts
		r.m.counters.failed.Add(1)
	} else {
		r.m.counters.sent.Add(1)
	}
	text, _ := rendered(ctx, r.plan.tmpl, told, r.m.log) // what cannot be rendered was not sent either
	one.Title = text.Title
	targets := []string{r.target}
	if rota, ok := ctx.Value(insideRota{}).(string); ok {
		targets = append(targets, rota)
	}
	for _, target := range targets {
		one.Target = target
		for i, a := range alerts {
			one.Key, one.Signal, one.Text = alertKey(a), string(a.Annotations[noteID]), ""
			if i == 0 { // it is one text for all of them
				one.Text = clip(text.Text, maxText)
			}
			r.m.wrong(r.m.outbox.attempted(one))
		}
		if err != nil {
			continue
		}
		for key := range held {
			r.m.wrong(r.m.outbox.attempted(Attempt{At: one.At, Key: key, Target: target, Title: one.Title, Held: true}))
		}
	}
}
