package seclog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// HTTPOptions are the settings of [Middleware].
type HTTPOptions struct {
	Proxies

	// RequestID is the header with the id of the request: "X-Request-Id" by default. It is
	// taken from trusted proxies, if it looks like one, and made otherwise; the answer
	// has it, too.
	RequestID string
	// Quiet, if not nil, names requests that get no line of their own when they succeed,
	// such as those of health checks.
	Quiet func(*http.Request) bool
	// Now tells the time; the default is [time.Now].
	Now func() time.Time
}

// Middleware returns what logs the requests of a handler, each when it is done: who asked
// for what, what became of it, how long it took. What is logged with the context of a
// request, or one made of it, has the request's client and id.
//
// A panic of the handler is logged with its stack and goes on; [http.ErrAbortHandler]
// without the stack. The writer that the handler gets can what the server's can: flush,
// hijack, send files.
func Middleware(logger *slog.Logger, options HTTPOptions) func(http.Handler) http.Handler {
	if options.RequestID == "" {
		options.RequestID = "X-Request-Id"
	}
	if options.Now == nil {
		options.Now = time.Now //nolint:forbidigo // how long a request takes, unless the program has another clock
	}
	return func(next http.Handler) http.Handler {
		return &middleware{next: next, logger: logger, HTTPOptions: options}
	}
}

type middleware struct {
	HTTPOptions

	next   http.Handler
	logger *slog.Logger
}

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := m.Now()
	id := m.requestID(r)
	about := &request{
		id: id, method: r.Method, url: target(r), version: version(r), agent: r.UserAgent(), referer: r.Referer(),
		client: m.Client(r),
	}
	w.Header().Set(m.RequestID, id)
	ctx := context.WithValue(r.Context(), requestKey{}, about)
	r = r.WithContext(ctx)
	answer := &response{ResponseWriter: w}
	defer func() {
		reason := ""
		p := recover()
		if p != nil {
			reason = m.panicked(ctx, p)
		}
		m.done(ctx, r, answer, reason, m.Now().Sub(start))
		if p != nil {
			panic(p) // the server ends the connection
		}
	}()
	m.next.ServeHTTP(answer.as(w), r)
}

// done logs the request.
func (m *middleware) done(ctx context.Context, r *http.Request, answer *response, reason string, took time.Duration) {
	status := answer.status
	switch {
	case status != 0:
	case answer.hijacked:
		status = http.StatusSwitchingProtocols
	case reason != "":
		status = http.StatusInternalServerError
	default:
		status = http.StatusOK
	}
	e := &Event{
		Category: CategoryWeb, Name: "request", Outcome: Success, Reason: reason,
		http: &access{status: status, read: r.ContentLength, written: answer.written, duration: took},
	}
	level := slog.LevelInfo
	switch {
	case status >= 500 || reason != "":
		level, e.Outcome = slog.LevelError, Failure
	case status >= 400:
		level, e.Outcome = slog.LevelWarn, Failure
	case m.Quiet != nil && m.Quiet(r):
		return
	}
	e.log(ctx, m.logger, level, "request", nil)
}

// maxStack is the length in bytes of the stack that is logged.
const maxStack = 4 << 10

// panicked logs a panic of the handler and returns the reason of the failure.
func (m *middleware) panicked(ctx context.Context, p any) string {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return "aborted"
	}
	stack := make([]byte, maxStack)
	stack = stack[:runtime.Stack(stack, false)]
	m.logger.LogAttrs(ctx, slog.LevelError, "panic in a handler",
		slog.Group("error", slog.String("kind", fmt.Sprintf("%T", p)), slog.String("message", strings.TrimPrefix(panicText(p), "!PANIC: ")), slog.String("stack", string(stack))))
	return "panic"
}

// requestID returns the id that a trusted proxy gave the request, or a new one.
func (m *middleware) requestID(r *http.Request) string {
	if id := r.Header.Get(m.RequestID); isID(id) && m.IsTrusted(r) {
		return id
	}
	return rand.Text()
}

// maxID is the length in bytes of an id of a request.
const maxID = 128

func isID(text string) bool {
	if text == "" || len(text) > maxID {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', strings.IndexByte("-_.:=+/@", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// target returns the target of the request as the client wrote it.
func target(r *http.Request) string {
	if r.RequestURI != "" {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

func version(r *http.Request) string {
	if r.ProtoMajor >= 2 && r.ProtoMinor == 0 {
		return fmt.Sprintf("%d.0", r.ProtoMajor)
	}
	return strings.TrimPrefix(r.Proto, "HTTP/")
}
