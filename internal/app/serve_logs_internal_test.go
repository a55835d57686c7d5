package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
)

// TestServeWritesFourLogs sends a login attack, a request that is harmless, one that is
// none, and an error.
func TestServeWritesFourLogs(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	logs := filepath.Join(dir, "logs")
	parsed, err := config.Parse("c.yaml", []byte("logs: {dir: "+logs+", keep: 1, max_mib: 1}"))
	if err != nil {
		t.Fatal(err)
	}
	opts.Config.Logs = parsed.Logs
	appendLog(t, dir, failures(0, 1)+
		`192.0.2.1 - - [16/Jan/2026:00:01:00 +0000] "GET /about HTTP/1.1" 200 5 "-" "curl/8"`+"\n"+
		`192.0.2.2 - - [16/Jan/2026:00:01:01 +0000] "GET /?q=1%27%20UNION%20SELECT%20password%20FROM%20users-- HTTP/1.1" 500 5 "-" "curl/8"`+"\n"+
		"neither of them\n")
	s, stop := serving(t, opts)
	s.until(t, 9)
	stop()
	for name, want := range map[string]int{"access": 2, "security": 7, "error": 1, "alert": strings.Count(signalsOf(t, dir), "\n")} {
		data, err := os.ReadFile(filepath.Join(logs, name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(data)), "\n")
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s.log: %s", name, line)
			}
		}
		if len(lines) != want || want == 0 {
			t.Errorf("%s.log has %d lines, want %d:\n%s", name, len(lines), want, data)
		}
	}
	if s.metrics.logErrors.Load() != 0 {
		t.Errorf("%d errors", s.metrics.logErrors.Load())
	}
}

func TestServeFourLogsInTheWay(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	logs := filepath.Join(dir, "logs")
	if err := os.WriteFile(logs, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	parsed, err := config.Parse("c.yaml", []byte("logs: {dir: "+logs+"}"))
	if err != nil {
		t.Fatal(err)
	}
	opts.Config.Logs = parsed.Logs
	appendLog(t, dir, failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	if n := s.metrics.logErrors.Load(); n < 7 { // six logins and a signal
		t.Errorf("%d errors", n)
	}
	if signalsOf(t, dir) == "" {
		t.Error("no signals")
	}
}
