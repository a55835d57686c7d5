package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/access/passkey"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/respond/lapi"
)

// Gate knows who asks, and lets in those who may.
type Gate struct {
	// Accounts are those of people, and tokens that they made; nil without any.
	Accounts *access.Accounts
	// Readers, Analysts and Operators are tokens of the configuration: the first two may
	// what a viewer and an analyst may, the others look at dead letters, replay and drop
	// them.
	Readers, Analysts, Operators []auth.Token
	// Proxies are believed when they say which address a client has.
	Proxies auth.Proxies
	// Providers are those at which people sign in.
	Providers []*oidc.Provider
	// URL is the address that browsers know the server by, such as
	// https://logs.example.com behind a proxy; it may be empty.
	URL string
	// Now is the clock, Log is told of what is refused.
	Now func() time.Time
	Log *slog.Logger

	// Unauthorized counts requests without a valid session or token, Forbidden those of
	// somebody who may not.
	Unauthorized, Forbidden atomic.Int64

	patience auth.Patience
	changed  atomic.Pointer[fixed]
}

// fixed is what a configuration says.
type fixed struct {
	readers, analysts, operators []auth.Token
	proxies                      auth.Proxies
}

// Change replaces the tokens of the configuration and the proxies that are believed, for
// requests that begin later.
func (g *Gate) Change(readers, analysts, operators []auth.Token, proxies auth.Proxies) {
	g.changed.Store(&fixed{readers, analysts, operators, proxies})
}

// fixed returns what holds now.
func (g *Gate) fixed() fixed {
	if now := g.changed.Load(); now != nil {
		return *now
	}
	return fixed{g.Readers, g.Analysts, g.Operators, g.Proxies}
}

// URL returns the address that browsers know the server by: the one that was chosen, or
// the place where it listens, by the host's name when that is all of its addresses.
func URL(chosen, listening, host string, encrypted bool) string {
	if chosen != "" {
		return chosen
	}
	at := url.URL{Scheme: "http", Host: listening}
	if encrypted {
		at.Scheme = "https"
	}
	if ip, port, err := net.SplitHostPort(listening); err == nil && net.ParseIP(ip).IsUnspecified() && host != "" {
		at.Host = net.JoinHostPort(host, port)
	}
	return at.String()
}

// whoKey is what a request's context has its access.Who by.
type whoKey struct{}

func whoOf(r *http.Request) access.Who {
	who, _ := r.Context().Value(whoKey{}).(access.Who)
	return who
}

// actorOf returns who changes something, for the audit trail.
func actorOf(r *http.Request) access.Actor {
	return access.Actor{Name: whoOf(r).Name, From: auth.Peer(r)}
}

// guard serves a route to those who may use it.
func (g *Gate) guard(r *route) http.Handler {
	wrong := r.need.kind <= nobody || r.need.kind > allowed || (r.need.kind == allowed) != (r.need.may != 0)
	if wrong || r.serve == nil {
		panic("BUG: nobody says who may use " + r.pattern())
	}
	if r.need.kind == sender {
		return r.serve
	}
	origin := http.NewCrossOriginProtection()
	if g.URL != "" {
		if err := origin.AddTrustedOrigin(g.URL); err != nil {
			panic("BUG: the configuration was checked: " + err.Error())
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := origin.Check(req); err != nil {
			g.Forbidden.Add(1)
			explain(w, http.StatusForbidden, "the request comes from a page of another site")
			return
		}
		if r.need.kind == anybody {
			r.serve(w, req)
			return
		}
		who, err := g.who(req)
		if err != nil {
			g.refuse(w, req, err)
			return
		}
		switch {
		case r.need.kind == allowed && !who.May.Has(r.need.may):
			g.forbid(w, req, who, "this needs "+r.need.may.String()+", which "+who.Name+" may not")
		case r.need.kind == person && who.Session == "":
			g.forbid(w, req, who, "this is for people who are signed in, not for tokens")
		default:
			r.serve(w, req.WithContext(context.WithValue(req.Context(), whoKey{}, who)))
		}
	})
}

// open serves everything behind it: each answer says what a browser must not do with it,
// also those that no route gives, and each request knows its client's address.
func (g *Gate) open(next http.Handler) http.Handler {
	proxies := func() auth.Proxies { return g.fixed().proxies }
	return auth.Behind(proxies, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.secure(w, r)
		next.ServeHTTP(w, r)
	}))
}

// features are what no page of ours uses, but for passkeys.
const features = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"

// secure says what a browser must not do with an answer. A route may say less.
func (g *Gate) secure(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", features)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if g.encrypted(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// who returns who asks; access.ErrUnknown when nobody knows. Who shows a token is known by
// that alone: a page of another site cannot show one.
func (g *Gate) who(r *http.Request) (access.Who, error) {
	if shown := auth.Shown(r); len(shown) > 0 {
		fixed := g.fixed()
		if name, ok := auth.Name(fixed.readers, shown); ok {
			return access.Who{Name: name, May: access.Viewer.Permissions()}, nil
		}
		if name, ok := auth.Name(fixed.analysts, shown); ok {
			return access.Who{Name: name, May: access.Analyst.Permissions()}, nil
		}
		if name, ok := auth.Name(fixed.operators, shown); ok {
			return access.Who{Name: name, May: access.Operate | access.ReadSignals}, nil
		}
		for _, secret := range shown {
			if g.Accounts == nil {
				break
			}
			if who, err := g.Accounts.ByToken(r.Context(), secret); !errors.Is(err, access.ErrUnknown) {
				return who, err
			}
		}
		return access.Who{}, access.ErrUnknown
	}
	cookie, err := r.Cookie(g.cookie(r))
	if err != nil || g.Accounts == nil {
		return access.Who{}, access.ErrUnknown
	}
	return g.Accounts.BySession(r.Context(), cookie.Value)
}

// still returns nil when who asked may still read signals, and access.ErrUnknown when they
// may not. It does not count as using a session, which ends for a stream as for all else.
func (g *Gate) still(r *http.Request) error {
	was := whoOf(r)
	if was.Session == "" {
		who, err := g.who(r)
		if err == nil && !who.May.Has(access.ReadSignals) {
			err = access.ErrUnknown
		}
		return err
	}
	list, err := g.Accounts.Sessions(r.Context(), was)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(s access.Session) bool { return s.ID == was.Session }) {
		return access.ErrUnknown
	}
	return nil
}

// refuse answers somebody who is not known.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, access.ErrUnknown) {
		g.failed(w, r, err)
		return
	}
	g.Unauthorized.Add(1)
	peer := auth.Peer(r)
	if !g.patience.Fails(peer, g.Now()) {
		w.Header().Set("Retry-After", "60")
		explain(w, http.StatusTooManyRequests, "too many requests without a valid session or token")
		return
	}
	g.Log.WarnContext(r.Context(), "a request has no valid session or token", "peer", peer, "path", r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		lapi.Forbid(w) // it speaks CrowdSec's API, and expects this
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	explain(w, http.StatusUnauthorized, "want a session, or a token in the header Authorization: Bearer")
}

// forbid answers somebody who is known, and may not.
func (g *Gate) forbid(w http.ResponseWriter, r *http.Request, who access.Who, why string) {
	g.Forbidden.Add(1)
	g.Log.WarnContext(r.Context(), "a request is not permitted", "who", who.Name, "peer", auth.Peer(r), "path", r.URL.Path)
	explain(w, http.StatusForbidden, why)
}

// encrypted reports whether the browser's connection is.
func (g *Gate) encrypted(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(g.URL, "https:")
}

// cookie returns the name of the cookie that holds the session. Over TLS no other host and
// no unencrypted page can set it.
func (g *Gate) cookie(r *http.Request) string {
	if g.encrypted(r) {
		return "__Host-sasumata"
	}
	return "sasumata"
}

// setCookie hands the browser its session; an empty secret takes it away.
func (g *Gate) setCookie(w http.ResponseWriter, r *http.Request, secret string) {
	c := &http.Cookie{ //nolint:gosec // Secure where the connection is
		Name: g.cookie(r), Value: secret, Path: "/", HttpOnly: true, Secure: g.encrypted(r), SameSite: http.SameSiteLaxMode,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// readable reports that somebody on the way could read a password.
func (g *Gate) readable(r *http.Request) bool {
	peer := net.ParseIP(auth.Peer(r))
	return !g.encrypted(r) && g.URL == "" && (peer == nil || !peer.IsLoopback())
}

// failed answers with what went wrong. What is not the fault of who asks is told to the
// operating log only.
func (g *Gate) failed(w http.ResponseWriter, r *http.Request, err error) {
	if p, ok := errors.AsType[*problem](err); ok {
		explain(w, p.code, p.text)
		return
	}
	if bad, ok := errors.AsType[*access.WrongError](err); ok {
		explain(w, http.StatusBadRequest, bad.Error())
		return
	}
	if wait, ok := errors.AsType[*access.ThrottledError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.After/time.Second)+1))
		explain(w, http.StatusTooManyRequests, wait.Error())
		return
	}
	if wait, ok := errors.AsType[*TooSoonError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(wait.seconds()))
		explain(w, http.StatusTooManyRequests, wait.Error())
		return
	}
	for _, one := range []struct {
		err  error
		code int
	}{
		{access.ErrUnknown, http.StatusNotFound},
		{access.ErrTaken, http.StatusConflict},
		{access.ErrLastAdmin, http.StatusConflict},
		{access.ErrRefused, http.StatusForbidden},
		{access.ErrSetUp, http.StatusForbidden},
		{access.ErrTicket, http.StatusForbidden},
		{access.ErrProvider, http.StatusConflict},
		{passkey.ErrWrong, http.StatusForbidden},
		{access.ErrBusy, http.StatusServiceUnavailable},
		{database.ErrUnavailable, http.StatusServiceUnavailable},
		{database.ErrFull, http.StatusServiceUnavailable},
		{record.ErrFull, http.StatusServiceUnavailable},
		{record.ErrAway, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, one.err) {
			if one.code == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "5")
			}
			explain(w, one.code, one.err.Error())
			return
		}
	}
	if r.Context().Err() == nil {
		g.Log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "error", err)
	}
	explain(w, http.StatusInternalServerError, "it failed: the log of the server says why")
}
