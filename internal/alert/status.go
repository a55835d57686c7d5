package alert

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/config"
)

// Status is who is told and how that goes, without any secret. Lengths of time are in
// seconds.
type Status struct {
	// Language is that of the texts; Links says that notifications have links.
	Language string `json:"language"`
	Links    bool   `json:"links"`
	// File says that an alertmanager.yml says who is told, and Elsewhere that another
	// Alertmanager does.
	File      bool `json:"file"`
	Elsewhere bool `json:"elsewhere"`
	// Suppress is for how long the same notice is not told again by the default routing,
	// MaxSilence the length of the longest silence, Failing after which time a receiver that
	// fails is reported to others.
	Suppress   float64 `json:"suppress_seconds"`
	MaxSilence float64 `json:"max_silence_seconds"`
	Failing    float64 `json:"failing_after_seconds"`
	// QuietBelow is the severity below which signals are told when they are unusual, about
	// QuietPerDay a day.
	QuietBelow  string `json:"quiet_below"`
	QuietPerDay int    `json:"quiet_per_day"`
	// Open is how many notices somebody has still to be told or may be told again,
	// Undelivered how many pairs of a notice and a receiver there are.
	Open        int `json:"open"`
	Undelivered int `json:"undelivered"`

	Route       Route           `json:"route"`
	Receivers   []ReceiverState `json:"receivers"`
	Intervals   []Interval      `json:"intervals"`
	Inhibitions []Inhibition    `json:"inhibitions"`
	Warnings    []Warning       `json:"warnings"`
	OnCall      []OnCall        `json:"on_call"`
	Steps       []StepState     `json:"escalation"`
	// Running are the first of the escalations that are under way, RunningCount is how many
	// there are.
	Running      []Escalation    `json:"running"`
	RunningCount int             `json:"running_count"`
	Heartbeat    *HeartbeatState `json:"heartbeat,omitempty"`
}

// ReceiverState is a receiver, and how it does.
type ReceiverState struct {
	Name string `json:"name"`
	// People are the receivers it stands for in turn, when it is a rota.
	People []string `json:"people,omitempty"`
	// Routed says that a route, a rota or a step of escalation leads to it.
	Routed bool `json:"routed"`
	// PerHour is how many notifications it gets within an hour, 0 is no limit; Held is how
	// many notices wait for its next summary.
	PerHour int `json:"per_hour"`
	Held    int `json:"held"`

	Integrations []IntegrationState `json:"integrations"`
}

// IntegrationState is one way of a receiver, and how it does.
type IntegrationState struct {
	// Target is the receiver and the integration, as the history names it; Kind is what it
	// is, and Where what can be said of its place.
	Target string `json:"target"`
	Kind   string `json:"kind"`
	Where  string `json:"where,omitempty"`
	Health
	// Undelivered is how many notices it has not got yet, Next when it is tried again, if
	// it is left alone for a while.
	Undelivered int        `json:"undelivered"`
	Next        *time.Time `json:"next_attempt,omitempty"`
}

// statusSlow is how long making a Status may take to be made for each who asks; statusShare
// is by how many times as long as it took longer than that it is kept: pages that ask again
// and again must not keep the server busy when much is open.
const statusSlow, statusShare = 20 * time.Millisecond, 10

// status is the latest Status.
type status struct {
	mu    sync.Mutex
	made  *Status
	until time.Time
}

// Status returns who is told and how that goes, which nobody may change.
func (m *Manager) Status() *Status {
	m.status.mu.Lock()
	defer m.status.mu.Unlock()
	began := m.now()
	if m.status.made != nil && began.Before(m.status.until) {
		return m.status.made
	}
	made := m.makeStatus()
	m.status.made = nil
	if took := m.now().Sub(began); took > statusSlow {
		m.status.made, m.status.until = made, began.Add(took*statusShare)
	}
	return made
}

func (m *Manager) makeStatus() *Status {
	p, c, now := m.plan.Load(), m.conf.Load(), m.now()
	entries := m.outbox.entries()
	undelivered := m.undelivered(entries)
	s := &Status{
		Language: c.Language, Links: c.URL != "", File: c.File != "", Elsewhere: c.Alertmanager != nil,
		Suppress: c.Suppress.Seconds(), MaxSilence: c.MaxSilence.Seconds(), Failing: c.Failing.Seconds(), QuietBelow: c.Quiet.Severity.String(), QuietPerDay: c.Quiet.PerDay,
		Undelivered: len(undelivered), Route: p.route(p.routes, now), Intervals: p.intervalStates(now), Inhibitions: p.inhibitions(), Warnings: slices.Clone(p.warnings),
		OnCall: rotas(c.OnCall, now), Steps: stepStates(c.Escalation), Heartbeat: m.heartbeat(),
	}
	if s.Warnings == nil {
		s.Warnings = []Warning{}
	}
	s.Open = len(entries)
	s.Running, s.RunningCount = m.escalations(entries, now)
	waiting := map[string]int{}
	for i := range undelivered {
		waiting[undelivered[i].Target]++
	}
	reached := map[string]bool{}
	p.reach(p.conf.Route, reached)
	for i := range p.conf.Receivers {
		name := p.conf.Receivers[i].Name
		one := ReceiverState{Name: name, Routed: reached[name], Integrations: []IntegrationState{}}
		one.PerHour, one.Held = m.limitOf(c, p, name).state()
		for k := range p.receivers[name] {
			t := p.targets[name][k]
			state := IntegrationState{Target: t, Kind: p.receivers[name][k].Name(), Where: p.where(name, k), Health: m.outbox.healthOf(t), Undelivered: waiting[t]}
			if next := m.paceOf(t).next(""); next.After(now) {
				state.Next = &next
			}
			one.Integrations = append(one.Integrations, state)
		}
		s.Receivers = append(s.Receivers, one)
	}
	for i := range c.OnCall {
		r := &c.OnCall[i]
		s.Receivers = append(s.Receivers, ReceiverState{Name: r.Name, People: r.People, Routed: reached[r.Name], Integrations: []IntegrationState{}})
	}
	slices.SortFunc(s.Receivers, func(a, b ReceiverState) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// where returns what may be said of the place of an integration: no address that is a
// secret, and no command.
func (p *plan) where(receiver string, at int) string {
	i := &p.receivers[receiver][at]
	if at < p.builtIn[receiver] {
		conf := p.conf.Receivers[slices.IndexFunc(p.conf.Receivers, func(r config.Receiver) bool { return r.Name == receiver })]
		switch i.Name() {
		case "email":
			return conf.EmailConfigs[i.Index()].To
		case "slack":
			return conf.SlackConfigs[i.Index()].Channel
		default:
			return ""
		}
	}
	own := p.own[receiver]
	switch i.Name() {
	case "file":
		return own.File.Path
	case "syslog":
		return cmp.Or(own.Syslog.Protocol, "udp") + " " + own.Syslog.Address
	default:
		return ""
	}
}

// state returns how many notifications an hour there may be, and how many notices are held
// back.
func (l *limit) state() (perHour, held int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.perHour, len(l.held)
}
