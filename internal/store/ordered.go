package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// The limits of what InOrder has in memory at a time, in events and in bytes of their
// records.
const (
	maxOrdered      = 10_000
	maxOrderedBytes = 16 << 20
	// thinnest is the length of time that is not divided any further.
	thinnest = int64(time.Millisecond)
)

// errCrowded says that a slice of time holds more than may be in memory.
var errCrowded = errors.New("too many events")

// InOrder is Each in the order of the times of the events, between Since and Until, which
// must be given. It reads one slice of time after the other, each as long as its events have
// room in memory; those of the same millisecond, if they have none, come as Each has them.
func (s *Store) InOrder(ctx context.Context, want Search, use func(*event.Event) error) (Result, error) {
	var total Result
	width := max(thinnest, (want.Until-want.Since)/8)
	for at := want.Since; at < want.Until; {
		slice := want
		slice.Since, slice.Until = at, min(want.Until, at+width)
		held, result, err := s.slice(ctx, slice)
		total.add(&result)
		total.Parts, total.Skipped = result.Parts, result.Skipped
		if errors.Is(err, errCrowded) {
			total.Matched -= result.Matched
			if width > thinnest {
				width = max(thinnest, width/4)
				continue
			}
			result, err = s.Each(ctx, slice, use)
			total.add(&result)
			held = nil
		}
		if err != nil {
			return total, err
		}
		for _, e := range held {
			if err := use(e); err != nil {
				return total, err
			}
		}
		at = slice.Until
		if len(held) < maxOrdered/4 {
			width = min(2*width, want.Until-want.Since)
		}
	}
	return total, nil
}

// slice returns the events of a slice of time in their order.
func (s *Store) slice(ctx context.Context, want Search) (held []*event.Event, result Result, err error) {
	var line []byte
	size := 0
	result, err = s.Each(ctx, want, func(e *event.Event) error {
		line = e.AppendRecord(line[:0])
		if size += len(line); len(held) == maxOrdered || size > maxOrderedBytes {
			return errCrowded
		}
		held = append(held, copyOf(e))
		return nil
	})
	slices.SortStableFunc(held, func(a, b *event.Event) int { return cmp.Compare(a.Time, b.Time) })
	return held, result, err
}
