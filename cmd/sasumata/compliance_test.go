package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/report/compliance"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/suppress"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestCompliancePagesAreCurrent compares the pages of the documentation with the map.
func TestCompliancePagesAreCurrent(t *testing.T) {
	for lang, name := range map[string]string{"en": "compliance.md", "ja": "compliance.ja.md"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		r := sasumata(t, "", "compliance", "map", "--lang", lang)
		if r.code != exitClean || r.out != string(want) {
			t.Errorf("docs/%s is not current: go run ./cmd/sasumata compliance map --lang %s > docs/%s\n%s%s", name, lang, name, r.err, cmp.Diff(string(want), r.out))
		}
	}
}

// metricsOf is what the server of TestComplianceReport says of itself.
const metricsOf = `# HELP sasumata_store_events Events in the log store.
sasumata_store_events 1234
sasumata_store_removed_events_total{reason="age"} 7
sasumata_store_removed_events_total{reason="size"} 5
sasumata_store_retention_seconds{of="all",name=""} 7.776e+06
sasumata_store_retention_seconds{of="service",name="shop"} 3.456e+07
sasumata_store_oldest_event_timestamp_seconds %d
sasumata_signal_retention_seconds 3.456e+07
sasumata_source_records_total{source="file /var/log/auth.log",kind="file"} 42
sasumata_source_last_record_seconds{source="file /var/log/auth.log",kind="file"} %[1]d
sasumata_source_silent{source="file /var/log/auth.log",kind="file"} 1
sasumata_source_records_total{source="logins of this server",kind="own"} 9
sasumata_clock_skewed_senders 3
`

// TestComplianceReport asks a server with users, tokens, signals, findings and an audit trail.
func TestComplianceReport(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	now := time.Now()
	book, err := triage.NewBook(t.Context(), db, func() time.Time { return now.Add(-48 * time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	at := now.Add(-48 * time.Hour).UnixNano()
	var list []*signal.Signal
	for i, id := range []string{"aaa", "bbb", "ccc"} {
		list = append(list, &signal.Signal{ID: id, RuleID: "r", Rule: "R", Title: "T", Severity: signal.High, Time: at + int64(i), FirstSeen: at, LastSeen: at, Events: 1})
	}
	if err := book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if book, err = triage.NewBook(t.Context(), db, time.Now); err != nil {
		t.Fatal(err)
	}
	accounts := access.New(db, access.Options{Now: time.Now})
	by := access.Actor{Name: "test"}
	for _, name := range []string{"root", "ann"} {
		if _, err := accounts.AddUser(t.Context(), by, name, "a password of tests only 7", "admin"); err != nil {
			t.Fatal(err)
		}
	}
	tokens := map[string]string{}
	for name, scopes := range map[string][]string{"evidence": {"manage", "audit:read", "signals:read"}, "few": {"signals:read"}} {
		secret, _, err := accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, by, access.NewToken{Name: name, Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		tokens[name] = file(t, "token", secret)
		if err := os.Chmod(tokens[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = db.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for range 1100 { // more than a page
			if err := audit.Add(ctx, tx, audit.Entry{Time: now.Add(-time.Hour), Actor: "root", Action: "signal.ack", Outcome: "done"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rules := func(*query.Query) suppress.Chosen { return suppress.Chosen{Of: 1, IDs: []string{"r"}} }
	suppressions := suppress.NewBook(db, book, rules, time.Now)
	name, reason, which, what := "scanner", "our own scanner", "*", "@network.client.ip:192.0.2.1"
	if _, err := suppressions.Make(t.Context(), suppress.Change{Name: &name, Reason: &reason, Rules: &which, Query: &what, Forever: true}, "ann"); err != nil {
		t.Fatal(err)
	}
	hub, log := &tail.Hub{}, slog.New(slog.DiscardHandler)
	t.Cleanup(hub.Close)
	broken := false
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log}, Posture: &api.Posture{Book: asset.NewBook(db, time.Now, func([]signal.Finding) {})},
		Signals: &api.Signals{Book: book, Suppressions: suppressions, Trail: func(ctx context.Context, want audit.Filter) (found []audit.Entry, err error) {
			err = db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
				found, err = audit.List(ctx, tx, want)
				return err
			})
			return found, err
		}},
		Metrics: func(w io.Writer) error {
			if broken {
				_, err := io.WriteString(w, "nonsense\n")
				return err
			}
			_, err := fmt.Fprintf(w, metricsOf, now.Add(-10*24*time.Hour).Unix())
			return err
		},
		Gate: &api.Gate{Accounts: accounts, Now: time.Now, Log: log},
	}))
	t.Cleanup(server.Close)
	f := func(code int, token string, wants []string, args ...string) result {
		t.Helper()
		r := sasumata(t, "", append([]string{"compliance", "report", "--server", server.URL, "--token-file", tokens[token], "--lang", "en"}, args...)...)
		for _, want := range wants {
			if r.code != code || !strings.Contains(r.out+r.err, want) {
				t.Errorf("%q: exit code %d, want %d and %q in\n%s\n%s", args, r.code, code, want, r.out, r.err)
			}
		}
		return r
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "evidence.html")
	all := f(exitClean, "evidence", []string{
		"2 users have no second factor: ann, root.",
		"Logs are kept for 90 days, which is less than 365 days.",
		"Logs of the service shop are kept: 400 days.",
		"1,234 events are stored; the oldest is of ",
		"5 events were removed before their time",
		"1,105 entries by 3 actors", "signal.ack 1100", "user.add 2",
		"2 tokens never expire: evidence (signals:read audit:read manage), few (signals:read).",
		"high: 3 opened, 3 wait, 0 were looked at; target 60 minutes, 0 late, 3 overdue.",
		"file /var/log/auth.log is silent.", "Sources: 1, with 42 records",
		`Suppression 1 "scanner" by ann, until no end, held back 0 signals: our own scanner`, `Suppression 1 "scanner" has no end.`,
		"The clocks of 3 senders are off.", "No backup by this server", "This server tells nobody of signals.", "This server does not have: responses.",
		"12.10.1  There is a plan for incidents  [your organisation]",
	}, "--report", page, "--report", filepath.Join(dir, "evidence.md"))
	if strings.Contains(all.out, "logins of this server") {
		t.Error("the server itself is a source")
	}
	if data, err := os.ReadFile(page); err != nil || !bytes.Contains(data, []byte("10.5.1")) || !bytes.Contains(data, []byte("ann, root")) {
		t.Errorf("the page: %v", err)
	}
	if about, err := os.Stat(page); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("the page is readable for others: %v %v", about, err)
	}
	f(exitFindings, "evidence", []string{"# Compliance evidence report"}, "--fail-on-gaps", "-o", "markdown")
	f(exitFindings, "few", []string{"Not known: second factors (this needs manage", "Not known: the audit trail (this needs audit:read"}, "--framework", "soc2", "--fail-on-gaps")
	f(exitClean, "evidence", []string{"0 entries by 0 actors", "No signal opened in this time."}, "--from", "200d", "--to", "100d")
	f(exitUsage, "evidence", []string{"--from is not before --to"}, "--from", "1d", "--to", "2d")
	f(exitUsage, "evidence", []string{`--framework "hipaa", want one of all, pci, soc2, gdpr, appi`, `output "pdf"`, "--report x.doc"}, "--framework", "hipaa", "-o", "pdf", "--report", "x.doc")

	var out compliance.Report
	r := f(exitClean, "evidence", []string{`"gaps"`}, "--framework", "appi", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &out); err != nil || len(out.Frameworks) != 1 || out.Frameworks[0].Key != "appi" || out.Facts.Audit.Actions["signal.ack"] != 1100 || out.Facts.Signals["high"].Overdue != 3 {
		t.Errorf("%+v, error %v", out, err)
	}
	for _, secret := range tokens {
		text, err := os.ReadFile(secret)
		if err != nil || strings.Contains(r.out, strings.TrimSpace(string(text))) {
			t.Errorf("a secret is in the report, or %v", err)
		}
	}
	broken = true
	f(exitFailure, "evidence", []string{"read line 1 of the metrics"})
	server.Close()
	f(exitFailure, "evidence", []string{"connect"})
	wrong := sasumata(t, "", "compliance", "report", "--server", "nowhere", "--token-file", tokens["few"])
	if wrong.code != exitUsage {
		t.Errorf("exit code %d: %s", wrong.code, wrong.err)
	}
}
