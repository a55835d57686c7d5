package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"
)

// insideRota is where a context says for which rota somebody is told.
type insideRota struct{}

// stages puts what Alertmanager has not before the stages of the receivers: escalation by
// age, and rotas.
func (m *Manager) stages(p *plan) func(notify.RoutingStage) {
	return func(rs notify.RoutingStage) {
		for name, next := range maps.Clone(rs) {
			rs[name] = m.escalation(next)
		}
		people := maps.Clone(rs)
		for name, rota := range p.rota {
			rs[name] = notify.StageFunc(func(ctx context.Context, l *slog.Logger, as ...*alert.Alert) (context.Context, []*alert.Alert, error) {
				ctx = context.WithValue(ctx, insideRota{}, name)
				person := rota.On(m.now())
				return people[person].Exec(notify.WithReceiverName(ctx, person), l, as...)
			})
		}
	}
}

// On returns who is on call at the time. Before the first begins, it is the first.
func (r *Rota) On(at time.Time) string {
	turn := int64(at.Sub(r.Begin) / r.Every)
	return r.People[max(turn, 0)%int64(len(r.People))]
}

// escalation lets an alert pass that is old enough and that nobody acknowledged, where a
// route asks for it. What it holds back is not logged, so it is asked again.
func (m *Manager) escalation(next notify.Stage) notify.Stage {
	return notify.StageFunc(func(ctx context.Context, l *slog.Logger, as ...*alert.Alert) (context.Context, []*alert.Alert, error) {
		labels, _ := notify.RouteLabels(ctx)
		after, err := time.ParseDuration(string(labels[escalateAfter]))
		if err != nil { // no such route
			return next.Exec(ctx, l, as...)
		}
		now := m.now()
		due := slices.DeleteFunc(slices.Clone(as), func(a *alert.Alert) bool {
			return now.Sub(a.StartsAt) < after || m.outbox.acknowledged(alertKey(a), now)
		})
		if len(due) == 0 {
			return ctx, nil, nil
		}
		return next.Exec(ctx, l, due...)
	})
}

// alertKey returns the key of the notice that the alert is.
func alertKey(a *alert.Alert) string {
	set := make(map[string]string, len(a.Labels))
	for name, value := range a.Labels {
		set[string(name)] = string(value)
	}
	return keyOf(set)
}

// errHeld says that a receiver has had enough for now.
var errHeld = errors.New("held back: the receiver's limit is reached")

// recorded stands before an integration: it tells only what is news, keeps to the limit,
// and notes what came of it.
type recorded struct {
	m        *Manager
	next     notify.Integration
	receiver string
	target   string
	limit    *limit
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
	retry, err := r.next.Notify(ctx, told...)
	r.note(ctx, alerts, told, held, err)
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
		r.m.counters.failed.Add(1)
	} else {
		r.m.counters.sent.Add(1)
	}
	text, _ := rendered(ctx, r.plan.tmpl, told, r.m.log) // what cannot be rendered was not sent either
	one.Title = text.Title
	r.m.trouble(r.receiver, r.target, one.Error)
	targets := []string{r.target}
	if rota, ok := ctx.Value(insideRota{}).(string); ok {
		targets = append(targets, rota)
	}
	for _, target := range targets {
		one.Target = target
		for i, a := range alerts {
			one.Key, one.Text = alertKey(a), ""
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

// maxSummary is how many rules a summary of what was held back names.
const maxSummary = 20

// summary is an alert that says what a receiver was not told one by one.
func summary(held map[string]string, like *alert.Alert) *alert.Alert {
	rules := map[string]int{}
	for _, rule := range held {
		rules[rule]++
	}
	names := slices.SortedFunc(maps.Keys(rules), func(a, b string) int {
		if rules[a] != rules[b] {
			return rules[b] - rules[a]
		}
		return strings.Compare(a, b)
	})
	lines := make([]string, 0, min(len(names), maxSummary)+1)
	for i, name := range names {
		if i == maxSummary {
			lines = append(lines, fmt.Sprintf("… %d", len(names)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%d × %s", rules[name], name))
	}
	n := Notice{
		Kind: KindHealth, Rule: "Notices held back", Title: fmt.Sprintf("%d more notices were held back: too many at a time", len(held)),
		TitleJA: fmt.Sprintf("通知数の上限を超えたため、%d件の通知をまとめました", len(held)), Message: strings.Join(lines, "\n"), MessageJA: strings.Join(lines, "\n"),
	}
	a := n.alert(like.StartsAt, like.EndsAt)
	return &a
}

// limit is how often a receiver is told something: a number an hour, and as many again of
// what is critical, which a flood of other things must not hide.
type limit struct {
	perHour int // 0 is no limit

	mu     sync.Mutex
	used   [2][]time.Time    // times within the last hour; of the critical ones the second
	held   map[string]string // key → rule
	within map[string]bool   // is being told within a summary
}

// maxHeld is how many notices that were held back are known by name.
const maxHeld = 10_000

// take reports whether notices, by their keys, may be told, and hands out what was held
// back before, which done gives up. Those that may not be told are held back.
func (l *limit) take(now time.Time, urgent bool, mine map[string]string) (held map[string]string, ok bool) {
	if l.perHour == 0 {
		return nil, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	waits := true // for the summary that is under way
	for key := range mine {
		waits = waits && l.within[key]
	}
	if waits {
		return nil, false
	}
	used := &l.used[kindOf(urgent)]
	*used = slices.DeleteFunc(*used, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if len(*used) >= l.perHour {
		l.hold(mine)
		return nil, false
	}
	*used = append(*used, now)
	held, l.held = l.held, nil
	for key := range mine {
		delete(held, key) // it is told now
	}
	for key := range held {
		if l.within == nil {
			l.within = map[string]bool{}
		}
		l.within[key] = true
	}
	return held, true
}

// hold keeps what may not be told now. The mutex is held.
func (l *limit) hold(some map[string]string) {
	if l.held == nil {
		l.held = map[string]string{}
	}
	for key, rule := range some {
		if len(l.held) < maxHeld {
			l.held[key] = rule
		}
	}
}

// done says that it is known what came of a summary.
func (l *limit) done(held map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range held {
		delete(l.within, key)
	}
}

// giveBack takes back what could not be told: a receiver that fails has not used its limit.
func (l *limit) giveBack(held map[string]string, at time.Time, urgent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold(held)
	used := &l.used[kindOf(urgent)]
	if i := slices.Index(*used, at); i >= 0 {
		*used = slices.Delete(*used, i, i+1)
	}
}

// kindOf returns which of the two numbers counts.
func kindOf(urgent bool) int {
	if urgent {
		return 1
	}
	return 0
}
