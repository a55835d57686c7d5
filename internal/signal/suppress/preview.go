package suppress

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const (
	// PreviewDays is over how many days a preview looks unless somebody says otherwise.
	PreviewDays = 30
	// MaxPreviewDays is over how many it looks at the most.
	MaxPreviewDays = 365
	// maxLooked is how many signals that may match a preview looks at, a second or two.
	maxLooked = 100_000
	// previewSamples is how many signals it shows.
	previewSamples = 10
	// much is which part of all signals it warns of, and of how many at the least.
	much      = 0.5
	muchOfAll = 20
)

// Preview is what a suppression would have hidden of the signals in the database. These
// keep less than detection sees, of which Unknown tells; and what opened a signal and what
// it went on with are one there.
type Preview struct {
	// Days is over how many days of the clock it looked, Recorded how many signals there
	// were, Signals how many of them it would have hidden.
	Days     int   `json:"days"`
	Recorded int64 `json:"recorded"`
	Signals  int64 `json:"signals"`
	// Cut says that there were more than it looked at, or that it took too long: the newest
	// ones are counted.
	Cut bool `json:"cut,omitempty"`
	// Severities and Rules count them; Rules has the most first.
	Severities map[string]int64 `json:"severities"`
	Rules      []RuleCount      `json:"rules"`
	// TruePositives is how many of them turned out to be true.
	TruePositives int64 `json:"true_positives"`
	// Chosen is how many rules it is for, of so many.
	Chosen int `json:"rules_chosen"`
	Of     int `json:"rules_of"`
	// Samples are some of the signals, the worst first.
	Samples []Sample `json:"samples"`
	// Unknown are attributes of the search that no signal in the database has: what they
	// would hide, a preview cannot say.
	Unknown []string `json:"unknown,omitempty"`
	// Everything says that every signal of every rule would be hidden, at least in its windows.
	Everything bool `json:"everything"`
	// Warnings are for people.
	Warnings []string `json:"warnings"`
}

// RuleCount is how many signals of a rule there are.
type RuleCount struct {
	RuleID  string `json:"rule_id"`
	Signals int64  `json:"signals"`
}

// Sample is one signal.
type Sample struct {
	ID       string    `json:"id"`
	RuleID   string    `json:"rule_id"`
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	Opened   time.Time `json:"opened"`

	worth signal.Severity
}

// Preview says what the suppression would have hidden in so many days; 0 is PreviewDays.
// Of the change it looks at rules, query and schedule.
func (b *Book) Preview(ctx context.Context, c Change, days int) (*Preview, error) {
	if days < 0 || days > MaxPreviewDays {
		return nil, wrong("days %d, want 1 to %d", days, MaxPreviewDays)
	}
	r := row{rules: "*", query: "*"}
	if err := r.apply(&Change{Rules: c.Rules, Query: c.Query, Schedule: c.Schedule}, b.now()); err != nil {
		return nil, err
	}
	return b.preview(ctx, &r, cmp.Or(days, PreviewDays))
}

// examine says what the suppression would hide, and refuses what nobody should want.
func (b *Book) examine(ctx context.Context, r *row, c *Change) (*Preview, error) {
	p, err := b.preview(ctx, r, PreviewDays)
	if err != nil {
		return nil, err
	}
	if p.Chosen == 0 {
		return nil, wrong("rules: no rule is chosen by %s", r.rules)
	}
	if p.Everything && !c.All {
		return nil, wrong("it would hide every signal of every rule: if that is meant, say all (--all)")
	}
	if hidden := p.alarming(); hidden != "" && !c.Confirm {
		return nil, &ConfirmError{fmt.Sprintf("in the last %d days it would have hidden %s: if that is meant, say confirm (--confirm)", p.Days, hidden)}
	}
	return p, nil
}

// alarming says what it hides that should not be hidden; "" when there is none.
func (p *Preview) alarming() string {
	var all []string
	if n := p.Severities[signal.Critical.String()]; n > 0 {
		all = append(all, fmt.Sprintf("critical signals (%d)", n))
	}
	if p.TruePositives > 0 {
		all = append(all, fmt.Sprintf("true positives (%d)", p.TruePositives))
	}
	return strings.Join(all, " and ")
}

func (b *Book) preview(ctx context.Context, r *row, days int) (*Preview, error) {
	rules, err := parse("rules", r.rules)
	if err != nil {
		return nil, err
	}
	q, err := parse("query", r.query)
	if err != nil {
		return nil, err
	}
	w, err := r.work()
	if err != nil {
		return nil, err
	}
	chosen := b.choose(rules)
	of := map[string]bool{}
	for _, id := range chosen.IDs {
		of[id] = true
	}
	p := &Preview{Days: days, Chosen: len(chosen.IDs), Of: chosen.Of, Severities: map[string]int64{}, Rules: []RuleCount{}, Samples: []Sample{}, Warnings: []string{}}
	all := matchesAll(q)
	p.Everything = all && p.Chosen == p.Of && p.Of > 0
	counts := map[string]int64{}
	use := func(s triage.Brief) {
		if !of[s.RuleID] || !w.Schedule.Holds(s.Opened.UnixNano()) {
			return
		}
		p.Signals++
		p.Severities[s.Severity.String()]++
		counts[s.RuleID]++
		if s.Reason == "true_positive" {
			p.TruePositives++
		}
		p.keep(&s)
	}
	if p.Recorded, p.Cut, err = b.signals.Each(ctx, q, b.now().AddDate(0, 0, -days), maxLooked, use); err != nil {
		return nil, err
	}
	for id, n := range counts {
		p.Rules = append(p.Rules, RuleCount{id, n})
	}
	slices.SortFunc(p.Rules, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.Signals, a.Signals), cmp.Compare(a.RuleID, b.RuleID))
	})
	if p.Unknown, err = b.unknown(ctx, q); err != nil {
		return nil, err
	}
	p.warn(all)
	return p, nil
}

// keep keeps the signal if it is one of the worst, and of these of the newest.
func (p *Preview) keep(s *triage.Brief) {
	one := Sample{ID: s.ID, RuleID: s.RuleID, Title: s.Title, Severity: s.Severity.String(), State: s.State.String(), Reason: s.Reason, Opened: s.Opened, worth: s.Severity}
	place := 0
	for place < len(p.Samples) && p.Samples[place].worth >= one.worth {
		place++
	}
	if place == previewSamples {
		return
	}
	p.Samples = slices.Insert(p.Samples, place, one)
	p.Samples = p.Samples[:min(len(p.Samples), previewSamples)]
}

// warn says in words what the numbers mean.
func (p *Preview) warn(all bool) {
	say := func(format string, args ...any) { p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...)) }
	switch {
	case p.Chosen == 0:
		say("no rule is chosen by the search for rules")
	case p.Everything:
		say("it hides every signal of every rule")
	case all:
		say("it hides every signal of %d of %d rules", p.Chosen, p.Of)
	case p.Recorded >= muchOfAll && float64(p.Signals) >= much*float64(p.Recorded):
		say("it would have hidden %d of all %d signals", p.Signals, p.Recorded)
	}
	if hidden := p.alarming(); hidden != "" {
		say("it would have hidden %s", hidden)
	}
	if p.Cut {
		say("not all signals were looked at: of those that may match the newest %d, for as long as somebody waits", maxLooked)
	}
	if len(p.Unknown) > 0 {
		say("no signal in the database has %s: detection looks at logs and may find more than this preview", strings.Join(p.Unknown, ", "))
	}
}

// matchesAll reports whether the search asks for nothing that a signal may lack: it matches
// one of each severity that says as little as a signal can.
func matchesAll(q *query.Query) bool {
	const nothing = "\u2400 nobody asks for this \u2400"
	e := event.New()
	for s := signal.Info; s <= signal.Critical; s++ {
		e.Reset()
		e.Status, e.Message = s.String(), nothing
		for _, path := range always() {
			e.Set(path, event.StringValue(nothing))
		}
		if !q.Match(e) {
			return false
		}
	}
	return true
}

// always are the attributes that each signal has where detection looks at it.
func always() []string {
	return []string{"workflow.rule.id", "workflow.rule.name", "workflow.rule.type", "workflow.rule.detectionMethod", "title", "triggeringRuleCase.status"}
}

// unknown returns the fields of the search that no signal in the database has.
func (b *Book) unknown(ctx context.Context, q *query.Query) (list []string, err error) {
	for _, name := range q.Fields() {
		path := strings.TrimPrefix(name, "@")
		if slices.Contains([]string{"message", "status", "tags", "timestamp", "severity", "workflow.rule.id", "workflow.rule.name"}, path) || name == "*" {
			continue
		}
		known, err := b.signals.Knows(ctx, path)
		if err != nil {
			return nil, err
		}
		if !known {
			list = append(list, name)
		}
	}
	return list, nil
}
