package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// TestABackupGoesOntoEitherEngine backs up a server with each engine of the state database,
// while it runs and when it does not, and lets a server with each engine go on with it.
func TestABackupGoesOntoEitherEngine(t *testing.T) {
	for _, from := range databasetest.Engines() {
		t.Run(from.Name, func(t *testing.T) {
			dir := t.TempDir()
			opts := serveOptions(dir)
			opts.Config.State.URL = from.Config(t).DSN
			appendLog(t, dir, failures(0, 3))
			s, stop := serving(t, opts)
			s.until(t, 18)
			triaged := triagedSignal(t, s)
			var running, stopped bytes.Buffer
			if err := s.Backup(t.Context(), "ann", true, &running); err != nil {
				t.Fatal(err)
			}
			if _, err := BackupFolder(t.Context(), opts.Config, BackupOptions{Now: time.Now}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "--server") {
				t.Errorf("while the server runs: %v", err)
			}
			stop()
			m, err := BackupFolder(t.Context(), opts.Config, BackupOptions{Now: time.Now}, &stopped)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Lacks) != 1 || !strings.Contains(m.Lacks[0], "passwords") {
				t.Errorf("it lacks %q", m.Lacks)
			}
			t.Run("running, into postgres", func(t *testing.T) {
				goesOn(t, running.Bytes(), databasetest.PostgreSQL(t).DSN, triaged, true)
			})
			t.Run("stopped, into sqlite", func(t *testing.T) { goesOn(t, stopped.Bytes(), "", triaged, false) })
		})
	}
}

// goesOn restores a backup and runs a server on it.
func goesOn(t *testing.T, data []byte, dsn, triaged string, secrets bool) {
	t.Helper()
	other := t.TempDir()
	opts := serveOptions(other)
	opts.Config.State.URL = dsn
	if _, err := RestoreBackup(t.Context(), bytes.NewReader(data), opts.Config.Data, dsn); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(opts.Config.Data, "state.db*"))
	if err != nil || (len(left) > 0) != (dsn == "") {
		t.Errorf("%q, %v", left, err)
	}
	s, stop := serving(t, opts)
	one, err := s.book.Get(t.Context(), triaged)
	if err != nil || one.State != triage.Archived {
		t.Errorf("the signal that was triaged is %q, %v", one.State, err)
	}
	checkPasswords(t, s, secrets)
	signals := func() []triage.Signal {
		t.Helper()
		page, err := s.book.List(t.Context(), triage.Search{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return page.Signals
	}
	// What comes now gets numbers of its own.
	before := len(signals())
	appendLog(t, other, manyFailures(300)) // later than what was there
	eventually(t, "another signal", func() bool { return len(signals()) > before })
	stop()
	if dsn == "" {
		return
	}
	// A database with something in it stays as it is, and so does the folder.
	empty := filepath.Join(other, "again")
	if _, err := RestoreBackup(t.Context(), bytes.NewReader(data), empty, dsn); !errors.Is(err, database.ErrNotEmpty) {
		t.Errorf("into a database that is in use: %v", err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
