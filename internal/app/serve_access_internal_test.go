package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sasumata/sasumata/internal/auth"
)

// logged is an operating log that can be read while it is written.
type logged struct {
	mu  sync.Mutex
	out bytes.Buffer
}

// Write appends.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// send posts a body, and returns the code of the answer and its cookie.
func send(t *testing.T, s *Server, path, kind, body string) (code int, cookie string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Listening[0]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Set-Cookie")
}

// TestServeWatchesItsOwnLogins sets a server up by the link of its first start, signs in,
// and guesses until a rule finds it.
func TestServeWatchesItsOwnLogins(t *testing.T) {
	dir, log := t.TempDir(), &logged{}
	opts := serveOptions(dir)
	opts.Log = slog.New(slog.NewTextHandler(log, nil))
	opts.Config.Readers = []auth.Token{auth.NewToken("me", "a-token-of-a-reader")}
	s, stop := serving(t, opts)
	link := regexp.MustCompile(`link="?http://[^/]*/setup\?key=([\w-]{43})`).FindStringSubmatch(log.String())
	if link == nil {
		t.Fatalf("no link in\n%s", log)
	}
	const form, json, password = "application/x-www-form-urlencoded", "application/json", "four plain words here"
	for want, key := range map[int]string{http.StatusForbidden: "x", http.StatusOK: link[1]} {
		if code, _ := send(t, s, "/setup", form, "key="+key+"&name=root&password="+password); code != want {
			t.Errorf("setup: %d, want %d", code, want)
		}
	}
	// Nobody is asked for before the queue is open; the attempts wait.
	for i := range 7 {
		if code, _ := send(t, s, "/api/v1/login", json, `{"name":"root","password":"wrong"}`); code != http.StatusUnauthorized {
			t.Errorf("guess %d: %d", i, code)
		}
	}
	if code, cookie := send(t, s, "/api/v1/login", json, `{"name":"root","password":"`+password+`"}`); code != http.StatusOK || !strings.HasPrefix(cookie, "sasumata=") {
		t.Errorf("%d %s", code, cookie)
	}
	eventually(t, "a signal", func() bool {
		found := signalsOf(t, dir)
		return strings.Contains(found, `"brute_force_by_ip"`) && strings.Contains(found, "127.0.0.1")
	})
	_, metrics := get(t, s, "/metrics")
	for _, want := range []string{`sasumata_logins_total{result="failure"} 7`, `sasumata_logins_total{result="success"} 2`, "sasumata_login_events_dropped_total 0"} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	trail := strings.Join(trailOf(t, s.database), "\n")
	for _, want := range []string{"setup user.add root done", "root session.begin root done"} {
		if !strings.Contains(trail, want) {
			t.Errorf("%s is missing in\n%s", want, trail)
		}
	}
	stop()
	stored := strings.Join(storedIn(t, dir), "\n")
	if n := strings.Count(stored, "wrong password"); n < 7 || strings.Contains(stored, password) {
		t.Errorf("%d failures in\n%s", n, stored)
	}
	if strings.Contains(log.String(), password) {
		t.Error("a password in the log")
	}
	// There is a user: the next start offers no link.
	again := &logged{}
	opts.Log = slog.New(slog.NewTextHandler(again, nil))
	opts.Config.Data = filepath.Join(dir, "data")
	_, stop = serving(t, opts)
	stop()
	if strings.Contains(again.String(), "/setup") {
		t.Errorf("another link in\n%s", again)
	}
}
