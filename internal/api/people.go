package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/search"
)

// maxForm is the size in bytes of the largest body about people and tokens.
const maxForm = 16 << 10

// people serves users, sessions and tokens.
type people struct {
	accounts *access.Accounts
	gate     *Gate
}

// answers serves what is answered in JSON.
func (p *people) answers(answer func(*http.Request) (any, error)) http.HandlerFunc {
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
		return &problem{http.StatusForbidden, "passwords are taken over TLS, or from this machine: see http.tls and access.url"}
	}
	return nil
}

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
	l := access.Login{Name: in.Name, Password: in.Password, Code: in.Code, From: auth.Peer(r), Agent: r.UserAgent()}
	if cookie, err := r.Cookie(p.gate.cookie(r)); err == nil {
		l.Session = cookie.Value
	}
	secret, err := p.accounts.SignIn(r.Context(), l)
	switch {
	case errors.Is(err, access.ErrRefused), errors.Is(err, access.ErrCode):
		w.Header().Set("WWW-Authenticate", "Bearer")
		explain(w, http.StatusUnauthorized, err.Error())
		return
	case err != nil:
		p.gate.failed(w, r, err)
		return
	}
	p.gate.setCookie(w, r, secret)
	header(w)
	_ = search.Write(w, nothing{}) // who asked may be gone
}

func (p *people) logout(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r)
	if err := p.accounts.EndSession(r.Context(), who, actorOf(r), who.Session); err != nil {
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
	var in struct{ Password string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return p.accounts.BeginTOTP(r.Context(), whoOf(r), actorOf(r), in.Password)
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
	var in struct{ Password string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return nothing{}, p.accounts.DropTOTP(r.Context(), whoOf(r), actorOf(r), in.Password)
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

// Users is the answer to a list.
type Users struct {
	Users []access.User `json:"users"`
}

func (p *people) users(r *http.Request) (any, error) {
	list, err := p.accounts.Users(r.Context())
	return Users{list}, err
}

// newUser is somebody who is to be added.
type newUser struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

func (p *people) addUser(r *http.Request) (any, error) {
	var in newUser
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return p.accounts.AddUser(r.Context(), actorOf(r), in.Name, in.Password, in.Role)
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

// Tokens is the answer to a list.
type Tokens struct {
	Tokens []access.Token `json:"tokens"`
}

func (p *people) tokens(r *http.Request) (any, error) {
	list, err := p.accounts.Tokens(r.Context(), "")
	return Tokens{list}, err
}

func (p *people) myTokens(r *http.Request) (any, error) {
	list, err := p.accounts.Tokens(r.Context(), whoOf(r).UserID)
	return Tokens{list}, err
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
