package source

import (
	"errors"
	"net/http"

	"github.com/sasumata/sasumata/internal/auth"
)

var (
	errNoToken   = errors.New("want the token of a sender in the header DD-API-KEY or Authorization: Bearer")
	errToken     = errors.New("the token is not that of a sender")
	errTooOften  = errors.New("too many requests without a valid token")
	errTooBusy   = errors.New("too many requests at a time")
	errUnsure    = errors.New("nobody can say now whose token it is")
	errNotQueued = errors.New("the records could not be queued")
)

// sender returns the name of who sends.
func (in *Intake) sender(r *http.Request) (string, error) {
	shown := auth.Shown(r)
	if len(shown) == 0 {
		return "", errNoToken
	}
	name, ok := auth.Name(in.limits.Load().tokens, shown)
	if ok {
		return name, nil
	}
	if in.Known == nil {
		return "", errToken
	}
	for _, secret := range shown {
		name, err := in.Known(r.Context(), secret)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, auth.ErrUnknown) {
			in.Log.WarnContext(r.Context(), "the token of a sender cannot be looked up", "error", err)
			return "", errUnsure
		}
	}
	return "", errToken
}

// unauthorized answers a request without a valid token.
func (in *Intake) unauthorized(w http.ResponseWriter, r *http.Request, p *protocol, err error) {
	in.Unauthorized.Add(1)
	peer := auth.Peer(r)
	if !in.patience.Fails(peer, in.Now()) {
		w.Header().Set("Retry-After", "60")
		p.fail(w, r, http.StatusTooManyRequests, errTooOften)
		return
	}
	in.Log.WarnContext(r.Context(), "a request has no valid token", "peer", peer, "path", r.URL.Path)
	w.Header().Set("WWW-Authenticate", p.scheme)
	p.fail(w, r, http.StatusUnauthorized, err)
}
