package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/search"
	"github.com/sasumata/sasumata/internal/signal"
)

// Notices is what is about telling people.
type Notices struct {
	// API is Alertmanager's API, version 2, below /api/v2.
	API http.Handler
	// Told knows what was told and what was not, Teller who would be, and tells of drills.
	Told   Told
	Teller Teller
	// Note adds an entry to the audit trail; nil is without one.
	Note func(context.Context, audit.Entry) error
	// Links serves /alert/ack: a link there is signed, and needs no token.
	Links http.Handler
	// Now is the clock.
	Now func() time.Time
	// Log is told of changes.
	Log *slog.Logger
}

// Told knows what was told and what was not.
type Told interface {
	// Undelivered returns what somebody has still to be told.
	Undelivered() []alert.Undelivered
	// History returns what came of telling people, the latest first.
	History() []alert.Attempt
	// Silencing returns what a silence with these matchers would do.
	Silencing(matchers string) (alert.Silencing, error)
}

// Teller knows who is told, and tells of drills.
type Teller interface {
	// Status returns who is told and how that goes.
	Status() *alert.Status
	// Preview and PreviewSignal say what would be done with a notice now.
	Preview(ctx context.Context, n *alert.Notice) (*alert.Previewed, error)
	PreviewSignal(ctx context.Context, id string) (*alert.Previewed, error)
	// KeyOf returns the identity of the notice that stands for a signal; "" without one.
	KeyOf(ctx context.Context, id string) (string, error)
	// Test tells a receiver of a drill, Drill all who are told of that severity.
	Test(ctx context.Context, receiver string) ([]alert.Tried, error)
	Drill(ctx context.Context, severity signal.Severity) error
}

// Waiting is a notice of which a receiver has still to be told.
type Waiting struct {
	// Target is the receiver and its integration, ID that of the signal.
	Target   string     `json:"target"`
	Title    string     `json:"title"`
	Severity string     `json:"severity"`
	ID       string     `json:"id,omitempty"`
	Began    time.Time  `json:"began"`
	Attempts int        `json:"attempts"`
	Error    string     `json:"error,omitempty"`
	Next     *time.Time `json:"next_attempt,omitempty"`

	key string
}

// Undelivered is a part of what somebody has still to be told.
type Undelivered struct {
	Undelivered []Waiting `json:"undelivered"`
	// Count is how many there are in all parts.
	Count int    `json:"count"`
	Next  string `json:"next,omitempty"`
}

// Delivery is an attempt at telling a receiver, and what came of it.
type Delivery struct {
	alert.Attempt

	// Outcome is told, failed, held or muted.
	Outcome string `json:"outcome"`
}

// Deliveries is a part of what was told.
type Deliveries struct {
	History []Delivery `json:"history"`
	// Count is how many there are in all parts.
	Count int    `json:"count"`
	Next  string `json:"next,omitempty"`
}

// change serves what changes who is told, and says in the log who did it.
func (n *Notices) change(w http.ResponseWriter, r *http.Request) {
	n.Log.InfoContext(r.Context(), "notices are changed", "by", whoOf(r).Name, "method", r.Method, "path", r.URL.Path)
	n.API.ServeHTTP(w, r)
}

// look serves what shows who is told.
func (n *Notices) look(w http.ResponseWriter, r *http.Request) { n.API.ServeHTTP(w, r) }

// link serves what a notification links to.
func (n *Notices) link(w http.ResponseWriter, r *http.Request) { n.Links.ServeHTTP(w, r) }

// of reports whether a target belongs to the receiver; "" is any.
func of(receiver, target string) bool {
	return receiver == "" || target == receiver || strings.HasPrefix(target, receiver+"/")
}

// about returns what tells whether a notice, by its key and the id of its signal, is about
// the signal that somebody asks for: all are, unless there is one; with same, those of
// signals that are the same by rule and entities are, too.
func (n *Notices) about(r *http.Request, values url.Values) (func(key, id string) bool, error) {
	want, same := values.Get("signal"), values.Get("same")
	if same != "" && same != "true" && same != "false" {
		return nil, wrong(fmt.Errorf("same %q, want true or false", same))
	}
	key := ""
	if same == "true" && want != "" {
		var err error
		if key, err = n.Teller.KeyOf(r.Context(), want); err != nil {
			return nil, err
		}
	}
	return func(k, id string) bool { return want == "" || id == want || key != "" && k == key }, nil
}

func (n *Notices) undelivered(r *http.Request) (any, error) {
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	about, err := n.about(r, values)
	if err != nil {
		return nil, err
	}
	list := []Waiting{}
	for _, u := range n.Told.Undelivered() {
		if !about(u.Key, u.Notice.ID) || !of(values.Get("receiver"), u.Target) {
			continue
		}
		one := Waiting{
			Target: u.Target, Title: cmp.Or(u.Notice.Title, u.Notice.Rule), Severity: u.Notice.Severity.String(), ID: u.Notice.ID, Began: u.Notice.Began,
			Attempts: u.Attempts, Error: u.Error, key: fmt.Sprintf("%020d %s %s", u.Notice.Began.UnixNano(), u.Target, u.Key),
		}
		if !u.Next.IsZero() {
			one.Next = &u.Next
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Waiting) int { return strings.Compare(a.key, b.key) })
	part, next, err := page(r, list, func(w *Waiting) string { return w.key }, "signal", "same", "receiver")
	return Undelivered{part, len(list), next}, err
}

// outcomes are what may come of a delivery.
func outcomes() []string { return []string{"told", "failed", "held", "muted"} }

func (n *Notices) history(r *http.Request) (any, error) {
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	from, err := search.Moment("from", values.Get("from"), n.Now())
	if err != nil {
		return nil, wrong(err)
	}
	outcome := values.Get("outcome")
	if outcome != "" && !slices.Contains(outcomes(), outcome) {
		return nil, wrong(fmt.Errorf("outcome %q, want %s", outcome, strings.Join(outcomes(), ", ")))
	}
	about, err := n.about(r, values)
	if err != nil {
		return nil, err
	}
	list := []Delivery{}
	for _, a := range n.Told.History() {
		if outcome != "" && outcome != a.Outcome() {
			continue
		}
		if !about(a.Key, a.Signal) || !of(values.Get("receiver"), a.Target) || from != 0 && a.At.UnixNano() < from {
			continue
		}
		list = append(list, Delivery{a, a.Outcome()})
	}
	part, next, err := page(r, list, func(d *Delivery) string { return fmt.Sprintf("%020d", math.MaxInt64-d.Number) }, "signal", "same", "receiver", "from", "outcome")
	return Deliveries{part, len(list), next}, err
}

// Asked says of which notices somebody wants to know; what is empty is any.
type Asked struct {
	Signal, Receiver string
	// From is the time from which on, or how long ago that is; it is for deliveries only.
	From string
}

func (a *Asked) path(path string, limit int) string {
	values := url.Values{}
	for name, value := range map[string]string{"signal": a.Signal, "receiver": a.Receiver, "from": a.From} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if limit > 0 {
		values.Set("limit", strconv.Itoa(limit))
	}
	return path + "?" + values.Encode()
}

// Deliveries returns the latest attempts at telling people, the latest first.
func (c *Client) Deliveries(ctx context.Context, asked Asked, limit int) (d Deliveries, err error) {
	return d, c.read(ctx, asked.path("/api/v1/notices/history", limit), &d)
}

// Undelivered returns all that somebody has still to be told, the oldest first.
func (c *Client) Undelivered(ctx context.Context, asked Asked) (all []Waiting, err error) {
	err = c.pages(ctx, asked.path("/api/v1/notices/undelivered", 0), func(get func(any) error) (string, error) {
		var one Undelivered
		err := get(&one)
		all = append(all, one.Undelivered...)
		return one.Next, err
	})
	return all, err
}
