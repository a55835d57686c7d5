package source

import (
	"context"
	"net"
)

// Serve is what ServeTCP does with one connection.
func (s *Syslog) Serve(ctx context.Context, conn net.Conn) {
	s.defaults()
	s.serve(ctx, conn)
}
