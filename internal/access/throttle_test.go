package access_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/database/databasetest"
)

func TestThrottling(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		throttled := func(err error) {
			t.Helper()
			if e, ok := errors.AsType[*access.ThrottledError](err); !ok || e.After <= 0 || e.After > 15*time.Minute {
				t.Errorf("error %v, want that it is throttled", err)
			}
		}
		// An account, from many addresses; one that is not there looks the same.
		for _, name := range []string{"ann", "nobody"} {
			for i := range 10 {
				h.is(h.login(name, other, fmt.Sprintf("192.0.2.%d", i)), access.ErrRefused)
			}
			throttled(h.login(name, other, "198.51.100.1"))
			throttled(h.login(name, password, "198.51.100.1"))
		}
		if last := h.attempts[9]; !last.Locked || h.attempts[8].Locked {
			t.Errorf("%+v", last)
		}
		// Who is signed in is not locked out by others, but can be by guessing.
		h.signedIn("root", "192.0.2.50", "")
		for i := range 10 {
			h.is(h.login("root", other, fmt.Sprintf("192.0.2.%d", 60+i)), access.ErrRefused)
		}
		throttled(h.login("root", password, "192.0.2.51"))
		h.must(nil, h.login("root", password, "192.0.2.50"))
		h.later(15 * time.Minute)
		h.must(nil, h.login("ann", password, "198.51.100.1"))
		// An address, with many names.
		for i := range 30 {
			h.is(h.login(fmt.Sprintf("name%d", i), other, "203.0.113.1"), access.ErrRefused)
		}
		throttled(h.login("root", password, "203.0.113.1"))
		h.must(nil, h.login("root", password, "203.0.113.2"))
		// An admin's word ends it.
		for i := range 10 {
			h.is(h.login("ann", other, fmt.Sprintf("192.0.2.%d", 80+i)), access.ErrRefused)
		}
		h.must(h.EditUser(t.Context(), by, "ann", access.Edit{Password: new(other)}))
		h.must(nil, h.login("ann", other, "198.51.100.1"))
		// What succeeds is no failure, however often.
		for range 40 {
			h.must(nil, h.login("ann", other, "203.0.113.9"))
		}
		// A session cannot be used to guess the password.
		_, who := h.signedIn("root", "198.51.100.77", "")
		for range 10 {
			_, err := h.ChangePassword(t.Context(), who, access.Actor{Name: "root", From: "198.51.100.77"}, other, other)
			h.is(err, access.ErrRefused)
		}
		_, err := h.ChangePassword(t.Context(), who, access.Actor{Name: "root", From: "198.51.100.77"}, password, other)
		throttled(err)
	})
}

// TestGuessesAtATime: those that come together are not all looked at.
func TestGuessesAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		var refused atomic.Int64
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				if errors.Is(h.login("ann", other, fmt.Sprintf("192.0.2.%d", i)), access.ErrRefused) {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n != 10 {
			t.Errorf("%d were looked at, want 10", n)
		}
	})
}

func TestThrottlingIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	db := databasetest.Open(t, databasetest.SQLite(t))
	var now atomic.Int64
	now.Store(1e18)
	a := access.New(db, access.Options{Now: func() time.Time { return time.Unix(0, now.Load()) }})
	a.Cheaper()
	for i := range 11_000 {
		_, err := a.SignIn(t.Context(), access.Login{Name: fmt.Sprintf("no name %d", i), Password: other, From: fmt.Sprintf("10.%d.%d.1", i/250, i%250)})
		if _, ok := errors.AsType[*access.ThrottledError](err); !ok && !errors.Is(err, access.ErrRefused) {
			t.Fatal(err)
		}
	}
	if n := a.Counted(); n > 20_002 {
		t.Errorf("%d are counted", n)
	}
	now.Add(int64(time.Hour))
	if _, err := a.SignIn(t.Context(), access.Login{Name: "one more", Password: other, From: "192.0.2.1"}); !errors.Is(err, access.ErrRefused) {
		t.Error(err)
	}
	if n := a.Counted(); n > 2 {
		t.Errorf("%d are counted an hour later", n)
	}
}
