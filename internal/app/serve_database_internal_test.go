package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/store"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// trailOf returns what the audit trail of a database says, the oldest first.
func trailOf(t *testing.T, db *database.DB) []string {
	t.Helper()
	var list []string
	err := db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		entries, err := audit.List(ctx, tx, audit.Filter{Limit: 1000})
		for _, e := range slices.Backward(entries) {
			list = append(list, strings.Join([]string{e.Time.Format(time.RFC3339), e.Actor, e.Action, e.Object, e.Outcome}, " "))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestDeletionsAreInTheTrailOnce reads audit.jsonl of a store while it grows.
func TestDeletionsAreInTheTrailOnce(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			db := databasetest.Open(t, cfg)
			dir := filepath.Join(t.TempDir(), "store")
			logs, err := store.Create(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer logs.Close()
			at := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
			f := func(want ...string) {
				t.Helper()
				for range 2 { // the second time there is nothing new
					if err := auditDeletions(t.Context(), db, logs, at.Add(time.Hour)); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, trailOf(t, db)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				}
			}
			f()
			remove := func() {
				t.Helper()
				want := store.Search{}
				if _, err := logs.Delete(t.Context(), want, store.AuditEntry{Actor: "jane", Search: "a:b"}, func() time.Time { return at }); err != nil {
					t.Fatal(err)
				}
			}
			remove()
			one := []string{"2026-01-16T09:00:00Z jane store.delete a:b begun", "2026-01-16T09:00:00Z jane store.delete a:b done"}
			f(one...)
			file, err := os.OpenFile(filepath.Join(dir, "audit.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString("no JSON\n{\"half"); err != nil {
				t.Fatal(err)
			}
			strange := slices.Concat(one, []string{"2026-01-16T10:00:00Z unknown store.delete  unknown"})
			f(strange...)
			if err := errors.Join(file.Truncate(0), file.Close()); err != nil {
				t.Fatal(err)
			}
			f(strange...)
			remove() // another file, from its beginning
			f(slices.Concat(strange, one)...)
		})
	}
}

// TestServeOpensItsDatabase starts a server whose database is not there, is damaged, and
// is right.
func TestServeOpensItsDatabase(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	file := opts.Config.Database().File
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewServer(t.Context(), opts); !errors.Is(err, database.ErrDamaged) {
		t.Errorf("error %v, want that it is damaged", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s, stop := serving(t, opts)
	defer stop()
	_, metrics := get(t, s, "/metrics")
	if !strings.Contains(metrics, "sasumata_database_up 1\n") || !strings.Contains(metrics, "sasumata_database_errors_total 0\n") {
		t.Errorf("metrics:\n%s", metrics)
	}
}

// TestServeWithoutPostgreSQL loses the database while it runs, and gets it back.
func TestServeWithoutPostgreSQL(t *testing.T) {
	databasetest.PostgreSQL(t) // skips
	p, err := databasetest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Remove()
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.State.URL, opts.Troubles = p.DSN(), 20*time.Millisecond
	if _, err := NewServer(t.Context(), opts); !errors.Is(err, database.ErrUnavailable) {
		t.Fatalf("error %v, want that it does not answer", err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	s, stop := serving(t, opts)
	defer stop()
	says := func(text string) func() bool {
		return func() bool { _, metrics := get(t, s, "/metrics"); return strings.Contains(metrics, text) }
	}
	eventually(t, "it is up", says("sasumata_database_up 1\n"))
	p.Kill()
	eventually(t, "it is down", says("sasumata_database_up 0\n"))
	eventually(t, "a signal of it", func() bool {
		return strings.Contains(signalsOf(t, filepath.Dir(opts.Config.Data)), "sasumata_database_failed")
	})
	// Detection goes on, and the state waits for the signals to be written.
	appendLog(t, dir, failures(0, 3))
	s.until(t, 18)
	eventually(t, "a checkpoint that fails", func() bool { return s.metrics.stateErrors.Load() > 0 && s.metrics.deskErrors.Load() > 0 })
	saved := s.metrics.checkpoints.Load()
	eventually(t, "another one that fails", func() bool { return s.metrics.stateErrors.Load() > 2 })
	if now := s.metrics.checkpoints.Load(); now > saved {
		t.Errorf("%d states were written without the signals that they know of", now-saved)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the signals are there", func() bool {
		q, err := query.Parse("@network.client.ip:203.0.113.2 rule.id:brute_force_by_ip")
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.book.List(t.Context(), triage.Search{Query: q, Limit: 10})
		return err == nil && len(page.Signals) == 1
	})
	eventually(t, "it is up again", says("sasumata_database_up 1\n"))
	eventually(t, "the signal closes", func() bool { return strings.Contains(signalsOf(t, filepath.Dir(opts.Config.Data)), `"closed"`) })
}
