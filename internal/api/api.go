// Package api serves HTTP: whether the server is well, its metrics, the intake of logs,
// searches over them, and what people do about signals.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/view"
)

// The limits of a connection: a slow or silent one must not hold its place.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
)

// Options says what is served.
type Options struct {
	// Gate knows who asks, and lets in those who may.
	Gate *Gate
	// Intake takes logs: all that is not below /-/ and not /metrics.
	Intake http.Handler
	// Ready returns nil when logs are taken and looked at, and why they are not.
	Ready func() error
	// Metrics writes the metrics in the text format of Prometheus.
	Metrics func(io.Writer) error
	// Logs answers searches.
	Logs *Logs
	// Dead serves operators; nil serves none.
	Dead *Dead
	// Backups makes backups; nil makes none.
	Backups *Backups
	// Signals answers about signals; nil without any.
	Signals *Signals
	// Notices serves what is about telling people; may be nil.
	Notices *Notices
	// Responses serves what is about doing something; nil without any, and without Signals.
	Responses *Responses
	// Series serves series of numbers; nil without any.
	Series *Series
	// Containers serves what is known of containers; nil without Signals.
	Containers *Containers
	// Rules serves rules; may be nil.
	Rules Workshop
	// Posture is what scanners and policies found; may be nil.
	Posture *Posture
	// Views has the searches that people keep; may be nil.
	Views *view.Book
	// Welcome serves the first hour; may be nil.
	Welcome *Welcome
	// Pages serves what a browser shows; may be nil.
	Pages *Pages
	// Note, unless it is nil, is what who asks whether the server is ready is told besides.
	Note func() string
	// TLS, unless it is nil, encrypts connections.
	TLS *source.TLS
	// Places are those of connections; nil means the default ones.
	Places *source.Places
	// Log is told of broken connections.
	Log *slog.Logger
}

// Handler returns what serves.
func Handler(opts Options) http.Handler {
	opts.Logs.prepare.Do(func() { opts.Logs.places = make(chan struct{}, maxSearches) })
	if s := opts.Signals; s != nil {
		s.prepare.Do(func() { s.logs, s.gate, s.places = opts.Logs, opts.Gate, make(chan struct{}, maxQuestions) })
	}
	return handler(opts.routes(), opts.Gate)
}

func (o *Options) ready(w http.ResponseWriter, _ *http.Request) {
	if err := o.Ready(); err != nil {
		say(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+o.note())
		return
	}
	say(w, http.StatusOK, "ready"+o.note())
}

func (o *Options) metrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := o.Metrics(w); err != nil {
		o.Log.WarnContext(r.Context(), "the metrics could not be written", "error", err)
	}
}

// note returns what the readiness is told with, as a line of its own; "" when there is nothing.
func (o *Options) note() string {
	if o.Note == nil {
		return ""
	}
	return strings.TrimSuffix("\n"+o.Note(), "\n")
}

func say(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n")
}

// Server answers whoever comes to a place.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// New returns a server for the place, which stays when it has ended.
func New(at *source.Socket, opts Options) *Server {
	if opts.Places == nil {
		opts.Places = &source.Places{}
	}
	s := &Server{listener: &bounded{at.Listener(), opts.Places}, http: &http.Server{
		Handler: Handler(opts), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(opts.Log.Handler(), slog.LevelWarn),
	}}
	if opts.TLS != nil {
		s.encrypt(opts)
	}
	s.http.RegisterOnShutdown(opts.Logs.Hub.End) // watchers would wait for ever
	if opts.Signals != nil {
		s.http.RegisterOnShutdown(opts.Signals.Streams.end)
	}
	return s
}

// Addr returns the address, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers until the context is done. Requests that are under way then have as long
// as patience to end; released, unless it is nil, is called before, when another server may
// have the place.
func (s *Server) Serve(ctx context.Context, patience time.Duration, released func()) error {
	stop := context.AfterFunc(ctx, func() { _ = s.listener.Close() })
	err := s.http.Serve(s.listener)
	if stop() || !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", s.Addr(), err)
	}
	if released != nil {
		released()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err = s.http.Shutdown(last); err != nil {
		err = s.http.Close()
	}
	return err
}
