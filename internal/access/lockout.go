package access

import (
	"context"
	"database/sql"
	"time"
)

// Restore locks again what was locked before a restart. Without it a restart lets everybody
// guess again, and shows by that which names are those of users.
func (a *Accounts) Restore(ctx context.Context) error {
	now := a.opts.Now()
	return a.write(ctx, func(ctx context.Context, c *changes) error {
		if err := c.forgetLocks(ctx); err != nil {
			return err
		}
		rows, err := c.QueryContext(ctx, "SELECT name, until FROM lockouts ORDER BY until DESC LIMIT $1", 2*maxThrottled+maxUsers)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key string
			var until int64
			if err := rows.Scan(&key, &until); err != nil {
				return err
			}
			// A clock that was wrong must not lock for ever.
			a.throttle.restore(now, key, time.Unix(0, min(until, now.Add(throttleRest).UnixNano())))
		}
		return rows.Err()
	})
}

// lock writes down what an attempt that failed has locked: one row at most for every tenth
// failure. A database that does not take it counts that itself.
func (a *Accounts) lock(ctx context.Context, try *attempt) {
	if len(try.locks) == 0 {
		return
	}
	_ = a.write(context.WithoutCancel(ctx), func(ctx context.Context, c *changes) error { // who asked may be gone
		if err := c.forgetLocks(ctx); err != nil {
			return err
		}
		for key, until := range try.locks {
			_, err := c.ExecContext(ctx, "INSERT INTO lockouts (name, until) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET until = excluded.until", key, until.UnixNano())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// unlock forgets that an account was locked.
func (a *Accounts) unlock(ctx context.Context, key string) {
	_ = a.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		return (&changes{Tx: tx}).unlock(ctx, key)
	})
}

func (c *changes) unlock(ctx context.Context, key string) error {
	_, err := c.ExecContext(ctx, "DELETE FROM lockouts WHERE name = $1", key)
	return err
}

// forgetLocks removes those that are over.
func (c *changes) forgetLocks(ctx context.Context) error {
	_, err := c.ExecContext(ctx, "DELETE FROM lockouts WHERE until <= $1", c.now.UnixNano())
	return err
}
