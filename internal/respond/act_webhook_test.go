package respond

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWebhook calls a server that takes it, one that is busy, one that refuses, one that
// sends elsewhere, and none.
func TestWebhook(t *testing.T) {
	dir := t.TempDir()
	type request struct {
		path, key, token string
		body             map[string]any
	}
	var got []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := request{path: r.URL.Path, key: r.Header.Get("Idempotency-Key"), token: r.Header.Get("Authorization")}
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &one.body)
		}
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v %v", r.Method, r.Header, err)
		}
		got = append(got, one)
		switch r.URL.Path {
		case "/busy-secret":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/no-secret":
			w.WriteHeader(http.StatusBadRequest)
		case "/away-secret":
			http.Redirect(w, r, "/do-secret", http.StatusFound)
		}
		_, _ = io.WriteString(w, "said "+strings.Repeat("a", 2*maxOutput))
	}))
	defer server.Close()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", "a-token")
	tasks := []task{{record: Record{ID: 7, Action: "soar", Target: "192.0.2.7"}, signal: json.RawMessage(`{"id":"s1"}`)}}
	act := func(url string, undo bool) outcome {
		t.Helper()
		w := newWebhook(&Webhook{URLFile: file("url", url), UndoFile: file("undo", url), TokenFile: token, Timeout: 5 * time.Second})
		do := w.apply
		if undo {
			do = w.undo
		}
		o := do(t.Context(), tasks)[0]
		if len(o.output) > maxOutput || o.err != nil && strings.Contains(o.err.Error(), "secret") {
			t.Errorf("%d bytes of output; %v", len(o.output), o.err)
		}
		return o
	}

	if o := act(server.URL+"/do-secret", false); o.err != nil || !strings.Contains(o.output, "200 OK") {
		t.Errorf("%+v", o)
	}
	if o := act(server.URL+"/undo-secret", true); o.err != nil {
		t.Errorf("%+v", o)
	}
	if len(got) != 2 || got[0].key != "sasumata-response-7" || got[1].key != "sasumata-response-7-undo" || got[0].token != "Bearer a-token" {
		t.Fatalf("%+v", got)
	}
	if signal, ok := got[0].body["signal"].(map[string]any); !ok || signal["id"] != "s1" || !strings.Contains(mustJSON(t, got[0].body), "192.0.2.7") {
		t.Errorf("%v", got[0].body)
	}
	for path, final := range map[string]bool{"/busy-secret": false, "/no-secret": true, "/away-secret": true} {
		if o := act(server.URL+path, false); o.err == nil || o.final != final {
			t.Errorf("%s: %+v", path, o)
		}
	}
	if n := len(got); n != 5 {
		t.Errorf("%d requests: a redirection was followed", n)
	}
	server.Close()
	if o := act(server.URL+"/do-secret", false); o.err == nil || o.final {
		t.Errorf("nobody is there: %+v", o)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
