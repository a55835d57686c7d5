// Package passkey asks browsers for passkeys and checks what they answer, as WebAuthn has
// it. It keeps nothing: what has to come back is handed out, what has to stay is returned.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// MaxAnswer is the size in bytes of the largest answer of a browser that is read.
const MaxAnswer = 16 << 10

// What can be wrong with an answer.
var (
	// ErrWrong is an answer that proves nothing: of another site, to another question, by
	// another key, or by somebody whom the device did not verify.
	ErrWrong = errors.New("the passkey is wrong")
	// ErrCopied is a key whose counter went back: there may be a copy of it.
	ErrCopied = errors.New("the counter of the passkey went back: there may be a copy of it")
)

// Party is this server as browsers know it. A passkey belongs to one party for ever. The
// zero Party can have none.
type Party struct{ id, origin string }

// NewParty returns the party at an address such as https://logs.example.com. Browsers have
// passkeys over https and for localhost only, and never for an address of numbers; the
// party of others can have none.
func NewParty(address string) Party {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" {
		return Party{}
	}
	host := strings.ToLower(at.Hostname())
	if _, err := netip.ParseAddr(host); err == nil || protocol.ValidateRPID(host) != nil {
		return Party{}
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if at.Scheme != "https" && (at.Scheme != "http" || !local) {
		return Party{}
	}
	return Party{id: host, origin: at.Scheme + "://" + strings.ToLower(at.Host)}
}

// Can reports whether the party can have passkeys.
func (p Party) Can() bool { return p.id != "" }

// Person is whose a passkey is.
type Person struct {
	// ID stays when the person is renamed, Name is shown by the device.
	ID, Name string
}

// Key is what is kept of a passkey. None of it is a secret.
type Key struct {
	// ID is the browser's name of it.
	ID []byte
	// Count is how often it was used by its own account; many always say 0.
	Count uint32
	// Record is all that checks an answer.
	Record []byte
}

// Question is asked of a browser.
type Question struct {
	// Options are what navigator.credentials takes, in JSON.
	Options json.RawMessage
	// Challenge must be known, and used once, when the answer comes.
	Challenge string
}

// Make asks for a new passkey that is none of those.
func (p Party) Make(person Person, not []Key) (Question, error) {
	w, err := p.open()
	if err != nil {
		return Question{}, err
	}
	u := user{person, nil}
	for i := range not {
		u.keys = append(u.keys, webauthn.Credential{ID: not[i].ID})
	}
	options, session, err := w.BeginRegistration(&u, webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()))
	if err != nil {
		return Question{}, err
	}
	return question(options, session)
}

// Made checks the answer to Make, and returns the new key.
func (p Party) Made(person Person, challenge string, answer []byte) (Key, error) {
	w, err := p.open()
	if err != nil {
		return Key{}, err
	}
	if len(answer) > MaxAnswer {
		return Key{}, fmt.Errorf("%w: its answer is too large", ErrWrong)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, refused(err)
	}
	session := p.session(person.ID, challenge)
	session.CredParams = webauthn.CredentialParametersDefault()
	made, err := w.CreateCredential(&user{person, nil}, session, parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	made.Attestation = webauthn.CredentialAttestation{} // nobody looks at it again
	return keep(made)
}

// Ask asks for one of the keys; without any, for whichever the person at the browser
// chooses.
func (p Party) Ask(person Person, keys []Key) (Question, error) {
	w, err := p.open()
	if err != nil {
		return Question{}, err
	}
	if len(keys) == 0 {
		options, session, err := w.BeginDiscoverableLogin()
		if err != nil {
			return Question{}, err
		}
		return question(options, session)
	}
	u, err := known(person, keys)
	if err != nil {
		return Question{}, err
	}
	options, session, err := w.BeginLogin(u)
	if err != nil {
		return Question{}, err
	}
	return question(options, session)
}

// Answered checks the answer to Ask, and returns the key with its new count. It is to be
// one of the keys of the person that find returns for its ID; an id that is asked for is
// that of the only person who may answer.
func (p Party) Answered(id, challenge string, answer []byte, find func(keyID []byte) (Person, []Key, error)) (Person, Key, error) {
	w, err := p.open()
	if err != nil {
		return Person{}, Key{}, err
	}
	if len(answer) > MaxAnswer {
		return Person{}, Key{}, fmt.Errorf("%w: its answer is too large", ErrWrong)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Person{}, Key{}, refused(err)
	}
	person, keys, err := find(parsed.RawID)
	if err != nil {
		return Person{}, Key{}, err
	}
	u, err := known(person, keys)
	if err != nil {
		return Person{}, Key{}, err
	}
	var used *webauthn.Credential
	if id != "" {
		used, err = w.ValidateLogin(u, p.session(id, challenge), parsed)
	} else {
		used, err = w.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return u, nil }, p.session("", challenge), parsed)
	}
	if err != nil {
		return person, Key{}, refused(err)
	}
	if used.Authenticator.CloneWarning {
		return person, Key{}, ErrCopied
	}
	key, err := keep(used)
	return person, key, err
}

// session is what the library wants to know again of a question.
func (p Party) session(id, challenge string) webauthn.SessionData {
	return webauthn.SessionData{Challenge: challenge, RelyingPartyID: p.id, UserID: []byte(id), UserVerification: protocol.VerificationRequired}
}

// open returns what makes and checks.
func (p Party) open() (*webauthn.WebAuthn, error) {
	if !p.Can() {
		return nil, errors.New("browsers have no passkeys for this address")
	}
	return webauthn.New(&webauthn.Config{
		RPID: p.id, RPDisplayName: "Sasumata", RPOrigins: []string{p.origin},
		AttestationPreference: protocol.PreferNoAttestation, // which maker it is of does not matter here
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
}

func question(options any, session *webauthn.SessionData) (Question, error) {
	text, err := json.Marshal(options)
	return Question{text, session.Challenge}, err
}

// refused is what the library has against an answer, without what the answer says.
func refused(err error) error {
	if said, ok := errors.AsType[*protocol.Error](err); ok {
		return fmt.Errorf("%w: %s", ErrWrong, said.Details)
	}
	return fmt.Errorf("%w: it cannot be read", ErrWrong)
}

func keep(c *webauthn.Credential) (Key, error) {
	record, err := json.Marshal(c)
	return Key{c.ID, c.Authenticator.SignCount, record}, err
}

// user is a person as the library wants to see one.
type user struct {
	person Person
	keys   []webauthn.Credential
}

var _ webauthn.User = (*user)(nil)

func known(person Person, keys []Key) (*user, error) {
	u := &user{person, make([]webauthn.Credential, len(keys))}
	for i := range keys {
		if err := json.Unmarshal(keys[i].Record, &u.keys[i]); err != nil {
			return nil, fmt.Errorf("read a passkey of %s: %w", person.Name, err)
		}
	}
	return u, nil
}

// WebAuthnID returns what the device keeps of the person.
func (u *user) WebAuthnID() []byte { return []byte(u.person.ID) }

// WebAuthnName returns the name.
func (u *user) WebAuthnName() string { return u.person.Name }

// WebAuthnDisplayName returns the name, too.
func (u *user) WebAuthnDisplayName() string { return u.person.Name }

// WebAuthnCredentials returns the keys.
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.keys }
