package source

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of the HTTP intake.
const (
	// DefaultMaxBody is the size in bytes of the largest body, before and after it is
	// unpacked: that of Datadog's intake.
	DefaultMaxBody = 5 << 20
	// maxRequests is how many requests are read at a time: each holds its body.
	maxRequests = 16
)

// Intake takes logs over HTTP, in the forms of the protocols that Handler names.
type Intake struct {
	// Tokens are those of the senders; without any, all requests are refused.
	Tokens []auth.Token
	// Known returns the name of a sender by a token that is not among Tokens: auth.ErrUnknown
	// when there is none, any other error when nobody can say. It may be nil.
	Known func(ctx context.Context, secret string) (name string, err error)
	// MaxBody is a limit; 0 means DefaultMaxBody.
	MaxBody int64
	// Now is the clock, Sink takes the records, Counters and Log are told what happens.
	Now      func() time.Time
	Sink     Sink
	Counters *Counters
	Log      *slog.Logger
	// Watch returns the counters of a protocol that has its own, at its first use; nil
	// means Counters for all.
	Watch func(protocol string) *Counters

	// Unauthorized counts requests without a valid token, Refused those that had to be
	// sent again later.
	Unauthorized, Refused atomic.Int64

	limits   atomic.Pointer[limits] // that hold now
	mu       sync.Mutex
	watched  map[string]*Counters
	places   chan struct{}
	patience auth.Patience
}

// protocol is what makes one way of sending logs differ from the others.
type protocol struct {
	// name is that of its counters; "" means those of the intake.
	name string
	// scheme is what it calls the token, in answers to requests without one.
	scheme string
	// take makes records of a body, and returns what answers when they are on the disk.
	take func(r *http.Request, body []byte, into *batch) (done http.HandlerFunc, err error)
	// fail answers a request whose records were not taken, none of them or not all.
	fail func(w http.ResponseWriter, r *http.Request, code int, err error)
}

// limits are who may send, and bodies of which size.
type limits struct {
	tokens  []auth.Token
	maxBody int64
}

// Change replaces the tokens and the limit of bodies, for requests that begin later.
func (in *Intake) Change(tokens []auth.Token, maxBody int64) {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	in.limits.Store(&limits{tokens, maxBody})
}

// Handler returns what serves the intake. It is called once.
func (in *Intake) Handler() http.Handler {
	in.Change(in.Tokens, in.MaxBody)
	in.places, in.watched = make(chan struct{}, maxRequests), map[string]*Counters{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/logs", in.request(datadog(datadogRecords)))
	mux.HandleFunc("POST /intake/lines", in.request(datadog(lineRecords)))
	mux.HandleFunc("POST /v1/logs", in.request(otlp()))
	mux.HandleFunc("POST /loki/api/v1/push", in.request(loki()))
	in.elasticRoutes(mux)
	in.splunkRoutes(mux)
	mux.HandleFunc("POST /gelf", in.request(gelf()))
	return mux
}

// Protocols returns the names of those that have counters of their own.
func Protocols() []string { return []string{"otlp", "loki", "elastic", "splunk", "gelf"} }

// counters returns those of the protocol.
func (in *Intake) counters(p *protocol) *Counters {
	if p.name == "" || in.Watch == nil {
		return in.Counters
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	c := in.watched[p.name]
	if c == nil {
		c = in.Watch(p.name)
		in.watched[p.name] = c
	}
	return c
}

// authorized lets only senders through.
func (in *Intake) authorized(p *protocol, serve func(w http.ResponseWriter, r *http.Request, sender string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sender, err := in.sender(r)
		if errors.Is(err, errUnsure) {
			in.later(w, r, p, http.StatusServiceUnavailable, err)
			return
		}
		if err != nil {
			in.unauthorized(w, r, p, err)
			return
		}
		serve(w, r, sender)
	}
}

// request is one route that takes logs.
func (in *Intake) request(p *protocol) http.HandlerFunc {
	return in.authorized(p, func(w http.ResponseWriter, r *http.Request, sender string) {
		select {
		case in.places <- struct{}{}:
			defer func() { <-in.places }()
		default:
			in.later(w, r, p, http.StatusServiceUnavailable, errTooBusy)
			return
		}
		counters := in.counters(p)
		most := in.limits.Load().maxBody
		b := &batch{most: maxGrowth * most}
		body, err := bodyOf(r, most)
		var done http.HandlerFunc
		if err == nil {
			done, err = p.take(r, body, b)
		}
		if err != nil {
			counters.Errors.Add(1)
			in.wrong(w, r, p, sender, err)
			return
		}
		now := in.Now().UnixNano()
		b.sign(sender, now)
		counters.Cut.Add(b.cut)
		counters.Errors.Add(b.faults)
		err = in.Sink(r.Context(), b.records)
		switch {
		case errors.Is(err, record.ErrFull):
			in.later(w, r, p, http.StatusTooManyRequests, err)
		case errors.Is(err, record.ErrAway): // the server tells of it, once
			in.later(w, r, p, http.StatusServiceUnavailable, record.ErrAway)
		case err != nil:
			counters.Errors.Add(1)
			in.Log.ErrorContext(r.Context(), "records could not be queued", "sender", sender, "error", err)
			in.later(w, r, p, http.StatusServiceUnavailable, errNotQueued)
		default:
			counters.received(len(b.records), now)
			done(w, r)
		}
	})
}

// sign cuts the records to their limits and says who sent them, and when. Records with
// one list of tags share one afterwards, too: there may be many of both.
func (b *batch) sign(sender string, now int64) {
	var before, tags []string
	var tagsCut bool
	for i := range b.records {
		r := &b.records[i]
		r.Received = now
		if i == 0 || !same(r.Tags, before) {
			only := record.Record{Tags: r.Tags}
			before, tagsCut = r.Tags, only.Clip()
			tags = signed(only.Tags, sender)
		}
		r.Tags = nil
		if r.Clip() || tagsCut {
			b.cut++
		}
		r.Tags = tags
	}
}

// same reports whether two lists of tags are one.
func same(a, b []string) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// signed returns the tags with that of the sender, which nobody else can set.
func signed(tags []string, sender string) []string {
	const key = "sender:"
	all := make([]string, 0, len(tags)+1)
	for _, tag := range tags[:min(len(tags), record.MaxTags-1)] {
		if !strings.HasPrefix(tag, key) {
			all = append(all, tag)
		}
	}
	return append(all, key+sender)
}

// later tells the sender to try again.
func (in *Intake) later(w http.ResponseWriter, r *http.Request, p *protocol, code int, err error) {
	in.Refused.Add(1)
	w.Header().Set("Retry-After", "2")
	p.fail(w, r, code, err)
}

// wrong answers a request that cannot be read.
func (in *Intake) wrong(w http.ResponseWriter, r *http.Request, p *protocol, sender string, err error) {
	in.Log.WarnContext(r.Context(), "a request cannot be read", "sender", sender, "path", r.URL.Path, "error", err)
	code := http.StatusBadRequest
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMany), errors.Is(err, errGrown):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, errEncoding), errors.Is(err, errMedia):
		code = http.StatusUnsupportedMediaType
	}
	p.fail(w, r, code, err)
}

// errMedia says that a body is of a kind that nobody reads here.
var errMedia = errors.New("want the Content-Type application/json or application/x-protobuf")

// say answers with a body of the type.
func say(w http.ResponseWriter, code int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

const jsonType = "application/json"

// saying returns what answers always the same, in JSON.
func saying(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { say(w, code, jsonType, body) }
}
