// Package oidc asks providers of OpenID Connect who somebody is. It is the door to their
// library, and keeps nothing of a sign-in that is under way.
package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	library "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sasumata/sasumata/internal/access"
)

const (
	// patience is how long a provider may take to answer.
	patience = 10 * time.Second
	// maxAnswer is the size in bytes of the largest answer of a provider.
	maxAnswer = 1 << 20
	// again is after which time a provider is asked anew where its parts are, retry after
	// which time when that failed: nobody can make us ask it more often.
	again, retry = time.Hour, 5 * time.Second
	// maxConnections is how many there are to a provider.
	maxConnections = 8
	// maxCode is the length in bytes of the longest code.
	maxCode = 4096
)

// What can go wrong.
var (
	// ErrAway is a provider that does not answer, or not as one.
	ErrAway = errors.New("the provider does not answer")
	// ErrWrong is an answer that proves nothing.
	ErrWrong = errors.New("the provider's answer proves nothing")
)

// Options is a provider.
type Options struct {
	// Name stands in addresses and on the page.
	Name string
	// Issuer is its address, as its tokens have it.
	Issuer string
	// ClientID and Secret are what it knows us by.
	ClientID, Secret string
	// Redirect is where it sends browsers back to.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// NameClaim is where the user's name is; one of email counts when it is verified only.
	NameClaim string
	// GroupsClaim is where the groups are, Roles what each makes of a user, Default the role
	// of users without one of those; 0 is none.
	GroupsClaim string
	Roles       map[string]access.Role
	Default     access.Role
	// Create adds users who are not known.
	Create bool
	// Now is the clock.
	Now func() time.Time
	// TLS is whom to believe that it is the provider; nil means the system's certificates.
	TLS *tls.Config
}

// Provider is asked who somebody is. Any number of goroutines may use it.
type Provider struct {
	// Errors counts answers that could not be had.
	Errors atomic.Int64

	opts   Options
	client *http.Client

	mu      sync.Mutex
	found   *found
	asked   time.Time // when it was asked last
	problem error     // of then
}

// found is where the parts of the provider are, and by which keys it signs.
type found struct {
	oauth  oauth2.Config
	verify *library.IDTokenVerifier
	at     time.Time
}

// New returns a provider. It is not asked before somebody wants to sign in: one that is
// away keeps nobody from starting.
func New(opts Options) *Provider {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: opts.TLS, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience,
		IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 2, MaxConnsPerHost: maxConnections, ForceAttemptHTTP2: true,
	}
	return &Provider{opts: opts, client: &http.Client{Transport: limited{transport}, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("a provider has no reason to send us elsewhere")
	}}}
}

// Name returns that of the configuration.
func (p *Provider) Name() string { return p.opts.Name }

// limited cuts answers.
type limited struct{ http.RoundTripper }

// RoundTrip asks.
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// find returns where the parts of the provider are: what is known for an hour, or what was
// known when it does not answer.
func (p *Provider) find(ctx context.Context) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.opts.Now()
	if p.found != nil && now.Sub(p.found.at) < again {
		return p.found, nil
	}
	if p.asked.IsZero() || now.Sub(p.asked) >= retry {
		p.asked, p.problem = now, p.discover(ctx, now)
	}
	if p.found == nil {
		return nil, p.problem
	}
	return p.found, nil
}

// discover asks the provider. Who wants to know meanwhile waits, for patience at the most.
func (p *Provider) discover(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // others wait for it, too
	defer cancel()
	ctx = library.ClientContext(ctx, p.client)
	at, err := library.NewProvider(ctx, p.opts.Issuer)
	if err != nil {
		p.Errors.Add(1)
		if mismatch, ok := errors.AsType[*library.IssuerMismatchError](err); ok {
			return fmt.Errorf("%w: it calls itself %q", ErrAway, mismatch.Discovered)
		}
		return fmt.Errorf("%w: %.500s", ErrAway, err.Error())
	}
	p.found = &found{
		oauth: oauth2.Config{
			ClientID: p.opts.ClientID, ClientSecret: p.opts.Secret, Endpoint: at.Endpoint(), RedirectURL: p.opts.Redirect,
			Scopes: append([]string{library.ScopeOpenID}, p.opts.Scopes...),
		},
		verify: at.VerifierContext(library.ClientContext(context.Background(), p.client), &library.Config{ClientID: p.opts.ClientID, Now: p.opts.Now}), //nolint:contextcheck // it asks for keys later
		at:     now,
	}
	return nil
}

// Begin returns where a browser goes to sign in.
func (p *Provider) Begin(ctx context.Context, f access.Flow) (string, error) {
	at, err := p.find(ctx)
	if err != nil {
		return "", err
	}
	return at.oauth.AuthCodeURL(f.State, library.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Answer is what a browser brings back.
type Answer struct{ State, Code, Issuer, Error string }

// Finish returns who came back from the provider. ErrWrong is an answer that proves
// nothing, ErrAway a provider that could not be asked.
func (p *Provider) Finish(ctx context.Context, f access.Flow, a Answer) (access.External, error) {
	none := access.External{}
	switch {
	case f.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(f.State)) != 1:
		return none, fmt.Errorf("%w: it is to another question", ErrWrong)
	case a.Issuer != "" && a.Issuer != p.opts.Issuer:
		return none, fmt.Errorf("%w: it is of another provider", ErrWrong)
	case a.Error != "":
		return none, fmt.Errorf("%w: %.100q", ErrWrong, a.Error)
	case a.Code == "" || len(a.Code) > maxCode:
		return none, fmt.Errorf("%w: it has no code", ErrWrong)
	}
	at, err := p.find(ctx)
	if err != nil {
		return none, err
	}
	ctx = library.ClientContext(ctx, p.client)
	tokens, err := at.oauth.Exchange(ctx, a.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response != nil && refused.Response.StatusCode/100 == 4 {
			return none, fmt.Errorf("%w: the code is refused (%.100q)", ErrWrong, refused.ErrorCode)
		}
		p.Errors.Add(1)
		return none, fmt.Errorf("%w: %.500s", ErrAway, err.Error())
	}
	text, ok := tokens.Extra("id_token").(string)
	if !ok {
		return none, fmt.Errorf("%w: it has no id_token", ErrWrong)
	}
	token, err := at.verify.Verify(ctx, text)
	if err != nil {
		return none, fmt.Errorf("%w: %.500s", ErrWrong, err.Error())
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.Nonce)) != 1 {
		return none, fmt.Errorf("%w: the token is for another sign-in", ErrWrong)
	}
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return none, fmt.Errorf("%w: the claims cannot be read", ErrWrong)
	}
	if party, ok := claims["azp"]; ok && party != p.opts.ClientID || !ok && len(token.Audience) > 1 {
		return none, fmt.Errorf("%w: the token is for another party", ErrWrong)
	}
	return p.external(token.Subject, claims), nil
}

// external says what the claims mean here.
func (p *Provider) external(subject string, claims map[string]any) access.External {
	e := access.External{Issuer: p.opts.Issuer, Subject: subject, Create: p.opts.Create}
	name, _ := claims[p.opts.NameClaim].(string)
	e.Name = strings.ToLower(name)
	switch {
	case name == "":
		e.Why = "the provider does not tell the claim " + p.opts.NameClaim
	case p.opts.NameClaim == "email" && claims["email_verified"] != true && claims["email_verified"] != "true":
		e.Why = "the provider has not verified the address"
	}
	for _, group := range texts(claims[p.opts.GroupsClaim]) {
		e.Role = max(e.Role, p.opts.Roles[group]) // a later role may more
	}
	e.Role = cmp.Or(e.Role, p.opts.Default)
	e.None = e.Role == 0 && len(p.opts.Roles) > 0
	return e
}

// texts returns a claim that is a text or a list of them.
func texts(claim any) (all []string) {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		for _, one := range claim {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}
