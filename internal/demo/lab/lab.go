// Package lab is the small web shop of the learning lab: it writes its logs with package
// seclog, as an application would, and holds the texts of the four steps.
//
// The shop has no server: requests are handed to its handler in memory, under the clock of
// the story, so the same level gives the same bytes. Addresses are those reserved for
// documentation (RFC 5737).
package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

// Blocked is the address on the lab's own block list.
const Blocked = "192.0.2.66"

// proxy is the shop's own: it names clients and requests.
const proxy = "10.0.0.2"

// Start is when the shop's morning begins.
func Start() time.Time { return time.Date(2026, time.January, 16, 10, 0, 0, 0, time.UTC) }

// Write writes the logs of a morning into the folder, which has none yet: access.log,
// security.log, error.log and alert.log, with what is at least of the level.
func Write(ctx context.Context, dir string, level slog.Level) error {
	var broken error
	log, err := seclog.Open(seclog.Config{
		HandlerOptions: seclog.HandlerOptions{Service: "shop", Level: level}, Dir: dir, Block: true,
		Now: Start, OnError: func(err error) { broken = errors.Join(broken, err) },
	})
	if err != nil {
		return err
	}
	clock := &clock{now: Start()}
	logger := slog.New(&timed{log.Handler(), clock})
	s := &shop{ctx: ctx, clock: clock, logger: logger}
	s.handler = seclog.Middleware(logger, seclog.HTTPOptions{
		Proxies: seclog.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix(proxy + "/32")}}, Now: clock.time,
	})(http.HandlerFunc(s.serve))
	s.morning()
	return errors.Join(s.err, log.Close(), broken) //nolint:contextcheck // Close waits for the last call of OnError, whatever the context
}

// clock is the time of the story, moved by hand.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

// timed gives records the time of the story.
type timed struct {
	slog.Handler

	clock *clock
}

// Handle implements slog.Handler.
func (t *timed) Handle(ctx context.Context, r slog.Record) error {
	r.Time = t.clock.now
	return t.Handler.Handle(ctx, r)
}

// shop is the application and those who come to it.
type shop struct {
	ctx      context.Context //nolint:containedctx // it lives as long as the call of Write
	clock    *clock
	logger   *slog.Logger
	handler  http.Handler
	requests int
	err      error
}

// serve is the application: a login, and pages.
func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		user := seclog.User{Name: r.FormValue("user")}
		if r.FormValue("password") != "correct horse" {
			seclog.LoginFailed(r.Context(), s.logger, user, "wrong_password")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		seclog.LoginSucceeded(r.Context(), s.logger, user)
	case "/download":
		w.WriteHeader(http.StatusForbidden)
	case "/checkout":
		s.logger.ErrorContext(r.Context(), "the payment provider does not answer", slog.Duration("after", 10*time.Second))
		w.WriteHeader(http.StatusBadGateway)
	}
}

// get sends a request to the shop, and lets time go by.
func (s *shop) get(client, target string, then time.Duration) {
	s.requests++
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		s.err = errors.Join(s.err, err)
		return
	}
	r.RemoteAddr, r.RequestURI = proxy+":4711", target
	r.Header.Set("X-Forwarded-For", client)
	r.Header.Set("X-Request-Id", fmt.Sprintf("lab-%04d", s.requests))
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	s.handler.ServeHTTP(nowhere{}, r)
	s.clock.now = s.clock.now.Add(then)
}

// login tries a password.
func (s *shop) login(client, user, password string, then time.Duration) {
	s.get(client, "/login?"+url.Values{"user": {user}, "password": {password}}.Encode(), then)
}

// nowhere is a client that does not read the answer.
type nowhere struct{}

// Header returns a header that nobody reads.
func (nowhere) Header() http.Header { return http.Header{} }

// Write writes nothing.
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader does nothing.
func (nowhere) WriteHeader(int) {}
