package source_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// joining follows the path, whose lines are joined, until stop is called. What waits is
// given out when the clock is a second behind.
func joining(t *testing.T, s *spool, path, how string, clock *atomic.Int64) (c *source.Counters, stop func()) {
	t.Helper()
	join, err := source.ParseJoin(how)
	if err != nil {
		t.Fatal(err)
	}
	join.MaxLines = 4
	_, position := s.state()
	tail := &source.Tail{
		Path: path, Position: position, FromStart: true, Join: join, Poll: time.Millisecond,
		Now:   func() time.Time { return time.Unix(clock.Load(), 0) },
		Store: s.store, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tail.Run(ctx) }()
	return tail.Counters, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// ticking lets the clock go until as many records came.
func ticking(t *testing.T, s *spool, clock *atomic.Int64, n int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got, _ := s.state()
		if len(got) >= n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d records came, want %d", len(got), n)
		}
		clock.Add(1)
	}
}

func TestTailJoinsAcrossRuns(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	var clock atomic.Int64
	appendTo(t, path, "one\ntwo\n at a\n")
	_, stop := joining(t, s, path, "auto", &clock)
	s.until(t, 1) // two waits
	stop()
	appendTo(t, path, " at b\nthree\nfour\n")
	_, stop = joining(t, s, path, "auto", &clock)
	s.until(t, 3) // four waits
	stop()
	rename(t, path, path+".1")
	appendTo(t, path+".1", " at c\n")
	appendTo(t, path, " at d\nfive\n")
	_, stop = joining(t, s, path, "auto", &clock)
	s.until(t, 5) // a record ends with its file
	ticking(t, s, &clock, 6)
	stop()
	appendTo(t, path, " at e\nsix\n")
	_, stop = joining(t, s, path, "off", &clock) // another configuration
	s.until(t, 8)
	stop()
	wantLines(t, s, "one", "two\n at a\n at b", "three", "four\n at c", " at d", "five", " at e", "six")
}

// TestTailForgetsNoneThatWaits stops while a record waits, and is told to join no more.
func TestTailForgetsNoneThatWaits(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	var clock atomic.Int64
	appendTo(t, path, "type=A msg=audit(1.0:1): x\ntype=A msg=audit(1.0:2): y\ntype=B msg=audit(1.0:1): z\ntype=EOE msg=audit(1.0:1): \n")
	_, stop := joining(t, s, path, "auto", &clock)
	s.until(t, 1) // 1 is complete, 2 waits before two of its lines
	stop()
	_, stop = joining(t, s, path, "off", &clock)
	s.until(t, 2)
	stop()
	appendTo(t, path, "type=B msg=audit(1.0:2): late\n")
	_, stop = joining(t, s, path, "auto", &clock)
	ticking(t, s, &clock, 3)
	stop()
	wantLines(t, s, "type=A msg=audit(1.0:1): x\ntype=B msg=audit(1.0:1): z\ntype=EOE msg=audit(1.0:1): ", "type=A msg=audit(1.0:2): y", "type=B msg=audit(1.0:2): late")
}

func TestTailDividesLongRecords(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	var clock atomic.Int64
	appendTo(t, path, "# 1\na\nb\nc\nd\ne\n# 2\n# 3\n")
	c, stop := joining(t, s, path, "^#", &clock)
	s.until(t, 3)
	stop()
	appendTo(t, path, "f\n# 4\n")
	_, stop = joining(t, s, path, "^#", &clock)
	s.until(t, 4)
	stop()
	wantLines(t, s, "# 1\na\nb\nc", "d\ne", "# 2", "# 3\nf")
	if c.Cut.Load() != 1 {
		t.Errorf("%d records were too long, want 1", c.Cut.Load())
	}
}

// TestTailWaitsForRoomWithWhatWaits has no room when a record is given out.
func TestTailWaitsForRoomWithWhatWaits(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	var clock atomic.Int64
	s.full = 2
	appendTo(t, path, "# 1\na\n")
	_, stop := joining(t, s, path, "^#", &clock)
	ticking(t, s, &clock, 1)
	appendTo(t, path, "b\n")
	ticking(t, s, &clock, 2)
	stop()
	wantLines(t, s, "# 1\na", "b")
}
