package triage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// What happened to a signal, for those who follow.
const (
	Opened    = "opened"
	Updated   = "updated"
	Escalated = "escalated"
	Closed    = "closed"
	// Triaged is a change by a person, Reopened one that opens the signal again.
	Triaged  = "triaged"
	Reopened = "reopened"
)

// Change is one thing that happened to a signal, in the order in which it was written.
type Change struct {
	// Number grows with each change.
	Number int64
	// Signal is the signal as it is by now: it may have changed again since.
	Signal Signal
	// What is one of the words above.
	What string
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

// news is a change that is to be told.
type news struct {
	signal, what string
	severity     signal.Severity
}

// tell writes changes for those who follow.
func (b *Book) tell(ctx context.Context, tx *sql.Tx, now int64, all ...news) error {
	if len(b.followers) == 0 {
		return nil
	}
	for chunk := range slices.Chunk(all, narrow/4) {
		var text strings.Builder
		text.WriteString("INSERT INTO signal_outbox (signal, change, severity, at) VALUES ")
		args := make([]any, 0, 4*len(chunk))
		for i, n := range chunk {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteString("(" + places(len(args)+1, 4) + ")")
			args = append(args, n.signal, n.what, int64(n.severity), now)
		}
		if _, err := tx.ExecContext(ctx, text.String(), args...); err != nil {
			return err
		}
	}
	return nil
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

// Follow calls use for every change behind what the follower has seen, in order and some
// at a time, until the context is done. Those that use returned nil for do not come again,
// except the last ones before a crash: it must bear them twice. Those that it fails for come
// again a second later. Failed, unless it is nil, is told what went wrong, each time, and nil
// when all is well. The name is one of those given to NewBook; one goroutine follows for each.
func (b *Book) Follow(ctx context.Context, name string, use func(context.Context, []Change) error, failed func(error)) error {
	woken, ok := b.followers[name]
	if !ok {
		return fmt.Errorf("BUG: %q is no follower of signals", name)
	}
	for {
		n, err := b.deliver(ctx, name, use)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // that is how it ends
		}
		if failed != nil {
			failed(err)
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

// deliver hands on the next changes, and notes that they were taken.
func (b *Book) deliver(ctx context.Context, name string, use func(context.Context, []Change) error) (taken int, err error) {
	changes, err := b.behind(ctx, name)
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	if err := use(ctx, changes); err != nil {
		return 0, err
	}
	last := changes[len(changes)-1].Number
	// Also when the context is done: what was taken is not to come again.
	err = b.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE cursors SET position = $2 WHERE name = $1", cursor(name), last)
		if err == nil {
			err = b.prune(ctx, tx)
		}
		return err
	})
	return len(changes), err
}

// behind returns what the follower has not seen.
func (b *Book) behind(ctx context.Context, name string) (changes []Change, err error) {
	const some = 100
	now := b.now().UnixNano()
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT number, change, level, at, doc, "+changing+`
			FROM (SELECT id AS number, signal AS about, change, severity AS level, at FROM signal_outbox) told JOIN signals ON signals.id = about
			WHERE number > (SELECT position FROM cursors WHERE name = $1) ORDER BY number LIMIT $2`, cursor(name), some)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c Change
			var at int64
			var doc []byte
			var r row
			if err := r.scan(joined{rows, []any{&c.Number, &c.What, &c.Severity, &at, &doc}}); err != nil {
				return err
			}
			c.Time, c.Signal = time.Unix(0, at), r.signal(doc, now)
			changes = append(changes, c)
		}
		return rows.Err()
	})
	return changes, err
}

// joined reads rows that have other columns before those of a signal.
type joined struct {
	rows   *sql.Rows
	before []any
}

// Scan reads all of them.
func (j joined) Scan(into ...any) error { return j.rows.Scan(append(j.before, into...)...) }

// prune removes what all followers have seen.
func (b *Book) prune(ctx context.Context, tx *sql.Tx) error {
	names := make([]any, 0, len(b.followers))
	for name := range b.followers {
		names = append(names, cursor(name))
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM signal_outbox WHERE id <= (SELECT MIN(position) FROM cursors WHERE name IN ("+places(1, len(names))+"))", names...)
	return err
}
