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
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestSuppressionsOfAServer mutes, lists, changes and ends from the command line.
func TestSuppressionsOfAServer(t *testing.T) {
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
			Group: []signal.GroupValue{{Path: "network.client.ip", Value: "203.0.113." + id}}, Entities: []signal.Entity{{Kind: signal.KindIP, Value: "203.0.113." + id}, {Kind: signal.KindUser, Value: "root"}},
			Samples: []signal.Sample{{Time: at, Text: "Failed\x1b[31m password"}},
		})
	}
	if err := book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	rule := event.New()
	rule.Set("ruleId", event.StringValue("brute_force"))
	suppressions := suppress.NewBook(db, book, func(q *query.Query) suppress.Chosen {
		c := suppress.Chosen{Of: 2}
		if q.Match(rule) {
			c.IDs = []string{"brute_force"}
		}
		if q.String() == "*" {
			c.IDs = []string{"brute_force", "other"}
		}
		return c
	}, time.Now)
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake:  http.NotFoundHandler(),
		Logs:    &api.Logs{Hub: hub, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Signals: &api.Signals{Book: book, Suppressions: suppressions},
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
		r := sasumata(t, "", append([]string{args[0], args[1], "--server", server.URL, "--token-file", token}, args[2:]...)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) || strings.Contains(r.out+r.err, "\x1b") {
			t.Errorf("%q: exit code %d, want %d and %q in\n%q\n%q", args, r.code, code, want, r.out, r.err)
		}
		return r.out
	}
	f(exitClean, `suppression 1 holds back @network.client.ip:"203.0.113.aaa" of the rules ruleId:brute_force, until `, "signals", "mute", "aaa", "-m", "ours")
	f(exitClean, "it would have hidden 1 of 3 signals", "signals", "mute", "bbb", "--for", "1h", "--name", "B")
	f(exitUsage, "critical signals (1): if that is meant, say confirm (--confirm)", "signals", "mute", "ccc")
	f(exitClean, "WARNING: it would have hidden critical signals (1)", "signals", "mute", "ccc", "--field", "usr.id", "--all-rules", "--confirm", "--forever")
	f(exitUsage, "the signal has no http.url: it has network.client.ip, usr.id, usr.name", "signals", "mute", "aaa", "--field", "http.url")
	f(exitUsage, "there is no such signal", "signals", "mute", "none")

	f(exitClean, "it would have hidden 3 of 3 signals of the last 30 days", "suppression", "preview", "--query", "@usr.id:root")
	f(exitClean, `Brute force\x1b[2J of ccc`, "suppression", "preview", "--query", "@usr.id:root", "--token-file", reader)
	f(exitClean, "WARNING: it hides every signal of every rule", "suppression", "preview", "--query", "*")
	if out := f(exitClean, "", "suppression", "preview", "--query", "@http.url:x", "-o", "json", "--days", "7"); !strings.Contains(out, `"unknown": [`) || !strings.Contains(out, `"days": 7`) {
		t.Errorf("%s", out)
	}
	f(exitUsage, "not both", "suppression", "preview", "--query", "*", "some.log")
	f(exitUsage, "want logs with --suppressions FILE, or --query SEARCH", "suppression", "preview")
	f(exitUsage, "--suppressions PATH is missing", "suppression", "preview", "some.log")
	f(exitUsage, "days 400, want 1 to 365", "suppression", "preview", "--query", "a", "--days", "400")

	f(exitClean, "in windows: sun 02:00 2h Asia/Tokyo", "suppression", "add", "--query", "host:web1", "--rule-query", "ruleId:brute_force", "--forever", "--schedule", "sun 02:00 2h Asia/Tokyo", "--reason", "updates")
	f(exitClean, "from 2026-02-01T00:00:00Z until 2099-01-01T00:00:00Z", "suppression", "add", "--query", "host:web1", "--starts", "2026-02-01T00:00:00Z", "--until", "2099-01-01T00:00:00Z", "--reason", "updates")
	f(exitUsage, "needs a reason", "suppression", "add", "--query", "host:web1", "--for", "1d")
	f(exitUsage, "needs an end", "suppression", "add", "--query", "host:web1", "--reason", "r")
	f(exitUsage, "say all (--all)", "suppression", "add", "--for", "1d", "--reason", "r")
	f(exitUsage, "--until \"tomorrow\", want RFC 3339", "suppression", "add", "--until", "tomorrow", "--reason", "r")
	f(exitUsage, "--schedule: schedule \"at night\": want days", "suppression", "add", "--schedule", "at night", "--reason", "r")
	f(exitUsage, "which reader may not", "suppression", "add", "--query", "host:web1", "--for", "1d", "--reason", "r", "--token-file", reader)

	one := signal.Signal{ID: "s", RuleID: "brute_force", Title: "Held\x1b[2J", Severity: signal.Low, Samples: []signal.Sample{{Time: at, Text: "a line\x1b"}}}
	if err := suppressions.Count(t.Context(), suppress.Place{Queue: "q", Sequence: 1}, []suppress.Hit{{Suppression: 1, RuleID: "brute_force", Signals: 2, Findings: 7, Last: at, Sample: &one}}); err != nil {
		t.Fatal(err)
	}
	out := f(exitClean, "active", "suppression", "list")
	if !strings.Contains(out, " 2        7  2026-01-16T09:00:00Z  alice") || strings.Index(out, " 5  active") > strings.Index(out, " 1  active") {
		t.Errorf("the list:\n%s", out)
	}
	f(exitClean, "there are more", "suppression", "list", "--limit", "2")
	var all []suppress.Suppression
	if err := json.Unmarshal([]byte(f(exitClean, "", "suppression", "list", "-o", "json", "--token-file", reader)), &all); err != nil || len(all) != 5 || all[4].Findings != 7 {
		t.Errorf("%+v %v", all, err)
	}
	out = f(exitClean, "held back  2 signals, 7 changes of signals, last 2026-01-16T09:00:00Z", "suppression", "show", "1")
	for _, want := range []string{`Held\x1b[2J`, `a line\x1b`, "brute_force: 2 signals, 7 changes", "signal     aaa", "reason     ours", "by alice"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	f(exitClean, "window     ", "suppression", "show", "4")
	f(exitClean, "suppression 1 holds back", "suppression", "edit", "1", "--for", "30d", "--reason", "longer")
	f(exitUsage, "nothing is to be changed", "suppression", "edit", "1")
	f(exitUsage, `"x" is no id of a suppression`, "suppression", "edit", "x")
	f(exitClean, "suppression 2 is ended; it held back 0 signals", "suppression", "end", "1", "2", "-m", "done")
	f(exitUsage, "alice ended the suppression before", "suppression", "end", "1")
	f(exitUsage, "there is no such suppression", "suppression", "show", "99")
	if out := f(exitClean, "ended", "suppression", "list", "--state", "ended"); strings.Contains(out, "active") {
		t.Errorf("%s", out)
	}
	f(exitUsage, "want one of scheduled, active, expired, ended", "suppression", "list", "--state", "gone")
	f(exitUsage, "want 1 to 100000", "suppression", "list", "--limit", "0")
	f(exitUsage, "want text or json", "suppression", "list", "-o", "xml")
	server.Close()
	f(exitFailure, "connect", "suppression", "list")
}
