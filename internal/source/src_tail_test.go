package source_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// spool keeps what tails store, and lets a test wait for it.
type spool struct {
	mu       sync.Mutex
	lines    []string
	position []byte
	full     int // how often it has no room
	news     chan struct{}
}

func newSpool() *spool { return &spool{news: make(chan struct{}, 1)} }

func (s *spool) store(_ context.Context, position []byte, records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return record.ErrFull
	}
	for _, r := range records {
		s.lines = append(s.lines, r.Text)
	}
	s.position = slices.Clone(position)
	select {
	case s.news <- struct{}{}:
	default:
	}
	return nil
}

func (s *spool) state() (lines []string, position []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines), slices.Clone(s.position)
}

// until waits for as many lines, and for a position.
func (s *spool) until(t *testing.T, n int) {
	t.Helper()
	patience := time.After(20 * time.Second)
	for {
		lines, position := s.state()
		if len(lines) >= n && position != nil {
			return
		}
		select {
		case <-s.news:
		case <-patience:
			t.Fatalf("%d lines came, want %d", len(lines), n)
		}
	}
}

// tailing follows the path until stop is called, which waits for its end.
func tailing(t *testing.T, s *spool, path string, fromStart bool) (stop func()) {
	t.Helper()
	_, position := s.state()
	tail := &source.Tail{
		Path: path, Position: position, FromStart: fromStart, Poll: time.Millisecond, Now: time.Now,
		Store: s.store, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tail.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func wantLines(t *testing.T, s *spool, want ...string) {
	t.Helper()
	got, _ := s.state()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTailGoesOnFromRunToRun(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	appendTo(t, path, "old\nhalf")
	stop := tailing(t, s, path, false)
	s.until(t, 0) // it has found the end
	appendTo(t, path, " and half\n1\n")
	s.until(t, 2)
	stop()
	appendTo(t, path, "2\n3 without")
	stop = tailing(t, s, path, false)
	s.until(t, 3)
	stop()
	appendTo(t, path, " an end\n")
	stop = tailing(t, s, path, false)
	s.until(t, 4)
	stop()
	wantLines(t, s, "half and half", "1", "2", "3 without an end")
}

func TestTailFollowsRotation(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	stop := tailing(t, s, path, true) // there is no file yet
	appendTo(t, path, "1\n2\n")
	s.until(t, 2)
	appendTo(t, path, "3 without an end")
	rename(t, path, path+".1")
	appendTo(t, path, "4\n")
	s.until(t, 4)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	stop()
	appendTo(t, path, "5\n")
	stop = tailing(t, s, path, false) // it is shorter than what was read, or another text
	s.until(t, 5)
	stop()
	wantLines(t, s, "1", "2", "3 without an end", "4", "5")
}

// TestTailFindsWhatWasRotatedMeanwhile rotates twice while nobody looks.
func TestTailFindsWhatWasRotatedMeanwhile(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	appendTo(t, path, "1\n2\n")
	stop := tailing(t, s, path, true)
	s.until(t, 2)
	stop()
	appendTo(t, path, "3\n4")
	rename(t, path, path+".2")
	appendTo(t, path, "5\n")
	rename(t, path, path+".1")
	old := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Chtimes(path+".2", old, old), os.WriteFile(path+".10", []byte("before\n"), 0o600), os.Chtimes(path+".10", old.Add(-time.Hour), old.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "6\n")
	stop = tailing(t, s, path, true)
	s.until(t, 6)
	stop()
	stop = tailing(t, s, path, true)
	appendTo(t, path, "7\n")
	s.until(t, 7)
	stop()
	wantLines(t, s, "1", "2", "3", "4", "5", "6", "7")
}

// TestTailStoppedAnywhere stops and goes on at every moment.
func TestTailStoppedAnywhere(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	appendTo(t, path, "")
	want := make([]string, 0, 60)
	for i := range 60 {
		want = append(want, fmt.Sprint("line ", i))
		appendTo(t, path, fmt.Sprint("line ", i, "\n"))
		stop := tailing(t, s, path, true)
		if i%3 == 0 {
			s.until(t, i+1)
		}
		stop()
		if i%20 == 19 {
			rename(t, path, fmt.Sprintf("%s.%d", path, i))
		}
	}
	stop := tailing(t, s, path, true)
	appendTo(t, path, "end\n")
	s.until(t, 61)
	stop()
	wantLines(t, s, append(want, "end")...)
}

func TestTailWaitsForRoom(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	s.full = 2
	appendTo(t, path, "1\n")
	stop := tailing(t, s, path, true)
	s.until(t, 1)
	stop()
	wantLines(t, s, "1")
}

// TestTailWaitsForTheLastWriter: who has the file open writes to it for a while after it
// was renamed, and what comes under the name then is read from its beginning.
func TestTailWaitsForTheLastWriter(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a.log"), newSpool()
	appendTo(t, path, "old\n")
	tail := &source.Tail{
		Path: path, Poll: 20 * time.Millisecond, Now: time.Now,
		Store: s.store, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tail.Run(ctx) }()
	s.until(t, 0)
	appendTo(t, path, "1\n")
	s.until(t, 1)
	rename(t, path, path+".1")
	appendTo(t, path, "3\n")
	time.Sleep(100 * time.Millisecond)
	appendTo(t, path+".1", "2\n")
	s.until(t, 3)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantLines(t, s, "1", "2", "3")
}

// TestFilesStopsWhileItLooks: to be stopped in the middle of the beginning is no error.
func TestFilesStopsWhileItLooks(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files := source.Files{
		Pattern: "/x",
		Tail: func(ctx context.Context, _ string, _ bool) (*source.Tail, error) {
			cancel()
			return nil, context.Cause(ctx)
		},
	}
	if err := files.Run(ctx); err != nil {
		t.Error(err)
	}
}

// TestTailOfANameThatIsNotUTF8 finds what was rotated of a file whose name JSON cannot say.
func TestTailOfANameThatIsNotUTF8(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "a\xff.log"), newSpool()
	appendTo(t, path, "1\n")
	stop := tailing(t, s, path, true)
	s.until(t, 1)
	stop()
	appendTo(t, path, "2\n")
	rename(t, path, path+".1")
	appendTo(t, path, "3\n")
	stop = tailing(t, s, path, true)
	s.until(t, 3)
	stop()
	wantLines(t, s, "1", "2", "3")
}

func TestFilesFindsNewOnes(t *testing.T) {
	dir, s := t.TempDir(), newSpool()
	appendTo(t, filepath.Join(dir, "a.log"), "a\n")
	appendTo(t, filepath.Join(dir, "a.log.1"), "rotated\n")
	appendTo(t, filepath.Join(dir, "b.log.gz"), "packed\n")
	files := source.Files{
		Pattern: filepath.Join(dir, "*"), Rescan: time.Millisecond,
		Tail: func(_ context.Context, path string, _ bool) (*source.Tail, error) {
			return &source.Tail{
				Path: path, FromStart: true, Poll: time.Millisecond, Now: time.Now, Store: s.store,
				Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
			}, nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- files.Run(ctx) }()
	s.until(t, 1)
	appendTo(t, filepath.Join(dir, "c.log"), "c\n")
	s.until(t, 2)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantLines(t, s, "a", "c")
}

// TestTailGivesUpWhatIsGone removes a file to which its program still writes, which is
// then read for as long as it does.
func TestTailGivesUpWhatIsGone(t *testing.T) {
	s, path := newSpool(), filepath.Join(t.TempDir(), "a.log")
	writer, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	var clock atomic.Int64
	tail := &source.Tail{
		Path: path, FromStart: true, Poll: time.Millisecond, Patience: time.Hour, Store: s.store,
		Now: func() time.Time { return time.Unix(clock.Load(), 0) }, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	done := make(chan error, 1)
	go func() { done <- tail.Run(t.Context()) }()
	for i := range 4 {
		if _, err := fmt.Fprintf(writer, "line %d\n", i); err != nil {
			t.Fatal(err)
		}
		s.until(t, i+1)
		clock.Add(59 * 60)
		if i == 0 {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	patience := time.After(20 * time.Second)
	for ended := false; !ended; {
		clock.Add(3 * 60 * 60) // again and again: who has not looked since the last line begins to wait now
		select {
		case err := <-done:
			if ended = true; err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Millisecond):
		case <-patience:
			t.Fatal("a file that is gone is waited for")
		}
	}
	if lines, position := s.state(); len(lines) != 4 || string(position) != source.NoPosition {
		t.Errorf("lines %q, position %s", lines, position)
	}
}
