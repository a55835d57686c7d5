package database_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// put writes a cursor.
func put(d *database.DB, name string, position int64) error {
	return d.Write(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", name, position)
		return err
	})
}

// get reads one.
func get(d *database.DB, name string) (position int64, err error) {
	err = d.Read(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT position FROM cursors WHERE name = $1", name).Scan(&position)
	})
	return position, err
}

func wantPosition(t *testing.T, d *database.DB, name string, want int64) {
	t.Helper()
	if got, err := get(d, name); err != nil || got != want {
		t.Errorf("%s is %d, error %v, want %d", name, got, err, want)
	}
}

func TestWhatWasWrittenIsThereAfterwards(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d, err := database.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			// What is no UTF-8 and NUL must not break a statement.
			name := database.Text("a\x00b\xff'\"; DROP TABLE cursors; --日本")
			if err := errors.Join(put(d, name, 7), put(d, name, 8), d.Health(t.Context()), d.Close()); err != nil {
				t.Fatal(err)
			}
			d = databasetest.Open(t, cfg)
			wantPosition(t, d, name, 8)
			if size, err := d.Size(t.Context()); err != nil || size <= 0 {
				t.Errorf("size %d, error %v", size, err)
			}
		})
	}
}

func TestAFailedTransactionChangesNothing(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d := databasetest.Open(t, cfg)
			mine := errors.New("of the caller")
			err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ('x', 1)")
				return errors.Join(err, mine)
			})
			if !errors.Is(err, mine) || errors.Is(err, database.ErrUnavailable) {
				t.Errorf("error %v, want that of the caller only", err)
			}
			if _, err := get(d, "x"); !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("error %v, want none there", err)
			}
			// Readers cannot write.
			err = d.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ('x', 1)")
				return err
			})
			if err == nil {
				t.Error("a reader wrote")
			}
			if d.Failures() != 0 {
				t.Errorf("%d failures of the database, want none", d.Failures())
			}
		})
	}
}

// TestReadersSeeOneMoment reads twice while somebody writes in between.
func TestReadersSeeOneMoment(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d := databasetest.Open(t, cfg)
			if err := put(d, "x", 1); err != nil {
				t.Fatal(err)
			}
			err := d.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				for range 2 {
					var got int64
					if err := tx.QueryRowContext(ctx, "SELECT position FROM cursors WHERE name = 'x'").Scan(&got); err != nil || got != 1 {
						return fmt.Errorf("%d, %w", got, err)
					}
					if err := put(d, "x", 2); err != nil { //nolint:contextcheck // nobody waits for a reader
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			wantPosition(t, d, "x", 2)
		})
	}
}

// TestWritersTakeTurns counts from many goroutines.
func TestWritersTakeTurns(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d := databasetest.Open(t, cfg)
			if err := put(d, "n", 0); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 20 {
						err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
							var n int64
							if err := tx.QueryRowContext(ctx, "SELECT position FROM cursors WHERE name = 'n'").Scan(&n); err != nil {
								return err
							}
							_, err := tx.ExecContext(ctx, "UPDATE cursors SET position = $1 WHERE name = 'n'", n+1)
							return err
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			wantPosition(t, d, "n", 160)
		})
	}
}

func TestASecondServerIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d := databasetest.Open(t, cfg)
			for range 2 { // nothing stays open that keeps others out
				second, err := database.Open(t.Context(), cfg)
				if !errors.Is(err, database.ErrInUse) {
					t.Errorf("error %v, want that it is in use", err)
				}
				if second != nil {
					_ = second.Close()
				}
			}
			if err := put(d, "x", 1); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			wantPosition(t, databasetest.Open(t, cfg), "x", 1)
		})
	}
}

// TestOlderSchemaIsBroughtUpToDate begins with the first steps only.
func TestOlderSchemaIsBroughtUpToDate(t *testing.T) {
	step := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	old := fstest.MapFS{"0001_a.sql": step("CREATE TABLE cursors (name {{text}} NOT NULL PRIMARY KEY, position BIGINT NOT NULL);")}
	newer := fstest.MapFS{"0001_a.sql": old["0001_a.sql"], "0002_b.sql": step("ALTER TABLE cursors ADD COLUMN kind {{text}} NOT NULL DEFAULT 'file'; CREATE TABLE b (id {{serial}}, data {{bytes}});")}
	broken := fstest.MapFS{"0001_a.sql": old["0001_a.sql"], "0002_b.sql": newer["0002_b.sql"], "0003_c.sql": step("CREATE TABLE c (id BIGINT); INSERT INTO nowhere VALUES (1);")}
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			with := func(steps fstest.MapFS, use func(*database.DB)) {
				t.Helper()
				d, err := database.OpenWith(t.Context(), cfg, steps)
				if err != nil {
					t.Fatal(err)
				}
				use(d)
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
			with(old, func(d *database.DB) {
				if err := put(d, "x", 3); err != nil {
					t.Error(err)
				}
			})
			hasKind := func(d *database.DB) {
				wantPosition(t, d, "x", 3)
				err := d.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					var kind string
					err := tx.QueryRowContext(ctx, "SELECT kind FROM cursors").Scan(&kind)
					if kind != "file" {
						t.Errorf("kind %q", kind)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
			with(newer, hasKind)
			with(newer, hasKind) // a second time there is nothing to do
			if _, err := database.OpenWith(t.Context(), cfg, broken); err == nil || !strings.Contains(err.Error(), "0003_c.sql") {
				t.Errorf("error %v, want one of 0003_c.sql", err)
			}
			with(newer, hasKind) // a step that failed left nothing
			_, err := database.OpenWith(t.Context(), cfg, old)
			if !errors.Is(err, database.ErrNewer) || !strings.Contains(err.Error(), "has version 2, this program knows up to 1") {
				t.Errorf("error %v, want that it is newer", err)
			}
			with(newer, hasKind)
		})
	}
}

// TestStepsOfTheProgram holds how they are numbered.
func TestStepsOfTheProgram(t *testing.T) {
	entries, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(e.Name(), want) || !strings.HasSuffix(e.Name(), ".sql") {
			t.Errorf("%s, want %s*.sql", e.Name(), want)
		}
	}
	if len(entries) == 0 {
		t.Error("there are none")
	}
}

// TestDamagedFiles must not be used, nor be replaced.
func TestDamagedFiles(t *testing.T) {
	whole := databasetest.SQLite(t)
	d := databasetest.Open(t, whole)
	for i := range 500 {
		if err := put(d, fmt.Sprintf("%0100d", i), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(whole.File)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, want string, damage func(data []byte) []byte) {
		t.Helper()
		cfg := databasetest.SQLite(t)
		bad := damage(bytes.Clone(data))
		if err := os.WriteFile(cfg.File, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := database.Open(t.Context(), cfg)
		if !errors.Is(err, database.ErrDamaged) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), cfg.File) {
			t.Errorf("%s: error %v, want that it is damaged, with %q", name, err, want)
		}
		if d != nil {
			_ = d.Close()
		}
		if after, err := os.ReadFile(cfg.File); err != nil || !bytes.Equal(bad, after) {
			t.Errorf("%s: the file changed, error %v", name, err)
		}
	}
	f("another file", "not a database", func([]byte) []byte { return bytes.Repeat([]byte("this is no database\n"), 500) })
	f("empty", "is empty", func([]byte) []byte { return nil })
	f("cut", "", func(data []byte) []byte { return data[:len(data)/2] })
	f("header", "not a database", func(data []byte) []byte { clear(data[:100]); return data })
	f("pages", "", func(data []byte) []byte { clear(data[8192:20480]); return data })
	f("another program", "another program", func(data []byte) []byte { copy(data[68:72], "ABCD"); return data })

	cfg := databasetest.SQLite(t)
	if err := os.WriteFile(cfg.File+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := database.Open(t.Context(), cfg); !errors.Is(err, database.ErrDamaged) {
		t.Errorf("a log without its file: error %v", err)
	}
	if _, err := database.Open(t.Context(), database.Config{File: t.TempDir()}); !errors.Is(err, database.ErrDamaged) {
		t.Errorf("a folder: error %v", err)
	}
	if _, err := database.Open(t.Context(), database.Config{File: filepath.Join(t.TempDir(), "no", "such")}); err == nil {
		t.Error("a folder that is not there: no error")
	}
}

// TestDamageWhileItRuns must be told, too.
func TestDamageWhileItRuns(t *testing.T) {
	cfg := databasetest.SQLite(t)
	d := databasetest.Open(t, cfg)
	for i := range 2000 {
		if err := put(d, fmt.Sprintf("%0100d", i), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = databasetest.Open(t, cfg)
	f, err := os.OpenFile(cfg.File, os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt(make([]byte, 300<<10), 8192)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	damaged := false
	for i := range 2000 {
		_, err := get(d, fmt.Sprintf("%0100d", i))
		damaged = damaged || errors.Is(err, database.ErrDamaged)
	}
	if !damaged || d.Failures() == 0 {
		t.Error("nobody noticed")
	}
}

// TestKilledWhileItIsMade leaves half a database beside the place.
func TestKilledWhileItIsMade(t *testing.T) {
	cfg := databasetest.SQLite(t)
	for _, name := range []string{".new", ".new-wal", ".new-shm"} {
		if err := os.WriteFile(cfg.File+name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := databasetest.Open(t, cfg)
	if err := put(d, "x", 1); err != nil || !d.Fresh() {
		t.Errorf("error %v, fresh %t", err, d.Fresh())
	}
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if info, err := os.Stat(cfg.File + suffix); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, error %v, want mode 0600", suffix, info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(cfg.File + ".new*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestStrangeNamesOfFiles(t *testing.T) {
	for _, name := range []string{"a b?c#d%20&e=f.db", "日本.db"} {
		file := filepath.Join(t.TempDir(), name)
		d := databasetest.Open(t, database.Config{File: file})
		if err := put(d, "x", 1); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// TestFullDisk comes to the limit, and then there is room again.
func TestFullDisk(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t))
	if err := errors.Join(put(d, "x", 1), d.LimitPages(t.Context(), 12)); err != nil {
		t.Fatal(err)
	}
	var full error
	for i := 0; full == nil && i < 10_000; i++ {
		full = put(d, fmt.Sprintf("%0500d", i), 1)
	}
	if !errors.Is(full, database.ErrFull) {
		t.Fatalf("error %v, want that it is full", full)
	}
	wantPosition(t, d, "x", 1) // reading goes on
	if err := errors.Join(d.LimitPages(t.Context(), 1000), put(d, strings.Repeat("y", 500), 1), d.Health(t.Context())); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestPostgreSQLComesBack ends the server in both ways while somebody is connected.
func TestPostgreSQLComesBack(t *testing.T) {
	databasetest.PostgreSQL(t) // skips
	p, err := databasetest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Remove()
	cfg := database.Config{DSN: p.DSN()}
	began := time.Now()
	if _, err := database.Open(t.Context(), cfg); !errors.Is(err, database.ErrUnavailable) || time.Since(began) > 10*time.Second {
		t.Errorf("down at the start: error %v after %s", err, time.Since(began))
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	d := databasetest.Open(t, cfg)
	if err := put(d, "x", 0); err != nil {
		t.Fatal(err)
	}
	wantPosition(t, d, "x", 0)
	for round, end := range []func(){p.Kill, p.Stop, p.Kill} {
		end()
		err := put(d, "x", -1)
		if !errors.Is(err, database.ErrUnavailable) || !strings.Contains(err.Error(), "PostgreSQL /tmp") && !strings.Contains(err.Error(), "PostgreSQL "+os.TempDir()) {
			t.Errorf("writing while it is down: %v", err)
		}
		if _, err := get(d, "x"); !errors.Is(err, database.ErrUnavailable) {
			t.Errorf("reading while it is down: %v", err)
		}
		if err := d.Health(t.Context()); !errors.Is(err, database.ErrUnavailable) {
			t.Errorf("health while it is down: %v", err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		wantPosition(t, d, "x", int64(round)) // the commit that failed wrote nothing
		if err := put(d, "x", int64(round+1)); err != nil {
			t.Errorf("when it is there again: %v", err)
		}
		if round > 0 {
			continue
		}
		if _, err := database.Open(t.Context(), cfg); !errors.Is(err, database.ErrInUse) {
			t.Errorf("the lock was not taken again: %v", err)
		}
	}
	if d.Failures() != 9 {
		t.Errorf("%d failures, want 9", d.Failures())
	}
}

func TestDSN(t *testing.T) {
	f := func(dsn string, secret bool, want string) {
		t.Helper()
		got, err := database.CheckDSN(dsn)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != secret || !strings.Contains(text, want) || want == "" && err != nil {
			t.Errorf("%s: secret %t, error %q, want %t, %q", dsn, got, text, secret, want)
		}
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s: the error has the password: %s", dsn, text)
		}
	}
	f("postgres://sasumata@db.example.com/sasumata?sslmode=verify-full", false, "")
	f("postgres://sasumata:hunter2@db.example.com:5433/sasumata?sslmode=require", true, "")
	f("postgres://sasumata@db.example.com/sasumata?sslmode=require&password=hunter2", true, "")
	f("postgres://sasumata@127.0.0.1/sasumata", false, "")
	f("postgres://sasumata@[::1]/sasumata", false, "")
	f("postgres://sasumata@/sasumata?host=/run/postgresql", false, "")
	f("postgres://sasumata:hunter2@db.example.com/sasumata", true, "would not be encrypted")
	f("postgres://sasumata:hunter2@db.example.com/sasumata?sslmode=disable", true, "would not be encrypted")
	f("postgres://127.0.0.1,db.example.com/sasumata?sslmode=disable", false, "would not be encrypted")
	f("mysql://x:hunter2@db.example.com/", true, "want a URL")
	f("host=/tmp password=hunter2", false, "want a URL")
	f("postgres://x:hunter2@db.example.com:port/", false, "want a URL")
	f("postgres://x:hunter2@db.example.com/?sslmode=hunter2", true, "does not know")
	f("postgres://x:hunter2@db.example.com/?sslmode=verify-full&sslrootcert=/no/such", true, "not there")
}
