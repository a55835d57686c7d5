package alert

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// maxRunning is how many escalations a Status names.
const maxRunning = 100

// OnCall is a rota, and whose turn it is.
type OnCall struct {
	Name   string   `json:"name"`
	People []string `json:"people"`
	// Now is on call since Since and until Until, when Next is.
	Now   string    `json:"now"`
	Next  string    `json:"next"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Every is how long each has.
	Every float64 `json:"every_seconds"`
}

func rotas(all []Rota, now time.Time) []OnCall {
	list := make([]OnCall, 0, len(all))
	for i := range all {
		r := &all[i]
		since := r.Begin.Add(max(now.Sub(r.Begin).Truncate(r.Every), 0))
		until := since.Add(r.Every)
		list = append(list, OnCall{Name: r.Name, People: r.People, Now: r.On(now), Next: r.On(until), Since: since, Until: until, Every: r.Every.Seconds()})
	}
	return list
}

// StepState is a step of escalation.
type StepState struct {
	Severity []string `json:"severity"`
	After    float64  `json:"after_seconds"`
	Receiver string   `json:"receiver"`
}

func stepStates(all []Step) []StepState {
	list := make([]StepState, 0, len(all))
	for i := range all {
		list = append(list, StepState{all[i].Severity, all[i].After.Seconds(), all[i].Receiver})
	}
	return list
}

// Escalation is a notice that a receiver is told if nobody takes it up.
type Escalation struct {
	Title    string `json:"title"`
	Severity string `json:"severity"`
	// ID is that of the signal, if it is about one.
	ID string `json:"id,omitempty"`
	// Target is the receiver and its integration, Due when it is told.
	Target string    `json:"target"`
	Began  time.Time `json:"began"`
	Due    time.Time `json:"due"`
	// Told says that it was; Error is what the last attempt ended with.
	Told  bool   `json:"told"`
	Error string `json:"error,omitempty"`
}

// escalations returns what escalation tells of what nobody took up, the next first.
func (m *Manager) escalations(entries []entry, now time.Time) (first []Escalation, count int) {
	list := []Escalation{}
	for i := range entries {
		e := &entries[i]
		targets := m.targets(e)
		maps.DeleteFunc(targets, func(_ string, after time.Duration) bool { return after == 0 })
		if len(targets) == 0 || m.outbox.acknowledged(e.Notice.key(), now) {
			continue
		}
		for target, after := range targets {
			one := Escalation{
				Title: cmp.Or(e.Notice.Title, e.Notice.Rule), Severity: e.Notice.Severity.String(), ID: e.Notice.ID, Target: target,
				Began: e.Notice.Began, Due: e.Notice.Began.Add(after),
			}
			if p := e.Places[target]; p != nil {
				one.Told, one.Error = p.Done, p.Error
			}
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b Escalation) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Title, b.Title))
	})
	return list[:min(len(list), maxRunning)], len(list)
}

// HeartbeatState is how the heartbeat goes.
type HeartbeatState struct {
	Every float64 `json:"every_seconds"`
	// Sent and Failed are how many were and could not be since the start, Last is when one
	// was, Error why the latest could not be.
	Sent   int64      `json:"sent"`
	Failed int64      `json:"failed"`
	Last   *time.Time `json:"last,omitempty"`
	Error  string     `json:"error,omitempty"`
}

// pulse is what came of the latest heartbeat.
type pulse struct {
	last time.Time // that succeeded
	err  string
}

// heartbeat returns how the heartbeat goes, nil when there is none.
func (m *Manager) heartbeat() *HeartbeatState {
	h := m.opts.Config.Heartbeat // a reload does not change it
	if h == nil {
		return nil
	}
	s := &HeartbeatState{Every: h.Every.Seconds(), Sent: m.counters.heartbeats.Load(), Failed: m.counters.heartbeatErrors.Load()}
	if p := m.pulse.Load(); p != nil {
		if s.Error = p.err; !p.last.IsZero() {
			s.Last = &p.last
		}
	}
	return s
}
