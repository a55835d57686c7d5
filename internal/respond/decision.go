package respond

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"
)

// Decision is a block as bouncers want to know of it.
type Decision struct {
	ID, Version int64
	Network     netip.Prefix
	// Policy is the name of the policy that asked for it, empty for a person; Rule the id of
	// the rule whose signal did.
	Policy, Rule string
	// Until is when it ends, or ended.
	Until time.Time
}

// Decisions returns the blocks that are active.
func (e *Engine) Decisions(ctx context.Context) ([]Decision, error) {
	return e.decisions(ctx, "open = 1 AND action = $1 AND state = $2 AND ending = '' AND expires > $3", Block, Active, e.opts.Now().UnixNano())
}

// Ended returns the blocks that ended since then.
func (e *Engine) Ended(ctx context.Context, since time.Time) ([]Decision, error) {
	return e.decisions(ctx, "ended <> 0 AND ended > $3 AND action = $1 AND state IN ($2, 'expired') AND applied <> 0", Block, Undone, since.UnixNano())
}

func (e *Engine) decisions(ctx context.Context, where string, args ...any) (list []Decision, err error) {
	err = e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		rows, err := tx.QueryContext(ctx, "SELECT id, version, target, policy, rule, CASE WHEN ended = 0 THEN expires ELSE ended END FROM responses WHERE "+where, args...) //nolint:gosec // conditions are of this package
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d Decision
			var target string
			var until int64
			if err := rows.Scan(&d.ID, &d.Version, &target, &d.Policy, &d.Rule, &until); err != nil {
				return err
			}
			if d.Network, err = parseTarget(target); err != nil {
				continue // of another program
			}
			d.Until = time.Unix(0, until)
			list = append(list, d)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("look at blocks: %w", err)
	}
	return list, nil
}
