package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/sasumata/sasumata/internal/signal"
)

// alive is for how long the engine holds an alert that is not put again.
const alive = 10 * time.Minute

// keep looks at everything that is open: what somebody has still to be told stays with
// the engine, what everybody knows is let go.
func (m *Manager) keep(ctx context.Context) error {
	errs := []error{m.flushDesk(ctx), m.failing(ctx), m.remind(ctx)}
	for _, e := range m.outbox.entries() {
		errs = append(errs, m.keepEntry(ctx, &e))
	}
	return errors.Join(append(errs, m.outbox.journal.sync())...)
}

func (m *Manager) keepOne(ctx context.Context, key string) error {
	m.outbox.mu.Lock()
	e := m.outbox.open[key]
	if e == nil {
		m.outbox.mu.Unlock()
		return nil
	}
	one := entry{Notice: e.Notice, Last: e.Last, Places: map[string]*place{}}
	for name, p := range e.Places {
		was := *p
		one.Places[name] = &was
	}
	m.outbox.mu.Unlock()
	return m.keepEntry(ctx, &one)
}

func (m *Manager) keepEntry(ctx context.Context, e *entry) error {
	now := m.now()
	key := e.Notice.key()
	waiting := m.waiting(e)
	live := !e.Notice.Ended && now.Sub(e.Last) < m.conf.Load().Suppress
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
		n.Link = m.link("/signals/" + url.PathEscape(n.ID))
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
	if link := m.ackLink(key); link != "" {
		a.Annotations[noteAck] = model.LabelValue(link)
	}
	if err := m.engine.alerts.Put(ctx, &a); err != nil {
		return fmt.Errorf("hand a notice to the engine: %w", err)
	}
	if over {
		return m.outbox.drop(key)
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
		after, err := time.ParseDuration(string(r.RouteOpts.Labels[escalateAfter]))
		if err != nil { // no such route
			after = 0
		}
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

// failing tells others of receivers that fail for long.
func (m *Manager) failing(ctx context.Context) error {
	var notices []Notice
	m.mu.Lock()
	for _, receiver := range slices.Sorted(maps.Keys(m.troubles)) {
		t := m.troubles[receiver]
		over := t.err == ""
		if !over && m.now().Sub(t.since) < m.conf.Load().Failing || t.reported && !over {
			continue
		}
		t.reported = true
		if over {
			delete(m.troubles, receiver)
		}
		notices = append(notices, Notice{
			Kind: KindHealth, Rule: "Receiver fails", Severity: signal.High, Labels: []Label{{labelReceiver, receiver}},
			Title: "Receiver " + receiver + " cannot be told anything", TitleJA: "通知先 " + receiver + " に通知できません",
			Reason: t.err, Message: "Notices for it are kept and tried again: " + t.target, MessageJA: "通知は保存され、再送されます: " + t.target,
			Began: t.since, Ended: over,
		})
	}
	m.mu.Unlock()
	errs := make([]error, 0, len(notices))
	for i := range notices {
		errs = append(errs, m.put(ctx, notices[i]))
	}
	return errors.Join(errs...)
}

// Undelivered is a notice that somebody has not been told of.
type Undelivered struct {
	Notice Notice
	// Target is the receiver and its integration, Attempts how often it was tried, Error
	// what came of it the last time; "" is that it was not tried yet.
	Target   string
	Attempts int
	Error    string
}

// Undelivered returns what somebody should have been told and was not, the oldest first.
func (m *Manager) Undelivered() []Undelivered {
	var list []Undelivered
	for _, e := range m.outbox.entries() {
		targets := m.targets(&e)
		for _, target := range m.waiting(&e) {
			if m.now().Sub(e.Notice.Began) < targets[target] {
				continue // escalation is not due
			}
			u := Undelivered{Notice: e.Notice, Target: target}
			if p := e.Places[target]; p != nil {
				u.Attempts, u.Error = p.Attempts, p.Error
			}
			list = append(list, u)
		}
	}
	return list
}

// History returns what came of telling people, the latest first.
func (m *Manager) History() []Attempt { return m.outbox.past() }
