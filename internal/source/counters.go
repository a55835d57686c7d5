package source

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// Counters is what became of what a source received. Any number of goroutines may use
// them.
type Counters struct {
	// In is the number of records that were queued.
	In atomic.Int64
	// Errors is the number of inputs that were refused or broke off, Cut of records that
	// were longer than they may be.
	Errors, Cut atomic.Int64
	// Dropped is the number of records that were lost because there was no room, where
	// the sender cannot wait.
	Dropped atomic.Int64
	// Last is when something arrived last, in nanoseconds since 1970 UTC; 0 is never.
	Last atomic.Int64
}

// received counts records that were queued.
func (c *Counters) received(n int, now int64) {
	c.In.Add(int64(n))
	if n > 0 {
		c.Last.Store(now)
	}
}

// Sink takes records; it returns when they are on the disk, or record.ErrFull when
// there is no room, or record.ErrAway when nobody answers. Many goroutines may call it.
type Sink func(ctx context.Context, records []record.Record) error

// untilRoom calls put again until there is room and somebody answers, or the context is
// done.
func untilRoom(ctx context.Context, put func() error) error {
	const first, longest = 50 * time.Millisecond, 2 * time.Second
	for wait := first; ; wait = min(2*wait, longest) {
		err := put()
		if !errors.Is(err, record.ErrFull) && !errors.Is(err, record.ErrAway) {
			return err
		}
		if !pause(ctx, wait) {
			return err
		}
	}
}

// pause waits; it reports false when the context is done before.
func pause(ctx context.Context, wait time.Duration) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
