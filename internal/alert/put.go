package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/alert/quiet"
	"github.com/sasumata/sasumata/internal/signal"
)

// Put takes notices in. When it returns without an error they survive the end of the
// process, behind Sync that of the machine, and those whom they concern will be told. A
// notice that is beyond the limit of what may be open is counted and left out. One that is put again is told again, but not before
// the routing lets it repeat.
func (m *Manager) Put(ctx context.Context, notices ...Notice) error {
	var errs []error
	for i := range notices {
		n := notices[i]
		if n.Kind == "" {
			n.Kind = KindSignal
		}
		quiet := n.Kind == KindSignal && n.Severity < m.conf.Load().Quiet.Severity
		switch {
		case quiet && n.Ended:
		case quiet:
			errs = append(errs, m.toDesk(&n, nil))
		case n.Ended:
			errs = append(errs, m.over(ctx, &n))
		default:
			errs = append(errs, m.tell(ctx, n, nil))
		}
	}
	return errors.Join(errs...)
}

// Sync puts on the disk what was put.
func (m *Manager) Sync() error { return errors.Join(m.outbox.journal.Sync(), m.desk.journal.Sync()) }

// tell takes in one notice of which somebody is to be told, and hands it to the engine.
func (m *Manager) tell(ctx context.Context, n Notice, at *mark) error {
	m.counters.put.Add(1)
	now := m.now()
	before, err := m.outbox.tell(n, now, at)
	if err != nil {
		return fmt.Errorf("keep a notice: %w", err)
	}
	if before != nil { // for the engine it is another one
		ends := now
		if n.Began.After(before.Began) && n.Began.Before(now) {
			ends = n.Began
		}
		old := before.alert(before.Began, ends)
		old.UpdatedAt = now
		if err := m.engine.alerts.Put(ctx, &old); err != nil {
			return fmt.Errorf("end a notice: %w", err)
		}
	}
	return m.keepOne(ctx, n.key())
}

// putHealth tells of trouble of the program, or that it is over.
func (m *Manager) putHealth(ctx context.Context, n *Notice) error {
	if n.Ended {
		return m.over(ctx, n)
	}
	return m.tell(ctx, *n, nil)
}

// over notes that a notice is over.
func (m *Manager) over(ctx context.Context, n *Notice) error {
	if err := m.outbox.end(*n); err != nil {
		return fmt.Errorf("end a notice: %w", err)
	}
	return m.keepOne(ctx, n.key())
}

// toDesk hands a signal of low severity to the desk.
func (m *Manager) toDesk(n *Notice, at *mark) error {
	m.counters.quiet.Add(1)
	return m.desk.observe(quiet.Alert{
		ID: n.ID, At: m.now(), Rule: clip(n.Rule, maxLabel), Entity: clip(entityOf(n), maxLabel), Severity: n.Severity,
	}, at)
}

// entityOf returns what a signal is filed under: where it happened rather than who did it.
func entityOf(n *Notice) string {
	for _, kind := range []string{signal.KindHost, signal.KindContainer, signal.KindService, signal.KindIP, signal.KindUser} {
		for _, l := range n.Labels {
			if l.Name == kind {
				return kind + " " + l.Value
			}
		}
	}
	return n.Rule
}

// alert returns the notice as the engine knows it.
func (n *Notice) alert(began, ends time.Time) alert.Alert {
	a := alert.Alert{Alert: model.Alert{Labels: model.LabelSet{}, Annotations: model.LabelSet{}, StartsAt: began, EndsAt: ends, GeneratorURL: n.Link}}
	for name, value := range n.labels() {
		a.Labels[model.LabelName(name)] = model.LabelValue(value)
	}
	for name, value := range n.texts() {
		a.Annotations[model.LabelName(name)] = model.LabelValue(value)
	}
	return a
}
