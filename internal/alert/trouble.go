package alert

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// trouble is a receiver's integration that fails.
type trouble struct {
	target, err string
	since       time.Time
	reported    bool
}

// trouble notes how a receiver does.
func (m *Manager) trouble(receiver, target, err string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.troubles[receiver]
	if err == "" && old != nil && old.target == target {
		m.log.Info("a receiver can be told again", "receiver", target)
	}
	switch {
	case err == "" && old != nil && old.target == target && !old.reported:
		delete(m.troubles, receiver)
	case err == "" && old != nil && old.target == target:
		old.err = ""
	case err != "" && old == nil:
		m.log.Warn("a receiver cannot be told: it is tried again", "receiver", target, "error", err)
		m.troubles[receiver] = &trouble{target: target, err: err, since: m.now()}
	case err != "":
		old.target, old.err = target, err
	}
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
		errs = append(errs, m.putHealth(ctx, &notices[i]))
	}
	return errors.Join(errs...)
}

// Stuck says why signals do not come at the moment, and nil that they do; who is who
// noticed. When that goes on, people are told: those who wait for signals would not know.
func (m *Manager) Stuck(who string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.stuck[who]
	switch {
	case err == nil && old == nil:
	case err == nil && !old.reported:
		delete(m.stuck, who)
	case err == nil:
		old.err = ""
	case old == nil:
		m.log.Warn("signals do not come: it is tried again", "error", err)
		m.stuck[who] = &trouble{target: who, err: err.Error(), since: m.now()}
	default:
		old.err = err.Error()
	}
}

// tellStuck tells that signals do not come, or come again.
func (m *Manager) tellStuck(ctx context.Context) error {
	var notices []Notice
	m.mu.Lock()
	for _, who := range slices.Sorted(maps.Keys(m.stuck)) {
		s := m.stuck[who]
		over := s.err == ""
		if !over && (m.now().Sub(s.since) < stuckFor || s.reported) {
			continue
		}
		s.reported = true
		if over {
			delete(m.stuck, who)
		}
		notices = append(notices, Notice{
			Kind: KindHealth, Rule: "Signals do not come", Severity: signal.High, Labels: []Label{{"state_database", who}}, Reason: s.err,
			Title: "Signals wait for the state database, and nobody is told of them", TitleJA: "状態データベースが応答せず、シグナルが通知されません",
			Message: "They are told when it answers again.", MessageJA: "応答し次第、通知されます。", Began: s.since, Ended: over,
		})
	}
	m.mu.Unlock()
	errs := make([]error, 0, len(notices))
	for i := range notices {
		errs = append(errs, m.putHealth(ctx, &notices[i]))
	}
	return errors.Join(errs...)
}
