package respond

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/respond/firewall"
)

// release ends blocks of what must not be blocked any more, such as that of an address from
// which an admin signed in.
func (e *Engine) release(ctx context.Context, never []Never) error {
	blocks, err := e.blocks(ctx)
	if err != nil {
		return err
	}
	now, guard := e.opts.Now(), guardOf(never)
	for _, b := range blocks {
		rule, why := guard.refused(b.Network)
		if rule == "" {
			continue
		}
		err := e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			r, found, err := find(ctx, tx, openFor, targetText(b.Network), Block)
			if err != nil || !found || r.state != Active || r.ending != "" {
				return err
			}
			return e.refuse(ctx, tx, &r, rule, why, now)
		})
		if err != nil {
			return fmt.Errorf("end a block: %w", err)
		}
		e.wake()
	}
	return nil
}

// noteDrift writes into the trail that somebody changed the firewall.
func (e *Engine) noteDrift(ctx context.Context, d firewall.Drift) error {
	text, err := json.Marshal(map[string]any{"table": d.Table, "missing": d.Missing, "extra": d.Extra})
	if err != nil {
		return err
	}
	return e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return audit.Add(ctx, tx, audit.Entry{Time: e.opts.Now(), Actor: ownName, Action: "response.restore", Object: "firewall", Outcome: "done", Detail: string(text)})
	})
}

// prune removes responses that are over for long.
func (e *Engine) prune(ctx context.Context) error {
	before := e.opts.Now().Add(-e.plan.Load().History).UnixNano()
	const old = "open = 0 AND changed < $1"
	found := false
	err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM responses WHERE "+old+" LIMIT 1) one", before).Scan(&n)
		found = n > 0
		return err
	})
	if err != nil || !found {
		return err
	}
	return e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const chosen = "(SELECT id FROM responses WHERE " + old + " ORDER BY changed LIMIT 10000)"
		for _, of := range []string{"response_signals", "response_containers"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+of+" WHERE response IN "+chosen, before); err != nil { //nolint:gosec // names of this function
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM responses WHERE id IN "+chosen, before)
		return err
	})
}

// Metric is a number that an Engine shows.
type Metric struct {
	// Name is without the prefix of the program; Counter says that it only grows.
	Name, Help string
	Counter    bool
	Value      float64
}

// Metrics returns the numbers that the engine shows.
func (e *Engine) Metrics() []Metric {
	c := &e.counters
	counter := func(name, help string, n int64) Metric { return Metric{name, help, true, float64(n)} }
	gauge := func(name, help string, n float64) Metric { return Metric{name, help, false, n} }
	_, broken := e.blocker.health()
	stuck := e.following()
	dropped := e.blocker.dropped()
	return []Metric{
		counter("responses_total", "Responses that were made, dry runs and refused ones among them.", c.made.Load()),
		counter("responses_repeated_total", "Signals whose response was open already.", c.repeated.Load()),
		counter("responses_extended_total", "Responses that a repeat made last longer.", c.extended.Load()),
		counter("responses_refused_total", "Responses that must not be done: what is never blocked, what is beyond a limit, what somebody refused.", c.refused.Load()),
		counter("responses_held_total", "Responses that the limit within an hour held back.", c.held.Load()),
		counter("responses_unrecorded_total", "Responses that nobody wrote down: too many were open, or held back.", c.unrecorded.Load()),
		counter("responses_applied_total", "Responses that were done.", c.applied.Load()),
		counter("responses_failed_total", "Responses that could not be done, or not be undone.", c.failed.Load()),
		counter("responses_undone_total", "Responses that somebody ended.", c.undone.Load()),
		counter("responses_expired_total", "Responses whose time was over.", c.expired.Load()),
		counter("responses_simulated_signals_total", "Signals of rules that are only tried: nothing was done about them.", c.simulated.Load()),
		counter("response_errors_total", "Errors of the responses themselves.", c.errors.Load()),
		counter("firewall_restored_total", "How often the table of the firewall was not as it should be, and was restored.", c.restored.Load()),
		counter("firewall_missing_total", "Blocks and other elements that were missing then.", c.missing.Load()),
		counter("containers_restored_total", "Containers that somebody else let go while a response held them, and that were held again.", c.recontained.Load()),
		counter("evidence_removed_total", "Evidence that was removed since it was too old or too much.", e.held.evidence.Removed()),
		counter("firewall_dropped_packets_total", "Packets of blocked addresses that were dropped.", int64(dropped.Packets)),
		counter("firewall_dropped_bytes_total", "Bytes of these.", int64(dropped.Bytes)),
		gauge("firewall_broken", "1 while this machine's firewall is to block and cannot.", float64(number(broken != nil))),
		gauge("responses_stuck", "1 while signals cannot be taken in for responses.", float64(number(stuck != nil))),
	}
}

// Open returns how many responses are open, by state.
func (e *Engine) Open(ctx context.Context) (map[string]int64, error) {
	open, _, err := e.counts(ctx, e.opts.Now())
	return open, err
}

// Health returns why responses cannot be done; nil when they can.
func (e *Engine) Health() error {
	if _, broken := e.blocker.health(); broken != nil {
		return fmt.Errorf("blocking: %w", broken)
	}
	return e.following()
}
