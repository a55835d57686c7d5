package app

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/access/oidc/oidctest"
	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
)

// TestServeProvidersAndProxies signs in at a provider that a configuration names, and
// believes proxies from the next reading of it on.
func TestServeProvidersAndProxies(t *testing.T) {
	dir, at, there := t.TempDir(), free(t), oidctest.New(t)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "access: {url: 'http://" + at + "', oidc: [{name: corp, issuer: '" + there.URL + "', client_id: sasumata, client_secret_file: " + secret + ", roles: {soc: analyst}, create_users: true}]}"
	read, err := config.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	there.SetDown(true) // keeps nobody from starting
	opts := serveOptions(dir)
	opts.Config.Files, opts.Config.HTTP.Listen, opts.Config.Access = []config.File{}, at, read.Access
	r := newReloadable(t, opts)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	page := func() string {
		t.Helper()
		resp, err := browser.Get("http://" + at + "/login/oidc/corp?next=/account")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := page(); !strings.Contains(got, "corp cannot be reached") {
		t.Errorf("%s", got)
	}
	there.SetDown(false)
	eventually(t, "the provider", func() bool { return strings.Contains(page(), "<strong>ann</strong>") })
	_, metrics := get(t, r.Server, "/metrics")
	for _, want := range []string{`sasumata_login_methods_total{method="oidc"} `, `sasumata_oidc_errors_total{provider="corp"} `} {
		if _, value, _ := strings.Cut(metrics, want); value == "" || value[0] == '0' {
			t.Errorf("%s is missing, or 0", want)
		}
	}
	guess := func() {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at+"/api/v1/login", strings.NewReader(`{"name":"nobody","password":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("X-Forwarded-For", "10.0.0.1, 198.51.100.9")
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%d, error %v", resp.StatusCode, err)
		}
	}
	guess()
	proxies, err := auth.ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if !r.reload(r.changed(func(c *config.Config) { c.HTTP.Proxies, c.Proxies = []string{"127.0.0.1"}, proxies })) {
		t.Fatalf("it is refused: %s", r.log)
	}
	guess()
	eventually(t, "the last attempt", func() bool { return r.access.counters.In.Load() >= 3 })
	r.until(t, 3)
	r.stop()
	stored := strings.Join(storedIn(t, dir), "\n")
	if strings.Count(stored, `"ip":"198.51.100.9"`) != 1 || strings.Contains(stored, "10.0.0.1") || !strings.Contains(stored, `"method":"oidc"`) {
		t.Errorf("%s", stored)
	}
}
