package suppress

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal"
)

// Place is a moment of detection: behind a batch of a queue.
type Place struct {
	Queue    string
	Sequence uint64
}

// Hit is what a suppression held back of a rule.
type Hit struct {
	Suppression int64
	RuleID      string
	// Signals is how many signals it began to hold back, Findings how many changes of
	// signals, Last the time of the last event of these.
	Signals, Findings, Last int64
	// Sample is the last signal that it began to hold back; nil when it began with none.
	Sample *signal.Signal
}

// countedBy is what the names of cursors begin with that say up to where hits are counted.
const countedBy = "suppressions/"

// Counted returns up to which batch of the queue hits are counted.
func (b *Book) Counted(ctx context.Context, queue string) (sequence uint64, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		sequence, err = counted(ctx, tx, queue)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read what suppressions held back: %w", err)
	}
	return sequence, nil
}

func counted(ctx context.Context, tx *sql.Tx, queue string) (uint64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(position), 0) FROM cursors WHERE name = $1", countedBy+database.Text(queue)).Scan(&n)
	return uint64(max(n, 0)), err
}

// Count adds hits of the batches up to the place. They are counted once: when the place is
// behind what was counted before, nothing is. So a Count that failed is tried again with
// the same hits and place, and batches that come again after a crash count nothing.
func (b *Book) Count(ctx context.Context, to Place, hits []Hit) error {
	if len(hits) == 0 {
		return nil
	}
	err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err := counted(ctx, tx, to.Queue)
		if err != nil || before >= to.Sequence {
			return err
		}
		for i := range hits {
			if err := hits[i].add(ctx, tx); err != nil {
				return err
			}
		}
		if before == 0 { // a queue that is new: numbers of others mean nothing any more
			if _, err := tx.ExecContext(ctx, "DELETE FROM cursors WHERE name LIKE $1", countedBy+"%"); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", countedBy+database.Text(to.Queue), int64(to.Sequence))
		return err
	})
	if err != nil {
		return fmt.Errorf("count what suppressions held back: %w", err)
	}
	return nil
}

func (h *Hit) add(ctx context.Context, tx *sql.Tx) error {
	var sample any
	if h.Sample != nil {
		sample = h.Sample.AppendJSON(nil)
	}
	_, err := tx.ExecContext(ctx, `UPDATE suppressions SET signals = signals + $2, findings = findings + $3, last = CASE WHEN last > $4 THEN last ELSE $4 END, sample = COALESCE($5, sample) WHERE id = $1`,
		h.Suppression, h.Signals, h.Findings, h.Last, sample)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO suppression_rules (suppression, rule_id, signals, findings, last) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (suppression, rule_id) DO UPDATE SET signals = suppression_rules.signals + excluded.signals, findings = suppression_rules.findings + excluded.findings,
		last = CASE WHEN suppression_rules.last > excluded.last THEN suppression_rules.last ELSE excluded.last END`,
		h.Suppression, database.Text(h.RuleID), h.Signals, h.Findings, h.Last)
	return err
}
