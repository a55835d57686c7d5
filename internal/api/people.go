package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/search"
)

// maxForm is the size in bytes of the largest body about people and tokens.
const maxForm = 16 << 10

// people serves users, sessions and tokens.
type people struct {
	accounts *access.Accounts
	gate     *Gate
	pages    *template.Template
}

// answers serves what is answered in JSON, and has no parameters.
func (p *people) answers(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return p.lists(func(r *http.Request) (any, error) {
		if _, err := known(r); err != nil {
			return nil, err
		}
		return answer(r)
	})
}

// lists serves what is answered in JSON, and comes in pages.
func (p *people) lists(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err != nil {
			p.gate.failed(w, r, err)
			return
		}
		header(w)
		_ = search.Write(w, out) // who asked may be gone
	}
}

// read reads a body of JSON.
func read(r *http.Request, into any) error {
	if _, err := known(r); err != nil {
		return err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, "want a body of application/json"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return err
	}
	if len(body) > maxForm {
		return &problem{http.StatusRequestEntityTooLarge, "the body is too large"}
	}
	// What the decoder says could hold a password.
	if err := strict(body, into); err != nil {
		return &problem{http.StatusBadRequest, "the body is no JSON, or has keys or values that are not known here"}
	}
	return nil
}

type nothing struct{}

// encryptedOnly refuses passwords that others can read on their way.
func (p *people) encryptedOnly(r *http.Request) error {
	if p.gate.readable(r) {
		return errReadable
	}
	return nil
}

var errReadable = &problem{http.StatusForbidden, "passwords are taken over TLS, or from this machine: see http.tls and access.url"}

func (p *people) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Password, Code string }
	err := p.encryptedOnly(r)
	if err == nil {
		err = read(r, &in)
	}
	if err != nil {
		p.gate.failed(w, r, err)
		return
	}
	l := p.knock(r)
	l.Name, l.Password, l.Code = in.Name, in.Password, in.Code
	secret, err := p.accounts.SignIn(r.Context(), l)
	if err != nil {
		p.refuseLogin(w, r, err)
		return
	}
	p.gate.setCookie(w, r, secret)
	header(w)
	_ = search.Write(w, nothing{}) // who asked may be gone
}

// refuseLogin answers who could not sign in.
func (p *people) refuseLogin(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, access.ErrRefused) || errors.Is(err, access.ErrCode) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		explain(w, http.StatusUnauthorized, err.Error())
		return
	}
	p.gate.failed(w, r, err)
}

func (p *people) logout(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r)
	_, err := known(r)
	if err == nil {
		err = p.accounts.EndSession(r.Context(), who, actorOf(r), who.Session)
	}
	if err != nil {
		p.gate.failed(w, r, err)
		return
	}
	p.gate.setCookie(w, r, "")
	header(w)
	_ = search.Write(w, nothing{}) // who asked may be gone
}

// Me is who asks.
type Me struct {
	Name string `json:"name"`
	// Scopes are what is permitted.
	Scopes []string `json:"scopes"`
	// Session is empty for a token.
	Session string `json:"session,omitempty"`
}

func (*people) me(r *http.Request) (any, error) {
	who := whoOf(r)
	return Me{who.Name, who.May.Scopes(), who.Session}, nil
}

func (p *people) password(w http.ResponseWriter, r *http.Request) {
	var in struct{ Current, New string }
	err := p.encryptedOnly(r)
	if err == nil {
		err = read(r, &in)
	}
	var secret string
	if err == nil {
		secret, err = p.accounts.ChangePassword(r.Context(), whoOf(r), actorOf(r), in.Current, in.New)
	}
	if err != nil {
		p.gate.failed(w, r, err)
		return
	}
	p.gate.setCookie(w, r, secret)
	header(w)
	_ = search.Write(w, nothing{}) // who asked may be gone
}

func (p *people) beginTOTP(r *http.Request) (any, error) {
	password, err := p.secret(r)
	if err != nil {
		return nil, err
	}
	return p.accounts.BeginTOTP(r.Context(), whoOf(r), actorOf(r), password)
}

func (p *people) confirmTOTP(r *http.Request) (any, error) {
	var in struct{ Code string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	codes, err := p.accounts.ConfirmTOTP(r.Context(), whoOf(r), actorOf(r), in.Code)
	return struct {
		Codes []string `json:"recovery_codes"`
	}{codes}, err
}

func (p *people) dropTOTP(r *http.Request) (any, error) {
	password, err := p.secret(r)
	if err != nil {
		return nil, err
	}
	return nothing{}, p.accounts.DropTOTP(r.Context(), whoOf(r), actorOf(r), password)
}

func (p *people) newRecoveryCodes(r *http.Request) (any, error) {
	password, err := p.secret(r)
	if err != nil {
		return nil, err
	}
	codes, err := p.accounts.NewRecoveryCodes(r.Context(), whoOf(r), actorOf(r), password)
	return struct {
		Codes []string `json:"recovery_codes"`
	}{codes}, err
}

// ownAccount says of the user who asks what the pages offer.
func (p *people) ownAccount(r *http.Request) (any, error) {
	own, err := p.accounts.Account(r.Context(), whoOf(r))
	return struct {
		access.Account

		// PasskeysPossible reports whether browsers have any for this address.
		PasskeysPossible bool `json:"passkeys_possible"`
	}{own, p.gate.party(r).Can()}, err
}

func (p *people) sessions(r *http.Request) (any, error) {
	list, err := p.accounts.Sessions(r.Context(), whoOf(r))
	return struct {
		Sessions []access.Session `json:"sessions"`
	}{list}, err
}

func (p *people) endSession(r *http.Request) (any, error) {
	return nothing{}, p.accounts.EndSession(r.Context(), whoOf(r), actorOf(r), r.PathValue("id"))
}

// Users is a part of a list.
type Users struct {
	Users []access.User `json:"users"`
	Next  string        `json:"next,omitempty"`
	// Count is how many there are on all pages.
	Count int `json:"count"`
}

// containing returns those of a list whose text has what the parameter query says, capitals
// or not.
func containing[T any](r *http.Request, list []T, text func(*T) string) []T {
	want := strings.ToLower(r.URL.Query().Get("query"))
	if want == "" {
		return list
	}
	return slices.DeleteFunc(list, func(one T) bool { return !strings.Contains(strings.ToLower(text(&one)), want) })
}

func (p *people) users(r *http.Request) (any, error) {
	list, err := p.accounts.Users(r.Context())
	if err != nil {
		return nil, err
	}
	list = containing(r, list, func(u *access.User) string { return u.Name + " " + u.Role })
	part, next, err := page(r, list, func(u *access.User) string { return u.Name }, "query")
	return Users{part, next, len(list)}, err
}

// newUser is somebody who is to be added: with a password, or with the issuer of the
// provider at which the user signs in.
type newUser struct {
	Name     string `json:"name"`
	Password string `json:"password,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	Role     string `json:"role"`
}

func (p *people) addUser(r *http.Request) (any, error) {
	var in newUser
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Issuer == "" {
		return p.accounts.AddUser(r.Context(), actorOf(r), in.Name, in.Password, in.Role)
	}
	if in.Password != "" {
		return nil, &problem{http.StatusBadRequest, "a user has a password or an issuer, not both"}
	}
	return p.accounts.AddExternal(r.Context(), actorOf(r), in.Name, in.Issuer, in.Role)
}

func (p *people) editUser(r *http.Request) (any, error) {
	var in access.Edit
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return p.accounts.EditUser(r.Context(), actorOf(r), r.PathValue("name"), in)
}

func (p *people) removeUser(r *http.Request) (any, error) {
	return nothing{}, p.accounts.RemoveUser(r.Context(), actorOf(r), r.PathValue("name"))
}

func (p *people) endSessions(r *http.Request) (any, error) {
	return nothing{}, p.accounts.EndSessions(r.Context(), actorOf(r), r.PathValue("name"))
}

// Tokens is a part of a list.
type Tokens struct {
	Tokens []access.Token `json:"tokens"`
	Next   string         `json:"next,omitempty"`
	// Count is how many there are on all pages.
	Count int `json:"count"`
}

func (p *people) tokens(r *http.Request) (any, error) { return p.tokensOf(r, "") }

func (p *people) myTokens(r *http.Request) (any, error) { return p.tokensOf(r, whoOf(r).UserID) }

func (p *people) tokensOf(r *http.Request, user string) (any, error) {
	list, err := p.accounts.Tokens(r.Context(), user)
	if err != nil {
		return nil, err
	}
	if scope := r.URL.Query().Get("scope"); scope != "" {
		list = slices.DeleteFunc(list, func(t access.Token) bool { return !slices.Contains(t.Scopes, scope) })
	}
	list = containing(r, list, func(t *access.Token) string { return t.Name + " " + t.User })
	part, next, err := page(r, list, func(t *access.Token) string { return t.Name }, "query", "scope")
	return Tokens{part, next, len(list)}, err
}

// newToken is a token that is to be made.
type newToken struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Expires string   `json:"expires,omitempty"` // after a duration; empty for never
}

// Made is a token that was made, with its secret.
type Made struct {
	access.Token

	Secret string `json:"secret"`
}

func (p *people) addToken(r *http.Request) (any, error) {
	var in newToken
	if err := read(r, &in); err != nil {
		return nil, err
	}
	want := access.NewToken{Name: in.Name, Scopes: in.Scopes}
	if in.Expires != "" {
		life, err := search.Age(in.Expires)
		if err != nil || life < time.Second {
			return nil, &problem{http.StatusBadRequest, "expires wants a duration such as 90d"}
		}
		want.Life = life
	}
	secret, token, err := p.accounts.AddToken(r.Context(), whoOf(r), actorOf(r), want)
	return Made{token, secret}, err
}

func (p *people) removeToken(r *http.Request) (any, error) {
	return nothing{}, p.accounts.RemoveToken(r.Context(), actorOf(r), "", r.PathValue("id"))
}

func (p *people) removeMyToken(r *http.Request) (any, error) {
	return nothing{}, p.accounts.RemoveToken(r.Context(), actorOf(r), whoOf(r).UserID, r.PathValue("id"))
}

// strict reads JSON that has no keys but those of into, and nothing behind it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind it")
	}
	return nil
}
