package app

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/store"
)

// deletionsCursor is how far the audit trail has the deletions of the log store.
const deletionsCursor = "store/audit.jsonl"

// openDatabase opens the state database, and takes into its audit trail what was deleted
// from the log store while the server was stopped.
func (s *Server) openDatabase(ctx context.Context) (err error) {
	if s.database, err = database.Open(ctx, s.opts.Config.Database()); err != nil {
		return err
	}
	s.cleanup(s.database.Close)
	s.log.InfoContext(ctx, "the state database is open", "place", s.database.Place(), "new", s.database.Fresh())
	if s.book, err = triage.NewBook(ctx, s.database, s.opts.Now); err != nil {
		return err
	}
	if s.keeper == nil {
		return nil
	}
	if err := auditDeletions(ctx, s.database, s.keeper.store, s.opts.Now()); err != nil {
		return fmt.Errorf("take deletions into the audit trail: %w", err)
	}
	return nil
}

// auditDeletions takes each deletion once: the cursor moves with its entries.
func auditDeletions(ctx context.Context, db *database.DB, from *store.Store, now time.Time) error {
	for more := true; more; {
		err := db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			var position int64
			err := tx.QueryRowContext(ctx, "SELECT position FROM cursors WHERE name = $1", deletionsCursor).Scan(&position)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			entries, next, err := from.Audited(position)
			if err != nil {
				return err
			}
			more = len(entries) > 0
			for i := range entries {
				one, err := deletionEntry(&entries[i], now)
				if err != nil {
					return err
				}
				if err := audit.Add(ctx, tx, one); err != nil {
					return err
				}
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", deletionsCursor, next)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// deletionEntry returns what the trail says of a deletion; one without a time has that of
// now.
func deletionEntry(e *store.AuditEntry, now time.Time) (audit.Entry, error) {
	at := e.Time
	if at.Year() < 1970 || at.Year() > 2200 {
		at = now
	}
	detail, err := json.Marshal(e)
	return audit.Entry{Time: at, Actor: cmp.Or(e.Actor, "unknown"), Action: "store." + cmp.Or(e.Action, "delete"), Object: e.Search, Outcome: e.Outcome, Detail: string(detail)}, err
}

// signalAnswers returns what answers questions about signals.
func (s *Server) signalAnswers() *api.Signals {
	return &api.Signals{Book: s.book, Trail: func(ctx context.Context, want audit.Filter) (list []audit.Entry, err error) {
		err = s.database.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			list, err = audit.List(ctx, tx, want)
			return err
		})
		return list, err
	}}
}

// databaseMetrics writes how the state database is.
func (s *Server) databaseMetrics(ctx context.Context, x *exposition) {
	size, err := s.database.Size(ctx)
	up := 1.0
	if err != nil {
		up = 0
		s.log.WarnContext(ctx, "the size of the state database is not known", "error", err)
	}
	x.counter("signals_recorded_total", "Signals that were written to the state database for the first time.", s.book.Recorded())
	x.counter("signals_record_errors_total", "How often signals could not be written to the state database, and had to wait.", s.metrics.deskErrors.Load())
	x.counter("signal_edits_total", "Changes of signals by people.", s.answers.Edits.Load())
	x.counter("signal_questions_failed_total", "Questions about signals, and changes, that could not be answered.", s.answers.Failed.Load())
	if counts, err := s.book.Waiting(ctx); err == nil {
		x.family("signals_waiting", "gauge", "Signals that nobody has looked at, by severity.")
		for i, n := range counts.Open {
			x.value("signals_waiting", labels("severity", signal.Severity(i).String()), float64(n))
		}
		x.gauge("signals_overdue", "Those of them whose time to be looked at is over.", float64(counts.Overdue))
	}
	x.gauge("database_up", "1 when the state database answers.", up)
	x.gauge("database_bytes", "Bytes that the state database takes on the disk.", float64(size))
	x.counter("database_errors_total", "Transactions that failed because of the state database.", s.database.Failures())
}
