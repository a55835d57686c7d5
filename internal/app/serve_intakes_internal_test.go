package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
)

// TestServeDetectsWhateverTheProtocol sends the same attack in each form, with the time
// of the sender.
func TestServeDetectsWhateverTheProtocol(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	opts.Config.GELF = []config.Syslog{{Protocol: "tcp", Listen: "127.0.0.1:0"}}
	s, stop := serving(t, opts)
	eventually(t, "ready", func() bool { code, _ := get(t, s, "/-/ready"); return code == http.StatusOK })
	send := func(path, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Listening[0]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer a-token-for-tests-only")
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode > 299 || strings.Contains(string(answer), `"errors":true`) {
			t.Fatalf("%s: %d %s %v", path, resp.StatusCode, answer, err)
		}
		_ = resp.Body.Close()
	}
	forms := []string{"otlp", "loki", "elastic", "splunk", "gelf", "gelf tcp"}
	for i, form := range forms {
		message := fmt.Sprintf("Failed password for root from 203.0.113.%d port 22 ssh2", i)
		for second := range 6 {
			const seconds = 1768557600 // 2026-01-16T10:00:00Z
			at := strconv.Itoa(seconds + 60*i + second)
			switch form {
			case "otlp":
				send("/v1/logs", `{"resourceLogs":[{"resource":{"attributes":[{"key":"datadog.log.source","value":{"stringValue":"sshd"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"`+at+`000000000","body":{"stringValue":"`+message+`"}}]}]}]}`)
			case "loki":
				send("/loki/api/v1/push", `{"streams":[{"stream":{"source":"sshd"},"values":[["`+at+`000000000","`+message+`"]]}]}`)
			case "elastic":
				send("/elastic/_bulk", `{"create":{}}`+"\n"+`{"@timestamp":"2026-01-16T10:02:0`+strconv.Itoa(second)+`Z","message":"`+message+`","event":{"module":"sshd"}}`+"\n")
			case "splunk":
				send("/services/collector", `{"time":`+at+`,"sourcetype":"sshd","event":"`+message+`"}`)
			case "gelf":
				send("/gelf", `{"timestamp":`+at+`,"_ddsource":"sshd","short_message":"`+message+`"}`)
			default:
				conn, err := net.Dial("tcp", strings.TrimPrefix(s.Listening[1], "tcp "))
				if err == nil {
					_, err = io.WriteString(conn, `{"timestamp":`+at+`,"_ddsource":"sshd","short_message":"`+message+`"}`+"\x00")
					_ = conn.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			s.until(t, int64(6*i+second+1))
		}
	}
	_, metrics := get(t, s, "/metrics")
	for _, kind := range []string{"otlp", "loki", "elastic", "splunk"} {
		if want := fmt.Sprintf(`sasumata_source_records_total{source="%s %s",kind="%s"} 6`, kind, s.Listening[0], kind); !strings.Contains(metrics, want) {
			t.Errorf("%s is missing in\n%s", want, metrics)
		}
	}
	stop()
	signals := signalsOf(t, dir)
	for i, form := range forms {
		ip := fmt.Sprintf("203.0.113.%d", i)
		found := false
		for line := range strings.Lines(signals) {
			found = found || strings.Contains(line, `"rule_id":"brute_force_by_ip"`) && strings.Contains(line, `"`+ip+`"`) && strings.Contains(line, fmt.Sprintf("2026-01-16T10:0%d:0", i))
		}
		if !found {
			t.Errorf("%s: no signal in\n%s", form, signals)
		}
	}
}
