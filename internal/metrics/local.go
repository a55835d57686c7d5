package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/metrics/exposition"
)

// inside is the address of what is asked in this process: nothing in the network can have
// it (RFC 6761).
const inside = "sasumata.invalid:80"

// localServer answers for the targets inside this process, over connections that no network
// sees: so they are asked, fail and vanish as all others do.
type localServer struct {
	engine *Engine
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
	server *http.Server
	dialer net.Dialer
}

func newLocalServer(e *Engine) *localServer {
	l := &localServer{engine: e, conns: make(chan net.Conn), done: make(chan struct{}), dialer: net.Dialer{Timeout: maxScrapeTimeout}}
	mux := http.NewServeMux()
	serve := func(job string, write func(context.Context, io.Writer) error) {
		mux.HandleFunc("GET /"+job, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
			if err := write(r.Context(), w); err != nil {
				e.log.WarnContext(r.Context(), "series inside this process are incomplete", "job", job, "error", err)
			}
		})
	}
	if own := e.opts.Own; own != nil {
		serve(ownJob, func(_ context.Context, w io.Writer) error { return own(w) })
	}
	serve(hostJob, func(_ context.Context, w io.Writer) error {
		samples, err := e.host.Samples()
		return errors.Join(err, exposition.Write(w, samples))
	})
	if containers := e.opts.Containers; containers != nil {
		serve(containerJob, func(ctx context.Context, w io.Writer) error {
			samples, err := containers(ctx)
			return errors.Join(err, exposition.Write(w, samples))
		})
	}
	serve(logJob, func(_ context.Context, w io.Writer) error { return e.derived.Load().Write(w) })
	l.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelWarn)}
	return l
}

// dial connects to a target: one in this process directly.
func (l *localServer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address != inside {
		return l.dialer.DialContext(ctx, network, address)
	}
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run serves until stop is called.
func (l *localServer) run() {
	_ = l.server.Serve(l) // net.ErrClosed, or http.ErrServerClosed
}

func (l *localServer) stop() {
	_ = l.Close()
	_ = l.server.Close()
}

// Accept returns the next connection.
func (l *localServer) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *localServer) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is that of nothing.
func (*localServer) Addr() net.Addr { return &net.UnixAddr{Name: inside, Net: "pipe"} }
