package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Follower is the name by which a Manager follows the book of signals.
const Follower = "alert"

// stuckFor is for how long signals may fail to come before people are told of that.
const stuckFor = time.Minute

// mark is one change of a signal, by what no other has, not even in another database.
type mark struct {
	Number int64  `json:"number"`
	Signal string `json:"signal"`
	At     int64  `json:"at"`
}

func markOf(c *triage.Change) mark { return mark{c.Number, c.Signal.ID, c.Time.UnixNano()} }

// follow takes in what happens to signals until the context is done. What it took in is on
// the disk before the book notes that.
func (m *Manager) follow(ctx context.Context) error {
	return m.opts.Book.Follow(ctx, Follower, m.take, func(err error) { m.Stuck("read", err) })
}

// take takes in changes of signals. Those that were taken in before a crash, and of which
// the book did not note it any more, are left out.
func (m *Manager) take(ctx context.Context, changes []triage.Change) error {
	m.passing("changes read")
	done := 0
	for i := range changes {
		if one := markOf(&changes[i]); m.outbox.marked(one) || m.desk.marked(one) {
			done = i + 1
		}
	}
	for i := range changes[done:] {
		if err := m.changed(ctx, &changes[done+i]); err != nil {
			return err
		}
	}
	if err := m.Sync(); err != nil {
		return err
	}
	m.passing("changes taken")
	return nil
}

// changed takes in one change of a signal. What people decided holds for what they are
// told: nobody is called for what somebody looks at, or is done with.
func (m *Manager) changed(ctx context.Context, c *triage.Change) error {
	if c.What == triage.Updated {
		return nil
	}
	n, err := fromSignal(&c.Signal)
	if err != nil {
		return err
	}
	at := markOf(c)
	news := c.What == triage.Opened || c.What == triage.Escalated
	if c.What == triage.Reopened && c.Signal.State == triage.Open {
		news, n.Round = true, c.Number
	} else if e, ok := m.outbox.about(n.ID); ok && e.Notice.ID == n.ID {
		n.Round = e.Notice.Round
	}
	n.Began = c.Time
	switch {
	case news && n.Severity < m.conf.Load().Quiet.Severity && c.What != triage.Reopened:
		return m.toDesk(&n, &at)
	case news:
		return m.tell(ctx, n, &at)
	}
	key, err := m.outbox.amend(&n, &at)
	if err != nil || key == "" {
		return err
	}
	return m.keepOne(ctx, key)
}

// fromSignal returns the notice of a signal.
func fromSignal(s *triage.Signal) (Notice, error) {
	var d struct {
		Rule, Title, Message, Case, Condition, Runbook, Closed string

		RuleID    string `json:"rule_id"`
		RuleJA    string `json:"rule_ja"`
		MessageJA string `json:"message_ja"`
		Severity  signal.Severity
		Events    int64
		Entities  []struct{ Kind, Value string }
		Samples   []struct{ Text string }
	}
	if err := json.Unmarshal(s.Document, &d); err != nil {
		return Notice{}, fmt.Errorf("read the signal %s: %w", s.ID, err)
	}
	n := Notice{
		Kind: KindSignal, Rule: cmp.Or(d.Rule, d.RuleID), RuleID: d.RuleID, Severity: d.Severity, ID: s.ID,
		Title: cmp.Or(d.Title, d.Rule, d.RuleID), TitleJA: d.RuleJA, Message: d.Message, MessageJA: d.MessageJA,
		Reason: cmp.Or(d.Condition, d.Case), Runbook: d.Runbook, Events: d.Events, Ended: d.Closed != "", Assignee: s.Assignee,
	}
	if s.State != triage.Open {
		n.State = s.State.String()
	}
	if d.Case != "" && d.Condition != "" {
		n.Reason = d.Case + ": " + d.Condition
	}
	seen := map[string]bool{}
	for _, e := range d.Entities {
		if !seen[e.Kind] { // the first of a kind is what the signal is about
			seen[e.Kind] = true
			n.Labels = append(n.Labels, Label{e.Kind, e.Value})
		}
	}
	for _, sample := range d.Samples {
		n.Lines = append(n.Lines, sample.Text)
	}
	return n, nil
}
