package access

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

const right = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"

func TestStoredPasswords(t *testing.T) {
	h := newHasher()
	h.cost = cost{64, 1, 1}
	stored, err := h.hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%s, %v", stored, err)
	}
	f := func(stored, password string, want, wantOld bool) {
		t.Helper()
		got, old, err := h.verify(t.Context(), stored, password)
		if err != nil || got != want || old != wantOld {
			t.Errorf("%s with %q: %t, old %t, error %v", stored, password, got, old, err)
		}
	}
	f(stored, "correct horse", true, false)
	f(stored, "correct horse ", false, false)
	f("", "", false, false)
	h.cost.passes = 2
	f(stored, "correct horse", true, true)
	for _, bad := range []string{
		"x", "$$$$$", strings.Replace(stored, "m=64", "m=99999999", 1), strings.Replace(stored, "t=1", "t=99", 1),
		strings.Replace(stored, "p=1", "p=0", 1), strings.Replace(stored, "argon2id", "argon2i", 1), strings.Replace(stored, "v=19", "v=16", 1), stored + "A", right,
	} {
		if _, _, err := h.verify(t.Context(), bad, "correct horse"); !errors.Is(err, errPHC) || strings.Contains(err.Error(), "$") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestHashingIsBounded: many logins at a time take no more memory than two.
func TestHashingIsBounded(t *testing.T) {
	h := newHasher()
	h.cost = cost{64, 1, 1}
	for range maxHashing {
		h.places <- struct{}{}
	}
	var waiting sync.WaitGroup
	for range maxHashWaiting {
		waiting.Go(func() {
			if _, err := h.hash(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	for h.waiting.Load() < maxHashWaiting {
		if t.Context().Err() != nil {
			t.Fatal("they do not wait")
		}
	}
	if _, err := h.hash(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	for range maxHashing {
		<-h.places
	}
	waiting.Wait()
	if n := h.waiting.Load(); n != 0 {
		t.Errorf("%d wait", n)
	}
}

func TestPasswordsThatPeopleWant(t *testing.T) {
	f := func(password string, want bool) {
		t.Helper()
		if err := checkPassword("gardener", password); (err == nil) != want {
			t.Errorf("%q: %v", password, err)
		}
	}
	f("four plain words here", true)
	f("日本語のパスワードです。長い", true)
	f("too short", false)
	f("aaaaaaaaaaaaaaaaaaaa", false)
	f("the Gardener of it", false)
	f("no UTF-8 in here \xff", false)
	f(strings.Repeat("abcdefgh", 200), false)
}

func FuzzParsePHC(f *testing.F) {
	f.Add(right)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePHC(text)
		if err != nil {
			return
		}
		if p.String() != text || p.memory > 256<<10 || p.passes > 16 || len(p.key) != keyBytes {
			t.Errorf("%q is %+v", text, p)
		}
	})
}

func TestNetworks(t *testing.T) {
	f := func(address, want string) {
		t.Helper()
		if got := network(address); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
	f("192.0.2.7", "192.0.2.7")
	f("::ffff:192.0.2.7", "192.0.2.7")
	f("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")
	f("fe80::1%eth0", "fe80::/64")
	f("127.0.0.9", "")
	f("::1", "")
	f("nothing", "nothing")
}
