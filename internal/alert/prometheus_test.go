package alert

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestDebiansPrometheus lets Debian's Prometheus deliver an alert to our API, with a token:
// it reaches a receiver, and who has no token is refused.
func TestDebiansPrometheus(t *testing.T) {
	t.Parallel()
	path := installed(t, "prometheus", "prometheus", "an alert of Prometheus was not taken")
	hook := newSink(t)
	s := start(t, configured(t, fmt.Sprintf("receivers: [{name: mail, webhook: {url_file: %s}}]\n", secretIn(t, hook.URL))))
	const token = "a-token-of-prometheus"
	api := s.API()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	rules := written(t, "rules.yml", `
groups:
  - name: all
    rules:
      - {alert: AlwaysThere, expr: vector(1), labels: {severity: high, ip: 192.0.2.33}, annotations: {title: "Prometheus says so", message: "value {{ $value }}"}}
`)
	prometheus := func(token string) *buffer {
		config := written(t, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
alerting:
  alertmanagers:
    - {api_version: v2, authorization: {credentials_file: %s}, static_configs: [{targets: [%s]}]}
`, rules, secretIn(t, token), strings.TrimPrefix(server.URL, "http://")))
		return running(t, path, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+free(t), "--rules.alert.resend-delay=1s")
	}
	log := prometheus("another")
	waitFor(t, "the refusal", func() bool { return strings.Contains(log.String(), "401 Unauthorized") })
	if n := len(hook.requests()); n != 0 {
		t.Errorf("told %d times without a token", n)
	}
	prometheus(token)
	waitFor(t, "the receiver", func() bool { return len(hook.requests()) >= 1 })
	for _, want := range []string{"AlwaysThere", "Prometheus says so", "192.0.2.33", "value 1"} {
		if body := hook.requests()[0].body; !strings.Contains(body, want) {
			t.Errorf("%q is missing in %s", want, body)
		}
	}
}
