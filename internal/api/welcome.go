package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sasumata/sasumata/internal/access"
)

// Welcome serves the first hour of a server: what it reads and what it cannot, who is told,
// and a trial that shows that an attack becomes a signal.
type Welcome struct {
	// Look returns how things are, State how far the first hour has come.
	Look  func(context.Context) (Beginning, error)
	State func(context.Context) (WelcomeState, error)
	// Change notes it, with who did it in the audit trail.
	Change func(ctx context.Context, by access.Actor, state string) (WelcomeState, error)
	// Try sends lines of an attack the way that all logs take; *TooSoonError right behind
	// another one.
	Try func(ctx context.Context, by access.Actor) (Trial, error)
}

// The states of the first hour.
const (
	// WelcomeOpen is one that is offered.
	WelcomeOpen = "open"
	// WelcomeFinished is one that somebody went through.
	WelcomeFinished = "finished"
	// WelcomeDismissed is one that nobody wants.
	WelcomeDismissed = "dismissed"
)

// WelcomeState is how far the first hour has come.
type WelcomeState struct {
	State string `json:"state"`
	// At is when somebody said so, By who; empty for WelcomeOpen at the beginning.
	At time.Time `json:"at,omitzero"`
	By string    `json:"by,omitempty"`
}

// Beginning is how things are.
type Beginning struct {
	WelcomeState

	Sources []SourceState   `json:"sources"`
	Lacking []LackingSource `json:"lacking"`
	Listens []ListeningAt   `json:"listens"`
	// User is who the server runs as, Unit that of systemd, if it is one, Container reports
	// that it runs in one.
	User      string `json:"user"`
	Unit      string `json:"unit,omitempty"`
	Container bool   `json:"container"`
	// Told reports that notices go out, by the receivers that GET /api/v2/receivers names;
	// otherwise only the terminal of the server shows signals.
	Told bool `json:"told"`
}

// SourceState is a source that is read, and what came of it since the start.
type SourceState struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`
	Records int64     `json:"records"`
	Errors  int64     `json:"errors"`
	Last    time.Time `json:"last,omitzero"`
	Silent  bool      `json:"silent"`
}

// The reasons of LackingSource.
const (
	// LackingPermission is a log that this user may not read.
	LackingPermission = "permission"
	// LackingPlace is a place that another program has.
	LackingPlace = "place"
	// LackingUnused is a log that nobody told the server to read.
	LackingUnused = "unused"
)

// LackingSource is a log that is there and is not read.
type LackingSource struct {
	// Kind is file, journal, docker or listener, Name is the path or the address.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Why is one of the reasons.
	Why string `json:"why"`
	// Fix is a command for a shell, or lines of the configuration for LackingUnused, that
	// mends it; empty when nobody knows one.
	Fix string `json:"fix,omitempty"`
}

// ListeningAt is a place where logs can be sent to.
type ListeningAt struct {
	Kind    string `json:"kind"` // http, syslog, gelf
	Address string `json:"address"`
	TLS     bool   `json:"tls"`
}

// Trial is an attack that was sent.
type Trial struct {
	// Address is that of the attacker, of a range for documentation.
	Address string `json:"address"`
	// Query finds its signals, Lines is how many were sent.
	Query string `json:"query"`
	Lines int    `json:"lines"`
	// At is when.
	At time.Time `json:"at"`
}

// TooSoonError is a trial shortly behind another one.
type TooSoonError struct{ After time.Duration }

// Error says when the next one may be.
func (e *TooSoonError) Error() string {
	return fmt.Sprintf("there was a trial a moment ago: the next one may be in %d seconds", e.seconds())
}

func (e *TooSoonError) seconds() int { return int(e.After/time.Second) + 1 }

func (wl *Welcome) look(r *http.Request) (any, error) {
	return wl.Look(r.Context())
}

func (wl *Welcome) state(r *http.Request) (any, error) {
	return wl.State(r.Context())
}

func (wl *Welcome) change(r *http.Request) (any, error) {
	var in struct{ State string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	switch in.State {
	case WelcomeOpen, WelcomeFinished, WelcomeDismissed:
		return wl.Change(r.Context(), actorOf(r), in.State)
	}
	return nil, wrong(fmt.Errorf("state %q, want open, finished or dismissed", in.State))
}

func (wl *Welcome) try(r *http.Request) (any, error) {
	return wl.Try(r.Context(), actorOf(r))
}
