package triage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
)

// prunes is how many signals one transaction removes: others wait no longer than it takes.
const prunes = 200

// Prune removes the signals that are archived and did not change since then, with their
// history, and entities that no signal has named since. Signals that are open or under
// review stay, however old. It returns how many it removed; each batch is in the audit
// trail.
func (b *Book) Prune(ctx context.Context, before time.Time) (removed int64, err error) {
	for ctx.Err() == nil {
		n, err := b.pruneSome(context.WithoutCancel(ctx), before)
		removed += int64(n)
		b.removed.Add(int64(n))
		if err != nil {
			return removed, fmt.Errorf("remove old signals: %w", err)
		}
		if n < prunes {
			break
		}
	}
	for {
		n := int64(0)
		err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, "DELETE FROM entities WHERE name IN (SELECT name FROM entities WHERE last < $1 LIMIT $2)", before.UnixNano(), prunes)
			if err == nil {
				n, err = done.RowsAffected()
			}
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("remove old entities: %w", err)
		}
		if n < prunes {
			return removed, nil
		}
	}
}

// Removed returns how many signals were removed because they are old.
func (b *Book) Removed() int64 { return b.removed.Load() }

// pruneSome removes one batch.
func (b *Book) pruneSome(ctx context.Context, before time.Time) (int, error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	var list []*row
	err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if list, err = archivedBefore(ctx, tx, before.UnixNano()); err != nil || len(list) == 0 {
			return err
		}
		for chunk := range slices.Chunk(list, narrow) {
			if err := forget(ctx, tx, chunk); err != nil {
				return err
			}
		}
		return audit.Add(ctx, tx, audit.Entry{
			Time: b.now(), Actor: "retention", Action: "signal.remove", Outcome: "done",
			Detail: fmt.Sprintf("%d archived signals that did not change since %s", len(list), before.UTC().Format(time.RFC3339)),
		})
	})
	b.lines.mu.Lock()
	defer b.lines.mu.Unlock()
	if err != nil {
		if errors.Is(err, database.ErrUnavailable) {
			b.lines.reset()
		}
		return 0, err
	}
	for _, r := range list {
		b.lines.remove(r.id)
	}
	b.lines.total = max(0, b.lines.total-int64(len(list)))
	return len(list), nil
}

// archivedBefore returns signals that may go, with what they are found by.
func archivedBefore(ctx context.Context, tx *sql.Tx, before int64) (list []*row, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, id, search FROM signals WHERE state = $1 AND changed < $2 ORDER BY changed LIMIT $3", int64(Archived), before, prunes)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := &row{}
		if err := rows.Scan(&r.seq, &r.id, &r.search); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, errorsOf(rows)
}

// forget removes signals and what depends on them.
func forget(ctx context.Context, tx *sql.Tx, list []*row) error {
	seqs := make([]any, len(list))
	for i, r := range list {
		seqs[i] = r.seq
		var text stored
		if err := json.Unmarshal(r.search, &text); err != nil {
			return fmt.Errorf("signal %s: %w", r.id, err)
		}
		for chunk := range slices.Chunk(text.terms(), narrow/2) {
			args := []any{r.seq}
			for _, t := range chunk {
				args = append(args, t)
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM signal_terms WHERE signal = $1 AND term IN ("+places(2, len(chunk))+")", args...); err != nil {
				return err
			}
		}
	}
	where := " IN (" + places(1, len(seqs)) + ")"
	for _, statement := range []string{"DELETE FROM signal_history WHERE signal" + where, "DELETE FROM signals WHERE seq" + where} {
		if _, err := tx.ExecContext(ctx, statement, seqs...); err != nil {
			return err
		}
	}
	return nil
}
