package view_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/view"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestViews(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			ctx, db := t.Context(), databasetest.Open(t, engine.Config(t))
			now := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)
			b := view.NewBook(db, func() time.Time { return now })
			do := func(statement string, args ...any) {
				t.Helper()
				err := db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
					_, err := tx.ExecContext(ctx, statement, args...)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			user := func(name string, shares bool) view.Who {
				t.Helper()
				do("INSERT INTO users (id, name, role, password, disabled, totp_on, totp_step, created, last_login) VALUES ($1, $2, 'viewer', '', 0, 0, 0, 0, 0)", "id of "+name, name)
				return view.Who{UserID: "id of " + name, Name: name, From: "192.0.2.7", Shares: shares}
			}
			ann, bob := user("ann", false), user("bob", true)
			save := func(who view.Who, page, name, search string, shared bool) view.View {
				t.Helper()
				v, err := b.Save(ctx, who, view.View{Page: page, Name: name, Search: search, Shared: shared})
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			f := func(who view.Who, page string, want ...string) []view.View {
				t.Helper()
				list, err := b.List(ctx, who, page)
				if err != nil {
					t.Fatal(err)
				}
				got := []string{}
				for _, v := range list {
					got = append(got, fmt.Sprintf("%s %s %t %s", v.Name, v.Search, v.Shared, v.By))
				}
				if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
					t.Errorf("%s of %s (-want +got):\n%s", page, who.Name, diff)
				}
				return list
			}
			own := save(ann, "signals", " mine ", "?q=a", false)
			save(ann, "logs", "mine", "?q=b", false)
			save(bob, "signals", "mine", "?q=c", false)
			shared := save(bob, "signals", "ours", "?q=d", true)
			f(ann, "signals", "mine ?q=a false ann", "ours ?q=d true bob")
			f(bob, "signals", "mine ?q=c false bob", "ours ?q=d true bob")
			f(ann, "logs", "mine ?q=b false ann")
			// The same name is the same view.
			if again := save(ann, "signals", "mine", "?q=e", false); again.ID != own.ID {
				t.Errorf("another view: %+v", again)
			}
			f(ann, "signals", "mine ?q=e false ann", "ours ?q=d true bob")

			is := func(err, want error) {
				t.Helper()
				if !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
			_, err := b.Save(ctx, ann, view.View{Page: "signals", Name: "x", Shared: true})
			is(err, view.ErrForbidden)
			is(b.Remove(ctx, ann, shared.ID), view.ErrForbidden)
			is(b.Remove(ctx, bob, own.ID), view.ErrMissing)
			is(b.Remove(ctx, bob, "none"), view.ErrMissing)
			for _, bad := range []view.View{{Name: "x"}, {Page: "Signals", Name: "x"}, {Page: "logs"}, {Page: "logs", Name: " "}, {Page: "logs", Name: strings.Repeat("x", 201)}, {Page: "logs", Name: "x", Search: "q=1"}, {Page: "logs", Name: "x", Search: "?" + strings.Repeat("x", 4000)}} {
				var wrong *view.WrongError
				if _, err := b.Save(ctx, bob, bad); !errors.As(err, &wrong) {
					t.Errorf("%.80v: %v", bad, err)
				}
			}
			for i := range view.MaxOwn - 1 {
				save(ann, "signals", fmt.Sprint("view ", i), "", false)
			}
			if _, err := b.Save(ctx, ann, view.View{Page: "signals", Name: "one more"}); err == nil {
				t.Error("there is room for more than there may be")
			}

			is(b.Remove(ctx, ann, own.ID), nil)
			save(bob, "signals", "ours", "?q=f", true)
			// Shared views stay when their maker leaves, others do not.
			do("DELETE FROM users WHERE name = 'bob'")
			f(bob, "signals", "ours ?q=f true bob")
			is(b.Remove(ctx, bob, shared.ID), nil)
			var trail []string
			err = db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
				list, err := audit.List(ctx, tx, audit.Filter{Action: "view.*", Limit: 100})
				for _, e := range list {
					trail = append(trail, e.Actor+" "+e.Action+" "+e.Object)
				}
				return err
			})
			if diff := cmp.Diff([]string{"bob view.remove ours", "bob view.change ours", "bob view.add ours"}, trail); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
