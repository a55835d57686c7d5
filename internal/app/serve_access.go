package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const (
	// maxLogins is how many attempts to log in wait for the queue; there are some twenty a
	// second at the most.
	maxLogins = 1000
	// ownSource is the source of events of the server itself.
	ownSource = "sasumata"
)

// doorkeeper knows who may do what, and makes events of attempts to log in: rules watch
// this server as any other.
type doorkeeper struct {
	*api.Gate

	attempts chan access.Attempt
	dropped  atomic.Int64
	counters *source.Counters
}

// openAccess makes the doorkeeper.
func (s *Server) openAccess(ctx context.Context) error {
	c := s.cfg()
	d := &doorkeeper{attempts: make(chan access.Attempt, maxLogins)}
	accounts := access.New(s.database, access.Options{Idle: c.Access.Idle, Max: c.Access.Max, Now: s.opts.Now, Report: func(a access.Attempt) {
		if a.Succeeded && s.respond != nil {
			s.respond.Forget()
		}
		select {
		case d.attempts <- a:
		default:
			d.dropped.Add(1)
		}
	}})
	providers := make([]*oidc.Provider, 0, len(c.Access.OIDC))
	for i := range c.Access.OIDC {
		provider := c.Access.OIDC[i].Options
		provider.Now = s.opts.Now
		providers = append(providers, oidc.New(provider))
	}
	d.Gate = &api.Gate{
		Accounts: accounts, URL: c.Access.URL, Providers: providers,
		Now: s.opts.Now, Log: s.log.With("component", "access"),
	}
	d.Change(c.Readers, c.Analysts, c.Operators, c.Proxies)
	own := s.newWatched("own", "logins of this server")
	own.ended.Store(true) // nobody has to sign in
	s.watching = append(s.watching, own)
	d.counters = own.counters
	s.access = d
	return accounts.Restore(ctx)
}

// knownSender returns the name of the sender whose token was made on this server.
func (s *Server) knownSender(ctx context.Context, secret string) (string, error) {
	name, err := s.access.Accounts.Sender(ctx, secret)
	if errors.Is(err, access.ErrUnknown) {
		err = auth.ErrUnknown
	}
	return name, err
}

// offerSetup tells how the first user is added, when there is none.
func (s *Server) offerSetup(ctx context.Context) error {
	secret, until, err := s.access.Accounts.Setup(ctx)
	if err != nil || secret == "" {
		return err
	}
	at := api.URL(s.cfg().Access.URL, s.Listening[0], s.opts.Hostname, s.cfg().HTTP.TLS != nil)
	link := at + "/setup?" + url.Values{"key": {secret}}.Encode()
	s.log.WarnContext(ctx, "there is no user yet: whoever opens this link adds the first one, an admin", "link", link, "until", until.UTC().Format(time.RFC3339))
	return nil
}

// watchLogins queues attempts to log in, until the context is done; then those that wait
// are queued, as far as there is room.
func (s *Server) watchLogins(ctx context.Context) {
	for {
		select {
		case a := <-s.access.attempts:
			s.queueLogin(ctx, a)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), rest)
			defer cancel()
			for len(s.access.attempts) > 0 {
				s.queueLogin(last, <-s.access.attempts)
			}
			return
		}
	}
}

// queueLogin queues an attempt, and waits for room if need be.
func (s *Server) queueLogin(ctx context.Context, a access.Attempt) {
	one := []record.Record{{Text: loginEvent(a), Source: ownSource, Service: ownSource, Host: s.opts.Hostname, Received: a.Time.UnixNano()}}
	for s.put(ctx, one) != nil {
		select {
		case <-ctx.Done():
			s.access.dropped.Add(1)
			return
		case <-time.After(rest):
		}
	}
	s.access.counters.In.Add(1)
	s.access.counters.Last.Store(a.Time.UnixNano())
}

// loginEvent returns the attempt as a line of JSON with standard attributes.
func loginEvent(a access.Attempt) string {
	outcome, name, message := "success", "authentication", "a login succeeded"
	if !a.Succeeded {
		outcome, message = "failure", "a login failed: "+a.Reason
	}
	if a.Locked {
		message += "; the account is locked for a while"
	}
	evt := map[string]any{"name": name, "category": "authentication", "outcome": outcome, "locked": a.Locked, "method": a.Method}
	if a.Reason != "" {
		evt["reason"] = a.Reason
	}
	if a.Locked {
		evt["reason"] = "account locked: " + a.Reason
	}
	line, err := json.Marshal(map[string]any{
		"timestamp": a.Time.UTC().Format(time.RFC3339Nano), "message": message, "evt": evt, "usr": map[string]any{"id": a.User, "name": a.User},
		"network": map[string]any{"client": map[string]any{"ip": a.From}}, "http": map[string]any{"useragent": a.Agent},
	})
	if err != nil {
		panic("BUG: " + err.Error()) // texts and numbers
	}
	return string(line)
}

// accessMetrics writes who came and who was refused.
func (s *Server) accessMetrics(x *exposition) {
	d := s.access
	x.counter("search_unauthorized_total", "Requests without a valid session or token, beside those of senders.", d.Unauthorized.Load())
	x.counter("requests_forbidden_total", "Requests of somebody who may not, or from a page of another site.", d.Forbidden.Load())
	x.family("logins_total", "counter", "Attempts to log in, by the result.")
	x.value("logins_total", labels("result", "success"), float64(d.Accounts.Succeeded.Load()))
	x.value("logins_total", labels("result", "failure"), float64(d.Accounts.Failed.Load()))
	x.value("logins_total", labels("result", "throttled"), float64(d.Accounts.Throttled.Load()))
	x.family("login_methods_total", "counter", "Logins that succeeded, by the way they took.")
	x.value("login_methods_total", labels("method", "password"), float64(d.Accounts.ByPassword.Load()))
	x.value("login_methods_total", labels("method", "passkey"), float64(d.Accounts.ByPasskey.Load()))
	x.value("login_methods_total", labels("method", "oidc"), float64(d.Accounts.ByProvider.Load()))
	if len(d.Providers) > 0 {
		x.family("oidc_errors_total", "counter", "Answers of providers of OpenID Connect that could not be had.")
		for _, one := range d.Providers {
			x.value("oidc_errors_total", labels("provider", one.Name()), float64(one.Errors.Load()))
		}
	}
	x.counter("login_events_dropped_total", "Attempts to log in that no event was made of: the queue had no room.", d.dropped.Load())
}
