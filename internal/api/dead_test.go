package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/dead"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestDeadLetters lists, shows, replays and drops letters over HTTP.
func TestDeadLetters(t *testing.T) {
	box, err := dead.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	l := &dead.Letter{Head: dead.Head{Stage: dead.Parse, Error: "why"}, Records: []dead.Record{{Text: "a line", Source: "nginx"}}}
	if err := box.Add(l); err != nil {
		t.Fatal(err)
	}
	var fails error
	serves := api.Options{
		Intake: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler),
		Logs: &api.Logs{
			Hub: &tail.Hub{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		},
		Gate: &api.Gate{
			Readers:   []auth.Token{auth.NewToken("reader", "a-token-of-a-reader")},
			Operators: []auth.Token{auth.NewToken("me", "a-token-of-an-operator")},
			Now:       time.Now, Log: slog.New(slog.DiscardHandler),
		},
		Dead: &api.Dead{
			Box: box,
			Replay: func(_ context.Context, id string) error {
				if fails != nil {
					return fails
				}
				return box.Drop(id)
			},
			Drop: func(_ context.Context, id string) error { return box.Drop(id) },
		},
	}
	s := httptest.NewServer(api.Handler(serves))
	defer s.Close()
	c := api.Client{Server: s.URL, Token: "a-token-of-an-operator", HTTP: s.Client()}
	heads, err := c.Letters(t.Context())
	if err != nil || len(heads) != 1 || heads[0].ID != l.ID || heads[0].Error != "why" || heads[0].Lines != 1 {
		t.Fatalf("%+v, %v", heads, err)
	}
	if got, err := c.Letter(t.Context(), l.ID); err != nil || got.Records[0].Text != "a line" {
		t.Errorf("%+v, %v", got, err)
	}
	f := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(c.Drop(t.Context(), "abc"), "404: there is no such dead letter")
	for text, err := range map[string]error{"409": api.ErrYoung, "503: the queue cannot be reached": record.ErrAway} {
		fails = err
		f(c.Replay(t.Context(), "abc"), text)
	}
	fails = nil
	for token, want := range map[string]string{"a-token-of-a-reader": "403: this needs operate, which reader may not", "": "401: want a session, or a token"} {
		other := api.Client{Server: s.URL, Token: token, HTTP: s.Client()}
		f(other.Replay(t.Context(), l.ID), want)
		f(other.Drop(t.Context(), l.ID), want)
		_, err := other.Letter(t.Context(), l.ID)
		f(err, want)
	}
	serves.Gate.Change(nil, nil, []auth.Token{auth.NewToken("you", "a-token-of-another-one")}, nil)
	api.Handler(serves) // another listener changes no tokens
	_, err = c.Letters(t.Context())
	f(err, "401")
	c.Token = "a-token-of-another-one"
	if err := c.Replay(t.Context(), l.ID); err != nil || len(box.List()) != 0 {
		t.Errorf("%v", err)
	}
}
