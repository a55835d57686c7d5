package triage

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

// multiply makes so many signals of each of the first hundred, over the hours of a week.
func multiply(tb testing.TB, db *database.DB, first, n int) {
	tb.Helper()
	err := db.Write(tb.Context(), func(ctx context.Context, tx *sql.Tx) error {
		names := append(strings.Split(columns, ", "), "rule_id", "rule", "doc")
		var into, from []string
		for _, name := range names {
			value := "s." + name
			switch name {
			case "seq":
				continue
			case "id":
				value = "s.id || '-' || k.n"
			case "opened", "recorded":
				value = "s." + name + " - (k.n % 168) * 3600000000000"
			case "doc": // nobody reads it
				value = "CAST('' AS BLOB)"
			}
			into, from = append(into, name), append(from, value)
		}
		_, err := tx.ExecContext(ctx, "WITH RECURSIVE k(n) AS (SELECT "+strconv.Itoa(first+1)+" UNION ALL SELECT n + 1 FROM k WHERE n < "+strconv.Itoa(first+n)+") INSERT INTO signals ("+
			strings.Join(into, ", ")+") SELECT "+strings.Join(from, ", ")+" FROM k, signals s WHERE s.seq <= 100")
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestActivityReadsNoSignals: their documents are kilobytes each.
func TestActivityReadsNoSignals(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	f := func(statement, want string, args ...any) {
		t.Helper()
		err := db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			var id, parent, unused int
			var plan string
			if err := tx.QueryRowContext(ctx, "EXPLAIN QUERY PLAN "+statement, args...).Scan(&id, &parent, &unused, &plan); err != nil {
				return err
			}
			if !strings.Contains(plan, want) {
				t.Errorf("%s: %s, want %s", statement, plan, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	f(daysOfRules, "COVERING INDEX signals_days", 1, 1, 2)
	f(judgedRules, "COVERING INDEX signals_judged", 1)
}

// TestActivityInMemory is that of the database.
func TestActivityInMemory(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			db := databasetest.Open(t, engine.Config(t))
			book, err := NewBook(t.Context(), db, func() time.Time { return noon })
			if err != nil {
				t.Fatal(err)
			}
			list := crowd(400)
			if err := book.Observe(t.Context(), list); err != nil {
				t.Fatal(err)
			}
			archived := Archived
			for i, reason := range []string{"true_positive", "false_positive", "benign", "testing", "true_positive"} {
				if _, err := book.Edit(t.Context(), list[i*7].ID, Edit{State: &archived, Reason: &reason}, "t"); err != nil {
					t.Fatal(err)
				}
			}
			now, since := noon.Add(time.Hour), noon.Add(-time.Hour)
			before, err := book.Activity(t.Context(), now, since)
			if err != nil || len(before) == 0 {
				t.Fatalf("%d rules, error %v", len(before), err)
			}
			if _, ok := book.lines.activity(now.UnixNano(), since.UnixNano()); ok {
				t.Error("the ledger is there already")
			}
			if err := book.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, ok := book.lines.activity(now.UnixNano(), since.UnixNano())
			if diff := cmp.Diff(before, after); !ok || diff != "" {
				t.Errorf("ok %t (-database +ledger):\n%s", ok, diff)
			}
		})
	}
}

// BenchmarkActivity counts what rules did with 100,000 signals of a week: by the index, and
// when searches have the signals in memory.
func BenchmarkActivity(b *testing.B) {
	db := databasetest.Open(b, databasetest.SQLite(b))
	book, err := NewBook(b.Context(), db, func() time.Time { return noon })
	if err != nil {
		b.Fatal(err)
	}
	if err := book.Observe(b.Context(), crowd(100)); err != nil {
		b.Fatal(err)
	}
	for i := range 10 { // transactions have their time
		multiply(b, db, i*100, 100)
	}
	ask := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			if a, err := book.Activity(b.Context(), noon.Add(time.Hour), noon.Add(-30*24*time.Hour)); err != nil || len(a) == 0 {
				b.Fatalf("%d rules, error %v", len(a), err)
			}
		}
	}
	b.Run("indexed", ask)
	if err := book.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("in_memory", ask)
}
