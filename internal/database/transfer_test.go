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
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

// fill writes rows of every type of column: those that an engine may keep in another way than
// the other are among them.
func fill(t *testing.T, d *database.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
		do := func(statement string, args ...any) {
			t.Helper()
			if _, failed := tx.ExecContext(ctx, statement, args...); failed != nil && err == nil {
				err = fmt.Errorf("%s: %w", statement, failed)
			}
		}
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		const suppression = `INSERT INTO suppressions (name, reason, rules, query, starts, expires, schedule, signal, made, made_by, changed, changed_by, ended, version, signals, findings, last, sample)
			VALUES ($1, '', '', '', 0, 0, '', '', 0, '', 0, '', 0, 1, 0, 0, 0, $2)`
		do(suppression, database.Text("a\x00\xff日本 '\\\t\n"), all)
		do(suppression, "nothing", nil)
		do(suppression, "empty", []byte{})
		for i, heat := range []float64{0, -1.5, 1e300, 5e-324, 0.1} {
			do("INSERT INTO entities (name, heat, first, last, signals) VALUES ($1, $2, $3, $4, 0)", fmt.Sprint("ip=", i), heat, int64(-1<<63), int64(1<<63-1))
		}
		// Rows that refer to others, and numbers that were given to rows which are gone.
		const user = "INSERT INTO users (id, name, role, password, disabled, totp_on, totp_step, created, last_login) VALUES ($1, $1, 'admin', '', 0, 0, 0, 0, 0)"
		do(user, "zoe")
		do("INSERT INTO views (id, user_id, page, name, search, changed, actor) VALUES ('v', 'zoe', '', '', '', 0, ''), ('w', NULL, '', '', '', 0, '')")
		for range 5 {
			do("INSERT INTO signal_outbox (signal, change, severity, at) VALUES ('s', 'opened', 1, 2)")
		}
		do("DELETE FROM signal_outbox WHERE id > 3")
		for i := range 300 {
			do("INSERT INTO audit (at, actor, action, object, outcome, detail) VALUES ($1, 'ann', 'a', 'o', 'done', '{}')", int64(i))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// next adds a row to the outbox and returns its number.
func next(t *testing.T, d *database.DB) (id int64) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "INSERT INTO signal_outbox (signal, change, severity, at) VALUES ('s', 'opened', 1, 2) RETURNING id").Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// dump returns all rows of all tables that fill writes, in their order.
func dump(t *testing.T, d *database.DB) string {
	t.Helper()
	var b strings.Builder
	err := d.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for _, from := range []string{
			"sasumata_schema ORDER BY version", "suppressions ORDER BY id", "entities ORDER BY name", "users ORDER BY id",
			"views ORDER BY id", "signal_outbox ORDER BY id", "audit ORDER BY id", "signals ORDER BY seq",
		} {
			if err := dumpTable(ctx, tx, &b, from); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dumpTable(ctx context.Context, tx *sql.Tx, b *strings.Builder, from string) error {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+from)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	fmt.Fprintln(b, from, names)
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, value := range values {
			if bytes, is := value.([]byte); is && bytes == nil {
				values[i] = []byte{} // SQLite's driver says so when there are none
			}
		}
		fmt.Fprintf(b, "%#v\n", values)
	}
	return rows.Err()
}

// TestACopyIsTheDatabase copies a database of each engine, while somebody writes to it, and
// takes the copy into each engine.
func TestACopyIsTheDatabase(t *testing.T) {
	for _, from := range databasetest.Engines() {
		t.Run(from.Name, func(t *testing.T) {
			cfg := from.Config(t)
			d := databasetest.Open(t, cfg)
			fill(t, d)
			want := dump(t, d)
			if strings.Count(want, "\n") < 300 {
				t.Fatal(want)
			}
			file := filepath.Join(t.TempDir(), "state.db")
			if err := d.Copy(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Copy(t.Context(), file); err == nil {
				t.Error("a file that is there was written over")
			}
			if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
				t.Error("it is another one now", err)
			}
			for _, into := range databasetest.Engines() {
				t.Run("into "+into.Name, func(t *testing.T) {
					to := into.Config(t)
					if to.DSN == "" {
						if err := os.WriteFile(to.File, before, 0o600); err != nil {
							t.Fatal(err)
						}
					} else if err := database.Load(t.Context(), file, to); err != nil {
						t.Fatal(err)
					}
					got := databasetest.Open(t, to)
					if diff := cmp.Diff(want, dump(t, got)); diff != "" {
						t.Errorf("(-want +got)\n%.3000s", diff)
					}
					if id := next(t, got); id != 6 {
						t.Errorf("the next row has the number %d, want 6: 4 and 5 were given", id)
					}
				})
			}
			// One that nobody uses.
			unused := filepath.Join(t.TempDir(), "unused.db")
			if err := database.CopyUnused(t.Context(), cfg, unused); !errors.Is(err, database.ErrInUse) {
				t.Errorf("while it is used: %v", err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			unused = filepath.Join(t.TempDir(), "unused.db")
			if err := database.CopyUnused(t.Context(), cfg, unused); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, dump(t, databasetest.Open(t, database.Config{File: unused}))); diff != "" {
				t.Errorf("unused (-want +got)\n%.3000s", diff)
			}
		})
	}
}

// TestACopyIsOfOneMoment moves a number from one row to another while copies are made: each
// has both sides of a move or none.
func TestACopyIsOfOneMoment(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			d := databasetest.Open(t, engine.Config(t))
			fill(t, d) // audit is read before cursors, of which entities come later
			if err := put(d, "moved", 0); err != nil {
				t.Fatal(err)
			}
			done, ended := make(chan struct{}), make(chan error)
			go func() {
				for i := int64(1); ; i++ {
					err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
						_, err := tx.ExecContext(ctx, "UPDATE cursors SET position = $1 WHERE name = 'moved'", i)
						if err == nil {
							_, err = tx.ExecContext(ctx, "UPDATE entities SET signals = $1 WHERE name = 'ip=0'", i)
						}
						return err
					})
					select {
					case <-done:
						ended <- err
						return
					default:
					}
				}
			}()
			for i := range 5 {
				file := filepath.Join(t.TempDir(), fmt.Sprint(i))
				if err := d.Copy(t.Context(), file); err != nil {
					t.Fatal(err)
				}
				var one, other int64
				copied := databasetest.Open(t, database.Config{File: file})
				err := copied.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					return tx.QueryRowContext(ctx, "SELECT position, signals FROM cursors, entities WHERE cursors.name = 'moved' AND entities.name = 'ip=0'").Scan(&one, &other)
				})
				if err != nil || one != other {
					t.Errorf("copy %d: %d and %d, %v", i, one, other, err)
				}
			}
			close(done)
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLoadChangesNothingThatIsThere loads a copy into databases that have something, and a
// copy that is none.
func TestLoadChangesNothingThatIsThere(t *testing.T) {
	source := databasetest.Open(t, databasetest.SQLite(t))
	fill(t, source)
	file := filepath.Join(t.TempDir(), "state.db")
	if err := source.Copy(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	cfg := databasetest.PostgreSQL(t)
	d, err := database.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Load(t.Context(), file, cfg); !errors.Is(err, database.ErrInUse) {
		t.Errorf("while it is used: %v", err)
	}
	if err := errors.Join(put(d, "mine", 7), d.Close()); err != nil {
		t.Fatal(err)
	}
	if err := database.Load(t.Context(), file, cfg); !errors.Is(err, database.ErrNotEmpty) || !strings.Contains(err.Error(), "there are cursors in PostgreSQL") {
		t.Errorf("into one with something in it: %v", err)
	}
	d = databasetest.Open(t, cfg)
	wantPosition(t, d, "mine", 7)

	// A row that PostgreSQL refuses takes all others back.
	copied, err := database.Open(t.Context(), database.Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	err = copied.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, position) VALUES ('x', 'no number')")
		return err
	})
	if err := errors.Join(err, copied.Close()); err != nil {
		t.Fatal(err)
	}
	other := databasetest.PostgreSQL(t)
	if err := database.Load(t.Context(), file, other); err == nil || !strings.Contains(err.Error(), "write cursors") {
		t.Errorf("a text for a number: %v", err)
	}
	if got := dump(t, databasetest.Open(t, other)); strings.Contains(got, "ann") {
		t.Error("a part of it was written")
	}
	// A file that somebody made.
	strange := filepath.Join(t.TempDir(), "strange.db")
	made, err := database.Open(t.Context(), database.Config{File: strange})
	if err == nil {
		err = made.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `CREATE TABLE "x); DROP TABLE cursors; --" ("a""); DROP TABLE cursors; --" TEXT)`)
			return err
		})
		err = errors.Join(err, made.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	other = databasetest.PostgreSQL(t)
	if err := database.Load(t.Context(), strange, other); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a table that the program does not know: %v", err)
	}
	if err := put(databasetest.Open(t, other), "mine", 8); err != nil {
		t.Error(err)
	}
}
