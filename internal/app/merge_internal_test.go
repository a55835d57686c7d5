package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

// logOf is the feed of a log in batches of random sizes; its events are named
// NAME followed by the time in seconds.
func logOf(random *rand.Rand, name string, seconds ...int64) *stream {
	s := &stream{first: math.MinInt64}
	for _, at := range seconds {
		if at != 0 {
			s.first = at * 1e9
			break
		}
	}
	s.feed = func(_ context.Context, use func([]*event.Event) error) error {
		for len(seconds) > 0 {
			n := 1 + random.IntN(len(seconds))
			batch := make([]*event.Event, n)
			for i := range batch {
				batch[i] = event.New()
				batch[i].Time, batch[i].Message = seconds[i]*1e9, fmt.Sprint(name, seconds[i])
			}
			if err := use(batch); err != nil {
				return err
			}
			for _, e := range batch { // they are used again
				e.Message = "used up"
			}
			seconds = seconds[n:]
		}
		return nil
	}
	return s
}

func mergedNames(t *testing.T, streams ...*stream) string {
	t.Helper()
	var names []string
	err := merged(streams)(t.Context(), func(events []*event.Event) error {
		for _, e := range events {
			names = append(names, e.Message)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestMerge(t *testing.T) {
	const day = 86400
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		f := func(want string, streams ...*stream) {
			t.Helper()
			if diff := cmp.Diff(want, mergedNames(t, streams...)); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
		}
		f("")
		f("a1 a2", logOf(random, "a", 1, 2))
		f("a1 b2 a3 b4", logOf(random, "a", 1, 3), logOf(random, "b", 2, 4))
		f("b1 b2 a3 a4", logOf(random, "a", 3, 4), logOf(random, "b", 1, 2))
		f("a1 b1 c1 a2 b2 c2", logOf(random, "a", 1, 2), logOf(random, "b", 1, 2), logOf(random, "c", 1, 2))
		// A log keeps its own order; what has no time follows.
		f("b3 a5 a4 b6 a9", logOf(random, "a", 5, 4, 9), logOf(random, "b", 3, 6))
		f("a1 a0 a0 b2 a3", logOf(random, "a", 1, 0, 0, 3), logOf(random, "b", 2))
		f("b0 a1", logOf(random, "a", 1), logOf(random, "b", 0))
		// One wrong date does not hold a log back; a real gap does.
		f(fmt.Sprintf("a1 a%d b2 a3 b4 a5", 9*day), logOf(random, "a", 1, 9*day, 3, 5), logOf(random, "b", 2, 4))
		f(fmt.Sprintf("a1 a%d b2 b4 a%d", 9*day, 9*day+1), logOf(random, "a", 1, 9*day, 9*day+1), logOf(random, "b", 2, 4))
		f("a1 b2 b3 c4 c5 d6", logOf(random, "d", 6), logOf(random, "a", 1), logOf(random, "c", 4, 5), logOf(random, "b", 2, 3))
	}
}

// Many logs are read a few at a time, and those of one rotated set one after the
// other.
func TestMergeOpensLogsWhenTheirTimeComes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	reading, most := 0, 0
	rotated := func(n int, overlap int64) (streams []*stream, want []string) {
		reading, most = 0, 0
		for i := range n {
			var seconds []int64
			for k := range 5 + overlap {
				seconds = append(seconds, 1+int64(i)*5+k)
			}
			s := logOf(random, fmt.Sprintf("%02d-", i), seconds...)
			feed := s.feed
			s.feed = func(ctx context.Context, use func([]*event.Event) error) error {
				reading++ // begin waits for the first batch: no two goroutines are here
				most = max(most, reading)
				err := feed(ctx, use)
				reading--
				return err
			}
			streams = append([]*stream{s}, streams...) // the newest first, as a shell lists them
			for _, at := range seconds {
				want = append(want, fmt.Sprintf("%02d-%d", i, at))
			}
		}
		return streams, want
	}
	streams, want := rotated(30, 0)
	if diff := cmp.Diff(strings.Join(want, " "), mergedNames(t, streams...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if most > 2 {
		t.Errorf("%d logs of a rotated set were read side by side", most)
	}
	streams, want = rotated(40, 1000)
	got := strings.Fields(mergedNames(t, streams...))
	if len(got) != len(want) || most > maxOpenStreams {
		t.Errorf("%d events of %d, %d logs side by side", len(got), len(want), most)
	}
}

func TestMergeEnds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	broken := errors.New("broken")
	f := func(name string, want error, use func(context.CancelFunc) error, streams ...*stream) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() {
			done <- merged(streams)(ctx, func([]*event.Event) error { return use(cancel) })
		}()
		select {
		case err := <-done:
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: it does not end", name)
		}
	}
	long := slices.Repeat([]int64{1, 2, 3}, 100)
	fails := &stream{first: math.MinInt64, feed: func(context.Context, func([]*event.Event) error) error { return broken }}
	f("a log that fails", broken, func(context.CancelFunc) error { return nil }, fails, logOf(random, "a", long...))
	f("a user who has enough", broken, func(context.CancelFunc) error { return broken }, logOf(random, "a", long...), logOf(random, "b", long...))
	f("a run that is cancelled", context.Canceled, func(cancel context.CancelFunc) error { cancel(); return nil }, logOf(random, "a", long...), logOf(random, "b", long...))
}
