package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestExampleOfSeclogGivesASignal guesses passwords at the example program of package
// seclog, and reads its logs.
func TestExampleOfSeclogGivesASignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: programs end by signals here")
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("SKIPPED: there is no go command to build the example with")
	}
	dir := t.TempDir()
	program, logs := filepath.Join(dir, "example"), filepath.Join(dir, "logs")
	if out, err := exec.CommandContext(t.Context(), goCommand, "build", "-o", program, "../../seclog/example").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	example := exec.CommandContext(t.Context(), program, "-dir", logs, "-listen", "127.0.0.1:0", "-proxy", "127.0.0.0/8")
	stdout, err := example.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	example.Stderr = os.Stderr
	if err := example.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = example.Process.Kill() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	login := func(user, password, forwarded string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSpace(address)+"login?password="+url.QueryEscape(password), strings.NewReader(url.Values{"user": {user}, "password": {password}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", forwarded)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %s", user, res.Status)
		}
	}
	for range 6 {
		login("ann", "hunter2Xyzzy", "198.51.100.66, 203.0.113.7", http.StatusUnauthorized)
	}
	login("ann", "correct horse battery", "203.0.113.7", http.StatusUnauthorized)
	login("ann", "correct horse battery staple", "203.0.113.7", http.StatusOK)
	if err := example.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := example.Wait(); err != nil {
		t.Fatal(err)
	}

	paths, err := filepath.Glob(filepath.Join(logs, "*.log"))
	if err != nil || len(paths) != 4 {
		t.Fatalf("%q, %v", paths, err)
	}
	for _, path := range paths {
		if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "hunter2Xyzzy") || strings.Contains(string(text), "horse") {
			t.Errorf("%s: %v\n%s", path, err, text)
		}
	}
	r := sasumata(t, "", append([]string{"analyze", "--output", "jsonl"}, paths...)...)
	if r.code != 1 {
		t.Fatalf("exit %d: %s%s", r.code, r.out, r.err)
	}
	found := false
	for line := range strings.Lines(r.out) {
		var signal struct {
			Rule     string `json:"rule_id"`
			Severity string `json:"severity"`
		}
		if err := json.Unmarshal([]byte(line), &signal); err != nil {
			t.Fatal(err)
		}
		found = found || signal.Rule == "brute_force_by_ip" && signal.Severity == "high"
	}
	if !found || !strings.Contains(r.out, "203.0.113.7") || strings.Contains(r.out, "198.51.100.66") {
		t.Error(r.out)
	}
}
