package source_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// stdin reads an input to its end, or until the context is done.
func stdin(t *testing.T, how string, s *spool, in func(context.Context) io.Reader) (*source.Counters, string, error) {
	t.Helper()
	join, err := source.ParseJoin(how)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	one := &source.Stdin{
		Join: join, JoinWait: time.Millisecond, Now: time.Now, Counters: &source.Counters{}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Sink: func(ctx context.Context, records []record.Record) error { return s.store(ctx, nil, records) },
	}
	err = one.Run(t.Context(), in)
	return one.Counters, log.String(), err
}

func TestStdin(t *testing.T) {
	f := func(text, how string, want ...string) {
		t.Helper()
		s := newSpool()
		s.full = 1 // it waits
		c, log, err := stdin(t, how, s, func(context.Context) io.Reader { return strings.NewReader(text) })
		got, _ := s.state()
		if diff := cmp.Diff(want, got); diff != "" || err != nil || c.In.Load() != int64(len(want)) || !strings.Contains(log, "has ended") {
			t.Errorf("%v, %d records, %s\n%s", err, c.In.Load(), log, diff)
		}
	}
	f("a\nb\nno end", "off", "a", "b", "no end")
	f("a\n b\nc\n d", "auto", "a\n b", "c\n d")
	f("# a\nb\n# c", "^#", "# a\nb", "# c")
	many := strings.Repeat("line\n", 5000)
	f(many, "off", strings.Split(strings.TrimSuffix(many, "\n"), "\n")...)
}

// TestStdinGivesOutWhatWaits has a record that nothing ends while the input goes on.
func TestStdinGivesOutWhatWaits(t *testing.T) {
	in, out := io.Pipe()
	s := newSpool()
	var done sync.WaitGroup
	done.Go(func() {
		if _, err := out.Write([]byte("# a\nb\n")); err != nil {
			t.Error(err)
		}
		soon(t, "a record", func() bool { got, _ := s.state(); return len(got) == 1 })
		_ = out.CloseWithError(errors.New("it is damaged"))
	})
	c, log, err := stdin(t, "^#", s, func(context.Context) io.Reader { return in })
	done.Wait()
	if err != nil || c.Errors.Load() != 1 || !strings.Contains(log, "broke off") || !strings.Contains(log, "it is damaged") {
		t.Errorf("%v, %s", err, log)
	}
	wantLines(t, s, "# a\nb")
}

// TestStdinBroken ends with the error of the queue, while the input goes on.
func TestStdinBroken(t *testing.T) {
	broken := errors.New("broken")
	var asked atomic.Int64
	one := &source.Stdin{
		Now: time.Now, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
		Sink: func(context.Context, []record.Record) error { asked.Add(1); return broken },
	}
	err := one.Run(t.Context(), func(ctx context.Context) io.Reader {
		in, out := io.Pipe()
		context.AfterFunc(ctx, func() { _ = out.Close() })
		go func() { _, _ = out.Write([]byte("a\n")) }()
		return in
	})
	if !errors.Is(err, broken) || asked.Load() != 1 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}
