package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// tailToken returns a file with a token.
func tailToken(t *testing.T) string {
	t.Helper()
	path := file(t, "token", "a-token-for-tests-only\n")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTailGoesOn loses its connection once, and is interrupted when it has shown what
// came behind that.
func TestTailGoesOn(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer a-token-for-tests-only" || r.URL.Query().Get("query") != "source:nginx status:error" {
			t.Errorf("asked for %s as %s", r.URL, r.Header.Get("Authorization"))
		}
		if asked.Add(1) == 1 {
			_, _ = io.WriteString(w, `{"event":{"timestamp":"2026-01-16T10:00:00Z","source":"nginx","message":"first\u001b[2J"}}`+"\n"+`{"left_out":7}`+"\n")
			return
		}
		_, _ = io.WriteString(w, `{}`+"\n"+`{"event":{"message":"second"}}`+"\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	r := interrupted(t, "second", nil, "tail", "--server", server.URL, "--token-file", tailToken(t), "source:nginx", "status:error")
	if want := "2026-01-16T10:00:00Z  -  nginx  -  first\\x1b[2J\n-  -  -  -  second\n"; r.code != exitClean || r.out != want {
		t.Errorf("exit code %d, want %q in %q", r.code, want, r.out)
	}
	if !strings.Contains(r.err, "7 events came too fast") || !strings.Contains(r.err, "trying again") {
		t.Errorf("told: %s", r.err)
	}
}

func TestTailSaysWhatIsWrong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "want the token of a reader"})
	}))
	t.Cleanup(server.Close)
	token := tailToken(t)
	f := func(want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"tail"}, args...)...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%q: exit code %d, want %q in %q", args, r.code, want, r.err)
		}
	}
	f("the server answers 401: want the token of a reader", "--server", server.URL, "--token-file", token)
	f("want the token of a reader", "--server", server.URL)
	f("no such file", "--token-file", "nowhere")
	open := tailToken(t)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	f("chmod 600", "--token-file", open)
	f("want the form", "--server", "127.0.0.1:8480", "--token-file", token)
	f("to everybody on the way", "--server", "http://203.0.113.1", "--token-file", token)
	f("want text or json", "-o", "xml", "--token-file", token)
	elsewhere := httptest.NewServer(http.RedirectHandler(server.URL, http.StatusFound))
	t.Cleanup(elsewhere.Close)
	f("the server answers 302", "--server", elsewhere.URL, "--token-file", token)
	server.Close()
	if r := sasumata(t, "", "tail", "--server", server.URL, "--token-file", token); r.code != exitFailure || !strings.Contains(r.err, "reach the server, which --server names") {
		t.Errorf("nobody listens: exit code %d, %s", r.code, r.err)
	}
}
