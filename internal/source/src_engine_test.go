package source_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// engineSpool keeps what an Engine stores.
type engineSpool struct {
	mu        sync.Mutex
	records   []record.Record
	positions map[string][]byte
	full      int // how often it has no room
}

func newEngineSpool() *engineSpool { return &engineSpool{positions: map[string][]byte{}} }

func (s *engineSpool) store(_ context.Context, id string, position []byte, records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return record.ErrFull
	}
	s.records = append(s.records, records...)
	if s.positions[id] = slices.Clone(position); string(position) == source.NoPosition {
		delete(s.positions, id)
	}
	return nil
}

// texts returns what the containers wrote.
func (s *engineSpool) texts(t *testing.T) (texts []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.records {
		var one struct{ Log string }
		if err := json.Unmarshal([]byte(s.records[i].Text), &one); err != nil {
			t.Errorf("%s: %v", s.records[i].Text, err)
		}
		texts = append(texts, one.Log)
	}
	return texts
}

func (s *engineSpool) known() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.positions {
		ids = append(ids, id)
	}
	return ids
}

// soon waits for the condition.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

func (s *engineSpool) until(t *testing.T, n int) {
	t.Helper()
	soon(t, fmt.Sprintf("%d lines", n), func() bool { return len(s.texts(t)) >= n })
}

// asking follows an engine until stop is called.
func asking(t *testing.T, s *engineSpool, e *source.Engine) (stop func()) {
	t.Helper()
	e.Restart, e.Now, e.Store, e.Known = 10*time.Millisecond, time.Now, s.store, s.known()
	e.Counters, e.Log = &source.Counters{}, slog.New(slog.DiscardHandler)
	e.Position = func(_ context.Context, id string) ([]byte, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.positions[id], nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

const idA, idB, idC = "aaaa0123456789", "bbbb0123456789", "cccc0123456789"

// TestEngine follows containers that come, stop, start again, change their names and go,
// while the engine and this program end and come back.
func TestEngine(t *testing.T) {
	e, s := newFakeEngine(t), newEngineSpool()
	at := time.Now().Add(-time.Hour)
	tick := func() time.Time { at = at.Add(time.Second); return at }
	var want []string
	write := func(id string, stream byte, text string) {
		t.Helper()
		e.write(id, stream, tick(), text)
		want = append(want, text)
		s.until(t, len(want))
	}
	e.start(idA, &fakeContainer{name: "web", image: "registry.example/nginx:1.27", labels: `{"com.docker.compose.project":"shop"}`, driver: "json-file"})
	e.write(idA, 1, tick(), "old\n")
	stop := asking(t, s, &source.Engine{Address: e.address})
	soon(t, "a position", func() bool { return len(s.known()) == 1 })
	at = time.Now().Add(time.Second)
	write(idA, 1, "one\n")
	write(idA, 2, "two\n")
	e.start(idB, &fakeContainer{name: "tty", image: "b", tty: true, driver: "local", lines: []fakeLine{{1, tick(), "first\r\n"}}})
	want = append(want, "first\r\n")
	write(idB, 1, "three\r\n")
	e.trouble(true)
	e.write(idA, 1, at, "same\n") // of the time of three
	e.write(idA, 1, at, "same\n")
	want = append(want, "same\n", "same\n")
	e.trouble(false)
	s.until(t, len(want))
	write(idA, 1, "four\n")
	stop()

	e.write(idA, 1, tick(), "five\n")
	want = append(want, "five\n")
	e.do(func() { e.containers[idA].name = "front" })
	stop = asking(t, s, &source.Engine{Address: e.address, Before: true})
	s.until(t, len(want))
	e.write(idB, 1, tick(), "no end")
	e.stop(idB)
	want = append(want, "no end")
	s.until(t, len(want))
	e.start(idB, nil)
	write(idB, 1, "again\r\n")
	e.do(func() { e.containers[idA].name = "back"; e.event("rename", idA) })
	soon(t, "the new name", func() bool {
		write(idA, 1, "named\n")
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.records[len(s.records)-1].Service == "back"
	})
	long := strings.Repeat("x", 16<<10)
	same := tick()
	e.write(idA, 1, same, long)
	e.write(idA, 2, tick(), "between\n")
	want = append(want, "between\n")
	s.until(t, len(want))
	stop() // in the middle of a line
	e.write(idA, 1, same, "end\n")
	e.start(idC, &fakeContainer{name: "new", image: "c", driver: "json-file", lines: []fakeLine{{1, tick(), "while nobody looked\n"}}})
	want = append(want, long+"end\n", "while nobody looked\n")
	s.full = 2
	stop = asking(t, s, &source.Engine{Address: e.address, Before: true})
	s.until(t, len(want))
	e.remove(idB)
	e.write(idC, 1, tick(), "last words")
	e.remove(idC)
	want = append(want, "last words")
	s.until(t, len(want))
	soon(t, "the end of two", func() bool { return len(s.known()) == 1 })
	stop()
	e.remove(idA)
	stop = asking(t, s, &source.Engine{Address: e.address, Before: true})
	soon(t, "the end of all", func() bool { return len(s.known()) == 0 })
	stop()

	got := s.texts(t)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%.3000s", diff)
	}
	first := s.records[0]
	first.Received = 0
	if diff := cmp.Diff(record.Record{
		Text: first.Text, Source: "nginx", Service: "web",
		Tags: []string{"container_id:" + idA, "container_name:web", "image:registry.example/nginx:1.27", "compose_project:shop"},
	}, first); diff != "" || !strings.HasPrefix(first.Text, `{"log":"one\n","stream":"stdout","time":"`) {
		t.Errorf("%s\n%s", first.Text, diff)
	}
}

// TestEngineFollowsSome leaves containers alone that are none of those that are wanted.
func TestEngineFollowsSome(t *testing.T) {
	e, s := newFakeEngine(t), newEngineSpool()
	at := time.Now()
	add := func(id, name, labels, driver string) {
		e.start(id, &fakeContainer{name: name, image: "i", labels: labels, driver: driver, lines: []fakeLine{{1, at, name + "\n"}}})
	}
	add("a1", "web-1", `{"team":"a"}`, "json-file")
	add("a2", "web-2", `{"team":"b"}`, "json-file")
	add("a3", "db", `{"team":"a"}`, "json-file")
	add("a4", "web-4", `{"team":"a"}`, "journald")
	add("a5", "web-5", `{"team":"a"}`, "none")
	add("a6", "web-6", `{"team":"a"}`, "json-file")
	one := &source.Engine{
		Address: e.address, FromStart: true, Names: []string{"web-*"}, Labels: []string{"team=a"}, Elsewhere: []string{"journald"},
		Skip: func(id string) bool { return id == "a6" },
	}
	stop := asking(t, s, one)
	s.until(t, 1)
	soon(t, "an error of a5", func() bool { return one.Counters.Errors.Load() == 1 })
	e.do(func() { e.containers["a3"].name = "web-3"; e.event("rename", "a3") })
	soon(t, "a position of a3", func() bool { return slices.Contains(s.known(), "a3") })
	e.write("a3", 1, time.Now().Add(time.Minute), "renamed\n")
	s.until(t, 2)
	stop()
	if diff := cmp.Diff([]string{"web-1\n", "renamed\n"}, s.texts(t)); diff != "" {
		t.Error(diff)
	}
	if n := one.Counters.Errors.Load(); n != 1 {
		t.Errorf("%d errors, want 1", n)
	}
}

func TestEngineAddress(t *testing.T) {
	f := func(address string, good bool) {
		t.Helper()
		if err := source.EngineAddress(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
	f("unix:///var/run/docker.sock", true)
	f("tcp://docker.example:2376", true)
	f("tcp://[::1]:2375", true)
	f("unix://docker.sock", false)
	f("tcp://docker.example", false)
	f("tcp://:2375", false)
	f("tcp://a:0", false)
	f("http://a:80", false)
	f("/var/run/docker.sock", false)
}
