package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// The limits of syslog.
const (
	// DefaultMaxMessage is the length in bytes at which a message is cut: RFC 5425
	// wants 8 KiB, what programs send today is longer.
	DefaultMaxMessage = 64 << 10
	// DefaultMaxConns is how many connections are served at a time.
	DefaultMaxConns = 512
	// DefaultIdle is for how long a connection may say nothing.
	DefaultIdle = 10 * time.Minute
	// waitingPackets is how many packets wait for the queue; further ones are dropped
	// and counted.
	waitingPackets = 10_000
	// waitingBytes is how long they may be together.
	waitingBytes = 64 << 20
	// udpBuffer is how many bytes of packets are asked of the kernel to hold.
	udpBuffer = 4 << 20
)

// Syslog receives messages in the forms of RFC 3164 and RFC 5424. What stands in them
// is read later, with everything else.
type Syslog struct {
	// Label is what is said of each message beside its text. Its Host is that of
	// messages that name none; "" means the sender's address.
	Label record.Record
	// MaxMessage, MaxConns and Idle are limits; 0 means the defaults.
	MaxMessage, MaxConns int
	Idle                 time.Duration
	// TLS, unless it is nil, encrypts connections over TCP.
	TLS *TLS
	// Now is the clock, Sink takes the messages, Counters and Log are told what happens.
	Now      func() time.Time
	Sink     Sink
	Counters *Counters
	Log      *slog.Logger

	// decode reads the messages of another protocol than syslog, each of which ends
	// with a zero byte over TCP.
	decode func(message []byte, peer string) (record.Record, bool)
}

func (s *Syslog) protocol() string {
	if s.decode != nil {
		return "GELF"
	}
	return "syslog"
}

func (s *Syslog) defaults() {
	if s.MaxMessage <= 0 {
		s.MaxMessage = DefaultMaxMessage
	}
	if s.MaxConns <= 0 {
		s.MaxConns = DefaultMaxConns
	}
	if s.Idle <= 0 {
		s.Idle = DefaultIdle
	}
}

// record makes a record of a message, cut to its limit before.
func (s *Syslog) record(text []byte, peer string) (record.Record, bool) {
	if s.decode != nil {
		return s.decode(text, peer)
	}
	text = bytes.TrimRight(text, "\r\n\x00")
	if len(text) == 0 {
		return record.Record{}, false
	}
	r := s.Label
	r.Text, r.Received = string(text), s.Now().UnixNano()
	if r.Host == "" {
		r.Host = peer
	}
	r.Clip() // the label: the text is cut
	return r, true
}

// Listen listens for "udp" or "tcp" at the address, and returns what serves there until
// its context is done. The server's fields do not change any more.
func (s *Syslog) Listen(ctx context.Context, protocol, address string) (serve func(context.Context) error, at string, err error) {
	var how net.ListenConfig
	if protocol == "udp" {
		conn, err := how.ListenPacket(ctx, "udp", address)
		if err != nil {
			return nil, "", fmt.Errorf("listen for %s: %w", s.protocol(), err)
		}
		return func(ctx context.Context) error { return s.ServeUDP(ctx, conn) }, conn.LocalAddr().String(), nil
	}
	l, err := how.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, "", fmt.Errorf("listen for %s: %w", s.protocol(), err)
	}
	return func(ctx context.Context) error { return s.ServeTCP(ctx, l) }, l.Addr().String(), nil
}

// ServeUDP receives packets, one message in each, until the context is done; it closes
// conn. While the queue has no room packets wait, up to a number, and are then dropped
// and counted.
func (s *Syslog) ServeUDP(ctx context.Context, conn net.PacketConn) error {
	s.defaults()
	if c, ok := conn.(*net.UDPConn); ok {
		_ = c.SetReadBuffer(udpBuffer) // the kernel may allow less
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	waiting := make(chan record.Record, waitingPackets)
	var storing sync.WaitGroup
	var held atomic.Int64 // bytes that wait
	storing.Go(func() { s.storePackets(ctx, waiting, &held) })
	defer storing.Wait()
	defer close(waiting)
	buf := make([]byte, 64<<10) // no packet is longer
	for {
		n, peer, err := conn.ReadFrom(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("receive %s on %s: %w", s.protocol(), conn.LocalAddr(), err)
		}
		if n > s.MaxMessage {
			n = s.MaxMessage
			s.Counters.Cut.Add(1)
		}
		r, ok := s.record(buf[:n], hostOf(peer))
		if !ok {
			continue
		}
		size := int64(len(r.Text))
		if held.Add(size) > waitingBytes {
			held.Add(-size)
			s.Counters.Dropped.Add(1)
			continue
		}
		select {
		case waiting <- r:
		default:
			held.Add(-size)
			s.Counters.Dropped.Add(1)
		}
	}
}

// storePackets queues what waits, as much as there is at a time. At the end, what is
// left gets one try.
func (s *Syslog) storePackets(ctx context.Context, waiting <-chan record.Record, held *atomic.Int64) {
	for r := range waiting {
		records := append(make([]record.Record, 0, 16), r)
		for more := true; more && len(records) < record.MaxBatch; {
			select {
			case r, ok := <-waiting:
				if more = ok; ok {
					records = append(records, r)
				}
			default:
				more = false
			}
		}
		if err := s.put(ctx, records); err != nil {
			s.Counters.Dropped.Add(int64(len(records)))
			s.Log.ErrorContext(ctx, "packets were dropped", "records", len(records), "error", err)
		}
		for i := range records {
			held.Add(-int64(len(records[i].Text)))
		}
	}
}

// put queues records, and waits for room until the context is done.
func (s *Syslog) put(ctx context.Context, records []record.Record) error {
	err := untilRoom(ctx, func() error { return s.Sink(context.WithoutCancel(ctx), records) })
	if err == nil {
		s.Counters.received(len(records), s.Now().UnixNano())
	}
	return err
}

// hostOf returns the address without the port.
func hostOf(a net.Addr) string {
	if ap, err := netip.ParseAddrPort(a.String()); err == nil {
		return ap.Addr().Unmap().String()
	}
	return a.String()
}

// ServeTCP receives messages over connections until the context is done; it closes l.
// A message ends with a line feed, or its length stands before it (RFC 6587). Who sends
// waits while the queue has no room.
func (s *Syslog) ServeTCP(ctx context.Context, l net.Listener) error {
	s.defaults()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var serving sync.WaitGroup
	defer serving.Wait()
	places := make(chan struct{}, s.MaxConns)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil {
			// Such as too many open files: others have to end first.
			s.Counters.Errors.Add(1)
			s.Log.ErrorContext(ctx, "no connection can be taken", "listen", l.Addr().String(), "error", err)
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("receive %s on %s: %w", s.protocol(), l.Addr(), err)
			}
			pause(ctx, time.Second)
			continue
		}
		select {
		case places <- struct{}{}:
		default:
			s.Counters.Errors.Add(1)
			s.Log.WarnContext(ctx, "a connection was refused: there are too many", "peer", conn.RemoteAddr().String(), "max", s.MaxConns)
			_ = conn.Close()
			continue
		}
		serving.Go(func() {
			defer func() { <-places }()
			s.serve(ctx, conn)
		})
	}
}

func (s *Syslog) serve(ctx context.Context, conn net.Conn) {
	if s.TLS != nil {
		secure, err := s.TLS.handshake(ctx, conn)
		if err != nil {
			if ctx.Err() == nil {
				s.Counters.Errors.Add(1)
				s.TLS.Refused(conn.RemoteAddr(), err)
			}
			return
		}
		conn = secure
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c := &syslogConn{syslog: s, ctx: ctx, conn: conn, peer: hostOf(conn.RemoteAddr())}
	c.in = bufio.NewReaderSize(c, 64<<10)
	err := c.messages()
	if flushErr := c.flush(); flushErr != nil {
		s.Counters.Dropped.Add(int64(len(c.pending)))
		s.Log.ErrorContext(ctx, "messages were dropped", "records", len(c.pending), "error", flushErr)
		err = flushErr
	}
	_ = conn.Close()
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		s.Counters.Errors.Add(1)
		s.Log.InfoContext(ctx, "a connection ended", "peer", c.peer, "error", err)
	}
}

// syslogConn is one connection. What was read is queued before more is waited for.
type syslogConn struct {
	syslog  *Syslog
	ctx     context.Context //nolint:containedctx // of Read, which takes none
	conn    net.Conn
	peer    string
	in      *bufio.Reader // reads by Read
	pending []record.Record
	size    int
}

// Read reads from the connection.
func (c *syslogConn) Read(p []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	if err := c.conn.SetDeadline(c.syslog.Now().Add(c.syslog.Idle)); err != nil {
		return 0, err
	}
	if c.ctx.Err() != nil { // the deadline of its end may be overwritten by now
		return 0, context.Cause(c.ctx)
	}
	n, err := c.conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("nothing came for %s: %w", c.syslog.Idle, err)
	}
	return n, err
}

func (c *syslogConn) flush() error {
	if len(c.pending) == 0 {
		return nil
	}
	if err := c.syslog.put(c.ctx, c.pending); err != nil {
		return err
	}
	c.pending, c.size = nil, 0
	return nil
}

// messages reads messages until the connection ends.
func (c *syslogConn) messages() error {
	for {
		first, err := c.in.Peek(1)
		if err != nil {
			return err
		}
		read := c.line
		if c.syslog.decode == nil && first[0] >= '1' && first[0] <= '9' {
			read = c.counted
		}
		message, cut, err := read()
		if cut {
			c.syslog.Counters.Cut.Add(1)
		}
		if r, ok := c.syslog.record(message, c.peer); ok {
			c.pending = append(c.pending, r)
			c.size += r.Size()
		}
		if err == nil && (len(c.pending) == record.MaxBatch || c.size > DefaultMaxLine) {
			err = c.flush()
		}
		if err != nil {
			return err
		}
	}
}

// line reads up to a line feed.
func (c *syslogConn) line() (message []byte, cut bool, err error) {
	end, ends := byte('\n'), "\r\n"
	if c.syslog.decode != nil {
		end, ends = 0, "\x00"
	}
	for {
		part, err := c.in.ReadSlice(end)
		room := c.syslog.MaxMessage - len(message)
		cut = cut || len(bytes.TrimRight(part, ends)) > room
		message = append(message, part[:min(len(part), max(0, room))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return message, cut, err
		}
	}
}

// counted reads a message behind its length.
func (c *syslogConn) counted() (message []byte, cut bool, err error) {
	const longest = 9 // digits
	n, at := 0, 0
	for ; ; at++ {
		head, err := c.in.Peek(at + 1) // no more than is there: the sender may wait
		if err != nil || at == longest && head[at] != ' ' || (head[at] < '0' || head[at] > '9') && head[at] != ' ' {
			return c.line() // a line that begins with a digit
		}
		if head[at] == ' ' {
			break
		}
		n = 10*n + int(head[at]-'0')
	}
	if _, err := c.in.Discard(at + 1); err != nil {
		return nil, false, err
	}
	message = make([]byte, min(n, c.syslog.MaxMessage))
	got, err := io.ReadFull(c.in, message)
	if err == nil && n > len(message) {
		cut = true
		_, err = c.in.Discard(n - len(message))
	}
	return message[:got], cut, err
}
