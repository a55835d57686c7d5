// Package passkeytest is a device with passkeys, for tests: a browser and an authenticator
// that do as they are told, also what is wrong.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Device makes passkeys and answers with them.
type Device struct {
	// Origin is the address of the page that asks.
	Origin string
	// Party is signed for in place of the one that asks, unless it is empty.
	Party string
	// Unverified leaves out that the device knows its owner.
	Unverified bool
	// Counts makes it count, from Count on.
	Counts bool
	Count  uint32

	keys map[string]*key
}

type key struct {
	private *ecdsa.PrivateKey
	handle  []byte
}

// asked is what options say, as far as it matters here.
type asked struct {
	PublicKey struct {
		Challenge string
		RPID      string `json:"rpId"`
		RP        struct{ ID string }
		User      struct{ ID string }
		Allow     []struct{ ID string } `json:"allowCredentials"`
		Exclude   []struct{ ID string } `json:"excludeCredentials"`
	}
}

// Create makes a passkey and answers for navigator.credentials.create.
func (d *Device) Create(options []byte) ([]byte, error) {
	var in asked
	if err := json.Unmarshal(options, &in); err != nil {
		return nil, err
	}
	for _, one := range in.PublicKey.Exclude {
		if _, ok := d.keys[one.ID]; ok {
			return nil, errors.New("there is a passkey already")
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	handle, err := base64.RawURLEncoding.DecodeString(in.PublicKey.User.ID)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	name := encode(id)
	if d.keys == nil {
		d.keys = map[string]*key{}
	}
	d.keys[name] = &key{private, handle}
	public, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	data := d.data(in.PublicKey.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...) // of no maker
	data = binary.BigEndian.AppendUint16(data, uint16(len(id)))
	data = append(data, id...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // ES256 on P-256
	data = append(data, public[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	data = append(data, public[33:]...)
	object := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59")
	object = binary.BigEndian.AppendUint16(object, uint16(len(data)))
	object = append(object, data...)
	return json.Marshal(map[string]any{
		"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": encode(d.client("webauthn.create", in.PublicKey.Challenge)), "attestationObject": encode(object), "transports": []string{"internal"}},
	})
}

// Get answers for navigator.credentials.get, with any of the passkeys that are wanted.
func (d *Device) Get(options []byte) ([]byte, error) {
	var in asked
	if err := json.Unmarshal(options, &in); err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(d.keys))
	if len(in.PublicKey.Allow) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool {
			return !slices.ContainsFunc(in.PublicKey.Allow, func(one struct{ ID string }) bool { return one.ID == name })
		})
	}
	if len(names) == 0 {
		return nil, errors.New("no such passkey")
	}
	k := d.keys[names[0]]
	data, client := d.data(in.PublicKey.RPID, 0), d.client("webauthn.get", in.PublicKey.Challenge)
	sum := sha256.Sum256(client)
	sum = sha256.Sum256(append(slices.Clone(data), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, sum[:])
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"id": names[0], "rawId": names[0], "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(k.handle)},
	})
}

// data is what the authenticator signs: for whom, what it saw, and how often it was used.
func (d *Device) data(party string, flags byte) []byte {
	if d.Party != "" {
		party = d.Party
	}
	sum := sha256.Sum256([]byte(party))
	flags |= 0x01 // somebody is there
	if !d.Unverified {
		flags |= 0x04
	}
	if d.Counts {
		d.Count++
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.Count)
}

func (d *Device) client(kind, challenge string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, challenge, d.Origin)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
