package source

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Socket is a place where messages or connections arrive. It outlives whoever serves it:
// when another one takes over, what arrived meanwhile waits in it.
type Socket struct {
	packets  net.PacketConn
	listener net.Listener
}

// Bind takes the place "udp" or "tcp" at the address; Close gives it back.
func Bind(ctx context.Context, protocol, address string) (*Socket, error) {
	var how net.ListenConfig
	s := &Socket{}
	var err error
	if protocol == "udp" {
		s.packets, err = how.ListenPacket(ctx, "udp", address)
	} else {
		s.listener, err = how.Listen(ctx, "tcp", address)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Addr returns the address, as host:port.
func (s *Socket) Addr() string {
	if s.packets != nil {
		return s.packets.LocalAddr().String()
	}
	return s.listener.Addr().String()
}

// Close gives the place back.
func (s *Socket) Close() error {
	if s.packets != nil {
		return s.packets.Close()
	}
	return s.listener.Close()
}

// Listener returns the place as a listener for one that serves it, whose Close ends Accept
// and leaves the place as it is. The place must be one of tcp.
func (s *Socket) Listener() net.Listener {
	l := &lent{Listener: s.listener, closed: make(chan struct{})}
	_ = setDeadline(s.listener, time.Time{}) // of the one before
	return l
}

// lent is a listener that is closed by itself.
type lent struct {
	net.Listener

	once   sync.Once
	closed chan struct{}
}

// Accept waits for a connection.
func (l *lent) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		return conn, nil // one that came before the end is served to its end
	}
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
		return nil, err
	}
}

// Close ends Accept.
func (l *lent) Close() (err error) {
	l.once.Do(func() {
		close(l.closed)
		err = setDeadline(l.Listener, time.Unix(1, 0))
	})
	return err
}

// setDeadline sets until when a listener waits.
func setDeadline(l net.Listener, until time.Time) error {
	d, ok := l.(interface{ SetDeadline(t time.Time) error })
	if !ok {
		return errors.New("the listener knows no deadline")
	}
	return d.SetDeadline(until)
}

// interrupted calls end when the context is done. The function that it returns makes sure
// that this is over, or never comes.
func interrupted(ctx context.Context, end func()) (over func()) {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		end()
	})
	return func() {
		if !stop() {
			<-ended
		}
	}
}
