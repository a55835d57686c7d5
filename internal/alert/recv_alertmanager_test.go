package alert

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
)

// installed returns a program of a Debian package, installed or unpacked; it skips the test
// when that is not to be had.
func installed(t *testing.T, name, debian, what string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path := filepath.Join(os.Getenv("SASUMATA_CLIENTS"), "usr", "bin", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s (Debian package %s): %s", name, debian, what)
	}
	return path
}

// running starts a program, and stops it when the test ends.
func running(t *testing.T, program string, args ...string) *buffer {
	t.Helper()
	out := &buffer{}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out)
		}
	})
	return out
}

// free returns an address at which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// written writes a file of a test.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnotherAlertmanager posts to two Alertmanagers instead of routing here: one is busy
// at first, one is down for minutes, and each is told once.
func TestAnotherAlertmanager(t *testing.T) {
	t.Parallel()
	busy, down := newSink(t, 503, 503), newSink(t)
	down.statuses = []int{500, 500, 500, 500}
	s := start(t, configured(t, fmt.Sprintf("url: https://sasumata.example.com\nalertmanager: {urls: [%s/am/, %s], token_file: %s, user: sasumata}\n", busy.URL, down.URL, secretIn(t, "pass"))))
	n := bruteForce(signal.High)
	s.put(t, n)
	waitFor(t, "the one that is busy", func() bool { return len(busy.requests()) == 1 })
	waitFor(t, "the failure of the other one", func() bool {
		list := s.Undelivered()
		return len(list) == 1 && list[0].Target == "alertmanager/alertmanager[1]" && strings.Contains(list[0].Error, "500")
	})
	waitFor(t, "the other one", func() bool {
		s.clock.forward(time.Minute)
		return len(down.requests()) == 1 && len(s.Undelivered()) == 0
	})
	got := busy.requests()[0]
	if user, password, ok := (&http.Request{Header: got.header}).BasicAuth(); !ok || user != "sasumata" || password != "pass" || got.path != "/am/api/v2/alerts" {
		t.Errorf("%s %v", got.path, got.header)
	}
	var posted []struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
		GeneratorURL        string
	}
	if err := json.Unmarshal([]byte(got.body), &posted); err != nil || len(posted) != 1 {
		t.Fatalf("%s, %v", got.body, err)
	}
	one := posted[0]
	if one.Labels["alertname"] != "Brute force" || one.Labels["severity"] != "high" || one.Annotations["message"] == "" || one.Annotations[noteBy] != "" ||
		one.EndsAt.Sub(one.StartsAt) < aliveThere || one.GeneratorURL != "https://sasumata.example.com/signals/0123456789" {
		t.Errorf("%s", got.body)
	}
	if s.console.String() != "" {
		t.Errorf("the console was told, too: %s", s.console)
	}
}

// TestFromOneEngineToAnother hands a notice to the engine of another server, by its API.
func TestFromOneEngineToAnother(t *testing.T) {
	t.Parallel()
	there := start(t, configured(t, "{}"))
	api := httptest.NewServer(there.API())
	t.Cleanup(api.Close)
	s := start(t, configured(t, "alertmanager: {urls: '"+api.URL+"'}\n"))
	s.put(t, bruteForce(signal.High))
	waitFor(t, "the console there", func() bool { return there.told("■ [HIGH] Brute force from 192.0.2.7") == 1 })
	waitFor(t, "the end", func() bool { return len(s.Undelivered()) == 0 })
}

// TestDebiansAlertmanager hands a notice to Debian's Alertmanager, which tells its receiver.
func TestDebiansAlertmanager(t *testing.T) {
	t.Parallel()
	path := installed(t, "prometheus-alertmanager", "prometheus-alertmanager", "another Alertmanager was not tried")
	const templates = "/usr/share/prometheus/alertmanager/default.tmpl"
	if _, err := os.Stat(templates); err != nil {
		t.Skipf("no %s: Debian's Alertmanager is not installed, only unpacked, and was not tried", templates)
	}
	hook, address := newSink(t), free(t)
	routing := written(t, "am.yml", "route: {receiver: hook, group_wait: 1s}\nreceivers: [{name: hook, webhook_configs: [{url: '"+hook.URL+"/hook'}]}]\n")
	running(t, path, "--config.file="+routing, "--storage.path="+t.TempDir(), "--web.listen-address="+address, "--cluster.listen-address=")
	s := start(t, configured(t, "alertmanager: {urls: 'http://"+address+"'}\n"))
	s.put(t, bruteForce(signal.High))
	waitFor(t, "its receiver", func() bool {
		s.clock.forward(time.Second)
		return len(hook.requests()) == 1
	})
	if body := hook.requests()[0].body; !strings.Contains(body, "Brute force") || !strings.Contains(body, "192.0.2.7") {
		t.Error(body)
	}
}
