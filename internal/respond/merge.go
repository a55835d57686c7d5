package respond

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

const (
	// maxSignals is how many signals of a response are known by name.
	maxSignals = 1000
	// maxHeld is how many responses within an hour are kept that the rate limit refused:
	// further ones are only counted.
	maxHeld = 1000
)

// merger puts wishes into the database, in one transaction. It is made anew when that is run
// again.
type merger struct {
	engine *Engine
	plan   *plan
	now    time.Time
	begun  int // within the hour, before this

	counted                                             int
	made, refused, held, unrecorded, extended, repeated int64
	blocks, open, heldHour                              int
}

// count adds to the counters what the transaction did.
func (m *merger) count(c *counters) {
	c.made.Add(m.made)
	c.refused.Add(m.refused)
	c.held.Add(m.held)
	c.unrecorded.Add(m.unrecorded)
	c.extended.Add(m.extended)
	c.repeated.Add(m.repeated)
}

// run puts the wishes that follow from changes behind those that were taken in.
func (m *merger) run(ctx context.Context, tx database.Tx, changes []triage.Change, wishes [][]wish) error {
	var position int64
	err := tx.QueryRowContext(ctx, "SELECT position FROM cursors WHERE name = $1", taken).Scan(&position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := m.measure(ctx, tx); err != nil {
		return err
	}
	for i := range changes {
		if changes[i].Number <= position {
			continue // before a crash
		}
		position = changes[i].Number
		for j := range wishes[i] {
			if _, err := m.put(ctx, tx, &wishes[i][j]); err != nil {
				return err
			}
		}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", taken, position)
	return err
}

// heldSince counts what the limit within an hour held back since then.
const heldSince = "SELECT COUNT(*) FROM responses WHERE changed > $1 AND refusal = '" + RefusedByRate + "'"

// measure counts what limits are about.
func (m *merger) measure(ctx context.Context, tx database.Tx) error {
	err := tx.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN action = $1 AND state IN ('planned', 'applying', 'active') THEN 1 ELSE 0 END), 0) FROM responses WHERE open = 1", Block).Scan(&m.open, &m.blocks)
	if err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, heldSince, m.now.Add(-time.Hour).UnixNano()).Scan(&m.heldHour)
}

// put makes a response of a wish, or adds it to the one that is open for its key.
func (m *merger) put(ctx context.Context, tx database.Tx, w *wish) (row, error) {
	r, found, err := find(ctx, tx, openFor, w.target, w.action)
	if err != nil {
		return r, err
	}
	if found && r.expires <= m.now.UnixNano() && r.state != Active && !m.plan.running(&r) && r.ending == "" {
		// Its time is over, and nobody noted that yet.
		if r.open = false; r.state == Waiting || r.state == Planned {
			r.state = Expired
		}
		if err := r.update(ctx, tx, m.now, ownName); err != nil {
			return r, err
		}
		found = false
	}
	m.limits(w)
	if !found {
		return m.add(ctx, tx, w)
	}
	return r, m.repeat(ctx, tx, &r, w)
}

// limits refuses what is beyond them.
func (m *merger) limits(w *wish) {
	if w.refusal != "" || w.state == DryRun {
		return
	}
	rate := m.plan.PerHour
	switch {
	case w.policy != nil && rate > 0 && m.begun+m.counted >= rate:
		w.refusal, w.why = RefusedByRate, fmt.Sprintf("policies began %d responses within an hour, no more may be (responses.per_hour)", rate)
	case w.action == Block && m.blocks >= m.plan.Block.Max:
		w.refusal, w.why = RefusedByRoom, fmt.Sprintf("there are %d blocks, no more may be (responses.block.max)", m.blocks)
	}
}

// outcome returns the state that the wish leads to.
func (w *wish) outcome() string {
	if w.refusal != "" {
		return Refused
	}
	return w.state
}

// ends returns until when a response is open.
func (m *merger) ends(w *wish) int64 {
	if w.outcome() == Waiting {
		return m.now.Add(m.plan.Approval).UnixNano()
	}
	return m.now.Add(w.lasts).UnixNano()
}

// add makes a new response.
func (m *merger) add(ctx context.Context, tx database.Tx, w *wish) (r row, err error) {
	if m.open >= maxOpen || w.refusal == RefusedByRate && m.heldHour >= maxHeld {
		m.unrecorded++
		if w.refusal == RefusedByRate {
			m.held++
		}
		return r, nil
	}
	r = row{
		open: true, action: w.action, kind: w.kind, target: w.target, state: w.outcome(), reason: w.reason, refusal: w.refusal, signal: w.signal, rule: w.rule,
		made: m.now.UnixNano(), madeBy: w.by, lasts: int64(w.lasts), expires: m.ends(w),
	}
	if w.policy != nil {
		r.policy = w.policy.Name
	}
	if w.refusal != "" {
		r.reason = w.why
	}
	if err := r.insert(ctx, tx); err != nil {
		return r, err
	}
	m.open++
	m.became(&r, w)
	if err := r.link(ctx, tx, w.signal); err != nil {
		return r, err
	}
	return r, r.note(ctx, tx, m.now, w.by, verb(r.state))
}

// became counts what a response became.
func (m *merger) became(r *row, w *wish) {
	m.made++
	switch r.state {
	case Refused:
		m.refused++
		if w.refusal == RefusedByRate {
			m.held++
			m.heldHour++
		}
	case Planned, Waiting:
		if w.policy != nil {
			m.counted++
		}
		if r.action == Block && r.state == Planned {
			m.blocks++
		}
	}
}

// verb returns what the trail says of a response that became so.
func verb(state string) string {
	switch state {
	case DryRun:
		return "dry_run"
	case Waiting:
		return "ask"
	case Refused:
		return "refuse"
	default:
		return "plan"
	}
}

// link notes that the response is about the signal, too.
func (r *row) link(ctx context.Context, tx database.Tx, signal string) error {
	if signal == "" || r.repeats > maxSignals {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO response_signals (signal, response) VALUES ($1, $2) ON CONFLICT (signal, response) DO NOTHING", signal, r.id)
	return err
}

// repeat adds a wish to the response that is open for its key.
func (m *merger) repeat(ctx context.Context, tx database.Tx, r *row, w *wish) error {
	r.repeats++
	m.repeated++
	if err := r.link(ctx, tx, w.signal); err != nil {
		return err
	}
	until := m.ends(w)
	switch {
	case r.moreThan(w) || r.state == Undone || r.refusal == RefusedByPerson || r.state == Failed && w.outcome() != Planned:
		// Less than there is, or somebody decided: it is counted.
	case r.state == Active && r.ending == Expired && w.state == Planned && w.refusal == "":
		// It was about to end, or just did in the firewall: it is done again.
		r.ending, r.expires, r.heldUntil, r.attempts, r.next = "", until, 0, 0, 0
		m.extended++
		return r.change(ctx, tx, m.now, w.by, "extend")
	case r.state == Active || r.state == Applying || r.state == Planned:
		// What somebody approved is not made longer by what nobody approved.
		if w.state == Planned && w.refusal == "" && r.ending == "" && until > r.expires {
			r.expires = until
			m.extended++
			return r.change(ctx, tx, m.now, w.by, "extend")
		}
	case r.state == Waiting && w.outcome() == Waiting: // nobody has more time to answer
	case r.state == w.outcome():
		r.expires = max(r.expires, until)
	default: // it becomes more than it was
		r.state, r.refusal, r.reason, r.lasts, r.expires = w.outcome(), w.refusal, w.reason, int64(w.lasts), until
		r.attempts, r.next, r.err, r.ending = 0, 0, "", ""
		if w.refusal != "" {
			r.reason = w.why
		}
		if w.policy != nil {
			r.policy = w.policy.Name
		}
		m.became(r, w)
		return r.change(ctx, tx, m.now, w.by, verb(r.state))
	}
	return r.update(ctx, tx, m.now, r.changedBy)
}

// moreThan reports whether the response is more already than the wish wants.
func (r *row) moreThan(w *wish) bool {
	rank := func(state string) int {
		switch state {
		case DryRun:
			return 1
		case Waiting:
			return 2
		case Planned, Applying, Active:
			return 3
		default:
			return 0
		}
	}
	return rank(r.state) > rank(w.outcome())
}
