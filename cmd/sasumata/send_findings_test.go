package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/asset"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/tail"
)

// TestSendFindings gives the findings of two runs to a server.
func TestSendFindings(t *testing.T) {
	db := databasetest.Open(t, databasetest.SQLite(t))
	book, err := triage.NewBook(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	accounts := access.New(db, access.Options{Now: time.Now})
	told := 0
	assets := asset.NewBook(db, time.Now, func(news []signal.Finding) { told += len(news) })
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log}, Signals: &api.Signals{Book: book}, Posture: &api.Posture{Book: assets},
		Gate: &api.Gate{Accounts: accounts, Now: time.Now, Log: log},
	}))
	t.Cleanup(server.Close)
	tokens := map[string]string{}
	for _, scope := range []string{"findings:write", "signals:read"} {
		secret, _, err := accounts.AddToken(t.Context(), access.Who{May: access.Admin.Permissions()}, access.Actor{Name: "test"}, access.NewToken{Name: strings.ReplaceAll(scope, ":", "."), Scopes: []string{scope}})
		if err != nil {
			t.Fatal(err)
		}
		tokens[scope] = file(t, "token", secret)
		if err := os.Chmod(tokens[scope], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const grave = `{"SchemaVersion": 2, "Results": [{"Target": "go.mod", "Class": "lang-pkgs", "Type": "gomod", "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-1", "PkgName": "a", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "CRITICAL"}]}]}`
	first, second := file(t, "trivy.json", grave), file(t, "trivy.json", `{"SchemaVersion": 2, "Results": [{"Target": "go.mod", "Class": "lang-pkgs", "Type": "gomod"}]}`)
	f := func(code int, want string, args ...string) {
		t.Helper()
		r := sasumata(t, "", append([]string{"scan", "report"}, args...)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%s\n%s", args, r.code, code, want, r.out, r.err)
		}
	}
	to := func(asset, scope, report string) []string {
		return []string{"--send", server.URL, "--token-file", tokens[scope], "--asset", asset, report}
	}
	f(exitFindings, "sent: 1 findings of shop/api to look at, 1 new, 0 came back, 0 fixed", to("shop/api", "findings:write", first)...)
	f(exitClean, "sent: 0 findings of shop/api to look at, 0 new, 0 came back, 1 fixed", to("shop/api", "findings:write", second)...)
	f(exitUsage, "this needs findings:write", to("shop/api", "signals:read", first)...)
	f(exitUsage, "--send wants the name of what was looked at: --asset NAME", to("", "findings:write", first)[:4]...)
	f(exitUsage, "--send wants a token", "--send", server.URL, "--asset", "a", first)
	f(exitUsage, "--token-file wants --send", "--token-file", "x", first)
	f(exitUsage, "--send: ", "--send", "nowhere", "--token-file", "x", "--asset", "a", first)
	r := sasumata(t, "", "policy", "check", "--exit-zero", "--send", server.URL, "--token-file", tokens["findings:write"], "--asset", "shop/image", file(t, "Dockerfile", "FROM busybox\nUSER root\n"))
	if r.code != exitClean || !strings.Contains(r.err, "findings of shop/image to look at") {
		t.Errorf("policies: exit code %d: %s%s", r.code, r.out, r.err)
	}
	if told != 2 {
		t.Errorf("told of %d signals", told)
	}
	page, err := assets.Findings(t.Context(), asset.Filter{State: string(scan.Fixed), Limit: 10})
	if err != nil || page.Count != 1 || !strings.Contains(string(page.Findings[0]), "CVE-2026-1") {
		t.Errorf("%+v, error %v", page, err)
	}
}
