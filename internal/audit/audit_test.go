package audit_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestTrail(t *testing.T) {
	at := time.Date(2026, 1, 16, 9, 0, 0, 123456789, time.UTC)
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			cfg := engine.Config(t)
			d := databasetest.Open(t, cfg)
			err := d.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				for i := range 5 {
					e := audit.Entry{Time: at.Add(time.Duration(i)), Actor: []string{"alice", "bob"}[i%2], Action: "signal.ack", Object: "s1", Outcome: "done", Detail: "a\x00b\xff"}
					if err := audit.Add(ctx, tx, e); err != nil {
						return err
					}
				}
				return audit.Add(ctx, tx, audit.Entry{Time: at, Actor: "bob", Action: "store.delete", Detail: strings.Repeat("x", 20_000)})
			})
			if err != nil {
				t.Fatal(err)
			}
			f := func(want audit.Filter, ids ...int64) []audit.Entry {
				t.Helper()
				var got []audit.Entry
				err := d.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
					got, err = audit.List(ctx, tx, want)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				var list []int64
				for _, e := range got {
					list = append(list, e.ID)
				}
				if diff := cmp.Diff(ids, list); diff != "" {
					t.Errorf("%+v (-want +got):\n%s", want, diff)
				}
				return got
			}
			f(audit.Filter{Limit: 2}, 6, 5)
			f(audit.Filter{Limit: 2, Before: 5}, 4, 3)
			f(audit.Filter{Limit: 100, Actor: "bob"}, 6, 4, 2)
			f(audit.Filter{Limit: 100, Actor: "bob", Object: "s1"}, 4, 2)
			f(audit.Filter{Limit: 100, Action: "signal.*", Before: 4}, 3, 2, 1)
			f(audit.Filter{Limit: 100, Action: "store*"}, 6)
			f(audit.Filter{Limit: 100, Action: "signal"})
			f(audit.Filter{Limit: 100, Action: "%*"})
			f(audit.Filter{Limit: 100, Action: "*", Since: at.UnixNano() + 1, Until: at.UnixNano() + 3}, 3, 2)
			if long := f(audit.Filter{Limit: 100, Action: "store.delete"}, 6); len(long[0].Detail) != 16<<10 {
				t.Errorf("a detail of %d bytes", len(long[0].Detail))
			}
			first := f(audit.Filter{Limit: 1, Before: 2}, 1)[0]
			want := audit.Entry{ID: 1, Time: at, Actor: "alice", Action: "signal.ack", Object: "s1", Outcome: "done", Detail: "a\ufffdb\ufffd"}
			if diff := cmp.Diff(want, first); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
