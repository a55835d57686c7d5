package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/sasumata/sasumata/internal/source"
)

// errHandshake is why a connection ended before its handshake did.
var errHandshake = errors.New("it is not of TLS, shows no valid certificate, or takes too long")

// encrypt makes the server one of TLS. A handshake may take as long as a header.
func (s *Server) encrypt(opts Options) {
	s.listener = tls.NewListener(s.listener, opts.TLS.Config())
	s.http.ErrorLog = slog.NewLogLogger(quiet{opts.Log.Handler()}, slog.LevelWarn)
	s.http.ConnState = func(conn net.Conn, state http.ConnState) { refuse(opts.TLS, conn, state) }
}

// refuse counts a connection that ends before its handshake did.
func refuse(t *source.TLS, conn net.Conn, state http.ConnState) {
	if secure, ok := conn.(*tls.Conn); ok && state == http.StateClosed && !secure.ConnectionState().HandshakeComplete {
		t.Refused(conn.RemoteAddr(), errHandshake)
	}
}

// quiet leaves out what net/http says of handshakes: refuse tells of them, and of some
// only, since anybody can fail in as many as he likes.
type quiet struct{ slog.Handler }

// Handle passes a record on.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "http: TLS handshake error") {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}
