package api

import (
	"errors"
	"net/http"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/auth"
)

// flowCookie returns the name of the cookie that holds a sign-in at a provider.
func (g *Gate) flowCookie(r *http.Request) string { return g.cookie(r) + "-oidc" }

// setFlow hands the browser its sign-in at a provider; an empty ticket takes it away. It
// comes back from another site, which Lax allows for links.
func (g *Gate) setFlow(w http.ResponseWriter, r *http.Request, ticket string) {
	c := &http.Cookie{ //nolint:gosec // Secure where the connection is
		Name: g.flowCookie(r), Value: ticket, Path: "/", MaxAge: int(access.FlowLife.Seconds()), HttpOnly: true, Secure: g.encrypted(r), SameSite: http.SameSiteLaxMode,
	}
	if ticket == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func (p *people) provider(r *http.Request) *oidc.Provider {
	for _, one := range p.gate.Providers {
		if one.Name() == r.PathValue("name") {
			return one
		}
	}
	return nil
}

// toProvider sends a browser to a provider.
func (p *people) toProvider(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	provider := p.provider(r)
	if provider == nil {
		explain(w, http.StatusNotFound, "there is no such provider")
		return
	}
	flow, ticket, err := p.accounts.BeginFlow(provider.Name(), next)
	var to string
	if err == nil {
		to, err = provider.Begin(r.Context(), flow)
	}
	if err != nil {
		p.gate.Log.WarnContext(r.Context(), "nobody can sign in at a provider", "provider", provider.Name(), "error", err)
		p.problem(w, r, "login", p.loginPage(r, next), err, provider.Name())
		return
	}
	p.gate.setFlow(w, r, ticket)
	redirect(w, to)
}

// fromProvider takes a browser that comes back.
func (p *people) fromProvider(w http.ResponseWriter, r *http.Request) {
	provider := p.provider(r)
	if provider == nil {
		explain(w, http.StatusNotFound, "there is no such provider")
		return
	}
	next, secret, err := p.back(r, provider)
	p.gate.setFlow(w, r, "")
	if err != nil {
		if !errors.Is(err, access.ErrRefused) { // the attempt is told already
			p.gate.Log.WarnContext(r.Context(), "a sign-in at a provider failed", "provider", provider.Name(), "peer", auth.Peer(r), "error", err)
		}
		p.problem(w, r, "login", p.loginPage(r, next), err, provider.Name())
		return
	}
	p.gate.setCookie(w, r, secret)
	redirect(w, next)
}

// back checks what a browser brings back, and begins a session.
func (p *people) back(r *http.Request, provider *oidc.Provider) (next, secret string, err error) {
	cookie, err := r.Cookie(p.gate.flowCookie(r))
	if err != nil {
		return "/", "", access.ErrTicket
	}
	flow, err := p.accounts.OpenFlow(cookie.Value)
	if err != nil {
		return "/", "", err
	}
	next = local(flow.Next)
	if flow.Provider != provider.Name() {
		return next, "", oidc.ErrWrong
	}
	q := r.URL.Query()
	who, err := provider.Finish(r.Context(), flow, oidc.Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")})
	if errors.Is(err, oidc.ErrWrong) { // is an attempt, too
		_, told := p.accounts.SignInExternal(r.Context(), p.knock(r), access.External{Why: err.Error()})
		if errors.Is(told, access.ErrRefused) {
			told = err
		}
		return next, "", told
	}
	if err != nil {
		return next, "", err
	}
	if err := p.accounts.UseFlow(flow); err != nil {
		return next, "", err
	}
	secret, err = p.accounts.SignInExternal(r.Context(), p.knock(r), who)
	return next, secret, err
}
