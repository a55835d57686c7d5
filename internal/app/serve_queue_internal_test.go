package app

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/sasumata/sasumata/internal/auth"
)

// natsServer starts a NATS server in the folder; port -1 is any.
func natsServer(t *testing.T, dir string, port int) (s *server.Server, stop func()) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, MaxPayload: 8 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	stop = func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	t.Cleanup(stop)
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not begin")
	}
	return s, stop
}

// TestServeWithAQueueElsewhere starts before its NATS server, and goes on while that is
// stopped and comes back. All that is acknowledged is there once.
func TestServeWithAQueueElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	store, dir := t.TempDir(), t.TempDir()
	nats, down := natsServer(t, store, -1)
	at, err := url.Parse(nats.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	down()
	opts := serveOptions(dir)
	opts.Troubles = 10 * time.Millisecond
	opts.Config.Queue.URL, opts.Config.Store.MaxAge, opts.Config.Store.Flush = nats.ClientURL(), 0, 100*time.Millisecond
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	send := func(text string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Listening[0]+"/intake/lines", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("DD-API-KEY", "a-token-for-tests-only")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	away := func(what string) {
		t.Helper()
		eventually(t, what, func() bool {
			code, text := get(t, s, "/-/ready")
			_, metrics := get(t, s, "/metrics")
			return code == http.StatusServiceUnavailable && strings.Contains(text, "the queue cannot be reached") &&
				strings.Contains(metrics, "\nsasumata_queue_connected 0\n")
		})
		if code := send("x"); code != http.StatusServiceUnavailable {
			t.Errorf("%s: a sender is told %d", what, code)
		}
	}
	away("before the NATS server is there")
	_, down = natsServer(t, store, port)
	eventually(t, "the queue", s.opened.Load)
	s.until(t, 6)
	if code := send(failures(1, 2)); code != http.StatusAccepted {
		t.Errorf("a sender is told %d", code)
	}
	s.until(t, 12)
	down()
	appendLog(t, dir, failures(2, 3))
	away("while the NATS server is stopped")
	eventually(t, "a trouble", func() bool { return strings.Contains(signalsOf(t, dir), "sasumata_queue_away") })
	natsServer(t, store, port)
	s.until(t, 18)
	if code := send(failures(3, 4)); code != http.StatusAccepted {
		t.Errorf("a sender is told %d", code)
	}
	s.until(t, 24)
	eventually(t, "an empty queue", func() bool {
		stats, err := s.queue.Stats(t.Context())
		return err == nil && stats.Batches == 0
	})
	stop()
	if n := len(storedIn(t, dir)); n != 24 || s.metrics.disconnects.Load() != 1 {
		t.Errorf("%d events in the store, want 24; %d disconnects", n, s.metrics.disconnects.Load())
	}
}

// TestServeWithoutItsQueue starts behind a queue that is gone.
func TestServeWithoutItsQueue(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	if err := os.RemoveAll(filepath.Join(opts.Config.Data, queueDir)); err != nil {
		t.Fatal(err)
	}
	if s, err := NewServer(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "is not there") || !strings.Contains(err.Error(), "--new-queue") {
		t.Errorf("%v, %v", s, err)
	}
	opts.AnotherQueue = true
	appendLog(t, dir, failures(1, 2))
	s, stop = serving(t, opts)
	s.until(t, 12)
	stop()
	if n := len(storedIn(t, dir)); n != 12 {
		t.Errorf("%d events in the store, want 12", n)
	}
}

// TestServeWithAQueueThatForgot forgets what the state has seen.
func TestServeWithAQueueThatForgot(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Troubles = 10 * time.Millisecond
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.keeper.writer.Commit(map[string]uint64{s.keeper.queue: s.keeper.held.Load() + 7}); err != nil { // the store saw more
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, stop = serving(t, opts)
	eventually(t, "a trouble", func() bool { return strings.Contains(signalsOf(t, dir), "sasumata_queue_forgot") })
	appendLog(t, dir, failures(1, 2))
	s.until(t, 12)
	stop()
	if n := len(storedIn(t, dir)); n != 12 || s.metrics.forgotten.Load() != 7 {
		t.Errorf("%d events in the store, want 12; %d batches are forgotten", n, s.metrics.forgotten.Load())
	}
}
