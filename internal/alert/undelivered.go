package alert

import (
	"time"
)

// Undelivered is a notice that somebody has not been told of.
type Undelivered struct {
	Notice Notice
	// Key is the identity of the notice.
	Key string
	// Target is the receiver and its integration, Attempts how often it was tried, Error
	// what came of it the last time; "" is that it was not tried yet.
	Target   string
	Attempts int
	Error    string
	// Next is when it is tried again; the zero time is soon.
	Next time.Time
}

// Undelivered returns what somebody should have been told and was not, the oldest first.
func (m *Manager) Undelivered() []Undelivered { return m.undelivered(m.outbox.entries()) }

// undelivered is Undelivered of these open notices.
func (m *Manager) undelivered(entries []entry) []Undelivered {
	var list []Undelivered
	for i := range entries {
		e := &entries[i]
		waiting := m.waiting(e)
		if len(waiting) == 0 {
			continue
		}
		targets, key := m.targets(e), e.Notice.key()
		for _, target := range waiting {
			if m.now().Sub(e.Notice.Began) < targets[target] {
				continue // escalation is not due
			}
			u := Undelivered{Notice: e.Notice, Key: key, Target: target, Next: m.paceOf(target).next(key)}
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
