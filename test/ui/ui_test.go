// Package ui_test opens the pages of a real server in a real browser.
package ui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long the server may take to look at the logs, and to stop.
const patience = 2 * time.Minute

// house is a server with the logs of some days.
type house struct{ url, log, program string }

// have returns what the test needs, or skips it.
func have(t *testing.T) (node, chromium string) {
	t.Helper()
	if testing.Short() {
		t.Skip("slow")
	}
	if _, err := os.Stat("../../web/node_modules/playwright-core"); err != nil {
		t.Skip("NOT TESTED in a browser: no packages of npm (cd web && npm ci)")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT TESTED in a browser: no node")
	}
	name := os.Getenv("SASUMATA_CHROMIUM")
	if name == "" {
		name = "chromium"
	}
	if chromium, err = exec.LookPath(name); err != nil {
		t.Skipf("NOT TESTED in a browser: %v (apt-get install chromium, or set SASUMATA_CHROMIUM)", err)
	}
	return node, chromium
}

// serve starts a server that looked at all logs.
func serve(t *testing.T) house {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "sasumata")
	run := func(args ...string) {
		t.Helper()
		if said, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, said)
		}
	}
	run("go", "build", "-o", program, "../../cmd/sasumata")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	run("go", "run", "./seed", "-dir", dir, "-days", "3", "-visitors", "150", "-listen", listen, "-sasumata", program)

	var out bytes.Buffer
	server := exec.CommandContext(t.Context(), program, "serve", "--config", filepath.Join(dir, "config.yaml"))
	server.Stderr = &out
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	server.WaitDelay = patience
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the context is done by then
		if err := server.Wait(); err != nil && !strings.Contains(err.Error(), "context canceled") {
			t.Errorf("the server: %v\n%s", err, out.String())
		}
	})
	h := house{url: "http://" + listen, log: filepath.Join(dir, "logs", "app.log"), program: program}
	h.wait(t)
	return h
}

// wait waits until the server answers, and no further signals open.
func (h *house) wait(t *testing.T) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	seen, since := -1, time.Now()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server has %d signals after %s", seen, patience)
		}
		n, err := h.signals(client)
		if err != nil {
			continue
		}
		if n != seen {
			seen, since = n, time.Now()
		}
		if seen > 50 && time.Since(since) > 3*time.Second {
			return
		}
	}
}

// signals returns how many there are.
func (h *house) signals(client *http.Client) (int, error) {
	ask := func(what string) (*http.Response, error) {
		answer, err := client.Get(h.url + what)
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", what, answer.Status)
			_ = answer.Body.Close()
		}
		return answer, err
	}
	answer, err := ask("/api/v1/signals?limit=500")
	if err != nil {
		in, err := client.Post(h.url+"/api/v1/login", "application/json", strings.NewReader(`{"name":"admin","password":"correct horse battery"}`))
		if err != nil {
			return 0, err
		}
		_ = in.Body.Close()
		if answer, err = ask("/api/v1/signals?limit=500"); err != nil {
			return 0, err
		}
	}
	defer answer.Body.Close()
	var page struct{ Signals []json.RawMessage }
	err = json.NewDecoder(answer.Body).Decode(&page)
	return len(page.Signals), err
}

// TestPages does what people do, and looks for what keeps people out.
func TestPages(t *testing.T) {
	node, chromium := have(t)
	h := serve(t)
	for _, script := range []string{"journeys", "axe", "first-hour"} {
		t.Run(script, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), node, "test/"+script+".mjs")
			cmd.Dir = "../../web"
			cmd.Env = append(os.Environ(), "SASUMATA_URL="+h.url, "SASUMATA_LOG="+h.log, "SASUMATA_PROGRAM="+h.program, "SASUMATA_CHROMIUM="+chromium)
			said, err := cmd.CombinedOutput()
			t.Logf("%s", said)
			if err != nil {
				t.Error(err)
			}
		})
	}
}
