package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/pkg/labels"
)

// Silencing is what a silence would do.
type Silencing struct {
	// Open are the notices that it would hold back now.
	Open []Notice
	// Told are the attempts of the history that told a receiver, or tried to, of what it
	// would have held back, the latest first.
	Told []Attempt
	// Refused says why nobody could make it; nil when somebody could.
	Refused error
}

// Silencing returns what a silence with these matchers would do, in the form of amtool:
// ip="192.0.2.1", alertname=~"Brute.*". It makes none.
func (m *Manager) Silencing(matchers string) (Silencing, error) {
	if len(matchers) > maxText {
		return Silencing{}, fmt.Errorf("the matchers have %d bytes, want at most %d", len(matchers), maxText)
	}
	all, err := compat.Matchers(matchers, "silence")
	if err != nil {
		return Silencing{}, fmt.Errorf("matchers, such as ip=\"192.0.2.1\": %w", err)
	}
	if len(all) == 0 || len(all) > maxMatchers {
		return Silencing{}, fmt.Errorf("there are %d matchers, want 1 to %d, such as ip=\"192.0.2.1\"", len(all), maxMatchers)
	}
	var s Silencing
	if !slices.ContainsFunc(all, narrow) {
		s.Refused = errWide
	}
	holds := func(set map[string]string) bool {
		return !slices.ContainsFunc(all, func(one *labels.Matcher) bool { return !one.Matches(set[one.Name]) })
	}
	for _, e := range m.outbox.entries() {
		if holds(e.Notice.labels()) {
			s.Open = append(s.Open, e.Notice)
		}
	}
	for _, a := range m.outbox.past() {
		set := map[string]string{}
		if err := json.Unmarshal([]byte(a.Key), &set); err != nil {
			return Silencing{}, errors.New("BUG: the key of a notice is no list of labels")
		}
		if a.Muted == "" && holds(set) {
			s.Told = append(s.Told, a)
		}
	}
	return s, nil
}
