package source

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

const (
	// brokerBatch is how many bytes of messages are queued at a time, at the most, but for
	// the last message.
	brokerBatch = 2 << 20
	// brokerRest is how long the answer to a broker may take when the program stops.
	brokerRest = 3 * time.Second
	// brokerTold is of how many things it is known that they were told.
	brokerTold = 1000
)

// Broker is what sources that take messages from brokers have in common. A message is one
// event, a JSON object or a line of text.
type Broker struct {
	// TLS encrypts the connections; nil does not.
	TLS *DialTLS
	// MaxMessage is the length in bytes at which a message is cut; 0 means record.MaxText.
	MaxMessage int
	// Label is what is said of each message beside its text.
	Label record.Record
	// Now is the clock.
	Now func() time.Time
	// Sink queues records. When there is no room, it is called again.
	Sink Sink
	// Counters and Log are told what happens.
	Counters *Counters
	Log      *slog.Logger

	mu   sync.Mutex
	told map[string]string // of what, the error
}

// record makes a record of a message; the tag says where it came from.
func (b *Broker) record(text []byte, tag string) record.Record {
	r := b.Label
	r.Tags = append(append(make([]string, 0, len(r.Tags)+1), r.Tags...), tag)
	text = bytes.TrimRight(text, "\r\n")
	most := record.MaxText
	if b.MaxMessage > 0 {
		most = min(most, b.MaxMessage)
	}
	cut := len(text) > most
	r.Text, r.Received = string(text[:min(len(text), most)]), b.Now().UnixNano()
	if r.Clip() || cut {
		b.Counters.Cut.Add(1)
	}
	return r
}

// store queues records, and waits while there is no room; waiting is called meanwhile. A
// batch that is under way when the program stops is waited for. It reports false when the
// program stops before there was room.
func (b *Broker) store(ctx context.Context, records []record.Record, waiting func()) (bool, error) {
	err := untilRoom(ctx, func() error {
		waiting()
		return b.Sink(context.WithoutCancel(ctx), records)
	})
	if errors.Is(err, record.ErrFull) || errors.Is(err, record.ErrAway) {
		return false, nil
	}
	if err == nil {
		b.Counters.received(len(records), b.Now().UnixNano())
	}
	return err == nil, err
}

// trouble counts what went wrong, and tells it unless it was told already.
func (b *Broker) trouble(ctx context.Context, what string, err error) {
	b.Counters.Errors.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	text := err.Error()
	if b.told[what] == text {
		return
	}
	if b.told == nil || len(b.told) >= brokerTold {
		b.told = map[string]string{}
	}
	b.told[what] = text
	b.Log.WarnContext(ctx, "a broker: it is tried again", "what", what, "error", err)
}

// well forgets what was told of something; "" is everything.
func (b *Broker) well(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if what == "" {
		clear(b.told)
	} else {
		delete(b.told, what)
	}
}
