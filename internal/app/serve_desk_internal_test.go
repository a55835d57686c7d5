package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// noted is a book that notes what it was given, as "ID:events", one list for each call.
type noted struct {
	mu    sync.Mutex
	calls [][]string
	err   error
}

func (w *noted) Observe(_ context.Context, list []*signal.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	var names []string
	for _, s := range list {
		names = append(names, s.ID+":"+string(rune('0'+s.Events)))
	}
	w.calls = append(w.calls, names)
	return nil
}

// A signal that only went on waits longer than one that opened or closed, the latest of
// each is written, and what could not be written is, later.
func TestDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &noted{}
		d := &desk{book: book, now: time.Now, log: slog.New(slog.DiscardHandler), metrics: &metrics{}, failed: func(error) {}}
		d.stir = func() { d.behind(t.Context()) }
		found := func(id string, events int, change signal.Change) {
			d.found(signal.Finding{Change: change, Signal: &signal.Signal{ID: id, Events: int64(events)}})
		}
		pass := func(after time.Duration) {
			time.Sleep(after)
			synctest.Wait()
		}
		want := func(what string, calls ...[]string) {
			t.Helper()
			book.mu.Lock()
			defer book.mu.Unlock()
			if !slices.EqualFunc(book.calls, calls, slices.Equal) {
				t.Errorf("%s: %v was written, want %v", what, book.calls, calls)
			}
			book.calls = nil
		}

		found("a", 1, signal.Opened)
		found("a", 2, signal.Updated)
		found("b", 3, signal.Updated)
		pass(deskEvery - 1)
		want("too early")
		pass(1)
		want("what opened", []string{"a:2"})
		found("b", 4, signal.Updated)
		pass(deskEvery)
		want("what went on, too early")
		pass(deskLater)
		want("what went on", []string{"b:4"})

		found("c", 1, signal.Updated)
		found("c", 2, signal.Closed)
		pass(deskEvery)
		want("what closed", []string{"c:2"})
		pass(deskLater)
		want("nothing is left of what closed")

		fail := func(err error) {
			book.mu.Lock()
			defer book.mu.Unlock()
			book.err = err
		}
		fail(errors.New("no"))
		found("d", 1, signal.Opened)
		pass(deskEvery)
		found("d", 2, signal.Escalated)
		found("e", 1, signal.Opened)
		fail(nil)
		pass(rest)
		want("what failed before", []string{"d:2", "e:1"})
		if got := d.metrics.deskErrors.Load(); got != 1 {
			t.Errorf("%d errors were counted, want 1", got)
		}

		found("f", 5, signal.Updated)
		if err := d.flush(t.Context()); err != nil {
			t.Error(err)
		}
		want("all", []string{"f:5"})
	})
}
