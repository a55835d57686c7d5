package alert

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
)

// How long an integration that fails is left alone.
const (
	// firstWait is how long behind the first failure; it doubles with each, up to longestWait.
	firstWait, longestWait = 500 * time.Millisecond, time.Minute
	// refusedWait and longestRefused are the same for a notice that was refused for good: to
	// try it again only helps when people changed something.
	refusedWait, longestRefused = time.Minute, 10 * time.Minute
	// longestAsked is how long at the most when the receiver says so itself.
	longestAsked = time.Hour
	// soon is up to when the engine waits itself; for longer it comes back.
	soon = 3 * time.Second
	// grace is how long behind its deadline a call may take that looks at its context, and
	// maxHung how many may hang that do not: a mail server need not answer.
	grace, maxHung = 2 * time.Second, 4
	// maxRefused is how many refused notices are known.
	maxRefused = 10_000
)

// Why a notice is not handed on at the moment, which is no attempt.
var (
	errResting = errors.New("it failed: it is left alone for a while")
	errSilent  = errors.New("it does not answer")
)

// laterError is an error of a receiver that says when to come again.
type laterError struct {
	error

	after time.Duration
}

// Unwrap returns what it says.
func (e *laterError) Unwrap() error { return e.error }

// later returns the error with what the header of an answer says of when to come again.
func later(h http.Header, err error) error {
	text := h.Get("Retry-After")
	after := time.Duration(0)
	if seconds, e := strconv.Atoi(text); e == nil {
		after = time.Duration(min(max(seconds, 0), int(longestAsked/time.Second))) * time.Second
	} else if at, e := http.ParseTime(text); e == nil {
		if now, e := http.ParseTime(h.Get("Date")); e == nil { // by the clock of who says so
			after = min(at.Sub(now), longestAsked)
		}
	}
	if after <= 0 {
		return err
	}
	return &laterError{err, after}
}

// permanent reports whether what went wrong will go wrong again.
func permanent(retry bool, err error) bool {
	if reply, ok := errors.AsType[*textproto.Error](err); ok { // of a mail server
		return reply.Code/100 == 5
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	return !retry
}

// pace is how often an integration is called that fails: in ever longer intervals, and for
// a notice that it refuses in longer ones still.
type pace struct {
	mu      sync.Mutex
	until   time.Time
	wait    time.Duration
	hung    int
	refused map[string]*rest // by the key of the first notice
}

// rest is until when a notice that was refused is not tried again.
type rest struct {
	until time.Time
	wait  time.Duration
}

// ready reports whether the integration may be called with a notice, and otherwise whether
// that is worth waiting for.
func (p *pace) ready(key string, now time.Time) (wait bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hung >= maxHung {
		return false, errSilent
	}
	until := p.until
	if r := p.refused[key]; r != nil && r.until.After(until) {
		until = r.until
	}
	if now.Before(until) {
		return until.Sub(now) < soon, errResting
	}
	return false, nil
}

// next returns when a notice is tried again; the zero time is as soon as may be.
func (p *pace) next(key string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.refused[key]; r != nil && r.until.After(p.until) {
		return r.until
	}
	return p.until
}

// note notes what came of a call.
func (p *pace) note(key string, now time.Time, retry bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.wait, p.until = 0, time.Time{}
		delete(p.refused, key)
		return
	}
	p.wait = min(max(2*p.wait, firstWait), longestWait)
	p.until = now.Add(p.wait)
	if said, ok := errors.AsType[*laterError](err); ok {
		p.until = now.Add(said.after)
	}
	if !permanent(retry, err) {
		return
	}
	r := p.refused[key]
	if r == nil {
		if r = (&rest{}); p.refused == nil || len(p.refused) >= maxRefused {
			p.refused = map[string]*rest{} // those that are refused again come back
		}
		p.refused[key] = r
	}
	r.wait = min(max(2*r.wait, refusedWait), longestRefused)
	r.until = now.Add(r.wait)
}

// call calls an integration, and gives it up some time behind its deadline: it may not look
// at it. What comes of the call then is handed to late.
func (p *pace) call(ctx context.Context, next notify.Notifier, alerts []*alert.Alert, late func(error)) (retry bool, err error) {
	type result struct {
		retry bool
		err   error
	}
	came := make(chan result, 1)
	go func() {
		retry, err := next.Notify(ctx, alerts...)
		came <- result{retry, err}
	}()
	select {
	case r := <-came:
		return r.retry, r.err
	case <-ctx.Done():
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case r := <-came:
		return r.retry, r.err
	case <-patience.C:
	}
	p.hang(1)
	go func() {
		r := <-came
		p.hang(-1)
		late(r.err)
	}()
	return true, errSilent
}

func (p *pace) hang(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hung += n
}

// hangs says that so many calls hang that no other one is made; nil is that one may be.
func (p *pace) hangs() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hung >= maxHung {
		return errSilent
	}
	return nil
}

// rested ends the rest of an integration of which somebody knows that it takes something.
func (p *pace) rested() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait, p.until, p.refused = 0, time.Time{}, nil
}
