package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// What happened to a signal, for those who follow.
const (
	Opened    = "opened"
	Updated   = "updated"
	Escalated = "escalated"
	Closed    = "closed"
	// Triaged is a change by a person.
	Triaged = "triaged"
)

// Change is one thing that happened to a signal, in the order in which it was written.
type Change struct {
	// Number grows with each change.
	Number int64
	// Signal is the id of the signal, What one of the words above.
	Signal, What string
	// Severity is that of the signal behind the change.
	Severity signal.Severity
	// Time is when it was written, by the clock.
	Time time.Time
}

// again is how long a follower rests that failed, and how long one waits at the most
// until it looks again.
const again = time.Second

func cursor(follower string) string { return "signals/" + follower }

// begin gives followers that are new their place: behind what there is.
func (b *Book) begin(ctx context.Context) error {
	return b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for name := range b.followers {
			_, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, position) SELECT $1, COALESCE(MAX(id), 0) FROM signal_outbox WHERE true ON CONFLICT (name) DO NOTHING", cursor(name))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// tell writes a change for those who follow.
func (b *Book) tell(ctx context.Context, tx *sql.Tx, id, what string, severity signal.Severity, now int64) error {
	if len(b.followers) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO signal_outbox (signal, change, severity, at) VALUES ($1, $2, $3, $4)", id, what, int64(severity), now)
	return err
}

// wake tells those who follow to look.
func (b *Book) wake() {
	for _, one := range b.followers {
		select {
		case one <- struct{}{}:
		default: // it knows
		}
	}
}

// Follow calls use for every change behind what the follower has seen, in order, until
// the context is done. What use returned nil for does not come again, except the last ones
// before a crash: it must bear them twice. What it fails for comes again a second later.
// The name is one of those given to NewBook; one goroutine follows for each.
func (b *Book) Follow(ctx context.Context, name string, use func(context.Context, Change) error) error {
	woken, ok := b.followers[name]
	if !ok {
		return fmt.Errorf("BUG: %q is no follower of signals", name)
	}
	for {
		n, err := b.deliver(ctx, name, use)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // that is how it ends
		}
		if err == nil && n > 0 {
			continue
		}
		wait := time.NewTimer(again)
		wakes := woken
		if err != nil {
			wakes = nil
		}
		select {
		case <-ctx.Done():
		case <-wakes:
		case <-wait.C:
		}
		wait.Stop()
	}
}

// deliver hands on the next changes, and notes which were taken.
func (b *Book) deliver(ctx context.Context, name string, use func(context.Context, Change) error) (taken int, err error) {
	changes, err := b.behind(ctx, name)
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	last := int64(0)
	var failed error
	for _, c := range changes {
		if failed = use(ctx, c); failed != nil {
			break
		}
		taken, last = taken+1, c.Number
	}
	if taken == 0 {
		return 0, failed
	}
	// Also when the context is done: what was taken is not to come again.
	err = b.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE cursors SET position = $2 WHERE name = $1", cursor(name), last)
		if err == nil {
			err = b.prune(ctx, tx)
		}
		return err
	})
	return taken, errors.Join(failed, err)
}

// behind returns what the follower has not seen.
func (b *Book) behind(ctx context.Context, name string) (changes []Change, err error) {
	const some = 100
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id, signal, change, severity, at FROM signal_outbox
			WHERE id > (SELECT position FROM cursors WHERE name = $1) ORDER BY id LIMIT $2`, cursor(name), some)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c Change
			var at int64
			if err := rows.Scan(&c.Number, &c.Signal, &c.What, &c.Severity, &at); err != nil {
				return err
			}
			c.Time = time.Unix(0, at)
			changes = append(changes, c)
		}
		return rows.Err()
	})
	return changes, err
}

// prune removes what all followers have seen.
func (b *Book) prune(ctx context.Context, tx *sql.Tx) error {
	names := make([]any, 0, len(b.followers))
	for name := range b.followers {
		names = append(names, cursor(name))
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM signal_outbox WHERE id <= (SELECT MIN(position) FROM cursors WHERE name IN ("+places(1, len(names))+"))", names...)
	return err
}
