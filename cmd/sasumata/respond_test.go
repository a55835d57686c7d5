package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/respond/lapi"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestRespondOnAServer blocks, lists, shows and undoes from the command line.
func TestRespondOnAServer(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	book, err := triage.NewBook(t.Context(), db, time.Now, respond.Follower)
	if err != nil {
		t.Fatal(err)
	}
	c := respond.Default()
	c.Mode, c.Block.By = "active", []string{"bouncers"}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	engine, err := respond.New(t.Context(), respond.Options{
		Config: c, DB: db, Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler), Tick: 5 * time.Millisecond,
		Host: func() ([]respond.Never, error) {
			return []respond.Never{{Network: netip.MustParsePrefix("198.51.100.1/32"), Rule: "gateway"}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- engine.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	accounts := access.New(db, access.Options{Now: time.Now})
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log}, Signals: &api.Signals{Book: book},
		Responses: &api.Responses{Engine: engine, Bouncers: &lapi.Handler{Source: engine, Who: api.WhoAsks, Now: time.Now, Log: log}},
		Gate:      &api.Gate{Accounts: accounts, Now: time.Now, Log: log},
	}))
	t.Cleanup(server.Close)
	tokens := map[string]string{}
	for name, scopes := range map[string][]string{"viewer": {"viewer"}, "responder": {"responder"}, "bouncer": {"decisions:read"}} {
		secret, _, err := accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, access.Actor{Name: "test"}, access.NewToken{Name: name, Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		tokens[name] = file(t, name, secret)
		if err := os.Chmod(tokens[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(who string, code int, want string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"respond", args[0], "--server", server.URL, "--token-file", tokens[who]}, args[1:]...)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%s\n%s", args, r.code, code, want, r.out, r.err)
		}
	}
	f("responder", exitClean, "response 1: block 203.0.113.7 is planned, until ", "block", "203.0.113.7", "--reason", "scans us", "--for", "2d")
	f("responder", exitClean, "it is a dry run", "block", "2001:db8::7", "--reason", "try", "--dry-run")
	f("responder", exitUsage, "198.51.100.1 is never blocked: it is the default gateway (gateway)", "block", "198.51.100.1", "--reason", "x")
	f("responder", exitUsage, "want a reason", "block", "203.0.113.8")
	f("responder", exitUsage, "is no address or network", "block", "nobody", "--reason", "x")
	f("viewer", exitUsage, "this needs responses:write", "block", "203.0.113.8", "--reason", "x")
	f("bouncer", exitUsage, "this needs signals:read", "list")
	f("viewer", exitClean, "2001:db8::/64", "list")
	f("viewer", exitClean, `"target": "203.0.113.7"`, "list", "--all", "-o", "json", "--target", "203.0.113.7")
	f("viewer", exitUsage, "want open or one of", "list", "--state", "gone")
	f("responder", exitClean, "response 2: block 2001:db8::/64 is planned", "approve", "2", "--reason", "for real")
	f("responder", exitUsage, "there is nothing to refuse", "refuse", "2")
	f("responder", exitClean, "response 1: block 203.0.113.7 is", "unblock", "203.0.113.7", "--reason", "our scanner")
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		r := sasumata(t, "", "respond", "show", "1", "--server", server.URL, "--token-file", tokens["viewer"])
		if strings.Contains(r.out, "response   1 undone") && strings.Contains(r.out, "our scanner") && strings.Contains(r.out, "token responder") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s %s", r.out, r.err)
		}
	}
	f("responder", exitUsage, "there is nothing to undo", "undo", "1")
	f("responder", exitUsage, "is not blocked by itself", "unblock", "203.0.113.99")
	f("responder", exitUsage, "there is no such response", "show", "99")
	f("responder", exitUsage, `"x" is no id of a response`, "undo", "x")
}
