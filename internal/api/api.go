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
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// The limits of a connection: a slow or silent one must not hold its place.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
	// maxConns is how many connections there are at a time; further ones wait. Each
	// takes a file of those that the program may have open, which queue and logs need.
	maxConns = 512
)

// Options says what is served.
type Options struct {
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
	// Signals answers about signals; nil without any.
	Signals *Signals
	// TLS, unless it is nil, encrypts connections.
	TLS *source.TLS
	// Log is told of broken connections.
	Log *slog.Logger
}

// Handler returns what serves.
func Handler(opts Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") })
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if err := opts.Ready(); err != nil {
			say(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		if err := opts.Metrics(w); err != nil {
			opts.Log.WarnContext(r.Context(), "the metrics could not be written", "error", err)
		}
	})
	opts.Logs.add(mux)
	opts.Dead.add(mux, opts.Logs)
	if opts.Signals != nil {
		opts.Signals.add(mux, opts.Logs)
	}
	mux.Handle("/", opts.Intake)
	return mux
}

func say(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n")
}

// Server listens.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen listens at the address; Serve answers.
func Listen(ctx context.Context, address string, opts Options) (*Server, error) {
	var how net.ListenConfig
	l, err := how.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w", err)
	}
	s := &Server{listener: newBounded(l, maxConns), http: &http.Server{
		Handler: Handler(opts), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(opts.Log.Handler(), slog.LevelWarn),
	}}
	if opts.TLS != nil {
		s.encrypt(opts)
	}
	s.http.RegisterOnShutdown(opts.Logs.Hub.Close) // watchers would wait for ever
	return s, nil
}

// Addr returns the address, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers until the context is done. Requests that are under way then have as long
// as patience to end.
func (s *Server) Serve(ctx context.Context, patience time.Duration) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		err := s.http.Shutdown(last)
		if err != nil {
			err = s.http.Close()
		}
		stopped <- err
	})
	err := s.http.Serve(s.listener)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", s.Addr(), err)
	}
	return <-stopped
}

// Close ends a server that does not serve.
func (s *Server) Close() error { return s.listener.Close() }
