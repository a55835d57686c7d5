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
	"github.com/sasumata/sasumata/internal/signal/suppress"
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
	if cfg := s.opts.Config; cfg.State.URL != "" && exists(cfg.Database().File) {
		s.log.WarnContext(ctx, "the data folder has a state database, which is not used: the configuration names another", "file", cfg.Database().File)
	}
	if s.book, err = triage.NewBook(ctx, s.database, s.opts.Now, followers(s.opts.Config)...); err != nil {
		return err
	}
	s.suppressions = suppress.NewBook(s.database, s.book, s.chooseRules, s.opts.Now)
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

// audited adds an entry to the audit trail.
func (s *Server) audited(ctx context.Context, e audit.Entry) error {
	return s.database.Write(ctx, func(ctx context.Context, tx *sql.Tx) error { return audit.Add(ctx, tx, e) })
}

// signalAnswers returns what answers questions about signals.
func (s *Server) signalAnswers() *api.Signals {
	return &api.Signals{Book: s.book, Suppressions: s.suppressions, Trail: func(ctx context.Context, want audit.Filter) (list []audit.Entry, err error) {
		err = s.database.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			list, err = audit.List(ctx, tx, want)
			return err
		})
		return list, err
	}}
}

// loadSignals reads what searches for signals look at.
func (s *Server) loadSignals(ctx context.Context) {
	if err := s.book.Load(ctx); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "signals are not in memory: the first search reads them", "error", err)
	}
}

// pruneEvery is how often old signals are looked for.
const pruneEvery = time.Hour

// pruneSignals removes signals that were archived long ago.
func (s *Server) pruneSignals(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if keep := s.cfg().Signals.Retention; keep > 0 {
			removed, err := s.book.Prune(ctx, s.opts.Now().Add(-keep))
			if removed > 0 {
				s.log.InfoContext(ctx, "old signals were removed", "count", removed, "archived_for", keep.String())
			}
			if err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "old signals could not be removed", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
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
	x.counter("signals_removed_total", "Archived signals that were removed because they are old.", s.book.Removed())
	x.counter("signals_record_errors_total", "How often signals could not be written to the state database, and had to wait.", s.metrics.deskErrors.Load())
	x.gauge("signal_streams", "Connections that follow signals.", float64(s.answers.Streams.Open()))
	x.counter("signal_stream_events_total", "Signals that were sent to those who follow.", s.answers.Streams.Sent.Load())
	x.counter("signal_streams_refused_total", "Connections that may not follow signals, because there are too many.", s.answers.Streams.Refused.Load())
	x.counter("signal_streams_cut_total", "Connections that followed signals, and read too slowly or may not any more.", s.answers.Streams.Cut.Load())
	x.counter("signal_edits_total", "Changes of signals by people.", s.answers.Edits.Load())
	x.counter("signal_questions_failed_total", "Questions about signals, and changes, that could not be answered.", s.answers.Failed.Load())
	x.gauge("signals_not_searched", "Signals that are too old to be searched, because there are so many.", float64(s.book.NotSearched()))
	if counts, err := s.book.Waiting(ctx); err == nil {
		x.family("signals_waiting", "gauge", "Signals that nobody has looked at, by severity.")
		for i, n := range counts.Open {
			x.value("signals_waiting", labels("severity", signal.Severity(i).String()), float64(n))
		}
		x.gauge("signals_overdue", "Those of them whose time to be looked at is over.", float64(counts.Overdue))
	}
	s.suppressMetrics(ctx, x)
	x.gauge("database_up", "1 when the state database answers.", up)
	x.gauge("database_bytes", "Bytes that the state database takes on the disk.", float64(size))
	x.counter("database_errors_total", "Transactions that failed because of the state database.", s.database.Failures())
}
