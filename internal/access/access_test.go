package access_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

const password, other = "four plain words here", "other plain words here"

// house is accounts with a clock.
type house struct {
	*access.Accounts

	t        *testing.T
	db       *database.DB
	now      atomic.Int64
	mu       sync.Mutex
	attempts []access.Attempt
}

func (h *house) later(d time.Duration) { h.now.Add(int64(d)) }

// each runs the test on both engines, with an admin root and a viewer ann.
func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			h := &house{t: t, db: databasetest.Open(t, engine.Config(t))}
			h.now.Store(time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC).UnixNano())
			h.Accounts = access.New(h.db, access.Options{
				Now: func() time.Time { return time.Unix(0, h.now.Load()) },
				Report: func(a access.Attempt) {
					h.mu.Lock()
					defer h.mu.Unlock()
					h.attempts = append(h.attempts, a)
				},
			})
			h.Cheaper()
			h.must(h.AddUser(t.Context(), by, "root", password, "admin"))
			h.must(h.AddUser(t.Context(), by, "ann", password, "viewer"))
			test(t, h)
		})
	}
}

func (h *house) must(_ any, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

var by = access.Actor{Name: "me", From: "192.0.2.1"}

func (h *house) login(name, password, from string) error {
	_, err := h.SignIn(h.t.Context(), access.Login{Name: name, Password: password, From: from})
	return err
}

// signedIn returns the secret of a session, and whose it is.
func (h *house) signedIn(name, from, before string) (string, access.Who) {
	h.t.Helper()
	secret, err := h.SignIn(h.t.Context(), access.Login{Name: name, Password: password, From: from, Agent: "a browser", Session: before})
	if err != nil {
		h.t.Fatal(err)
	}
	who, err := h.BySession(h.t.Context(), secret)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret, who
}

func (h *house) is(err, want error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("error %v, want %v", err, want)
	}
}

// wrong wants a WrongError that says so.
func (h *house) wrong(err error, want string) {
	h.t.Helper()
	if bad, ok := errors.AsType[*access.WrongError](err); !ok || !strings.Contains(bad.Error(), want) {
		h.t.Errorf("error %v, want %q", err, want)
	}
}

func (h *house) ended(secret string) {
	h.t.Helper()
	who, err := h.BySession(h.t.Context(), secret)
	h.is(err, access.ErrUnknown)
	if who != (access.Who{}) {
		h.t.Errorf("it is %+v", who)
	}
}

func (h *house) trail() []string {
	h.t.Helper()
	var list []string
	h.must(nil, h.db.Read(h.t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		entries, err := audit.List(ctx, tx, audit.Filter{Limit: 1000})
		for _, e := range slices.Backward(entries) {
			list = append(list, strings.Join([]string{e.Actor, e.Action, e.Object, e.Detail}, " "))
		}
		return err
	}))
	return list
}

func TestUsersAndTheTrail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		_, err := h.AddUser(ctx, by, "ann", password, "admin")
		h.is(err, access.ErrTaken)
		for name, want := range map[string]string{"": "name", "Ann": "name", "-x": "name", "a b": "name", strings.Repeat("a", 65): "name", "аnn": "name"} {
			_, err := h.AddUser(ctx, by, name, password, "viewer")
			h.wrong(err, want)
		}
		_, err = h.AddUser(ctx, by, "bob", password, "god")
		h.wrong(err, `role "god"`)
		_, err = h.AddUser(ctx, by, "bob", "short", "viewer")
		h.wrong(err, "12 characters")
		h.is(h.RemoveUser(ctx, by, "bob"), access.ErrUnknown)
		h.is(h.RemoveUser(ctx, by, "root"), access.ErrLastAdmin)
		_, err = h.EditUser(ctx, by, "root", access.Edit{Role: new("viewer")})
		h.is(err, access.ErrLastAdmin)
		_, err = h.EditUser(ctx, by, "root", access.Edit{Disabled: new(true)})
		h.is(err, access.ErrLastAdmin)
		_, err = h.EditUser(ctx, by, "root", access.Edit{})
		h.wrong(err, "nothing to change")
		_, err = h.EditUser(ctx, by, "ann", access.Edit{TOTP: new(true)})
		h.wrong(err, "false only")
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Role: new("admin"), Password: new(other)}))
		h.must(nil, h.login("ann", other, "192.0.2.9"))
		h.must(nil, h.RemoveUser(ctx, by, "root"))
		users, err := h.Users(ctx)
		if err != nil || len(users) != 1 || users[0].Name != "ann" || users[0].Role != "admin" || users[0].LastLogin.IsZero() {
			t.Errorf("%+v, %v", users, err)
		}
		got := h.trail()
		i := slices.IndexFunc(got, func(s string) bool { return strings.Contains(s, "session.begin") })
		if i < 0 || !strings.HasPrefix(got[i], "ann session.begin ann {") {
			t.Fatal(got)
		}
		want := []string{
			`me user.add root {"from":"192.0.2.1","role":"admin"}`, `me user.add ann {"from":"192.0.2.1","role":"viewer"}`,
			`me user.edit ann {"from":"192.0.2.1","password":"changed","role":"admin","was":"viewer"}`, `me user.remove root {"from":"192.0.2.1"}`,
		}
		if diff := cmp.Diff(want, slices.Delete(got, i, i+1)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, line := range h.trail() {
			if strings.Contains(line, "words") {
				t.Errorf("a password in the trail: %s", line)
			}
		}
	})
}

func TestRoles(t *testing.T) {
	for i, role := range access.Roles() {
		if back, err := access.ParseRole(role.String()); err != nil || back != role {
			t.Errorf("%s is %s, %v", role, back, err)
		}
		if p, err := access.ParseScopes(role.Permissions().Scopes()); err != nil || p != role.Permissions() {
			t.Errorf("%s may %s, %v", role, p, err)
		}
		if i > 0 && !role.Permissions().Has(access.Roles()[i-1].Permissions()) {
			t.Errorf("%s may less than the one before", role)
		}
	}
	if access.Admin.Permissions().Has(0) || access.Role(0).Permissions() != 0 || access.Responder.Permissions().Has(access.Manage) {
		t.Error("nobody may do something")
	}
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		first, who := h.signedIn("ann", "192.0.2.7", "")
		if who.Name != "ann" || who.May != access.Viewer.Permissions() {
			t.Errorf("%+v", who)
		}
		// Fixation: a secret that the browser had before is of no use afterwards.
		second, _ := h.signedIn("ann", "192.0.2.7", first)
		h.ended(first)
		h.ended(strings.Repeat("A", 43))
		h.ended("")
		// It is not in the database.
		h.must(nil, h.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			var hash []byte
			err := tx.QueryRowContext(ctx, "SELECT hash FROM sessions").Scan(&hash)
			if strings.Contains(string(hash), second) || len(hash) != 32 {
				t.Errorf("the database has %x", hash)
			}
			return err
		}))
		// Used again and again it lasts until its end; unused it does not.
		for range 3 {
			h.later(7 * time.Hour)
			h.must(h.BySession(ctx, second))
		}
		h.later(3 * time.Hour)
		h.ended(second)
		third, _ := h.signedIn("ann", "192.0.2.7", "")
		h.later(8*time.Hour + time.Second)
		h.ended(third)
		// A role or a password that changes ends them, as does another user's wish never.
		third, who = h.signedIn("ann", "192.0.2.7", "")
		_, root := h.signedIn("root", "192.0.2.8", "")
		h.is(h.EndSession(ctx, root, by, who.Session), access.ErrUnknown)
		list, err := h.Sessions(ctx, who)
		if err != nil || len(list) != 1 || !list[0].Current || list[0].From != "192.0.2.7" || list[0].Agent != "a browser" {
			t.Errorf("%+v, %v", list, err)
		}
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Role: new("analyst")}))
		h.ended(third)
		third, who = h.signedIn("ann", "192.0.2.7", "")
		fourth, _ := h.signedIn("ann", "192.0.2.7", "")
		_, err = h.ChangePassword(ctx, who, by, other, other)
		h.is(err, access.ErrRefused)
		changed, err := h.ChangePassword(ctx, who, by, password, other)
		h.must(nil, err)
		h.ended(third)
		h.ended(fourth)
		now, err := h.BySession(ctx, changed)
		if err != nil || now.Session != who.Session {
			t.Errorf("%+v, %v", now, err)
		}
		h.must(nil, h.EndSessions(ctx, by, "ann"))
		h.ended(changed)
		h.is(h.EndSessions(ctx, by, "nobody"), access.ErrUnknown)
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Password: new(password)}))
		var last string
		for range 55 {
			last, who = h.signedIn("ann", "192.0.2.7", "")
			h.later(time.Millisecond)
		}
		if list, err := h.Sessions(ctx, who); err != nil || len(list) != 50 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
		h.must(h.BySession(ctx, last))
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Disabled: new(true)}))
		h.ended(last)
	})
}

func TestLogins(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		h.must(nil, h.login("ann", password, "192.0.2.7"))
		h.is(h.login("ann", other, "192.0.2.7"), access.ErrRefused)
		h.is(h.login("nobody", password, "192.0.2.7"), access.ErrRefused)
		h.is(h.login("x' OR '1'='1", password, "192.0.2.7"), access.ErrRefused)
		h.is(h.login("ann", strings.Repeat(password, 100), "192.0.2.7"), access.ErrRefused)
		h.must(h.EditUser(t.Context(), by, "ann", access.Edit{Disabled: new(true)}))
		h.is(h.login("ann", password, "192.0.2.7"), access.ErrRefused)
		var got []string
		for _, a := range h.attempts {
			got = append(got, fmt.Sprint(a.User, " ", a.Succeeded, " ", a.Reason, " ", a.From))
		}
		want := []string{
			"ann true  192.0.2.7", "ann false wrong password 192.0.2.7", "nobody false unknown user 192.0.2.7", "x' OR '1'='1 false unknown user 192.0.2.7",
			"ann false wrong password 192.0.2.7", "ann false disabled user 192.0.2.7",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if h.Succeeded.Load() != 1 || h.Failed.Load() != 5 {
			t.Errorf("%d succeeded, %d failed", h.Succeeded.Load(), h.Failed.Load())
		}
	})
}

// TestUnknownUsersTakeAsLong compares the quickest of some, at the real cost.
func TestUnknownUsersTakeAsLong(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	a := access.New(db, access.Options{Now: func() time.Time { return time.Unix(1e9, 0) }})
	if _, err := a.AddUser(t.Context(), by, "ann", password, "viewer"); err != nil {
		t.Fatal(err)
	}
	known, unknown := time.Hour, time.Hour
	for range 6 { // in turns: the machine may be busy for a while
		for name, least := range map[string]*time.Duration{"ann": &known, "nobody": &unknown} {
			begun := time.Now()
			if _, err := a.SignIn(t.Context(), access.Login{Name: name, Password: other, From: "127.0.0.1"}); !errors.Is(err, access.ErrRefused) {
				t.Fatal(err)
			}
			*least = min(*least, time.Since(begun))
		}
	}
	if unknown < known/2 || known < unknown/2 {
		t.Errorf("a known user takes %s, an unknown one %s", known, unknown)
	}
}

func TestPasswordsAreHashedAnew(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	a := access.New(db, access.Options{Now: time.Now})
	stored := func() (hash string) {
		t.Helper()
		err := db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT password FROM users").Scan(&hash)
		})
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	if _, err := a.AddUser(t.Context(), by, "ann", password, "viewer"); err != nil {
		t.Fatal(err)
	}
	if before := stored(); !strings.HasPrefix(before, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(before)
	}
	a.Cheaper()
	for range 2 {
		if _, err := a.SignIn(t.Context(), access.Login{Name: "ann", Password: password}); err != nil {
			t.Fatal(err)
		}
		if after := stored(); !strings.HasPrefix(after, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Error(after)
		}
	}
}

func TestFirstStart(t *testing.T) {
	for _, engine := range databasetest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			now := time.Unix(1e9, 0)
			a := access.New(databasetest.Open(t, engine.Config(t)), access.Options{Now: func() time.Time { return now }})
			a.Cheaper()
			f := func(secret, password string, want error) {
				t.Helper()
				if err := a.SetUp(t.Context(), secret, "192.0.2.7", "ann", password); !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			}
			f("", password, access.ErrSetUp)
			old, _, err := a.Setup(t.Context())
			if err != nil || a.IsSetup("") || !a.IsSetup(old) {
				t.Fatal(err)
			}
			now = now.Add(24 * time.Hour)
			f(old, password, access.ErrSetUp)
			secret, _, err := a.Setup(t.Context())
			if err != nil || a.IsSetup(old) {
				t.Fatal(err)
			}
			if err := a.SetUp(t.Context(), secret, "", "ann", "short"); err == nil || !a.IsSetup(secret) {
				t.Errorf("error %v; a password that is no good must not use it up", err)
			}
			var all sync.WaitGroup
			var made atomic.Int64
			for i := range 4 {
				all.Go(func() {
					if a.SetUp(t.Context(), secret, "", fmt.Sprintf("ann%d", i), password) == nil {
						made.Add(1)
					}
				})
			}
			all.Wait()
			if made.Load() != 1 {
				t.Errorf("%d were made", made.Load())
			}
			f(secret, password, access.ErrSetUp)
			if again, _, err := a.Setup(t.Context()); err != nil || again != "" {
				t.Errorf("%q, %v", again, err)
			}
		})
	}
}
