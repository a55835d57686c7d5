// Package intake serves the intakes of the server to the clients of the module
// test/clients, which uses nothing else of this one: what changes here is noticed here.
package intake

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// Secret is the token of the sender that is called web.
const Secret = "a-token-for-tests-only"

// Sink keeps the records that a server took.
type Sink struct {
	mu      sync.Mutex
	full    int
	records []record.Record
}

func (s *Sink) put(_ context.Context, records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return record.ErrFull
	}
	s.records = append(s.records, records...)
	return nil
}

// Records returns what was taken so far.
func (s *Sink) Records() []record.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}

// HTTP serves an intake whose queue is full so many times, and returns its address.
func HTTP(t *testing.T, full int) (*Sink, string) {
	t.Helper()
	s := &Sink{full: full}
	in := &source.Intake{
		Tokens: []auth.Token{auth.NewToken("web", Secret)}, Now: time.Now, Sink: s.put,
		Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}
	server := httptest.NewServer(in.Handler())
	t.Cleanup(server.Close)
	return s, server.URL
}

// Graylog receives GELF over udp or tcp, and returns where.
func Graylog(t *testing.T, protocol string) (*Sink, string) {
	t.Helper()
	s := &Sink{}
	g := &source.GELF{Syslog: source.Syslog{Now: time.Now, Sink: s.put, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler)}}
	at, err := source.Bind(t.Context(), protocol, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx, at) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, at.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, at.Addr()
}
