package source

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
)

// TestTailGoesOnBehindAFault: a file that cannot be read for a while, at the first look of
// a run, is not read again from its beginning.
func TestTailGoesOnBehindAFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var position []byte
	var lines []string
	run := func(next *os.File, want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		tail := Tail{
			Path: path, Position: position, FromStart: true, Poll: time.Millisecond, Now: time.Now, next: next,
			Counters: &Counters{}, Log: slog.New(slog.DiscardHandler),
			Store: func(_ context.Context, at []byte, records []record.Record) error {
				position = at
				for _, r := range records {
					lines = append(lines, r.Text)
				}
				if len(lines) >= want {
					cancel()
				}
				return nil
			},
		}
		if err := tail.Run(ctx); err != nil {
			t.Error(err)
		}
	}
	write("1\n2\n")
	run(nil, 2)
	write("1\n2\n3\n")
	broken, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = broken.Close() // every look at it fails
	run(broken, 3)
	if !slices.Equal(lines, []string{"1", "2", "3"}) {
		t.Errorf("got %q", lines)
	}
}
