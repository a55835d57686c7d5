package passkey_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sasumata/sasumata/internal/access/passkey"
	"github.com/sasumata/sasumata/internal/access/passkey/passkeytest"
)

const origin = "https://logs.example.com"

var ann, bob = passkey.Person{ID: "id-of-ann", Name: "ann"}, passkey.Person{ID: "id-of-bob", Name: "bob"}

func TestParties(t *testing.T) {
	f := func(address string, want bool) {
		t.Helper()
		if got := passkey.NewParty(address).Can(); got != want {
			t.Errorf("%s can have passkeys: %t", address, got)
		}
	}
	f(origin, true)
	f("https://logs.example.com:8480", true)
	f("http://localhost:8480", true)
	f("http://logs.example.com", false)
	f("http://127.0.0.1:8480", false)
	f("https://192.0.2.1", false)
	f("https://[2001:db8::1]", false)
	f("", false)
	f("logs.example.com", false)
	if _, err := passkey.NewParty("http://127.0.0.1").Ask(ann, nil); err == nil {
		t.Error("it asks all the same")
	}
}

// holder is a device with a passkey of ann.
func holder(t *testing.T) (passkey.Party, *passkeytest.Device, passkey.Key) {
	t.Helper()
	p, d := passkey.NewParty(origin), &passkeytest.Device{Origin: origin, Counts: true}
	return p, d, make1(t, p, d)
}

func make1(t *testing.T, p passkey.Party, d *passkeytest.Device) passkey.Key {
	t.Helper()
	q, err := p.Make(ann, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.Create(q.Options)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Made(ann, q.Challenge, answer)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func of(person passkey.Person, keys ...passkey.Key) func([]byte) (passkey.Person, []passkey.Key, error) {
	return func([]byte) (passkey.Person, []passkey.Key, error) { return person, keys, nil }
}

func TestMakeAndAsk(t *testing.T) {
	p, d, key := holder(t)
	for _, id := range []string{"", ann.ID} { // whoever it is, and a known one
		keys := []passkey.Key{key}
		if id == "" {
			keys = nil
		}
		q, err := p.Ask(ann, keys)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(q.Options, []byte(`"userVerification":"required"`)) {
			t.Errorf("%s", q.Options)
		}
		answer, err := d.Get(q.Options)
		if err != nil {
			t.Fatal(err)
		}
		who, used, err := p.Answered(id, q.Challenge, answer, of(ann, key))
		if err != nil || who != ann || !bytes.Equal(used.ID, key.ID) || used.Count <= key.Count {
			t.Errorf("%+v %v %d, error %v", who, used.ID, used.Count, err)
		}
		key = used
	}
	q, err := p.Make(ann, []passkey.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create(q.Options); err == nil {
		t.Error("the device has two passkeys of one person")
	}
}

// TestWrongAnswers: each of them proves nothing.
func TestWrongAnswers(t *testing.T) {
	p, d, key := holder(t)
	f := func(what string, want error, id, challenge string, change func(d *passkeytest.Device), find func([]byte) (passkey.Person, []passkey.Key, error)) {
		t.Helper()
		q, err := p.Ask(ann, nil)
		if err != nil {
			t.Fatal(err)
		}
		if challenge == "" {
			challenge = q.Challenge
		}
		device := *d
		change(&device)
		answer, err := device.Get(q.Options)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.Answered(id, challenge, answer, find); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", what, err, want)
		}
	}
	same := func(*passkeytest.Device) {}
	f("right", nil, "", "", same, of(ann, key))
	f("of another site", passkey.ErrWrong, "", "", func(d *passkeytest.Device) { d.Origin = "https://logs.example.com.evil.example" }, of(ann, key))
	f("of another port", passkey.ErrWrong, "", "", func(d *passkeytest.Device) { d.Origin = origin + ":8443" }, of(ann, key))
	f("not encrypted", passkey.ErrWrong, "", "", func(d *passkeytest.Device) { d.Origin = "http://logs.example.com" }, of(ann, key))
	f("for another party", passkey.ErrWrong, "", "", func(d *passkeytest.Device) { d.Party = "evil.example" }, of(ann, key))
	f("to another question", passkey.ErrWrong, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", same, of(ann, key))
	f("to no question", passkey.ErrWrong, "", "x", same, of(ann, key))
	f("of nobody", passkey.ErrWrong, "", "", func(d *passkeytest.Device) { d.Unverified = true }, of(ann, key))
	f("of another person", passkey.ErrWrong, "", "", same, of(bob, key))
	f("of another person than the one asked", passkey.ErrWrong, bob.ID, "", same, of(ann, key))
	f("by another key", passkey.ErrWrong, "", "", same, of(ann, make1(t, p, &passkeytest.Device{Origin: origin})))
	f("by no key", passkey.ErrWrong, "", "", same, of(ann))
	f("by a copy", passkey.ErrCopied, "", "", func(d *passkeytest.Device) { d.Count = 0 }, of(ann, key))
	used := key
	used.Record = bytes.Replace(key.Record, []byte(`"signCount":1`), []byte(`"signCount":9`), 1)
	f("by a copy that does not count", passkey.ErrCopied, "", "", func(d *passkeytest.Device) { d.Counts, d.Count = false, 0 }, of(ann, used))
	lost := errors.New("of the caller")
	f("that nobody finds", lost, "", "", same, func([]byte) (passkey.Person, []passkey.Key, error) { return passkey.Person{}, nil, lost })
}

func TestWrongKeys(t *testing.T) {
	p := passkey.NewParty(origin)
	f := func(what string, person passkey.Person, challenge string, d *passkeytest.Device) {
		t.Helper()
		q, err := p.Make(ann, nil)
		if err != nil {
			t.Fatal(err)
		}
		if challenge == "" {
			challenge = q.Challenge
		}
		answer, err := d.Create(q.Options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Made(person, challenge, answer); !errors.Is(err, passkey.ErrWrong) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	f("of another site", ann, "", &passkeytest.Device{Origin: "https://evil.example"})
	f("for another party", ann, "", &passkeytest.Device{Origin: origin, Party: "evil.example"})
	f("of nobody", ann, "", &passkeytest.Device{Origin: origin, Unverified: true})
	f("to another question", ann, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &passkeytest.Device{Origin: origin})
	if _, err := p.Made(ann, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", bytes.Repeat([]byte("["), passkey.MaxAnswer+1)); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("a large answer: %v", err)
	}
}

// FuzzAnswers reads what a browser may send.
func FuzzAnswers(f *testing.F) {
	p, d := passkey.NewParty(origin), &passkeytest.Device{Origin: origin}
	q, err := p.Make(ann, nil)
	if err != nil {
		f.Fatal(err)
	}
	made, err := d.Create(q.Options)
	if err != nil {
		f.Fatal(err)
	}
	key, err := p.Made(ann, q.Challenge, made)
	if err != nil {
		f.Fatal(err)
	}
	ask, err := p.Ask(ann, nil)
	if err != nil {
		f.Fatal(err)
	}
	got, err := d.Get(ask.Options)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(got)
	f.Fuzz(func(t *testing.T, answer []byte) {
		if k, err := p.Made(ann, q.Challenge, answer); err == nil && len(k.ID) == 0 {
			t.Error("a passkey without a name")
		}
		if who, _, err := p.Answered("", ask.Challenge, answer, of(ann, key)); err == nil && who != ann {
			t.Error("it is of somebody else")
		}
	})
}
