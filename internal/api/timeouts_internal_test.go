package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/store"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestTailOutlivesTheTimeouts watches for longer than a request may take.
func TestTailOutlivesTheTimeouts(t *testing.T) {
	logs := &Logs{Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	s := New(place(t), Options{
		Intake: http.NotFoundHandler(), Logs: logs, Log: logs.Log,
		Gate: &Gate{Readers: []auth.Token{auth.NewToken("reader", "a-token-for-tests-only")}, Now: time.Now, Log: logs.Log},
	})
	const limit = 50 * time.Millisecond
	s.http.ReadTimeout, s.http.WriteTimeout = limit, limit
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, time.Second, nil) }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/api/v1/logs/tail", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a-token-for-tests-only")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Scan()
	time.Sleep(4 * limit)
	e := event.New()
	e.Message = "late"
	logs.Hub.Observe(e)
	if !lines.Scan() || !strings.Contains(lines.Text(), "late") {
		t.Errorf("%q, %v", lines.Text(), lines.Err())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// slowReader takes nothing of an answer until it is told to.
type slowReader struct {
	*httptest.ResponseRecorder

	began, read chan struct{}
}

// Write waits.
func (s *slowReader) Write(p []byte) (int, error) {
	s.began <- struct{}{}
	<-s.read
	return s.ResponseRecorder.Write(p)
}

// TestSlowReadersKeepTheirPlaces asks more often than may be while nobody reads the answers.
func TestSlowReadersKeepTheirPlaces(t *testing.T) {
	l := &Logs{Store: &store.Store{}, Fresh: func(context.Context) {}, Now: time.Now, Log: slog.New(slog.DiscardHandler), places: make(chan struct{}, maxSearches)}
	serve := l.search(func(context.Context, store.Search, url.Values) (any, error) { return "answer", nil })
	ask := func(w http.ResponseWriter) {
		serve(w, httptest.NewRequest(http.MethodGet, "/api/v1/logs", http.NoBody))
	}
	read, began := make(chan struct{}), make(chan struct{})
	var asking sync.WaitGroup
	for range maxSearches {
		asking.Go(func() { ask(&slowReader{httptest.NewRecorder(), began, read}) })
		<-began
	}
	f := func(want int) {
		t.Helper()
		w := httptest.NewRecorder()
		if ask(w); w.Code != want {
			t.Errorf("%d %s, want %d", w.Code, w.Body, want)
		}
	}
	f(http.StatusTooManyRequests)
	close(read)
	asking.Wait()
	f(http.StatusOK)
}

// TestSlowRequestsEnd sends a header and a body that never come to their ends: the
// connections are closed, and others are served.
func TestSlowRequestsEnd(t *testing.T) {
	logs := &Logs{Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	s := New(place(t), Options{
		Intake: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				w.WriteHeader(http.StatusBadRequest)
			}
		}),
		Logs: logs, Gate: &Gate{}, Log: logs.Log,
	})
	if s.http.ReadHeaderTimeout != headerTimeout || s.http.ReadTimeout != readTimeout || s.http.WriteTimeout != writeTimeout || s.http.IdleTimeout != idleTimeout {
		t.Error("a limit is missing")
	}
	const limit = 50 * time.Millisecond
	s.http.ReadHeaderTimeout, s.http.ReadTimeout, s.http.IdleTimeout = limit, 2*limit, limit
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, time.Second, nil) }()
	f := func(text string) {
		t.Helper()
		conn, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: the connection is still there", text)
		}
	}
	f("")
	f("POST / HTTP/1.1\r\nHost: a\r\nX: ")
	f("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\na")
	f("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na")
	f("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n") // and then nothing
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
