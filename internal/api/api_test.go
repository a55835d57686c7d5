package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/tail"
)

// place returns a place of this machine until the test ends.
func place(t *testing.T) *source.Socket {
	t.Helper()
	at, err := source.Bind(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = at.Close() })
	return at
}

func TestServer(t *testing.T) {
	var ready atomic.Bool
	s := api.New(place(t), api.Options{
		Intake: http.NotFoundHandler(),
		Ready: func() error {
			if !ready.Load() {
				return errors.New("it rests")
			}
			return nil
		},
		Metrics: func(w io.Writer) error { _, err := io.WriteString(w, "sasumata_up 1\n"); return err },
		Logs:    &api.Logs{Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Gate:    &api.Gate{Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Log:     slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, time.Minute, nil) }()
	f := func(path string, code int, want string) {
		t.Helper()
		resp, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != code || !strings.HasPrefix(string(body), want) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	f("/-/healthy", http.StatusOK, "healthy")
	f("/-/ready", http.StatusServiceUnavailable, "not ready: it rests")
	ready.Store(true)
	f("/-/ready", http.StatusOK, "ready")
	f("/metrics", http.StatusOK, "sasumata_up 1")
	f("/other", http.StatusNotFound, "")
	f("/api/v1/logs", http.StatusUnauthorized, "")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestServerStopsInTime ends a request that takes longer than there is patience.
func TestServerStopsInTime(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	s := api.New(place(t), api.Options{
		Intake: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			select {
			case <-r.Context().Done():
			case <-release:
			}
		}),
		Logs: &api.Logs{Hub: &tail.Hub{}}, Gate: &api.Gate{}, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done, answered := make(chan error, 1), make(chan struct{})
	go func() { done <- s.Serve(ctx, 10*time.Millisecond, nil) }()
	go func() {
		defer close(answered)
		if resp, err := http.Get("http://" + s.Addr() + "/slow"); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-begun
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	select {
	case <-answered:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still there")
	}
}
