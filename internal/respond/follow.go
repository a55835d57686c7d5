package respond

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Follower is the name by which an Engine follows the book of signals.
const Follower = "respond"

// taken is the cursor of the changes of signals that were taken in: it moves together with
// what follows from them.
const taken = "respond/taken"

// wish is what somebody wants to be done.
type wish struct {
	action, kind, target string
	policy               *Policy // nil for a person
	by, reason           string
	signal, rule         string
	lasts                time.Duration
	state                string // DryRun, Waiting or Planned
	refusal              string
	why                  string // of the refusal
}

// about is what the engine wants to know of a signal.
type about struct {
	RuleID    string `json:"rule_id"`
	Title     string
	Severity  string
	Tags      []string
	Simulated bool
	Entities  []struct{ Kind, Value string }
}

// take takes in changes of signals. What follows from them is written together with how far
// that goes: after a crash nothing is taken twice.
func (e *Engine) take(ctx context.Context, changes []triage.Change) error {
	p, now := e.plan.Load(), e.opts.Now()
	if len(p.Policies) == 0 {
		return nil
	}
	never, err := e.never.load(ctx, p.Config)
	if err != nil {
		return err // nobody may be cut off: it is tried again
	}
	guard := guardOf(never)
	wishes := make([][]wish, len(changes))
	for i := range changes {
		if wishes[i], err = e.wishes(ctx, p, guard, &changes[i]); err != nil {
			return err
		}
	}
	e.passing("signals: looked at")
	var m merger
	err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m = merger{engine: e, plan: p, now: now, begun: e.limit.count(now)}
		return m.run(ctx, database.Prepare(tx), changes, wishes)
	})
	if err != nil {
		return fmt.Errorf("take in signals: %w", err)
	}
	e.limit.add(now, m.counted)
	m.count(&e.counters)
	e.passing("signals: taken in")
	e.wake()
	return nil
}

// wishes returns what the policies want to be done about the change of a signal.
func (e *Engine) wishes(ctx context.Context, p *plan, never *guard, c *triage.Change) (list []wish, err error) {
	news := c.What == triage.Opened || c.What == triage.Escalated || c.What == triage.Reopened
	if !news || c.Signal.State == triage.Archived {
		return nil, nil // what people are done with is over
	}
	var a about
	if err := json.Unmarshal(c.Signal.Document, &a); err != nil {
		return nil, fmt.Errorf("read the signal %s: %w", c.Signal.ID, err)
	}
	a.Tags = append(a.Tags, c.Signal.Tags...)
	if a.Simulated { // its rule is only tried; a tag would be up to who writes logs
		e.counters.simulated.Add(1)
		return nil, nil
	}
	var chosen []*Policy
	for i := range p.Policies {
		if one := &p.Policies[i]; one.wants(&a) {
			chosen = append(chosen, one)
		}
	}
	if len(chosen) == 0 {
		return nil, nil
	}
	queries := make([]*query.Query, len(chosen))
	for i, one := range chosen {
		queries[i] = one.query
	}
	matched, err := e.opts.Book.Matches(ctx, c.Signal.ID, queries)
	if errors.Is(err, triage.ErrMissing) {
		return nil, nil // it was removed meanwhile
	}
	if err != nil {
		return nil, err
	}
	for i, one := range chosen {
		if matched[i] {
			list = append(list, one.wishes(&a, c.Signal.ID, never)...)
		}
	}
	e.identify(ctx, p, list)
	return list, nil
}

// wants reports whether the policy is for the signal, but for its query.
func (p *Policy) wants(a *about) bool {
	has := func(list []string, is func(string) bool) bool { return len(list) == 0 || slices.ContainsFunc(list, is) }
	return has(p.Severity, func(s string) bool { return s == a.Severity }) &&
		has(p.Rules, func(s string) bool { return s == a.RuleID }) &&
		has(p.Tags, func(s string) bool { return slices.Contains(a.Tags, s) })
}

// wishes returns what the policy wants about the signal.
func (p *Policy) wishes(a *about, id string, never *guard) (list []wish) {
	w := wish{
		action: p.Action, kind: p.Target, policy: p, by: "policy " + p.Name, reason: a.Title, signal: id, rule: a.RuleID, lasts: p.Duration, state: Planned,
	}
	switch {
	case p.Mode != active:
		w.state = DryRun
	case p.Approval:
		w.state = Waiting
	}
	if p.Target == KindSignal {
		w.target = id
		return append(list, w)
	}
	for _, entity := range a.Entities {
		if entity.Kind != p.Target || len(entity.Value) > maxTarget {
			continue
		}
		one := w
		one.aim(entity.Value, never)
		if list = append(list, one); !p.Every {
			break
		}
	}
	return list
}

// aim gives the wish its target, and the rule that refuses it if one does.
func (w *wish) aim(target string, never *guard) {
	w.target = target
	if w.action != Block {
		return
	}
	p, err := parseTarget(target)
	if err != nil {
		w.refusal, w.why = RefusedByTarget, err.Error()
		return
	}
	w.kind, w.target = KindNetwork, targetText(p)
	w.refusal, w.why = never.refused(p)
}
