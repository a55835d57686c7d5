package api

import (
	"net"
	"sync"

	"github.com/sasumata/sasumata/internal/source"
)

// bounded is a listener that closes connections for which there is no place.
type bounded struct {
	net.Listener

	places *source.Places
}

// Accept waits for a connection that has a place.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if leave := b.places.Enter(conn.RemoteAddr()); leave != nil {
			return &placed{Conn: conn, leave: sync.OnceFunc(leave)}, nil
		}
		_ = conn.Close() // who sent it tries again
	}
}

// placed is a connection that leaves its place when it is closed.
type placed struct {
	net.Conn

	leave func()
}

// Close closes the connection.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}
