package api

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
)

// Notices serves what is about telling people: Alertmanager's API for those who show a
// token, and the pages behind the links in notifications for those who have one.
type Notices struct {
	// API is Alertmanager's API, version 2, below /api/v2.
	API http.Handler
	// State answers what was told and what was not, below /api/v1/notices.
	State http.Handler
	// Links serves /alert/ack: a link there is signed, and needs no token.
	Links http.Handler
	// Readers may look, Operators may silence as well.
	Readers, Operators []auth.Token
	// Now is the clock, Log is told of what is refused.
	Now func() time.Time
	Log *slog.Logger

	// Unauthorized counts requests without a valid token.
	Unauthorized atomic.Int64

	readers, operators tokens
	patience           auth.Patience
}

// Change replaces the tokens, for requests that begin later.
func (n *Notices) Change(readers, operators []auth.Token) {
	n.readers.now.Store(&readers)
	n.operators.now.Store(&operators)
}

// add adds the routes. Those of Alertmanager stand one by one, for others below /api/v2
// belong to the intake.
func (n *Notices) add(mux *http.ServeMux) {
	if n == nil {
		return
	}
	for _, path := range []string{"alerts", "alerts/groups", "silences", "silence/{id}", "status", "receivers"} {
		mux.HandleFunc("/api/v2/"+path, n.allowed(n.API))
	}
	for _, path := range []string{"undelivered", "history"} {
		mux.HandleFunc("/api/v1/notices/"+path, n.allowed(n.State))
	}
	mux.Handle("/alert/ack", n.Links)
}

// allowed serves those who may.
func (n *Notices) allowed(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { n.serve(w, r, next) }
}

func (n *Notices) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	shown := auth.Shown(r)
	readers, operators := n.readers.or(n.Readers), n.operators.or(n.Operators)
	name, ok := auth.Name(operators, shown)
	code, text := http.StatusUnauthorized, "want the token of a reader or operator in the header Authorization: Bearer"
	if !ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		name, ok = auth.Name(readers, shown)
	} else if _, reader := auth.Name(readers, shown); !ok && reader {
		code, text = http.StatusForbidden, "want the token of an operator: readers only look"
	}
	if ok {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			n.Log.InfoContext(r.Context(), "notices are changed", "by", name, "method", r.Method, "path", r.URL.Path)
		}
		header(w)
		next.ServeHTTP(w, r)
		return
	}
	n.Unauthorized.Add(1)
	peer := auth.Peer(r)
	if !n.patience.Fails(peer, n.Now()) {
		w.Header().Set("Retry-After", "60")
		say(w, http.StatusTooManyRequests, "too many requests without a valid token")
		return
	}
	n.Log.WarnContext(r.Context(), "a request has no valid token", "peer", peer, "path", r.URL.Path)
	w.Header().Set("WWW-Authenticate", "Bearer")
	say(w, code, text)
}
