package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// TestInOrder: events of several sources that were written in any order come in that of
// their times, each once, also when most of them fall into one second or one millisecond.
func TestInOrder(t *testing.T) {
	from := time.Date(2026, 1, 16, 0, 0, 0, 0, time.UTC).UnixNano()
	random := rand.New(rand.NewPCG(1, 2))
	const n = 3*maxOrdered + 500
	events := make([]*event.Event, 0, n)
	for i := range n {
		e := event.New()
		e.Source = []string{"a", "b", "c"}[i%3]
		e.Set("n", event.IntValue(int64(i)))
		switch {
		case i < maxOrdered+100: // all of the same millisecond
			e.Time = from + int64(time.Hour)
		case i < 2*maxOrdered+100: // of a second
			e.Time = from + int64(20*time.Hour) + random.Int64N(int64(time.Second))
		default:
			e.Time = from + random.Int64N(int64(24*time.Hour))
		}
		events = append(events, e)
	}
	random.Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] })
	s := stored(t, WriterOptions{PartRows: 7_000}, events...)
	want := Search{Since: from, Until: from + int64(24*time.Hour)}
	seen, last := map[int64]bool{}, int64(0)
	result, err := s.InOrder(t.Context(), want, func(e *event.Event) error {
		v, _ := e.Get("n")
		if seen[v.Int()] || e.Time < last {
			t.Fatalf("event %d comes again, or too late", v.Int())
		}
		seen[v.Int()], last = true, e.Time
		return nil
	})
	if err != nil || len(seen) != n || result.Matched != n {
		t.Errorf("%d events, %+v, error %v", len(seen), result, err)
	}
	stop := errors.New("enough")
	if _, err := s.InOrder(t.Context(), want, func(*event.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.InOrder(ctx, want, func(*event.Event) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
