package source

import (
	"context"
	"net"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// ServeConn is what ServeTCP does with one connection.
func (s *Syslog) ServeConn(ctx context.Context, conn net.Conn) {
	s.defaults()
	s.serve(ctx, conn)
}

// Packet reads a packet.
func (g *GELF) Packet(data []byte, peer string) (record.Record, bool) {
	g.MaxMessage, g.chunks.most = DefaultMaxGELF, DefaultMaxGELF
	return g.packet(data, peer)
}

// Assembly puts chunks together.
type Assembly struct{ a assembly }

// NewAssembly returns one for messages up to a number of bytes.
func NewAssembly(most int) *Assembly { return &Assembly{assembly{most: most}} }

// Add takes a chunk.
func (a *Assembly) Add(data []byte, peer string, now time.Time) (message []byte, lost int, err error) {
	return a.a.add(data, peer, now)
}

// Waiting, Size and Order say how much there is.
func (a *Assembly) Waiting() int { return len(a.a.waiting) }
func (a *Assembly) Size() int    { return a.a.size }
func (a *Assembly) Order() int   { return len(a.a.order) }

// Limit sets how long a handshake may take.
func (t *TLS) Limit(most time.Duration) { t.limit = most }

// Label returns what is said of the records.
func (c *Container) Label() record.Record { return c.label }

// Hold takes so many bytes of those that messages under way may take, away from the most.
func (s *Syslog) Hold(left int) { s.held.take(maxHeld - left) }

// Held returns how many are taken.
func (s *Syslog) Held() int64 { return s.held.bytes.Load() }
