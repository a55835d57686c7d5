package respond

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/database/databasetest"
)

// addresses returns so many targets.
func addresses(n int) (list []Entry) {
	for i := range n {
		list = append(list, Entry{Target: fmt.Sprintf("203.0.%d.%d", 114+i/30, i%30)})
	}
	return list
}

// TestALifeOfAList on both engines of the database: it is tried, blocked, repeated, partly
// undone, and it ends.
func TestALifeOfAList(t *testing.T) {
	t.Parallel()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			const n = 120
			s := standOf(t, engine.Config(t), "mode: active")
			take := func(q List) Imported {
				t.Helper()
				out, err := s.Import(t.Context(), q, "eve")
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			open := func(what string, want map[string]int64) {
				t.Helper()
				s.until(what, func() bool {
					got, err := s.Open(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for state, n := range got {
						if n != want[state] {
							return false
						}
					}
					return true
				})
			}
			list := addresses(n)
			soon := start.Add(time.Hour)
			list[7].Until, list[8].Until = &soon, &start // the second one is over
			list[9].Reason = "of its own"
			list = append(list, list[3], Entry{Target: "10.1.2.3"}, Entry{Target: "198.51.100.0/24"}, Entry{Target: "2001:db8:1:2:3::4"})
			q := List{Entries: list, Reason: "a list", Preview: true}
			want := Imported{
				Preview: true, Entries: n + 4, Networks: n + 2, New: n, Over: 1, Refused: map[string]int{"private": 1, "gateway": 1}, Told: []RefusedNetwork{
					{"10.1.2.3", "private", "10.1.2.3 is never blocked: it is of a private network (private)"},
					{"198.51.100.0/24", "gateway", "198.51.100.0/24 is never blocked: it holds 198.51.100.1, which is the default gateway (gateway)"},
				},
			}
			if diff := cmp.Diff(want, take(q)); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
			open("nothing is written", nil)
			q.Preview, q.DryRun = false, true
			want.Preview, want.DryRun = false, true
			if diff := cmp.Diff(want, take(q)); diff != "" {
				t.Errorf("dry run (-want +got):\n%s", diff)
			}
			open("it is tried", map[string]int64{DryRun: n})
			q.DryRun, want.DryRun = false, false
			if diff := cmp.Diff(want, take(q)); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
			open("it is blocked", map[string]int64{Active: n})
			if has := s.wall.read(); len(has) != n || !has["203.0.114.7"].Equal(soon) || !has["203.0.114.3"].Equal(start.Add(DefaultBlock)) || has["2001:db8:1:2::/64"].IsZero() {
				t.Errorf("blocked are %d: %v", len(has), has)
			}
			s.clock.pass(time.Minute)
			if out := take(q); out.New != 0 || out.Extended != n {
				t.Errorf("again: %+v", out)
			}
			s.until("it lasts longer", func() bool { return s.wall.read()["203.0.114.3"].Equal(start.Add(DefaultBlock + time.Minute)) })
			u, err := s.UndoAll(t.Context(), Choice{Within: "203.0.115.0/24", Why: "ours", Preview: true}, "bob")
			if err != nil || u.Responses != 30 || !u.Preview {
				t.Errorf("%+v, error %v", u, err)
			}
			if u, err = s.UndoAll(t.Context(), Choice{Within: "203.0.115.0/24", Why: "ours"}, "bob"); err != nil || u.Responses != 30 {
				t.Errorf("%+v, error %v", u, err)
			}
			open("some are undone", map[string]int64{Active: n - 30, Undone: 30})
			if has := s.wall.read(); len(has) != n-30 {
				t.Errorf("blocked are %d", len(has))
			}
			page, err := s.List(t.Context(), Filter{Target: "203.0.115.9", Limit: 1})
			if err != nil || len(page.Responses) != 1 {
				t.Fatalf("%+v, error %v", page, err)
			}
			d, err := s.Get(t.Context(), page.Responses[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			var history []string
			for _, h := range d.History {
				history = append(history, h.Actor+" "+h.Action)
			}
			if got := strings.Join(history, ", "); got != "eve response.plan, sasumata response.apply, eve response.extend, bob response.end, bob response.undo" {
				t.Errorf("history %s", got)
			}
			if d.Reason != "ours" || d.ChangedBy != "bob" || d.Repeats != 1 {
				t.Errorf("%+v", d.Record)
			}
			s.clock.pass(DefaultBlock)
			s.blocked()
			open("all are over", nil)
		})
	}
}

// TestListsThatAreRefused as a whole: nothing of them is done.
func TestListsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t, "mode: active\nblock: {max: 30}")
	f := func(q List, want string) {
		t.Helper()
		if _, err := s.Import(t.Context(), q, "eve"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	f(List{Reason: "x"}, "0 entries")
	f(List{Entries: addresses(1)}, "want a reason")
	f(List{Entries: addresses(1), Reason: "x", For: "1y"}, "no time for a block")
	f(List{Entries: []Entry{{Target: "203.0.113.7"}, {Target: "example.com"}, {Target: "203.0.113.8", Reason: "\x00"}}, Reason: "x"}, "entry 2: \"example.com\" is no address or network")
	f(List{Entries: []Entry{{Target: "203.0.113.7"}, {Target: "example.com"}, {Target: "203.0.113.8", Reason: "\x00"}}, Reason: "x"}, "entry 3: the reason has control characters")
	f(List{Entries: addresses(MaxImport + 1), Reason: "x"}, "100001 entries")
	f(List{Entries: addresses(31), Reason: "x"}, "there would be 31 blocks")
	if _, err := s.UndoAll(t.Context(), Choice{Why: "x"}, "eve"); err == nil || !strings.Contains(err.Error(), "which responses") {
		t.Errorf("error %v", err)
	}
	if s.list() != "" || len(s.wall.read()) != 0 {
		t.Error("something was done")
	}
}

// TestUndoWhatIsPlanned: who wants the end of a block that is just being put gets it.
func TestUndoWhatIsPlanned(t *testing.T) {
	t.Parallel()
	reached, on := make(chan struct{}), make(chan struct{})
	s := newStand(t, "mode: active", func(o *Options) {
		o.passing = func(step string) {
			if step == "apply: before it is done" {
				reached <- struct{}{}
				<-on
			}
		}
	})
	if _, err := s.Import(t.Context(), List{Entries: addresses(few + 5), Reason: "a list"}, "eve"); err != nil {
		t.Fatal(err)
	}
	<-reached
	if out, err := s.UndoAll(t.Context(), Choice{Reason: "a list", Why: "no"}, "bob"); err != nil || out.Responses != few+5 {
		t.Errorf("%+v, error %v", out, err)
	}
	close(on)
	s.until("all are undone", func() bool {
		n, err := s.Open(t.Context())
		return err == nil && n[Undone] == few+5 && len(s.wall.read()) == 0
	})
}

// TestManyThatFail are tried again together.
func TestManyThatFail(t *testing.T) {
	t.Parallel()
	s := newStand(t, "mode: active", func(o *Options) {
		o.Wall = func() (Wall, error) { return nil, fmt.Errorf("no: %w", errNoWall) }
	})
	if _, err := s.Import(t.Context(), List{Entries: addresses(few + 5), Reason: "a list"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.until("all are given up", func() bool {
		s.clock.pass(30 * time.Second)
		n, err := s.Open(t.Context())
		return err == nil && n[Failed] == few+5
	})
	if r := s.only(); r.Attempts != maxAttempts || r.Error == "" {
		t.Errorf("%+v", r)
	}
}

// TestPlansOfStatements: what is asked each second must not look at all responses.
func TestPlansOfStatements(t *testing.T) {
	t.Parallel()
	s := newStand(t, "mode: active")
	f := func(where, index string, args ...any) {
		t.Helper()
		err := s.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			rows, err := tx.QueryContext(ctx, "EXPLAIN QUERY PLAN SELECT "+brief+" FROM responses WHERE "+where, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				plan = append(plan, detail)
			}
			if got := strings.Join(plan, "; "); !strings.Contains(got, index) || strings.Contains(got, "SCAN responses;") {
				t.Errorf("%s: %s, want %s", where, got, index)
			}
			return rows.Err()
		})
		if err != nil {
			t.Error(err)
		}
	}
	const rest = " AND action = $1 AND next <= $2 ORDER BY id LIMIT $3"
	f("open = 1 AND "+planned+rest, "responses_state", Block, 1, 1)
	f("open = 1 AND "+later+rest, "responses_later", Block, 1, 1)
	f("open = 1 AND ending <> '' AND (state IN ('active', 'planned') OR state = 'failed' AND attempts < 5)"+rest, "responses_ending", Block, 1, 1)
	f("open = 1 AND ending = '' AND expires <= $1 AND state <> 'applying' ORDER BY expires LIMIT $2", "responses_expires", 1, 1)
	f(openFor, "responses_target", "x", Block)
	f(runningBlock+" AND target IN ($1, $2)", "responses_target", "x", "y")
	f("ended <> 0 AND ended > $1", "responses_ended", 1)
}

// TestPostgreSQLKnowsALongList wants the rows counted at once: else what is looked up of the list
// afterwards takes all of the table for each hundred of them, until the engine counts by itself.
func TestPostgreSQLKnowsALongList(t *testing.T) {
	t.Parallel()
	for _, engine := range databasetest.Engines() {
		if engine.Name != "postgres" {
			continue
		}
		s := standOf(t, engine.Config(t), "mode: active")
		if out, err := s.Import(t.Context(), List{Reason: "a list", Entries: addresses(grown)}, "eve"); err != nil || out.New != grown {
			t.Fatalf("%+v, error %v", out, err)
		}
		var rows float64
		err := s.opts.DB.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT reltuples FROM pg_class WHERE relname = 'responses'").Scan(&rows)
		})
		if err != nil || rows != grown {
			t.Errorf("the planner knows of %v rows, want %d, error %v", rows, grown, err)
		}
	}
}
