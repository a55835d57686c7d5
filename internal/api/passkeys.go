package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/passkey"
	"github.com/sasumata/sasumata/internal/search"
)

// errNoPasskeys is an address for which browsers have none.
var errNoPasskeys = &problem{http.StatusConflict, "browsers have passkeys over https and for localhost only: see access.url"}

// party returns what passkeys are for: access.url, and without it localhost, if that is
// what the browser asked for. Nobody else can say by the header Host who we are.
func (g *Gate) party(r *http.Request) passkey.Party {
	if g.URL != "" {
		return passkey.NewParty(g.URL)
	}
	at := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		at.Scheme = "https"
	}
	if !strings.EqualFold(at.Hostname(), "localhost") {
		return passkey.Party{}
	}
	return passkey.NewParty(at.String())
}

// Passkeys is the answer to a list.
type Passkeys struct {
	Passkeys []access.Passkey `json:"passkeys"`
}

func (p *people) myPasskeys(r *http.Request) (any, error) {
	list, err := p.accounts.Passkeys(r.Context(), whoOf(r).UserID)
	return Passkeys{list}, err
}

func (p *people) passkeysOf(r *http.Request) (any, error) {
	list, err := p.accounts.PasskeysOf(r.Context(), r.PathValue("name"))
	return Passkeys{list}, err
}

func (p *people) removePasskeyOf(r *http.Request) (any, error) {
	return nothing{}, p.accounts.RemovePasskeyOf(r.Context(), actorOf(r), r.PathValue("name"), r.PathValue("id"))
}

// secret reads a body with a password.
func (p *people) secret(r *http.Request) (password string, err error) {
	var in struct{ Password string }
	if err := p.encryptedOnly(r); err != nil {
		return "", err
	}
	return in.Password, read(r, &in)
}

func (p *people) askForNewPasskey(r *http.Request) (any, error) {
	at := p.gate.party(r)
	if !at.Can() {
		return nil, errNoPasskeys
	}
	password, err := p.secret(r)
	if err != nil {
		return nil, err
	}
	return p.accounts.BeginPasskey(r.Context(), at, whoOf(r), actorOf(r), password)
}

// answered is what a browser says to a question.
type answered struct {
	Ticket string          `json:"ticket"`
	Name   string          `json:"name,omitempty"`
	Answer json.RawMessage `json:"answer"`
}

func (p *people) addPasskey(r *http.Request) (any, error) {
	at := p.gate.party(r)
	if !at.Can() {
		return nil, errNoPasskeys
	}
	var in answered
	if err := read(r, &in); err != nil {
		return nil, err
	}
	made, codes, err := p.accounts.AddPasskey(r.Context(), at, whoOf(r), actorOf(r), in.Ticket, in.Name, in.Answer)
	return struct {
		access.Passkey

		Codes []string `json:"recovery_codes,omitempty"`
	}{made, codes}, err
}

func (p *people) removePasskey(r *http.Request) (any, error) {
	password, err := p.secret(r)
	if err != nil {
		return nil, err
	}
	return nothing{}, p.accounts.RemovePasskey(r.Context(), whoOf(r), actorOf(r), password, r.PathValue("id"))
}

func (p *people) askForPasskey(r *http.Request) (any, error) {
	at := p.gate.party(r)
	if !at.Can() {
		return nil, errNoPasskeys
	}
	var in struct{ Ticket string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return p.accounts.AskPasskey(r.Context(), at, in.Ticket)
}

func (p *people) loginByPasskey(w http.ResponseWriter, r *http.Request) {
	at := p.gate.party(r)
	var in answered
	err := read(r, &in)
	if err == nil && !at.Can() {
		err = errNoPasskeys
	}
	var secret string
	if err == nil {
		l := p.knock(r)
		l.Ticket = in.Ticket
		secret, err = p.accounts.SignInByPasskey(r.Context(), at, l, in.Answer)
	}
	if err != nil {
		p.refuseLogin(w, r, err)
		return
	}
	p.gate.setCookie(w, r, secret)
	header(w)
	_ = search.Write(w, nothing{}) // who asked may be gone
}
