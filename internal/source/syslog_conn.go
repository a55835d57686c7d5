package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Memory of connections: there may be thousands, most of which say nothing.
const (
	// idleBuffer is the size in bytes of the buffer of a connection that says little,
	// busyBuffer of one that fills it.
	idleBuffer = 1 << 10
	busyBuffer = 64 << 10
	// quiet is after which time without a byte the larger buffer is given up.
	quiet = 5 * time.Second
	// maxHeld is how many bytes the busy buffers and the messages under way of all
	// connections of a listener may take.
	maxHeld = 128 << 20
	// firstPiece is how much of a message is made room for before it has come.
	firstPiece = 4 << 10
)

// errHeld says that others hold too much already.
var errHeld = errors.New("messages that are not complete take too much memory: the connection is given up")

// errQuiet says that nothing came for a while.
var errQuiet = errors.New("nothing came for a while")

// held counts bytes that connections hold.
type held struct{ bytes atomic.Int64 }

// take adds so many bytes, unless that is too much.
func (h *held) take(n int) bool {
	if h.bytes.Add(int64(n)) > maxHeld && n > 0 {
		h.bytes.Add(-int64(n))
		return false
	}
	return true
}

// syslogConn is one connection. What was read is queued before more is waited for.
type syslogConn struct {
	syslog  *Syslog
	ctx     context.Context //nolint:containedctx // of Read, which takes none
	conn    net.Conn
	peer    string
	in      *bufio.Reader // reads by Read
	rest    []byte        // of the buffer before
	filled  bool          // the last read filled the buffer
	between bool          // nothing but the larger buffer is held
	buffer  int           // what the buffer counts for
	message int           // what the message under way counts for
	last    time.Time     // until when what was sent before the end is read
	pending []record.Record
	size    int
}

// end tells the sender that nothing is read any more, but what it sent before it heard.
func (c *syslogConn) end() {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
		_ = c.conn.SetWriteDeadline(c.syslog.Now().Add(lastMessages))
		_ = half.CloseWrite()
	}
	_ = c.conn.SetReadDeadline(c.syslog.Now().Add(lastQuiet))
}

// Read reads from the connection.
func (c *syslogConn) Read(p []byte) (int, error) {
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	wait := c.syslog.Idle
	rests := c.between && wait > quiet
	if rests {
		wait = quiet
	}
	if err := c.conn.SetReadDeadline(c.syslog.Now().Add(wait)); err != nil {
		return 0, err
	}
	if c.ctx.Err() != nil { // the deadline of its end may be overwritten by now
		if err := c.conn.SetReadDeadline(c.until()); err != nil {
			return 0, err
		}
	}
	n, err := c.conn.Read(p)
	c.filled = n == len(p)
	if errors.Is(err, os.ErrDeadlineExceeded) && c.ctx.Err() == nil {
		if rests {
			return n, errQuiet
		}
		err = fmt.Errorf("nothing came for %s: %w", c.syslog.Idle, err)
	}
	return n, err
}

// until returns how long more is waited for of what was sent before the end.
func (c *syslogConn) until() time.Time {
	now := c.syslog.Now()
	if c.last.IsZero() {
		c.last = now.Add(lastMessages)
	}
	if soon := now.Add(lastQuiet); soon.Before(c.last) {
		return soon
	}
	return c.last
}

// grow makes the buffer larger that the last read filled. It is called between messages.
func (c *syslogConn) grow() {
	if !c.filled || c.buffer > 0 || !c.syslog.held.take(busyBuffer) {
		return
	}
	before, _ := c.in.Peek(c.in.Buffered()) // all of it is there
	c.rest, c.buffer = slices.Concat(before, c.rest), busyBuffer
	c.in = bufio.NewReaderSize(c, busyBuffer)
}

// shrink gives the larger buffer up, which is empty.
func (c *syslogConn) shrink() {
	c.syslog.held.take(-c.buffer)
	c.in, c.buffer, c.filled = bufio.NewReaderSize(c, idleBuffer), 0, false
}

// next waits for the first byte of a message.
func (c *syslogConn) next() (byte, error) {
	c.grow()
	for {
		c.between = c.buffer > 0 && c.in.Buffered()+len(c.rest) == 0
		first, err := c.in.Peek(1)
		c.between = false
		if errors.Is(err, errQuiet) {
			c.shrink()
			continue
		}
		if err != nil {
			return 0, err
		}
		return first[0], nil
	}
}

// holds counts a message under way that takes so many bytes.
func (c *syslogConn) holds(n int) error {
	if !c.syslog.held.take(n - c.message) {
		return errHeld
	}
	c.message = n
	return nil
}

// release gives back what the connection counts for.
func (c *syslogConn) release() { c.syslog.held.take(-c.buffer - c.message) }

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
		first, err := c.next()
		if err != nil {
			return err
		}
		read := c.line
		if c.syslog.decode == nil && first >= '1' && first <= '9' {
			read = c.counted
		}
		message, cut, err := read()
		_ = c.holds(0) // it is less
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
		if err := c.holds(cap(message)); err != nil {
			return nil, cut, err
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
	most := min(n, c.syslog.MaxMessage)
	for len(message) < most && err == nil {
		have := len(message)
		message = append(message, make([]byte, min(most-have, max(have, firstPiece)))...)
		if err := c.holds(cap(message)); err != nil {
			return nil, false, err
		}
		var got int
		got, err = io.ReadFull(c.in, message[have:])
		message = message[:have+got]
	}
	if err == nil && n > most {
		cut = true
		_, err = c.in.Discard(n - most)
	}
	return message, cut, err
}
