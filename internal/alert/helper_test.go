package alert

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
)

// waitFor waits until the condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// secretIn writes a secret to a file.
func secretIn(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// configured returns a configuration in a folder of its own.
func configured(t *testing.T, yaml string) *Config {
	t.Helper()
	c := Default()
	if err := document.Decode("test.yaml", []byte(yaml), c, document.Options{}); err != nil {
		t.Fatal(err)
	}
	c.Dir = t.TempDir()
	if faults := c.Check(document.Pos{File: "test.yaml", Line: 1, Col: 1}); len(faults) > 0 {
		t.Fatal(faults)
	}
	return c
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// clock is a clock that a test can put forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// started is a manager that runs.
type started struct {
	*Manager

	console *buffer
	log     *buffer
	clock   *clock
	stop    func()
}

// start runs a manager until the test ends, or stop.
func start(t *testing.T, c *Config) *started {
	t.Helper()
	return startWith(t, c, func(*Options) {})
}

// startWith is start with other options.
func startWith(t *testing.T, c *Config, change func(*Options)) *started {
	t.Helper()
	s := &started{console: &buffer{}, log: &buffer{}, clock: &clock{}}
	opts := Options{
		Config: c, Console: s.console, Hostname: "host", Now: s.clock.now, Keep: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(s.log), nil)),
	}
	change(&opts)
	m, err := New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Manager = m
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	t.Cleanup(s.stop)
	return s
}

// put puts notices, which must be taken.
func (s *started) put(t *testing.T, notices ...Notice) {
	t.Helper()
	if err := s.Put(t.Context(), notices...); err != nil {
		t.Fatal(err)
	}
}

// bruteForce is a notice as a rule makes it.
func bruteForce(severity signal.Severity) Notice {
	return Notice{
		Rule: "Brute force", RuleID: "brute_force", Severity: severity, ID: "0123456789", Title: "Brute force from 192.0.2.7", TitleJA: "総当たり攻撃",
		Labels: []Label{{"ip", "192.0.2.7"}, {"user", "admin"}}, Message: "Somebody tries passwords.", MessageJA: "パスワードが試されています。",
		Reason: "failures > 5", Runbook: "runbooks/brute_force.md", Lines: []string{"sshd[1]: Failed password for admin from 192.0.2.7"}, Events: 6,
	}
}

// request is what a sink was sent.
type request struct {
	path, body string
	header     http.Header
}

// sink is an HTTP server that keeps what it is sent, and answers as it is told: with the
// statuses, and then with 200.
type sink struct {
	*httptest.Server

	mu       sync.Mutex
	got      []request
	statuses []int
	answer   string
	after    string // of the header Retry-After
	hang     chan struct{}
}

func newSink(t *testing.T, statuses ...int) *sink {
	t.Helper()
	s := &sink{statuses: statuses, answer: "ok"}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		status, hang := http.StatusOK, s.hang
		if len(s.statuses) > 0 {
			status, s.statuses = s.statuses[0], s.statuses[1:]
		}
		if status == http.StatusOK && hang == nil {
			s.got = append(s.got, request{r.URL.Path, string(body), r.Header})
		}
		answer := s.answer
		if s.after != "" {
			w.Header().Set("Retry-After", s.after)
		}
		s.mu.Unlock()
		if hang != nil {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.got...)
}
