package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// alive is for how long the engine holds an alert that is not put again.
const alive = 10 * time.Minute

// keep looks at everything that is open: what somebody has still to be told stays with
// the engine, what everybody knows is let go.
func (m *Manager) keep(ctx context.Context) error {
	errs := []error{m.flushDesk(ctx), m.failing(ctx), m.tellStuck(ctx), m.remind(ctx)}
	for _, e := range m.outbox.entries() {
		errs = append(errs, m.keepEntry(ctx, &e))
	}
	return errors.Join(append(errs, m.outbox.journal.Sync())...)
}

func (m *Manager) keepOne(ctx context.Context, key string) error {
	e, ok := m.outbox.entry(key)
	if !ok {
		return nil
	}
	return m.keepEntry(ctx, &e)
}

func (m *Manager) keepEntry(ctx context.Context, e *entry) error {
	now := m.now()
	key := e.Notice.key()
	waiting := m.waiting(e)
	live := !e.Notice.Ended && !e.taken() && now.Sub(e.Last) < m.conf.Load().Suppress
	if !live && len(waiting) > 0 {
		if why := m.engine.muted(ctx, e.labelSet()); why != "" {
			for _, target := range waiting {
				m.counters.muted.Add(1)
				if err := m.outbox.attempted(Attempt{At: now, Key: key, Target: target, Title: e.Notice.Title, Muted: why}); err != nil {
					return err
				}
			}
			waiting = nil
		}
	}
	over := !live && len(waiting) == 0
	n := e.Notice
	if n.Link == "" && n.ID != "" {
		n.Link = m.signalLink(n.ID)
	}
	ends := e.Last.Add(m.conf.Load().Suppress)
	switch {
	case len(waiting) > 0:
		ends = now.Add(alive)
	case over:
		ends = now
	}
	a := n.alert(n.Began, ends)
	a.Timeout = len(waiting) > 0 // the engine may end it earlier than that
	if a.UpdatedAt = now; ends.Before(n.Began) {
		a.StartsAt = ends
	}
	a.Annotations[noteBy] = "sasumata"
	if link := m.ackLink(key, n.ID); link != "" {
		a.Annotations[noteAck] = model.LabelValue(link)
	}
	m.passing("engine: before it is fed")
	if err := m.engine.alerts.Put(ctx, &a); err != nil {
		return fmt.Errorf("hand a notice to the engine: %w", err)
	}
	m.passing("engine: fed")
	if over {
		return m.outbox.drop(key, e.Last)
	}
	return nil
}

func (e *entry) labelSet() model.LabelSet {
	set := model.LabelSet{}
	for name, value := range e.Notice.labels() {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set
}

// waiting returns the targets that have still to be told.
func (m *Manager) waiting(e *entry) []string {
	acknowledged := m.outbox.acknowledged(e.Notice.key(), m.now())
	var waiting []string
	for target, after := range m.targets(e) {
		if p := e.Places[target]; p != nil && p.Done || after > 0 && acknowledged {
			continue
		}
		waiting = append(waiting, target)
	}
	slices.Sort(waiting)
	return waiting
}

// targets returns who is told of a notice: each integration of the receivers of its
// routes, and at which age, which is 0 where it is not for escalation.
func (m *Manager) targets(e *entry) map[string]time.Duration {
	p := m.plan.Load()
	found := map[string]time.Duration{}
	for _, r := range p.routes.Match(e.labelSet()) {
		name := r.RouteOpts.Receiver
		if name == e.about() {
			continue // it would not hear of its own trouble
		}
		after := escalatesAfter(&r.RouteOpts)
		targets := p.targets[name]
		if p.rota[name] != nil {
			targets = []string{name}
		}
		for _, target := range targets {
			if known, ok := found[target]; !ok || after < known {
				found[target] = after
			}
		}
	}
	return found
}

// about returns the receiver whose trouble the notice is about.
func (e *entry) about() string {
	for _, l := range e.Notice.Labels {
		if l.Name == labelReceiver {
			return l.Value
		}
	}
	return ""
}
