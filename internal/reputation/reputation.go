// Package reputation asks services on the internet what they know of a few
// addresses.
//
// Asking tells the service which addresses one is interested in, so nobody is asked
// unless the user gave a key for it. Answers are kept on disk until they expire,
// each service has a budget for a day, and a service that fails or is not there is a
// note and no error: what it would have said is missing, nothing else.
package reputation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// Verdict is what a service says of one address.
type Verdict struct {
	// Service is the service's name: VirusTotal, AbuseIPDB.
	Service string `json:"service"`
	// Unknown says that the service cannot judge the address: it has never heard of
	// it, or none of its engines looked at it. Score then means nothing.
	Unknown bool `json:"unknown,omitempty"`
	// Score is from 0 (good) to 100: AbuseIPDB's confidence of abuse, or the percentage
	// of VirusTotal's engines that say malicious or suspicious.
	Score int `json:"score"`
	// Malicious and Suspicious are how many of VirusTotal's Engines say so.
	Malicious  int `json:"malicious,omitempty"`
	Suspicious int `json:"suspicious,omitempty"`
	Engines    int `json:"engines,omitempty"`
	// Reports is how often AbuseIPDB's users reported it within 90 days, Reporters how
	// many of them.
	Reports   int `json:"reports,omitempty"`
	Reporters int `json:"reporters,omitempty"`
	// Country is an ISO code, Network the name of who owns the address.
	Country string `json:"country,omitempty"`
	Network string `json:"network,omitempty"`
	// Link is where people read more.
	Link string `json:"link"`
	// Checked is when the service was asked. Stale says that the answer has expired,
	// and the service could not be asked again.
	Checked time.Time `json:"checked"`
	Stale   bool      `json:"stale,omitempty"`
}

// Service is one service that can be asked.
type Service interface {
	// Name is its name for people.
	Name() string
	// Limits are what it allows.
	Limits() Limits
	// Request returns the question about an address.
	Request(ctx context.Context, a netip.Addr) (*http.Request, error)
	// Verdict reads the answer, which has the status 200.
	Verdict(a netip.Addr, body []byte) (Verdict, error)
}

// Limits are what a service allows an account without payment.
type Limits struct {
	// PerMinute and PerDay bound the questions; 0 is no bound.
	PerMinute, PerDay int
}

// The bounds of the asking.
const (
	// DefaultExpiry is how long an answer is kept.
	DefaultExpiry = 24 * time.Hour
	// DefaultTimeout is how long one answer may take.
	DefaultTimeout = 10 * time.Second
	// DefaultPatience is how long one run waits because of a service's limits.
	DefaultPatience = time.Minute
	// maxAnswer is how large an answer may be, in bytes.
	maxAnswer = 1 << 20
)

// Client asks one service. Its fields are set before its first use; it is for one
// goroutine.
type Client struct {
	Service Service
	// Cache keeps answers; nil keeps none.
	Cache *Cache
	// HTTP makes the connections; nil means a client of its own. Redirects are never
	// followed: they would take the key elsewhere.
	HTTP *http.Client
	// Now returns the time; Sleep waits, or returns the context's error.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Budget is how many questions are asked on one day (UTC), by all runs that share
	// the cache; 0 means what the service allows.
	Budget int
	// Timeout and Patience: 0 means the defaults, and a negative Patience never waits.
	Timeout, Patience time.Duration

	asked  []time.Time // within a minute before the last question
	waited time.Duration
}

// stopError says why a service is not asked any more in this run.
type stopError struct{ reason string }

func (e *stopError) Error() string { return e.reason }

// Answers is what a service said.
type Answers struct {
	Verdicts map[netip.Addr]Verdict
	// Asked is how many questions went out, Cached how many answers were there.
	Asked, Cached int
	// Note says in a sentence why answers are missing; "" when none is.
	Note string
}

// Ask asks about the addresses in their order, until the budget or the patience is
// used up or the service fails.
func (c *Client) Ask(ctx context.Context, addrs []netip.Addr) Answers {
	out := Answers{Verdicts: map[netip.Addr]Verdict{}}
	missing, reason := 0, ""
	for _, a := range addrs {
		a = a.Unmap().WithZone("")
		old, fresh := c.Cache.get(a, c.Now())
		if fresh {
			out.Verdicts[a] = old
			out.Cached++
			continue
		}
		if reason == "" {
			v, err := c.ask(ctx, a, &out)
			if err == nil {
				out.Verdicts[a] = v
				c.Cache.put(a, v)
				continue
			}
			reason = err.Error()
			if _, stop := errors.AsType[*stopError](err); !stop {
				reason = "asking failed: " + reason
			}
		}
		if !old.Checked.IsZero() {
			old.Stale = true
			out.Verdicts[a] = old
		}
		missing++
	}
	if missing > 0 {
		out.Note = fmt.Sprintf("%s was not asked about %d of %d addresses: %s", c.Service.Name(), missing, len(addrs), reason)
	}
	if err := c.Cache.save(c.Now()); err != nil {
		out.Note = join(out.Note, fmt.Sprintf("the answers of %s were not kept: %v", c.Service.Name(), err))
	}
	return out
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// Sleep waits on the real clock.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
