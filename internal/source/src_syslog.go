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
	// DefaultIdle is for how long a connection may say nothing.
	DefaultIdle = 10 * time.Minute
	// waitingPackets is how many packets wait for the queue; further ones are dropped
	// and counted.
	waitingPackets = 10_000
	// waitingBytes is how long they may be together.
	waitingBytes = 64 << 20
	// udpBuffer is how many bytes of packets are asked of the kernel to hold.
	udpBuffer = 4 << 20
	// lastPackets is how long packets are taken that came before the end, lastQuiet how
	// long nothing must have come over a connection that is ended from here, lastMessages
	// how long that may take: a sender hears of the end, and has sent a little by then.
	lastPackets  = 20 * time.Millisecond
	lastQuiet    = 100 * time.Millisecond
	lastMessages = time.Second
)

// Syslog receives messages in the forms of RFC 3164 and RFC 5424. What stands in them
// is read later, with everything else.
type Syslog struct {
	// Label is what is said of each message beside its text. Its Host is that of
	// messages that name none; "" means the sender's address.
	Label record.Record
	// MaxMessage and Idle are limits, for how long a connection may say nothing; 0 means
	// the defaults.
	MaxMessage int
	Idle       time.Duration
	// Places are those of the connections over TCP; nil means the default ones.
	Places *Places
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
	// held are the bytes of messages under way.
	held held
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
	if s.Places == nil {
		s.Places = &Places{}
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

// Serve receives what comes to the place until the context is done. The place stays.
func (s *Syslog) Serve(ctx context.Context, at *Socket) error {
	if at.packets != nil {
		return s.ServeUDP(ctx, at.packets)
	}
	return s.ServeTCP(ctx, at.listener)
}

// ServeUDP receives packets, one message in each, until the context is done. While the
// queue has no room packets wait, up to a number of packets and of bytes, and are then
// dropped and counted.
func (s *Syslog) ServeUDP(ctx context.Context, conn net.PacketConn) error {
	s.defaults()
	if c, ok := conn.(*net.UDPConn); ok {
		_ = c.SetReadBuffer(udpBuffer) // the kernel may allow less
	}
	_ = conn.SetReadDeadline(time.Time{}) // of whoever served before
	defer interrupted(ctx, func() { _ = conn.SetReadDeadline(s.Now().Add(lastPackets)) })()
	waiting := make(chan record.Record, waitingPackets)
	var storing sync.WaitGroup
	var held atomic.Int64 // bytes that wait
	storing.Go(func() { s.storePackets(ctx, waiting, &held) })
	defer storing.Wait()
	defer close(waiting)
	buf := make([]byte, 64<<10) // no packet is longer
	for {
		n, peer, err := conn.ReadFrom(buf)
		if err != nil && ctx.Err() != nil {
			return nil
		}
		if err != nil {
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

// ServeTCP receives messages over connections until the context is done, and what senders
// sent over them by then. A message ends with a line feed, or its length stands before it (RFC 6587). Who sends
// waits while the queue has no room.
func (s *Syslog) ServeTCP(ctx context.Context, l net.Listener) error {
	s.defaults()
	_ = setDeadline(l, time.Time{}) // of whoever served before
	defer interrupted(ctx, func() { _ = setDeadline(l, time.Unix(1, 0)) })()
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			// Such as too many open files: others have to end first.
			s.Counters.Errors.Add(1)
			s.Log.ErrorContext(ctx, "no connection can be taken", "listen", l.Addr().String(), "error", err)
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("receive %s on %s: %w", s.protocol(), l.Addr(), err)
			}
			pause(ctx, time.Second)
			continue
		}
		leave := s.Places.Enter(conn.RemoteAddr())
		if leave == nil {
			s.Counters.Errors.Add(1)
			_ = conn.Close()
			continue
		}
		serving.Go(func() {
			defer leave()
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
	c := &syslogConn{syslog: s, ctx: ctx, conn: conn, peer: hostOf(conn.RemoteAddr())}
	defer c.release()
	c.in = bufio.NewReaderSize(c, idleBuffer)
	defer interrupted(ctx, c.end)()
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
