package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/backup"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/source"
)

// manyFailures returns the i-th piece of a log: an address that fails to log in six times.
func manyFailures(i int) string {
	var b strings.Builder
	for j := range 6 {
		at := time.Date(2026, 1, 16, 0, 0, i, j*1000, time.UTC)
		fmt.Fprintf(&b, "%s web1 sshd[7]: Failed password for root from 198.51.%d.%d port 22 ssh2\n", at.Format(time.RFC3339), 100+i/250, i%250)
	}
	return b.String()
}

// TestABackupUnderLoadLosesNothing backs a server up while logs come, restores each backup
// beside it, lets that one go on with the same log, and compares.
func TestABackupUnderLoadLosesNothing(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Checkpoint, opts.Config.Store.Flush = time.Millisecond, time.Millisecond // batches are let go of at once
	opts.Config.Store.MaxAge = 0                                                         // the log is old
	opts.Upkeep = 10 * time.Millisecond                                                  // parts are joined meanwhile
	appendLog(t, dir, manyFailures(0))
	s, stop := serving(t, opts)
	s.until(t, 6)

	loading, stopLoading := context.WithCancel(t.Context())
	defer stopLoading()
	var load sync.WaitGroup
	pieces := 1
	load.Go(func() {
		for ; loading.Err() == nil && pieces < 600; pieces++ {
			appendLog(t, dir, manyFailures(pieces))
		}
	})
	triaged := triagedSignal(t, s)
	backups := make([][]byte, 3)
	acknowledged := make([]int64, len(backups))
	for i := range backups {
		s.until(t, int64(300*(i+1)))
		s.consumer.mu.Lock()
		acknowledged[i] = s.consumer.served.Records
		s.consumer.mu.Unlock()
		var out bytes.Buffer
		if err := s.Backup(t.Context(), "ann", i == 1, &out); err != nil {
			t.Fatal(err)
		}
		backups[i] = out.Bytes()
	}
	stopLoading()
	load.Wait()
	s.untilEnd(t, dir)
	checkTrail(t, s)
	stop()
	wantSignals, wantEvents := signalsOf(t, dir), storedIn(t, dir)

	for i, data := range backups {
		other := t.TempDir()
		if err := os.Mkdir(filepath.Join(other, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		m, err := RestoreBackup(t.Context(), bytes.NewReader(data), filepath.Join(other, "data"), "")
		if err != nil {
			t.Fatal(err)
		}
		if m.Secrets != (i == 1) || len(m.Lacks) > 2 {
			t.Errorf("%+v", m.Lacks)
		}
		// The restored server knows the log by the path of before.
		again := serveOptions(other)
		again.Config.Store.MaxAge = 0
		again.Config.Files[0].Path = filepath.Join(dir, "auth.log")
		restored, stop := serving(t, again)
		restored.until(t, acknowledged[i])
		restored.untilEnd(t, dir)
		if forgotten := restored.metrics.forgotten.Load(); forgotten != 0 {
			t.Errorf("backup %d: %d batches are forgotten", i, forgotten)
		}
		one, err := restored.book.Get(t.Context(), triaged)
		if err != nil || one.State != triage.Archived {
			t.Errorf("backup %d: the signal that was triaged is %q, %v", i, one.State, err)
		}
		checkPasswords(t, restored, i == 1)
		stop()
		if got := signalsOf(t, other); sortedLines(got) != sortedLines(wantSignals) {
			t.Errorf("backup %d: signals (-want +got):\n%s", i, cmp.Diff(sortedLines(wantSignals), sortedLines(got)))
		}
		if diff := cmp.Diff(wantEvents, storedIn(t, other)); diff != "" {
			t.Errorf("backup %d: events (-want +got):\n%.2000s", i, diff)
		}
	}
}

// untilEnd waits until all of the log was detected in.
func (s *Server) untilEnd(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "auth.log")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the log", func() bool {
		var at source.Position
		data := s.consumer.position(path)
		return json.Unmarshal(data, &at) == nil && at.Offset == info.Size()
	})
}

// TestABackupKeepsWhatIsDoneWithMeanwhile lets the server be done with batches between the
// copy of its state and that of its queue.
func TestABackupKeepsWhatIsDoneWithMeanwhile(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Checkpoint, opts.Config.Store.Flush, opts.Config.Store.MaxAge = time.Millisecond, time.Millisecond, 0
	appendLog(t, dir, manyFailures(0))
	s, stop := serving(t, opts)
	s.untilEnd(t, dir)
	from := s.copied()
	really := from.database
	from.database = func(ctx context.Context, to string) error {
		for i := range 3 {
			before := s.consumer.released.Load()
			appendLog(t, dir, manyFailures(i+1))
			eventually(t, "a batch that is done with", func() bool { return s.consumer.released.Load() > before })
		}
		return really(ctx, to)
	}
	staged, err := s.stage(t.Context(), from, true)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := staged.write(&out, BackupOptions{Now: time.Now}, time.Now()); err != nil {
		t.Fatal(err)
	}
	staged.close()
	eventually(t, "an empty queue", func() bool {
		stats, err := s.queue.Stats(t.Context())
		return err == nil && stats.Batches == 0
	})
	stop()
	want := storedIn(t, dir)
	other := t.TempDir()
	if _, err := RestoreBackup(t.Context(), &out, filepath.Join(other, "data"), ""); err != nil {
		t.Fatal(err)
	}
	again := serveOptions(other)
	again.Config.Store.MaxAge, again.Config.Files[0].Path = 0, filepath.Join(dir, "auth.log")
	restored, stopRestored := serving(t, again)
	restored.untilEnd(t, dir)
	stopRestored()
	if diff := cmp.Diff(want, storedIn(t, other)); diff != "" {
		t.Errorf("events (-want +got):\n%.2000s", diff)
	}
}

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// triagedSignal adds a user, archives the first signal, and returns its id.
func triagedSignal(t *testing.T, s *Server) (id string) {
	t.Helper()
	if _, err := s.access.Accounts.AddUser(t.Context(), access.Actor{Name: "test"}, "ann", "four plain words here", "admin"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a signal", func() bool {
		page, err := s.book.List(t.Context(), triage.Search{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Signals) > 0 {
			id = page.Signals[0].ID
		}
		return id != ""
	})
	if _, err := s.book.Edit(t.Context(), id, triage.Edit{State: new(triage.Archived), Reason: new("benign")}, "ann"); err != nil {
		t.Fatal(err)
	}
	return id
}

func checkPasswords(t *testing.T, s *Server, want bool) {
	t.Helper()
	var password string // a failed login would be an event
	err := s.database.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT password FROM users WHERE name = 'ann'").Scan(&password)
	})
	if err != nil || (password != "") != want {
		t.Errorf("the password is %q, %v; want one: %v", password, err, want)
	}
	users, err := s.access.Accounts.Users(t.Context())
	if err != nil || len(users) != 1 || users[0].Role != "admin" {
		t.Errorf("%+v, %v", users, err)
	}
}

// checkTrail looks whether each backup is in the audit trail, when it was begun and when it
// was done.
func checkTrail(t *testing.T, s *Server) {
	t.Helper()
	var list []audit.Entry
	err := s.database.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
		list, err = audit.List(ctx, tx, audit.Filter{Action: "backup.make", Limit: 10})
		return err
	})
	if err != nil || len(list) != 6 || list[0].Outcome != "done" || list[1].Outcome != "begun" || list[0].Actor != "ann" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestABackupOfAFolder(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	appendLog(t, dir, failures(0, 3))
	s, stop := serving(t, opts)
	s.until(t, 18)
	var out bytes.Buffer
	want := BackupOptions{Program: "test", Now: time.Now}
	if _, err := BackupFolder(t.Context(), opts.Config, want, &out); err == nil || !strings.Contains(err.Error(), "--server") {
		t.Errorf("while the server runs: %v", err)
	}
	stop()
	if err := os.WriteFile(filepath.Join(dir, "data", "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := BackupFolder(t.Context(), opts.Config, want, &out)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(m.Lacks, "\n"); !strings.Contains(text, `"notes.txt"`) || !strings.Contains(text, "passwords") {
		t.Errorf("lacks %q", text)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "data", ".*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
	for name, fails := range map[string]string{"data": "is not empty", "other": ""} {
		data := filepath.Join(t.TempDir(), name)
		if fails != "" {
			data = filepath.Join(dir, name)
		}
		_, err := RestoreBackup(t.Context(), bytes.NewReader(out.Bytes()), data, "")
		if (err == nil) != (fails == "") || err != nil && !strings.Contains(err.Error(), fails) {
			t.Errorf("%s: %v, want %q", name, err, fails)
		}
	}
	empty := t.TempDir()
	cut := out.Bytes()[:out.Len()-5]
	if _, err := RestoreBackup(t.Context(), bytes.NewReader(cut), empty, ""); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("a backup that was cut: %v", err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestABackupOfANewerProgramIsRefused restores what this program cannot know.
func TestABackupOfANewerProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "state.db")
	db, err := database.Open(t.Context(), database.Config{File: file})
	if err == nil {
		err = db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO sasumata_schema (version, name) VALUES (9000, 'later')")
			return err
		})
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s := staged{dir: dir}
	if err := s.add("state.db"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := s.write(&out, BackupOptions{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreBackup(t.Context(), &out, filepath.Join(t.TempDir(), "data"), ""); !errors.Is(err, database.ErrNewer) {
		t.Error(err)
	}
}

func TestOneBackupAtATime(t *testing.T) {
	s, stop := serving(t, serveOptions(t.TempDir()))
	defer stop()
	eventually(t, "a queue", s.opened.Load)
	s.backing.Lock()
	if err := s.Backup(t.Context(), "ann", false, &bytes.Buffer{}); !errors.Is(err, api.ErrBackingUp) {
		t.Error(err)
	}
	s.backing.Unlock()
}
