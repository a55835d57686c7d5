package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// loadSuppressions reads the user's suppressions, and warns of those that no rule
// of the content is chosen by.
func (c *Content) loadSuppressions(names []string) error {
	all, err := readSuppressions(names)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !s.Enabled {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%v: the suppression %q is not enabled", s.Pos, s.Name))
			continue
		}
		if !forAny(s, c.Rules) {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%v: the suppression %q is for no rule: nothing matches its rule_query", s.Pos, s.Name))
		}
		c.Suppressions = append(c.Suppressions, s)
	}
	return nil
}

// readSuppressions reads the files, and those below the directories. The error is
// document.Faults with all that is wrong in any of them.
func readSuppressions(names []string) ([]*suppression.Suppression, error) {
	var all []*suppression.Suppression
	var faults document.Faults
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path != name && !suppression.IsFile(path) {
				return err
			}
			some, err := readSuppressionFile(path)
			if wrong, ok := errors.AsType[document.Faults](err); ok {
				faults = append(faults, wrong...)
				err = nil
			}
			all = append(all, some...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("load suppressions: %w", err)
		}
	}
	if faults = append(faults, suppression.Together(all)...); len(faults) > 0 {
		return nil, faults
	}
	return all, nil
}

func readSuppressionFile(path string) ([]*suppression.Suppression, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, suppression.MaxBytes+1)) // one more: Decode refuses it
	if err != nil {
		return nil, err
	}
	return suppression.Decode(path, data)
}

// working returns the suppression as the engine wants it.
func working(s *suppression.Suppression) detect.Suppression {
	w := detect.Suppression{
		RuleQuery: s.RuleQuery.Expr, SuppressionQuery: s.SuppressionQuery.Expr, DataExclusionQuery: s.DataExclusionQuery.Expr,
		Start: int64(s.Start), Expiration: int64(s.Expiration), Key: "file:" + cmp.Or(s.ID, s.Name),
	}
	if !s.Schedule.IsZero() {
		w.When = s.Schedule.Holds
	}
	return w
}

func forAny(s *suppression.Suppression, rules []*rule.Rule) bool {
	w := working(s)
	return slices.ContainsFunc(rules, w.ForRule)
}

// suppressions returns what the engine's suppressions did, for people.
func (c *Content) suppressions(engine *detect.Engine) []report.Suppression {
	did := engine.Suppressions()
	all := make([]report.Suppression, len(c.Suppressions))
	for i, s := range c.Suppressions {
		all[i] = report.Suppression{
			Name: s.Name, Reason: s.Reason, ID: s.ID, Start: int64(s.Start), Expiration: int64(s.Expiration),
			Rules: did[i].Rules, Signals: did[i].Signals, Findings: did[i].Findings, Events: did[i].Events,
		}
	}
	return all
}

// SuppressionExplanation says what one suppression does for a rule and an event.
type SuppressionExplanation struct {
	// Name, Reason and Until are the suppression's; Until is RFC 3339 or "".
	Name, Reason, Until string
	// Events says that it keeps the event from the rule; else it holds a signal back
	// that opens at the event.
	Events bool
	// Severities are those of the signals that are held back; all of them when there
	// are none.
	Severities []string
	// Inactive says that it does not hold at the time of the event.
	Inactive bool
}

// ExplainSuppressions says which suppressions would hold the rule back for the
// event: those that do at its time first, then those that would at another.
func ExplainSuppressions(c *Content, r *rule.Rule, e *event.Event) []SuppressionExplanation {
	var now, other []SuppressionExplanation
	for _, s := range c.Suppressions {
		w := working(s)
		if !w.ForRule(r) {
			continue
		}
		one := SuppressionExplanation{Name: s.Name, Reason: s.Reason, Until: s.Expiration.String(), Inactive: !w.Active(e.Time)}
		switch severities, all := w.HoldsBack(r, e); {
		case w.DataExclusionQuery != nil && w.DataExclusionQuery.Match(e):
			one.Events = true
		case len(severities) == 0 && !all:
			continue
		case !all:
			one.Severities = severities
		}
		if one.Inactive {
			other = append(other, one)
		} else {
			now = append(now, one)
		}
	}
	return append(now, other...)
}
