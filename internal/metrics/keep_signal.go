package metrics

import (
	"maps"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/signal"
)

// signal returns the signal of an alert that begins.
func (a *alert) signal() signal.Signal {
	s := signal.Signal{
		RuleID: RuleID(a.name), Rule: a.name, RuleJA: a.annotations["title_ja"], Condition: a.expr, Severity: severityOf(a.labels["severity"]), Category: a.labels["category"],
		FirstSeen: a.active.UnixNano(), Time: a.seen.UnixNano(), LastSeen: a.seen.UnixNano(), Events: 1,
		Queries: []signal.QueryCount{{Name: "value", Count: finite(a.value)}},
		Samples: []signal.Sample{{Time: a.seen.UnixNano(), Text: a.expr + " = " + strconv.FormatFloat(a.value, 'g', -1, 64)}},
		Tags:    []string{"source:metrics"},
	}
	for _, name := range slices.Sorted(maps.Keys(a.labels)) {
		switch name {
		case "alertname", "severity":
			continue
		case "category":
		default:
			s.Group = append(s.Group, signal.GroupValue{Path: name, Value: a.labels[name]})
		}
		s.Tags = append(s.Tags, name+":"+a.labels[name])
	}
	s.Entities = a.entities()
	summary := first(a.annotations["summary"], a.annotations["message"], a.annotations["title"])
	s.Title = first(summary, a.name)
	s.Message = paragraphs(first(a.annotations["description"], summary, a.name), a.annotations["runbook_url"])
	s.MessageJA = paragraphs(first(a.annotations["description_ja"], a.annotations["summary_ja"]), "")
	if runbook := a.annotations["runbook"]; isRunbook(runbook) {
		s.Runbook = runbook
	} else { // steps, as some write them
		s.Message = paragraphs(s.Message, runbook)
	}
	s.ID = signal.NewID(s.RuleID, s.Group, a.active.Unix(), 0, "")
	return s
}

// RuleID returns the id of a rule by the name of its alert: what suppressions and routes
// know it by.
func RuleID(alertname string) string { return "metrics/" + alertname }

// finite keeps a value that JSON cannot hold from spoiling a state.
func finite(v float64) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}

// severityOf reads the label severity, in the words that rules in the wild have.
func severityOf(word string) signal.Severity {
	switch strings.ToLower(word) {
	case "critical", "page", "emergency", "disaster":
		return signal.Critical
	case "high", "error", "major":
		return signal.High
	case "low", "minor", "notice":
		return signal.Low
	case "info", "information", "informational", "none":
		return signal.Info
	default: // medium, warning, and what we do not know
		return signal.Medium
	}
}

// isRunbook reports whether the text is the path of a runbook, and no text itself.
func isRunbook(text string) bool {
	return strings.Contains(text, "/") && !strings.ContainsAny(text, " \n:")
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "\n\n")
}

// entities returns what the alert is about, by the labels that exporters agree on.
func (a *alert) entities() (all []signal.Entity) {
	add := func(kind, value string) {
		if value != "" && !slices.ContainsFunc(all, func(e signal.Entity) bool { return e.Kind == kind && e.Value == value }) {
			all = append(all, signal.Entity{Kind: kind, Value: value, Events: 1})
		}
	}
	for _, name := range []string{"name", "container", "container_name", "pod"} {
		add(signal.KindContainer, a.labels[name])
	}
	for _, name := range []string{"ip", "src_ip", "client_ip", "remote_addr"} {
		if _, err := netip.ParseAddr(a.labels[name]); err == nil {
			add(signal.KindIP, a.labels[name])
		}
	}
	for _, name := range []string{"user", "username", "usr_id"} {
		add(signal.KindUser, a.labels[name])
	}
	for _, name := range []string{"instance", "node", "host", "hostname"} {
		value := a.labels[name]
		if host, _, err := net.SplitHostPort(value); err == nil {
			value = host
		}
		add(signal.KindHost, value) // our own machines, also by their addresses: nothing to block
	}
	for _, name := range []string{"service", "job"} {
		add(signal.KindService, a.labels[name])
	}
	return all
}
