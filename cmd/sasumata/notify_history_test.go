package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/api"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/tail"
)

// past is what somebody was told, and was not.
type past struct{}

func (past) Undelivered() []alert.Undelivered {
	return []alert.Undelivered{
		{Notice: alert.Notice{ID: "bbb", Title: "Scan\x1b[2J", Severity: signal.High, Began: time.Unix(60, 0)}, Key: "b", Target: "mail/email[0]", Attempts: 3, Error: "550", Next: time.Unix(120, 0)},
		{Notice: alert.Notice{ID: "aaa", Title: "Brute force", Severity: signal.Critical, Began: time.Unix(0, 0)}, Key: "a", Target: "slack/slack[0]"},
	}
}

func (past) History() []alert.Attempt {
	now := time.Now()
	return []alert.Attempt{
		{Number: 3, At: now, Signal: "bbb", Target: "mail/email[0]", Title: "[HIGH] Scan", Error: "550 no such\x1b[2J user", Attempts: 3, Repeats: 7},
		{Number: 2, At: now.Add(-time.Minute), Signal: "bbb", Target: "console/console[0]", Title: "[HIGH] Scan", Text: "■ Scan\n  host: www\x1b[2J", Attempts: 1},
		{Number: 1, At: now.Add(-48 * time.Hour), Signal: "aaa", Target: "mail/email[0]", Title: "[LOW] Old", Muted: "silenced", Attempts: 1},
	}
}

func (p past) Silencing(matchers string) (alert.Silencing, error) {
	if matchers == "ip" {
		return alert.Silencing{}, errors.New("bad matcher format: ip")
	}
	would := alert.Silencing{Open: []alert.Notice{p.Undelivered()[0].Notice}, Told: p.History()[:2]}
	if matchers == "severity=high" {
		would.Refused = errors.New("it would hold back everything")
	}
	return would, nil
}

// TestNotifyHistory asks a server what was told and what was not.
func TestNotifyHistory(t *testing.T) {
	hub := &tail.Hub{}
	t.Cleanup(hub.Close)
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(api.Handler(api.Options{
		Intake: http.NotFoundHandler(), Logs: &api.Logs{Hub: hub, Now: time.Now, Log: log},
		Notices: &api.Notices{API: http.NotFoundHandler(), Links: http.NotFoundHandler(), Told: past{}, Now: time.Now, Log: log},
		Gate:    &api.Gate{Readers: []auth.Token{auth.NewToken("reader", "a-token-for-tests-only")}, Now: time.Now, Log: log},
	}))
	t.Cleanup(server.Close)
	token := tailToken(t)
	f := func(code int, want, without string, args ...string) string {
		t.Helper()
		r := sasumata(t, "", append([]string{"notify", args[0], "--server", server.URL, "--token-file", token}, args[1:]...)...)
		if r.code != code || !strings.Contains(r.out+r.err, want) || strings.Contains(r.out, "\x1b") || without != "" && strings.Contains(r.out, without) {
			t.Errorf("%q: exit code %d, want %d and %q in\n%q\n%q", args, r.code, code, want, r.out, r.err)
		}
		return r.out
	}
	f(exitClean, "muted: silenced", "", "history")
	f(exitClean, `failed: 550 no such\x1b[2J user`, "[LOW] Old", "history", "bbb")
	f(exitClean, "console/console[0]", "mail/email[0]", "history", "--receiver", "console")
	f(exitClean, "[HIGH] Scan", "[LOW] Old", "history", "--from", "24h")
	f(exitClean, `  host: www\x1b[2J`, "", "history", "--text")
	f(exitClean, "there are 3: --limit shows more", "[LOW] Old", "history", "--limit", "1")
	var all []api.Delivery
	if err := json.Unmarshal([]byte(f(exitClean, "", "", "history", "-o", "json")), &all); err != nil || len(all) != 3 || all[0].Repeats != 7 || all[0].Outcome != "failed" || all[1].Text == "" {
		t.Errorf("%+v, %v", all, err)
	}
	f(exitUsage, "want 1 to 1000", "", "history", "--limit", "0")
	f(exitUsage, "from", "", "history", "--from", "then")
	if out := f(exitClean, "1970-01-01T00:02:00Z", "", "undelivered"); strings.Index(out, "slack") > strings.Index(out, "mail") {
		t.Errorf("not the oldest first:\n%s", out)
	}
	f(exitClean, "Brute force", "Scan", "undelivered", "aaa")
	f(exitClean, "550", "slack", "undelivered", "--receiver", "mail")
	f(exitUsage, "want text or json", "", "undelivered", "-o", "xml")
	f(exitClean, `Scan\x1b[2J`, "", "silencing", `alertname="Scan"`)
	f(exitClean, "would have been held back, of the latest attempts: 2\n", "muted", "silencing", `alertname="Scan"`)
	f(exitClean, `"open_count": 1`, "", "silencing", `alertname="Scan"`, "-o", "json")
	f(exitUsage, "nobody can make it: it would hold back everything", "", "silencing", "severity=high")
	f(exitUsage, "bad matcher", "", "silencing", "ip")
	f(exitUsage, "accepts 1 arg", "", "silencing")
	server.Close()
	f(exitFailure, "connect", "", "undelivered")
}
