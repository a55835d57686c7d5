package access_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/passkey"
	"github.com/sasumata/sasumata/internal/access/passkey/passkeytest"
)

const origin = "https://logs.example.com"

// add makes a passkey of a user who is signed in, and returns the recovery codes.
func (h *house) add(who access.Who, d *passkeytest.Device, name string) (access.Passkey, []string) {
	h.t.Helper()
	q, err := h.BeginPasskey(h.t.Context(), passkey.NewParty(origin), who, by, password)
	h.must(nil, err)
	answer, err := d.Create(q.Options)
	h.must(nil, err)
	p, codes, err := h.AddPasskey(h.t.Context(), passkey.NewParty(origin), who, by, q.Ticket, name, answer)
	h.must(nil, err)
	return p, codes
}

// by signs in with a passkey; a ticket makes it the second factor.
func (h *house) byPasskey(d *passkeytest.Device, ticket string) (string, error) {
	h.t.Helper()
	q, err := h.AskPasskey(h.t.Context(), passkey.NewParty(origin), ticket)
	h.must(nil, err)
	answer, err := d.Get(q.Options)
	h.must(nil, err)
	return h.SignInByPasskey(h.t.Context(), passkey.NewParty(origin), access.Login{Ticket: q.Ticket, From: "192.0.2.7"}, answer)
}

func (h *house) last() access.Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attempts[len(h.attempts)-1]
}

func TestPasskeys(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx, party := t.Context(), passkey.NewParty(origin)
		old, _ := h.signedIn("ann", "192.0.2.7", "")
		_, ann := h.signedIn("ann", "192.0.2.7", "")
		phone, laptop := &passkeytest.Device{Origin: origin, Counts: true}, &passkeytest.Device{Origin: origin}
		_, err := h.BeginPasskey(ctx, party, ann, by, other)
		h.is(err, access.ErrRefused)
		first, codes := h.add(ann, phone, "phone")
		if len(codes) != 10 {
			t.Errorf("%d recovery codes", len(codes))
		}
		h.ended(old) // another session
		h.later(time.Second)
		if _, more := h.add(ann, laptop, "laptop"); more != nil {
			t.Error("recovery codes twice")
		}
		list, err := h.Passkeys(ctx, ann.UserID)
		h.must(nil, err)
		if len(list) != 2 || list[0] != first || list[0].Name != "phone" || !list[0].Used.IsZero() {
			t.Errorf("%+v", list)
		}
		// Alone it signs in.
		for _, d := range []*passkeytest.Device{phone, laptop, phone, laptop} {
			secret, err := h.byPasskey(d, "")
			h.must(nil, err)
			who, err := h.BySession(ctx, secret)
			h.must(nil, err)
			if who.Name != "ann" || who.May != access.Viewer.Permissions() {
				t.Errorf("%+v", who)
			}
		}
		if a := h.last(); !a.Succeeded || a.Method != "passkey" || a.User != "ann" || a.From != "192.0.2.7" {
			t.Errorf("%+v", a)
		}
		list, err = h.Passkeys(ctx, ann.UserID)
		h.must(nil, err)
		if list[0].Used.IsZero() {
			t.Error("it was not used")
		}
		// The password alone does not do any more, and there is no authenticator: its codes
		// would be those of no secret.
		second := func() *access.SecondError {
			t.Helper()
			err := h.login("ann", password, "192.0.2.7")
			want, ok := errors.AsType[*access.SecondError](err)
			if !ok || !errors.Is(err, access.ErrCode) || !want.Passkey {
				t.Fatalf("error %v", err)
			}
			return want
		}
		ticket := second().Ticket
		_, err = h.SignIn(ctx, access.Login{Ticket: ticket, Code: access.CodeAt(nil, h.now.Load()/1e9), From: "192.0.2.7"})
		h.is(err, access.ErrRefused)
		secret, err := h.SignIn(ctx, access.Login{Ticket: ticket, Code: codes[0], From: "192.0.2.7"})
		h.must(h.BySession(ctx, secret))
		h.must(nil, err)
		_, err = h.SignIn(ctx, access.Login{Ticket: ticket, Code: codes[0], From: "192.0.2.7"})
		h.is(err, access.ErrRefused)
		secret, err = h.byPasskey(laptop, ticket)
		h.must(h.BySession(ctx, secret))
		h.must(nil, err)
		// Somebody else's passkey is no second factor of ann.
		_, root := h.signedIn("root", "192.0.2.8", "")
		theirs := &passkeytest.Device{Origin: origin}
		h.add(root, theirs, "theirs")
		q, err := h.AskPasskey(ctx, party, ticket)
		h.must(nil, err)
		all, err := h.AskPasskey(ctx, party, "")
		h.must(nil, err)
		answer, err := theirs.Get(all.Options)
		h.must(nil, err)
		_, err = h.SignInByPasskey(ctx, party, access.Login{Ticket: q.Ticket}, answer)
		h.is(err, access.ErrRefused)
		h.later(5 * time.Minute)
		_, err = h.AskPasskey(ctx, party, ticket)
		h.is(err, access.ErrTicket)
		_, err = h.SignIn(ctx, access.Login{Ticket: ticket, Code: codes[1]})
		h.is(err, access.ErrTicket)
		// Another password makes the ticket wrong.
		ticket = second().Ticket
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Password: new(other)}))
		_, err = h.SignIn(ctx, access.Login{Ticket: ticket, Code: codes[1]})
		h.is(err, access.ErrTicket)
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Password: new(password), Disabled: new(true)}))
		_, err = h.byPasskey(phone, "")
		h.is(err, access.ErrRefused)
		h.must(h.EditUser(ctx, by, "ann", access.Edit{Disabled: new(false)}))
		// Without the last one the password does again, and the codes are gone.
		_, err = h.byPasskey(phone, "")
		h.must(nil, err)
		h.is(h.RemovePasskey(ctx, ann, by, other, first.ID), access.ErrRefused)
		h.is(h.RemovePasskey(ctx, ann, by, password, "x"), access.ErrUnknown)
		h.must(nil, h.RemovePasskey(ctx, ann, by, password, first.ID))
		_, err = h.byPasskey(phone, "")
		h.is(err, access.ErrRefused)
		list, err = h.PasskeysOf(ctx, "ann")
		h.must(nil, err)
		h.is(h.RemovePasskeyOf(ctx, by, "root", list[0].ID), access.ErrUnknown)
		h.must(nil, h.RemovePasskeyOf(ctx, by, "ann", list[0].ID))
		h.must(nil, h.login("ann", password, "192.0.2.7"))
		_, err = h.PasskeysOf(ctx, "nobody")
		h.is(err, access.ErrUnknown)
		trail := strings.Join(h.trail(), "\n")
		for _, want := range []string{`me passkey.add ann {"from":"192.0.2.1","id":"` + first.ID + `","name":"phone"}`, `me passkey.remove ann {"from":"192.0.2.1","id":"` + first.ID} {
			if !strings.Contains(trail, want) {
				t.Errorf("%s is missing in\n%s", want, trail)
			}
		}
		if h.ByPasskey.Load() != 6 || h.ByPassword.Load() == 0 {
			t.Errorf("%d by passkey, %d by password", h.ByPasskey.Load(), h.ByPassword.Load())
		}
	})
}

func TestPasskeysThatAreWrong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx, party := t.Context(), passkey.NewParty(origin)
		_, ann := h.signedIn("ann", "192.0.2.7", "")
		d := &passkeytest.Device{Origin: origin, Counts: true}
		h.add(ann, d, "phone")
		refused := func(device passkeytest.Device, why string) {
			t.Helper()
			_, err := h.byPasskey(&device, "")
			h.is(err, access.ErrRefused)
			if a := h.last(); a.Succeeded || !strings.Contains(a.Reason, why) || a.Method != "passkey" {
				t.Errorf("%+v, want %q", a, why)
			}
		}
		wrong := *d
		wrong.Origin = "https://evil.example"
		refused(wrong, "the passkey is wrong")
		wrong = *d
		wrong.Party = "evil.example"
		refused(wrong, "the passkey is wrong")
		wrong = *d
		wrong.Unverified = true
		refused(wrong, "the passkey is wrong")
		copied := *d
		h.must(h.byPasskey(d, ""))
		h.must(h.byPasskey(d, ""))
		refused(copied, "a copy")
		nobody := &passkeytest.Device{Origin: origin}
		q, err := party.Make(passkey.Person{ID: "x", Name: "x"}, nil)
		h.must(nil, err)
		h.must(nobody.Create(q.Options))
		refused(*nobody, "unknown passkey")
		// An answer is for its question, and for once.
		ask, err := h.AskPasskey(ctx, party, "")
		h.must(nil, err)
		answer, err := d.Get(ask.Options)
		h.must(nil, err)
		another, err := h.AskPasskey(ctx, party, "")
		h.must(nil, err)
		login := func(ticket string, want error) {
			t.Helper()
			_, err := h.SignInByPasskey(ctx, party, access.Login{Ticket: ticket, From: "192.0.2.7"}, answer)
			h.is(err, want)
		}
		login(another.Ticket, access.ErrRefused)
		login("", access.ErrTicket)
		login(ask.Ticket+"A", access.ErrTicket)
		login(strings.Repeat("A", 5000), access.ErrTicket)
		login(ask.Ticket, nil)
		login(ask.Ticket, access.ErrTicket)
		made, err := h.BeginPasskey(ctx, party, ann, by, password)
		h.must(nil, err)
		login(made.Ticket, access.ErrTicket) // is of another kind
		_, root := h.signedIn("root", "192.0.2.8", "")
		fresh := &passkeytest.Device{Origin: origin}
		created, err := fresh.Create(made.Options)
		h.must(nil, err)
		add := func(who access.Who, name string) error {
			_, _, err := h.AddPasskey(ctx, party, who, by, made.Ticket, name, created)
			return err
		}
		h.is(add(root, "stolen"), access.ErrTicket)
		h.wrong(add(ann, ""), "wants a name")
		h.wrong(add(ann, strings.Repeat("x", 101)), "wants a name")
		h.must(nil, add(ann, "laptop"))
		h.is(add(ann, "laptop"), access.ErrTicket)
		// Twice at the same time is once.
		ask, err = h.AskPasskey(ctx, party, "")
		h.must(nil, err)
		answer, err = d.Get(ask.Options)
		h.must(nil, err)
		var in atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := h.SignInByPasskey(ctx, party, access.Login{Ticket: ask.Ticket, From: "192.0.2.7"}, answer); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d sessions of one answer", in.Load())
		}
	})
}

// again returns the accounts as another start would have them.
func (h *house) again() *access.Accounts {
	h.t.Helper()
	a := access.New(h.db, access.Options{Now: func() time.Time { return time.Unix(0, h.now.Load()) }})
	a.Cheaper()
	h.must(nil, a.Restore(h.t.Context()))
	return a
}

func TestLocksSurviveARestart(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		guess := func(a *access.Accounts, name, from string) error {
			_, err := a.SignIn(t.Context(), access.Login{Name: name, Password: "wrong", From: from})
			return err
		}
		throttled := func(a *access.Accounts, name, from string, want bool) {
			t.Helper()
			if _, is := errors.AsType[*access.ThrottledError](guess(a, name, from)); is != want {
				t.Errorf("%s from %s is throttled: %t", name, from, is)
			}
		}
		for i := range 10 {
			h.is(guess(h.Accounts, "ann", "192.0.2."+string(rune('0'+i))), access.ErrRefused)
			h.is(guess(h.Accounts, "nobody", "198.51.100."+string(rune('0'+i))), access.ErrRefused)
		}
		for i := range 30 {
			h.is(guess(h.Accounts, "n"+strings.Repeat("x", i), "203.0.113.1"), access.ErrRefused)
		}
		h.later(time.Minute)
		a := h.again()
		throttled(a, "ann", "192.0.2.100", true)
		throttled(a, "nobody", "192.0.2.100", true) // as users are
		throttled(a, "root", "192.0.2.100", false)
		throttled(a, "root", "203.0.113.1", true)
		// Another password ends it, for the next start, too.
		h.must(a.EditUser(t.Context(), by, "ann", access.Edit{Password: new(other)}))
		throttled(a, "ann", "192.0.2.101", false)
		throttled(h.again(), "ann", "192.0.2.101", false)
		h.later(15 * time.Minute)
		throttled(h.again(), "nobody", "192.0.2.100", false)
		var rows int
		h.must(nil, h.db.Read(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM lockouts").Scan(&rows)
		}))
		if rows != 0 {
			t.Errorf("%d rows of locks that are over", rows)
		}
	})
}
