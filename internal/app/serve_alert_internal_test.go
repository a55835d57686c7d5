package app

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/alert"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestServeTellsPeople detects in a log, and looks at who was told and at the API.
func TestServeTellsPeople(t *testing.T) {
	dir := t.TempDir()
	appendLog(t, dir, failures(0, 2))
	opts := serveOptions(dir)
	opts.Config.Alert = alert.Default()
	opts.Config.Alert.Quiet.Severity = signal.Info
	opts.Config.Readers = []auth.Token{auth.NewToken("reader", "reader-0123456789")}
	opts.Config.Operators = []auth.Token{auth.NewToken("operator", "operator-0123456789")}
	screen := &syncBuffer{}
	opts.Terminal = screen
	s, stop := serving(t, opts)
	defer func() { stop() }()
	s.until(t, 12)
	eventually(t, "the console", func() bool {
		return strings.Contains(screen.String(), "203.0.113.0") && strings.Contains(screen.String(), "203.0.113.1")
	})
	ask := func(method, path, token, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Listening[0]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	now := time.Now().UTC()
	silence := `{"matchers":[{"name":"ip","value":"203.0.113.250","isRegex":false}],"createdBy":"mika","comment":"test","startsAt":"` +
		now.Format(time.RFC3339) + `","endsAt":"` + now.Add(time.Hour).Format(time.RFC3339) + `"}`
	f := func(method, path, token, body string, code int, want string) {
		t.Helper()
		if got, text := ask(method, path, token, body); got != code || !strings.Contains(text, want) {
			t.Errorf("%s %s as %q: %d %s, want %d %s", method, path, token, got, text, code, want)
		}
	}
	f("GET", "/api/v2/alerts", "", "", 401, "token")
	f("GET", "/api/v2/alerts", "reader-0123456789", "", 200, "203.0.113.1")
	f("POST", "/api/v2/silences", "reader-0123456789", silence, 403, "this needs operate")
	f("POST", "/api/v2/silences", "operator-0123456789", silence, 200, "silenceID")
	f("GET", "/api/v2/silences", "operator-0123456789", "", 200, "mika")
	f("GET", "/api/v1/notices/undelivered", "", "", 401, "token")
	eventually(t, "that all is told", func() bool {
		_, text := ask("GET", "/api/v1/notices/undelivered", "reader-0123456789", "")
		return strings.Contains(text, `"count":0`)
	})
	f("GET", "/api/v1/notices/history", "reader-0123456789", "", 200, "203.0.113.1")
	f("GET", "/alert/ack?n=x&until=9999999999&sig=x", "", "", 403, "not ours")
	f("GET", "/metrics", "", "", 200, "sasumata_notifications_total ")
	const once = "■ [LOW] Brute force on one service - Bucket overflows (sshd, 203.0.113.0)"
	eventually(t, "the bucket", func() bool { return strings.Contains(screen.String(), once) })
	stop()
	s, stop = serving(t, opts)
	appendLog(t, dir, failures(2, 3))
	eventually(t, "the console", func() bool { return strings.Contains(screen.String(), "203.0.113.2") })
	if n := strings.Count(screen.String(), once); n != 1 {
		t.Errorf("told %d times of the same", n)
	}
}

// TestReloadOfAlert changes who is told, and who may look; what is wrong changes nothing.
func TestReloadOfAlert(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Alert = alert.Default()
	opts.Config.Readers = []auth.Token{auth.NewToken("reader", "reader-0123456789")}
	opts.Terminal = io.Discard
	r := newReloadable(t, opts)
	ask := func(token string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Listening[0]+"/api/v2/receivers", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	routing := filepath.Join(dir, "alertmanager.yml")
	named := func(text string) func(*config.Config) {
		if err := os.WriteFile(routing, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return func(c *config.Config) {
			own := *c.Alert
			own.File = routing
			c.Alert = &own
			c.Readers = []auth.Token{auth.NewToken("other", "another-0123456789")}
		}
	}
	if r.reload(r.changed(named("route: {receiver: nobody}"))) || !strings.Contains(r.log.String(), routing) {
		t.Errorf("a wrong routing is taken, or not told: %s", r.log)
	}
	if code, text := ask("reader-0123456789"); code != http.StatusOK || !strings.Contains(text, `"console"`) {
		t.Errorf("behind a wrong routing: %d %s", code, text)
	}
	right := named("{route: {receiver: duty}, receivers: [{name: duty}]}")
	if r.reload(r.changed(func(c *config.Config) {
		right(c)
		c.Syslog = []config.Syslog{{Protocol: "udp", Listen: "203.0.113.1:514"}}
	})) {
		t.Error("a place that is not ours is taken")
	}
	if code, text := ask("reader-0123456789"); code != http.StatusOK || !strings.Contains(text, `"console"`) {
		t.Errorf("behind a wrong source: %d %s", code, text)
	}
	if !r.reload(r.changed(right)) {
		t.Fatalf("refused: %s", r.log)
	}
	if code, text := ask("another-0123456789"); code != http.StatusOK || !strings.Contains(text, `"duty"`) || strings.Contains(text, `"console"`) {
		t.Errorf("behind the new one: %d %s", code, text)
	}
	if code, _ := ask("reader-0123456789"); code != http.StatusUnauthorized {
		t.Errorf("a reader of before may look: %d", code)
	}
	if !r.reload(r.changed(func(c *config.Config) { c.Alert = nil })) || !strings.Contains(r.note(), "restart: alert") {
		t.Errorf("to tell nobody any more: %s", r.note())
	}
	if code, text := ask("another-0123456789"); code != http.StatusOK || !strings.Contains(text, `"duty"`) {
		t.Errorf("until the restart: %d %s", code, text)
	}
}
