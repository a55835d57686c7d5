package api

import (
	"io"
	"net"
	"testing"

	"github.com/sasumata/sasumata/internal/source"
)

// place returns a place of this machine until the test ends.
func place(t *testing.T) *source.Socket {
	t.Helper()
	at, err := source.Bind(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = at.Close() })
	return at
}

// TestBounded opens more connections than there are places.
func TestBounded(t *testing.T) {
	at := place(t)
	l := &bounded{at.Listener(), &source.Places{Max: 2}}
	accepted := make(chan net.Conn, 5)
	ended := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", at.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	dial()
	dial()
	first, second := <-accepted, <-accepted
	if _, err := io.ReadAll(dial()); err != nil && len(accepted) > 0 {
		t.Error("there are three")
	}
	if n := l.places.RefusedTotal.Load(); n != 1 {
		t.Errorf("%d are counted", n)
	}
	_ = first.Close()
	_ = first.Close() // leaves its place once
	dial()
	third := <-accepted
	_, _ = io.ReadAll(dial())
	if n := l.places.RefusedTotal.Load(); n != 2 || l.places.Taken() != 2 {
		t.Errorf("%d are counted, %d there", n, l.places.Taken())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != net.ErrClosed { //nolint:errorlint // http.Server compares so
		t.Error(err)
	}
	_, _ = second.Close(), third.Close()
}
