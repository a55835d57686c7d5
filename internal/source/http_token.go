package source

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
)

// The limits of requests without a valid token.
const (
	// maxFailures is how many requests of an address without a valid token are answered
	// with a reason in a minute; further ones learn nothing and are not logged.
	maxFailures = 10
	// maxFailing is how many addresses are counted.
	maxFailing = 10_000
	// MinToken is the length in bytes of the shortest token: nobody guesses it.
	MinToken = 20
)

// Token is what one sender is known by.
type Token struct {
	// Name is the sender's; its records have the tag sender:NAME.
	Name string
	// Sum is the SHA-256 of the token.
	Sum [sha256.Size]byte
}

// NewToken returns the token of a sender.
func NewToken(name, secret string) Token {
	return Token{Name: name, Sum: sha256.Sum256([]byte(secret))}
}

var (
	errNoToken   = errors.New("want the token of a sender in the header DD-API-KEY or Authorization: Bearer")
	errToken     = errors.New("the token is not that of a sender")
	errTooOften  = errors.New("too many requests without a valid token")
	errTooBusy   = errors.New("too many requests at a time")
	errNotQueued = errors.New("the records could not be queued")
)

// secrets returns what the request may mean by its token, in the forms that the clients
// of all protocols use: DD-API-KEY, and of Authorization Bearer, Splunk, ApiKey (with an
// id before it or not) and Basic, whose password it is.
func secrets(r *http.Request) []string {
	if key := r.Header.Get("DD-API-KEY"); key != "" {
		return []string{key}
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if value = strings.TrimSpace(value); value == "" {
		return nil
	}
	switch strings.ToLower(scheme) {
	case "bearer", "splunk":
		return []string{value}
	case "apikey":
		if plain, err := base64.StdEncoding.DecodeString(value); err == nil {
			if _, key, ok := strings.Cut(string(plain), ":"); ok {
				return []string{value, key}
			}
		}
		return []string{value}
	case "basic":
		if _, password, ok := r.BasicAuth(); ok {
			return []string{password}
		}
	}
	return nil
}

// sender returns the name of who sends. All tokens are compared, so the time says
// nothing about them.
func (in *Intake) sender(r *http.Request) (name string, err error) {
	shown := secrets(r)
	if len(shown) == 0 {
		return "", errNoToken
	}
	err = errToken
	for _, secret := range shown {
		sum := sha256.Sum256([]byte(secret))
		for i := range in.Tokens {
			if subtle.ConstantTimeCompare(sum[:], in.Tokens[i].Sum[:]) == 1 {
				name, err = in.Tokens[i].Name, nil
			}
		}
	}
	return name, err
}

// unauthorized answers a request without a valid token.
func (in *Intake) unauthorized(w http.ResponseWriter, r *http.Request, p *protocol, err error) {
	in.Unauthorized.Add(1)
	peer, _, splitErr := net.SplitHostPort(r.RemoteAddr)
	if splitErr != nil {
		peer = r.RemoteAddr
	}
	if !in.mayFail(peer) {
		w.Header().Set("Retry-After", "60")
		p.fail(w, r, http.StatusTooManyRequests, errTooOften)
		return
	}
	in.Log.WarnContext(r.Context(), "a request has no valid token", "peer", peer, "path", r.URL.Path)
	w.Header().Set("WWW-Authenticate", p.scheme)
	p.fail(w, r, http.StatusUnauthorized, err)
}

// mayFail counts a failure; it reports false when the address had enough.
func (in *Intake) mayFail(peer string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if minute := in.Now().Unix() / 60; minute != in.minute {
		in.minute = minute
		clear(in.failing)
	}
	if len(in.failing) >= maxFailing {
		peer = "" // all further addresses count as one
	}
	in.failing[peer]++
	return in.failing[peer] <= maxFailures
}
