package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/event"
)

// TestServeStoreInTheWay serves while the log store cannot be written, stops, serves
// again, and then makes way.
func TestServeStoreInTheWay(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Store.Flush = time.Millisecond
	inTheWay := filepath.Join(dir, "data", storeDir, "day=2026-01-16")
	if err := os.MkdirAll(filepath.Dir(inTheWay), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range int64(2) {
		appendLog(t, dir, failures(int(i), int(i)+1))
		s, stop := serving(t, opts)
		s.until(t, 6*(i+1))
		eventually(t, "an error of the store", func() bool { return s.metrics.storeErrors.Load() > 0 })
		stop()
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	s, stop := serving(t, opts)
	eventually(t, "the events", func() bool { return len(s.keeper.store.Parts()) > 0 })
	appendLog(t, dir, failures(2, 3))
	s.until(t, 18)
	stop()
	if n := len(storedIn(t, dir)); n != 18 {
		t.Errorf("%d events are in the store, want 18", n)
	}
}

func TestServeWithoutAStore(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Store.Disabled = true
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	s.consumer.fresh(t.Context())
	if _, metrics := get(t, s, "/metrics"); strings.Contains(metrics, "store_") {
		t.Errorf("metrics of no store:\n%s", metrics)
	}
	stop()
	if _, err := os.Stat(filepath.Join(dir, "data", storeDir)); !os.IsNotExist(err) {
		t.Errorf("there is a store: %v", err)
	}
	opts.Config.Store.Disabled = false
	appendLog(t, dir, failures(1, 2))
	s, stop = serving(t, opts)
	s.until(t, 12)
	stop()
	if n := len(storedIn(t, dir)); n != 6 {
		t.Errorf("%d events are in a store that began behind 6 of 12", n)
	}
}

// TestUpkeep looks after a store with events of several days and sources.
func TestUpkeep(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	now := time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC)
	opts.Now = func() time.Time { return now }
	opts.Config.Store.MaxAge, opts.Config.Store.MinFree = 0, 0
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	sequence := uint64(0)
	add := func(source string, age time.Duration) {
		t.Helper()
		e := event.New()
		e.Source, e.Time = source, now.Add(-age).UnixNano()
		s.keeper.add(e)
		sequence++
		s.keeper.last = sequence
		if !s.keeper.commit(t.Context()) {
			t.Fatal("the event was not stored")
		}
	}
	const day = 24 * time.Hour
	for range 8 {
		add("nginx", time.Hour)
	}
	for range 2 {
		add("nginx", 3*day)
		add("sshd", 3*day)
		add("sshd", 5*day)
	}
	keep := &opts.Config.Store
	f := func(want int64, reason string, removed int64) {
		t.Helper()
		if err := s.keeper.retain(t.Context(), keep); err != nil {
			t.Fatal(err)
		}
		var metrics strings.Builder
		if err := s.writeMetrics(&metrics); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{fmt.Sprintf("\nsasumata_store_events %d\n", want), fmt.Sprintf("\nsasumata_store_removed_events_total{reason=%q} %d\n", reason, removed), fmt.Sprintf("\nsasumata_store_retention_seconds{of=\"all\",name=\"\"} %v\n", s.cfg().Store.MaxAge.Seconds())} {
			if !strings.Contains(metrics.String(), line) {
				t.Errorf("want %q in\n%s", line, &metrics)
			}
		}
	}
	oldest := func(age time.Duration) {
		t.Helper()
		var metrics strings.Builder
		if err := s.writeMetrics(&metrics); err != nil {
			t.Fatal(err)
		}
		line := "\nsasumata_store_oldest_event_timestamp_seconds " + strconv.FormatFloat(float64(now.Add(-age).Unix()), 'g', -1, 64) + "\n"
		if !strings.Contains(metrics.String(), line) {
			t.Errorf("want %q in\n%s", line, &metrics)
		}
	}
	f(14, "age", 0)
	oldest(5 * day)
	keep.MaxAge = 4 * day
	f(12, "age", 2)
	oldest(3 * day)
	keep.MinFree = 1 << 62
	f(8, "disk", 4) // all that is older than a day
	keep.MinFree = 0
	if err := s.keeper.compact(t.Context()); err != nil || len(s.keeper.store.Parts()) != 1 || s.metrics.joined.Load() != 8 {
		t.Errorf("%d parts, %d joined, error %v", len(s.keeper.store.Parts()), s.metrics.joined.Load(), err)
	}
	keep.MaxBytes = 1
	f(0, "size", 8)
}

// TestServeSearches sends records, and searches for them at once and while they come.
func TestServeSearches(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Store.Flush = time.Hour
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	opts.Config.Readers = []auth.Token{auth.NewToken("me", "a-token-of-a-reader")}
	s, stop := serving(t, opts)
	client := api.Client{Server: "http://" + s.Listening[0], Token: "a-token-of-a-reader", HTTP: http.DefaultClient}
	ctx, cancel := context.WithCancel(t.Context())
	came, ended := make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- client.Tail(ctx, "@usr.name:root", func(event []byte) error { came <- string(event); return nil }, func(int64) {})
	}()
	eventually(t, "a watcher", func() bool {
		s.hub.Observe(rootEvent())
		return len(came) > 0
	})
	for round := 1; round < 4; round++ {
		answer := request(t, s, http.MethodPost, "/intake/lines", "a-token-for-tests-only", failures(round, round+1))
		if answer != "{}\n" {
			t.Fatal(answer)
		}
		// What was acknowledged may be on its way to detection still.
		want := fmt.Sprintf(`"count":%d,`, 6*round)
		eventually(t, want, func() bool {
			answer = request(t, s, http.MethodGet, "/api/v1/logs/stats?query=@usr.name:root", "a-token-of-a-reader", "")
			return strings.Contains(answer, want)
		})
	}
	eventually(t, "live events", func() bool { return len(came) >= 18 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if answer := request(t, s, http.MethodGet, "/api/v1/logs", "a-token-for-tests-only", ""); !strings.Contains(answer, "want a session, or a token") {
		t.Errorf("a sender may read: %s", answer)
	}
	stop()
	if n := len(storedIn(t, dir)); n != 18 {
		t.Errorf("%d events are in the store, want 18", n)
	}
}

func rootEvent() *event.Event {
	e := event.New()
	e.Set("usr.name", event.StringValue("root"))
	return e
}

// request returns what the server answers to who shows a token.
func request(t *testing.T, s *Server, method, path, token, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Listening[0]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestServeLooksAfterItsStore lets the store hold nothing.
func TestServeLooksAfterItsStore(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Upkeep, opts.Config.Store.Flush, opts.Config.Store.MaxBytes = time.Millisecond, time.Millisecond, 1
	opts.Config.Store.MaxAge = 0
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	eventually(t, "the removal", func() bool { return s.metrics.removed[tooMany].Load() == 6 })
	stop()
	if n := len(storedIn(t, dir)); n != 0 {
		t.Errorf("%d events are left", n)
	}
}
