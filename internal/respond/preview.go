package respond

import (
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// Would says what a policy would do about a signal.
type Would struct {
	// Policy is its name, Action what it does, Target to whom or what.
	Policy, Action, Target string
	// State is DryRun, Waiting or Planned.
	State string
	// Lasts is how long it would last.
	Lasts time.Duration
	// Refused says why it must not be done; "" when it may.
	Refused string
}

// ErrPreviewQuery says that a policy has a query, which only the book of signals answers.
var ErrPreviewQuery = errors.New("has a query, which a preview cannot ask")

// Preview says what a configuration that was checked would do about a signal, without doing
// it. It knows what is never blocked anywhere and by the configuration; not the addresses of
// the machine and of those who are signed in, nor the limit within an hour.
func Preview(c *Config, s *signal.Signal) ([]Would, error) {
	if s.Simulated {
		return nil, nil
	}
	never := guardOf(append(always(), c.never()...))
	a := about{RuleID: s.RuleID, Title: s.Title, Severity: s.Severity.String(), Tags: s.Tags}
	for _, e := range s.Entities {
		a.Entities = append(a.Entities, struct{ Kind, Value string }{e.Kind, e.Value})
	}
	var would []Would
	for i := range c.Policies {
		p := &c.Policies[i]
		if !p.wants(&a) {
			continue
		}
		if p.Query != "" {
			return nil, fmt.Errorf("policy %q %w", p.Name, ErrPreviewQuery)
		}
		for _, w := range p.wishes(&a, s.ID, never) {
			would = append(would, Would{Policy: p.Name, Action: w.action, Target: w.target, State: w.state, Lasts: w.lasts, Refused: w.why})
		}
	}
	return would, nil
}
