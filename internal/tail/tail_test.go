package tail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/tail"
)

func failed(user string) *event.Event {
	e := event.New()
	e.Message = "failed for " + user
	e.Set("usr.name", event.StringValue(user))
	return e
}

func watch(t *testing.T, h *tail.Hub, text string) *tail.Watcher {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	w, err := h.Watch(q)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWatchersSeeWhatTheyWant(t *testing.T) {
	var h tail.Hub
	h.Observe(failed("nobody sees it"))
	root, other := watch(t, &h, "@usr.name:root"), watch(t, &h, "-@usr.name:root")
	h.Observe(failed("root"))
	h.Observe(failed("jane"))
	if line := string(<-root.Lines()); !strings.Contains(line, "failed for root") {
		t.Error(line)
	}
	if line := string(<-other.Lines()); !strings.Contains(line, "failed for jane") {
		t.Error(line)
	}
	root.Close()
	root.Close()
	if _, ok := <-root.Lines(); ok {
		t.Error("something comes after the end")
	}
	h.Observe(failed("root"))
	h.Observe(failed("joe"))
	if line := string(<-other.Lines()); !strings.Contains(line, "failed for joe") {
		t.Error(line)
	}
	h.Close()
	other.Close()
	h.Observe(failed("joe"))
	if _, ok := <-other.Lines(); ok {
		t.Error("something comes after the end")
	}
	if _, err := h.Watch(nil); !errors.Is(err, tail.ErrClosed) {
		t.Error(err)
	}
}

func TestASlowWatcherHoldsNobodyUp(t *testing.T) {
	var h tail.Hub
	slow := watch(t, &h, "*")
	for range 1500 {
		h.Observe(failed("root"))
	}
	if n := slow.Left(); n != 500 || slow.Left() != 0 {
		t.Errorf("%d were left out", n)
	}
	for range 1000 {
		slow.Taken(<-slow.Lines())
	}
	big := failed(strings.Repeat("x", 3<<20))
	for range 3 {
		h.Observe(big) // its name stands twice
	}
	if n := slow.Left(); n != 2 {
		t.Errorf("%d large ones were left out", n)
	}
	slow.Taken(<-slow.Lines())
	h.Observe(big)
	if n := slow.Left(); n != 0 {
		t.Errorf("%d large ones were left out, with room for one", n)
	}
}

func TestWatchersHaveALimit(t *testing.T) {
	var h tail.Hub
	for range tail.MaxWatchers {
		watch(t, &h, "*")
	}
	if _, err := h.Watch(nil); !errors.Is(err, tail.ErrTooMany) {
		t.Error(err)
	}
}

func TestNobodyWatchesWithoutCost(t *testing.T) {
	var h tail.Hub
	e := failed("root")
	if n := testing.AllocsPerRun(100, func() { h.Observe(e) }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

// TestAWatcherAtWhichTheProgramFails ends alone: the others go on.
func TestAWatcherAtWhichTheProgramFails(t *testing.T) {
	var failures []any
	h := tail.Hub{Failed: func(failure any) { failures = append(failures, failure) }}
	good, err := h.Watch(nil)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := h.Watch(&query.Query{}) // which was never parsed
	if err != nil {
		t.Fatal(err)
	}
	last, err := h.Watch(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h.Observe(event.New())
	}
	if _, open := <-bad.Lines(); open || len(failures) != 1 {
		t.Errorf("failures %v", failures)
	}
	if len(good.Lines()) != 2 || len(last.Lines()) != 2 {
		t.Errorf("the others saw %d and %d events", len(good.Lines()), len(last.Lines()))
	}
	bad.Close()
	good.Close()
	last.Close()
}
