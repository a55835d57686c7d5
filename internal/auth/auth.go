// Package auth knows programs by the tokens that they show, and tires of those that
// guess.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// MinToken is the length in bytes of the shortest token: nobody guesses it.
	MinToken = 20
	// maxFailures is how many requests of an address without a valid token are answered
	// with a reason in a minute; further ones learn nothing and are not logged.
	maxFailures = 10
	// maxFailing is how many addresses are counted.
	maxFailing = 10_000
)

// ErrUnknown is a token that nobody has.
var ErrUnknown = errors.New("there is no such token")

// Token is what one program is known by.
type Token struct {
	// Name is the program's.
	Name string
	// Sum is the SHA-256 of the token.
	Sum [sha256.Size]byte
}

// NewToken returns the token of a program.
func NewToken(name, secret string) Token {
	return Token{Name: name, Sum: sha256.Sum256([]byte(secret))}
}

// Shown returns what the request may mean by its token, in the forms that the clients of
// all protocols use: DD-API-KEY, X-Api-Key, and of Authorization Bearer, Splunk, ApiKey (with an id
// before it or not) and Basic, whose password it is.
func Shown(r *http.Request) []string {
	for _, name := range []string{"DD-API-KEY", "X-Api-Key"} {
		if key := r.Header.Get(name); key != "" {
			return []string{key}
		}
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

// Name returns the name of the token that is among those shown. All are compared, so
// the time says nothing about them.
func Name(tokens []Token, shown []string) (name string, ok bool) {
	for _, secret := range shown {
		sum := sha256.Sum256([]byte(secret))
		for i := range tokens {
			if subtle.ConstantTimeCompare(sum[:], tokens[i].Sum[:]) == 1 {
				name, ok = tokens[i].Name, true
			}
		}
	}
	return name, ok
}

// Patience counts requests without a valid token, by address. The zero Patience is ready
// to use.
type Patience struct {
	mu      sync.Mutex
	minute  int64
	failing map[string]int
}

// Fails counts a failure of the address; it reports false when it had enough of them.
func (p *Patience) Fails(peer string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if minute := now.Unix() / 60; minute != p.minute || p.failing == nil {
		p.minute, p.failing = minute, map[string]int{}
	}
	if len(p.failing) >= maxFailing {
		peer = "" // all further addresses count as one
	}
	p.failing[peer]++
	return p.failing[peer] <= maxFailures
}
