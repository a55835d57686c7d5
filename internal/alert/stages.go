package alert

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
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
			key := alertKey(a)
			began := m.outbox.began(key)
			if began.IsZero() { // it came through the API
				began = a.StartsAt
			}
			return now.Sub(began) < after || m.outbox.acknowledged(key, now)
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
