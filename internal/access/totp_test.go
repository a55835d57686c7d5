package access_test

import (
	"encoding/base32"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
)

// TestNewRecoveryCodes: new ones take the place of those there are.
func TestNewRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		_, who := h.signedIn("ann", "192.0.2.7", "")
		_, err := h.NewRecoveryCodes(ctx, who, by, password)
		h.wrong(err, "no second factor")
		begun, err := h.BeginTOTP(ctx, who, by, password)
		h.must(nil, err)
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(begun.Secret)
		h.must(nil, err)
		old, err := h.ConfirmTOTP(ctx, who, by, access.CodeAt(secret, h.now.Load()/1e9))
		h.must(nil, err)
		_, err = h.NewRecoveryCodes(ctx, who, by, other)
		h.is(err, access.ErrRefused)
		codes, err := h.NewRecoveryCodes(ctx, who, by, password)
		if err != nil || len(codes) != 10 {
			t.Fatalf("%q, %v", codes, err)
		}
		login := func(code string) error {
			_, err := h.SignIn(ctx, access.Login{Name: "ann", Password: password, Code: code, From: "192.0.2.7"})
			return err
		}
		h.is(login(old[0]), access.ErrRefused)
		h.must(nil, login(codes[0]))
		h.is(login(codes[0]), access.ErrRefused)
		if own, err := h.Account(ctx, who); err != nil || own.RecoveryCodes != 9 || !own.TOTP || own.Name != "ann" {
			t.Errorf("%+v, %v", own, err)
		}
		if trail := strings.Join(h.trail(), "\n"); !strings.Contains(trail, "user.recovery") {
			t.Errorf("nothing of it in the trail:\n%s", trail)
		}
	})
}

// TestCodes are those of RFC 6238, appendix B, with six digits.
func TestCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := access.CodeAt(secret, at); got != want {
			t.Errorf("at %d it is %s, want %s", at, got, want)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		ctx := t.Context()
		before, _ := h.signedIn("ann", "192.0.2.7", "")
		_, who := h.signedIn("ann", "192.0.2.7", "")
		_, err := h.ConfirmTOTP(ctx, who, by, "000000")
		h.wrong(err, "begun")
		_, err = h.BeginTOTP(ctx, who, by, other)
		h.is(err, access.ErrRefused)
		begun, err := h.BeginTOTP(ctx, who, by, password)
		if err != nil || !strings.HasPrefix(begun.URI, "otpauth://totp/Sasumata:ann?issuer=Sasumata&secret="+begun.Secret) {
			t.Fatalf("%+v, %v", begun, err)
		}
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(begun.Secret)
		h.must(nil, err)
		now := func(step int64) string { return access.CodeAt(secret, h.now.Load()/1e9+30*step) }
		_, err = h.ConfirmTOTP(ctx, who, by, now(5))
		h.wrong(err, "wrong")
		h.must(nil, h.login("ann", password, "192.0.2.7")) // not on yet
		codes, err := h.ConfirmTOTP(ctx, who, by, now(0))
		if err != nil || len(codes) != 10 {
			t.Fatalf("%q, %v", codes, err)
		}
		h.ended(before)
		_, err = h.BeginTOTP(ctx, who, by, password)
		h.wrong(err, "switch it off")
		login := func(password, code string) error {
			_, err := h.SignIn(ctx, access.Login{Name: "ann", Password: password, Code: code, From: "192.0.2.7"})
			return err
		}
		h.is(login(password, ""), access.ErrCode)
		h.is(login(other, ""), access.ErrRefused) // and not that a code is wanted
		h.is(login(password, now(0)), access.ErrRefused)
		h.must(nil, login(password, now(1)))
		h.is(login(password, now(1)), access.ErrRefused)
		h.later(time.Minute)
		// Of two that come at a time, one is taken.
		var all sync.WaitGroup
		var taken atomic.Int64
		for range 4 {
			all.Go(func() {
				if login(password, now(0)) == nil {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("the code was taken %d times", taken.Load())
		}
		h.is(login(password, now(-1)), access.ErrRefused) // older than the last one
		h.later(time.Minute)
		h.is(login(password, now(2)), access.ErrRefused)
		h.later(time.Hour)
		h.must(nil, login(password, " "+strings.ToUpper(codes[3])+" "))
		h.is(login(password, codes[3]), access.ErrRefused)
		h.must(nil, login(password, codes[4]))
		_, who = h.signedInWith("ann", codes[5])
		h.is(h.DropTOTP(ctx, who, by, other), access.ErrRefused)
		h.must(nil, h.DropTOTP(ctx, who, by, password))
		h.must(nil, login(password, ""))
	})
}

func (h *house) signedInWith(name, code string) (string, access.Who) {
	h.t.Helper()
	secret, err := h.SignIn(h.t.Context(), access.Login{Name: name, Password: password, Code: code, From: "192.0.2.7"})
	h.must(nil, err)
	who, err := h.BySession(h.t.Context(), secret)
	h.must(nil, err)
	return secret, who
}
