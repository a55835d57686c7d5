package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestSignals triages signals of a server from the command line.
func TestSignals(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	book, err := triage.NewBook(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC).UnixNano()
	var list []*signal.Signal
	for i, id := range []string{"aaa", "bbb", "ccc"} {
		list = append(list, &signal.Signal{
			ID: id, RuleID: "brute_force", Rule: "Brute force", Title: "Brute force\x1b[2J of " + id, Severity: signal.Severity(i + 2), Time: at + int64(i), FirstSeen: at, LastSeen: at, Events: 5,
			Tags: []string{"category:authentication", "technique:T1110-brute-force"}, Message: "many failures", Group: []signal.GroupValue{{Path: "network.client.ip", Value: "203.0.113.7"}},
			Entities: []signal.Entity{{Kind: signal.KindIP, Value: "203.0.113.7"}}, Samples: []signal.Sample{{Time: at, Text: "Failed\x1b[31m password"}},
		})
	}
	if err := book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake:  http.NotFoundHandler(),
		Logs:    &api.Logs{Hub: hub, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Signals: &api.Signals{Book: book},
		Notices: &api.Notices{API: http.NotFoundHandler(), Links: http.NotFoundHandler(), Told: past{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Gate: &api.Gate{
			Readers: []auth.Token{auth.NewToken("reader", "a-token-that-only-reads")}, Analysts: []auth.Token{auth.NewToken("alice", "a-token-for-tests-only")},
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
		},
	}))
	t.Cleanup(server.Close)
	reader := file(t, "reader", "a-token-that-only-reads")
	if err := os.Chmod(reader, 0o600); err != nil {
		t.Fatal(err)
	}
	token := tailToken(t)
	f := func(code int, want string, args ...string) string {
		t.Helper()
		r := sasumata(t, "", append([]string{"signals", args[0], "--server", server.URL, "--token-file", token}, args[1:]...)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) || strings.Contains(r.out, "\x1b") {
			t.Errorf("%q: exit code %d, want %d and %q in\n%q\n%q", args, r.code, code, want, r.out, r.err)
		}
		return r.out
	}
	out := f(exitClean, "ccc", "list", "--limit", "2")
	if strings.Index(out, "ccc") > strings.Index(out, "bbb") || strings.Contains(out, "aaa") || !strings.Contains(out, "critical") {
		t.Errorf("the list:\n%s", out)
	}
	f(exitClean, "there are more", "list", "--limit", "2")
	f(exitClean, "bbb under_review", "ack", "bbb", "-m", "asking")
	f(exitClean, "bbb under_review bob", "assign", "bob", "bbb", "--tag", "case:42")
	f(exitClean, "bbb", "comment", "bbb", "it", "was", "him")
	f(exitClean, "bbb archived true_positive bob", "archive", "bbb", "--reason", "true_positive")
	if out := f(exitClean, "aaa", "list"); strings.Contains(out, "bbb") {
		t.Errorf("an archived signal is listed:\n%s", out)
	}
	f(exitClean, "archived: true_positive", "list", "case:42", "state:archived")
	out = f(exitClean, "alice comment: it was him", "show", "bbb")
	for _, want := range []string{`Brute force\x1b[2J of bbb`, `Failed\x1b[31m password`, "technique:T1110", `more logs    @network.client.ip:"203.0.113.7" from 2026-01-16T08:55:00Z to 2026-01-16T09:05:00Z`, "alice state: archived: true_positive", "mail/email[0]: failed: 550 no such"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	f(exitClean, "100 %", "stats", "--from", "30d")
	f(exitClean, "bbb open", "reopen", "bbb")
	var all []triage.Signal
	if err := json.Unmarshal([]byte(f(exitClean, "", "list", "-o", "json", "*")), &all); err != nil || len(all) != 3 || all[0].ID != "ccc" {
		t.Errorf("%+v, error %v", all, err)
	}

	f(exitUsage, "want a reason: --reason true_positive", "archive", "aaa")
	f(exitUsage, "want one of true_positive", "archive", "aaa", "--reason", "boring")
	f(exitUsage, "the server answers 404: there is no such signal", "ack", "none")
	f(exitUsage, "there is no such signal", "show", "none")
	f(exitUsage, "the server answers 400: query", "list", "status:(")
	f(exitUsage, "sort", "list", "--sort", "colour")
	f(exitUsage, "want 1 to 100000", "list", "--limit", "0")
	f(exitUsage, "want text or json", "list", "-o", "xml")
	f(exitUsage, "which reader may not", "ack", "aaa", "--token-file", reader)
	server.Close()
	f(exitFailure, "connect", "list")
}
