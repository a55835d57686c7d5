package alert

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/signal"
)

// Told says who is told of a notice, how, and when.
type Told struct {
	// Receiver is who is told; Person is who that is now, for a rota.
	Receiver, Person string
	// Targets are the receiver's integrations.
	Targets []string
	// After is the age at which escalation tells it, 0 for at once.
	After time.Duration
	// Wait is for how long other notices of the same group are waited for, Again after
	// which time it is told again if it goes on.
	Wait, Again time.Duration
	// GroupBy is what makes one group: "..." is each notice alone.
	GroupBy string
	// Muted says why it is not told now, "" when it is.
	Muted string
}

// Preview says what would be done with a notice at a time. It does not know the silences
// and the worse notices of a running server.
func Preview(opts Options, n *Notice, now time.Time) ([]Told, error) {
	c := opts.Config
	p, err := prepare(c, opts.Console, false, opts.Hostname, opts.Log)
	if err != nil {
		return nil, err
	}
	if (n.Kind == KindSignal || n.Kind == "") && n.Severity < c.Triage.Severity {
		return []Told{{Receiver: "triage", Muted: fmt.Sprintf("signals below %s are told when they are unusual, or within the daily digest", c.Triage.Severity)}}, nil
	}
	intervals := timeinterval.NewIntervener(p.intervals)
	var list []Told
	for _, r := range p.routes.Match((&entry{Notice: *n}).labelSet()) {
		o := r.RouteOpts
		one := Told{Receiver: o.Receiver, Targets: p.targets[o.Receiver], Wait: o.GroupWait, Again: o.RepeatInterval, GroupBy: "..."}
		if !o.GroupByAll {
			names := make([]string, 0, len(o.GroupBy))
			for name := range o.GroupBy {
				names = append(names, string(name))
			}
			slices.Sort(names)
			one.GroupBy = strings.Join(names, ", ")
		}
		if rota := p.rota[o.Receiver]; rota != nil {
			one.Person = rota.On(now)
			one.Targets = p.targets[one.Person]
		}
		if after, err := time.ParseDuration(string(o.Labels[escalateAfter])); err == nil {
			one.After = after
		}
		if one.Muted, err = mutedThen(intervals, o.MuteTimeIntervals, o.ActiveTimeIntervals, now); err != nil {
			return nil, err
		}
		if len(one.Targets) == 0 && one.Muted == "" {
			one.Muted = "the receiver has no integration"
		}
		list = append(list, one)
	}
	return list, nil
}

// mutedThen says why the time intervals of a route hold something back at a time.
func mutedThen(all *timeinterval.Intervener, mute, active []string, now time.Time) (string, error) {
	if len(mute) > 0 {
		if held, names, err := all.Mutes(mute, now); err != nil || held {
			return "told later: " + strings.Join(names, ", "), err
		}
	}
	if len(active) > 0 {
		if within, _, err := all.Mutes(active, now); err != nil || !within {
			return "told later: not within " + strings.Join(active, ", "), err
		}
	}
	return "", nil
}

// Tried is what came of a test of one integration.
type Tried struct {
	Target string
	Took   time.Duration
	Err    error
	// Title and Text are what our templates made of the notice.
	Title, Text string
}

// Drill returns a notice that says of itself that it is an exercise.
func Drill(now time.Time) Notice {
	return Notice{
		Kind: KindDrill, Rule: "Drill", Severity: signal.Critical, Title: "A drill of Sasumata", TitleJA: "Sasumata の訓練通知", Began: now,
		Labels: []Label{{signal.KindIP, "192.0.2.1"}, {signal.KindHost, "drill.example.com"}}, Events: 1,
		Message: "If you can read this, you would have been told.", MessageJA: "この通知が読めていれば、本番の通知も届きます。",
		Lines: []string{"Jan 16 09:00:00 drill sshd[1]: Failed password for drill from 192.0.2.1 port 22 ssh2"},
	}
}

// Test tells one receiver of a notice, at once and past routes, limits and silences, and
// says what came of it for each of its integrations.
func Test(ctx context.Context, opts Options, receiver string, n *Notice) ([]Tried, error) {
	p, err := prepare(opts.Config, opts.Console, opts.Color, opts.Hostname, opts.Log)
	if err != nil {
		return nil, err
	}
	now := opts.Now()
	if rota := p.rota[receiver]; rota != nil {
		receiver = rota.On(now)
	}
	integrations, ok := p.receivers[receiver]
	if !ok {
		return nil, fmt.Errorf("no receiver %q, only %s", receiver, strings.Join(slices.Sorted(maps.Keys(p.receivers)), ", "))
	}
	if len(integrations) == 0 {
		return nil, fmt.Errorf("receiver %s has no integration: it tells nobody", receiver)
	}
	a := n.alert(now, now.Add(alive))
	a.UpdatedAt = now
	ctx = notify.WithGroupKey(ctx, "test:"+now.Format(time.RFC3339Nano))
	ctx = notify.WithGroupLabels(ctx, model.LabelSet{})
	ctx = notify.WithReceiverName(ctx, receiver)
	ctx = notify.WithRepeatInterval(ctx, time.Hour)
	ctx = notify.WithNotificationReason(ctx, notify.ReasonFirstNotification)
	ctx = notify.WithNow(ctx, now)
	var list []Tried
	for i := range integrations {
		one := Tried{Target: target(receiver, &integrations[i])}
		text, err := rendered(ctx, p.tmpl, []*alert.Alert{&a}, opts.Log)
		if err != nil {
			return nil, err
		}
		one.Title, one.Text = text.Title, text.Text
		began := opts.Now()
		_, one.Err = integrations[i].Notify(ctx, &a)
		one.Took = opts.Now().Sub(began)
		list = append(list, one)
	}
	return list, nil
}
