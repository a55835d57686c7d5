//go:build linux

package lapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond/firewalltest"
	"github.com/sasumata/sasumata/internal/respond/lapi"
)

// command returns a program of others; it skips the test without it.
func command(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv("SASUMATA_CLIENTS"), "usr", "bin", name)
	if os.Getenv("SASUMATA_CLIENTS") != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED, NO BOUNCER OF OTHERS WAS TRIED: there is no %s (SASUMATA_CLIENTS names a folder with unpacked packages)", name)
	}
	return path
}

// said keeps what a program says.
type said struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// TestTheFirewallBouncer of CrowdSec fills its sets from us, as it is.
func TestTheFirewallBouncer(t *testing.T) {
	t.Parallel()
	program := command(t, "crowdsec-firewall-bouncer")
	command(t, "nft")
	n := firewalltest.New(t)
	b := &blocks{}
	b.set(one(1, "203.0.113.1/32", "p"), one(2, "2001:db8:1::/64", "p"), one(3, "203.0.113.3/32", ""))
	h := &lapi.Handler{Source: b, Who: func(r *http.Request) string { return r.Header.Get("X-Api-Key") }, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	var listener net.Listener
	var err error
	n.Do(func() { listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") })
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "the-key-of-the-bouncer" {
			lapi.Forbid(w)
			return
		}
		mux(h).ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })

	dir := t.TempDir()
	config := filepath.Join(dir, "bouncer.yaml")
	err = os.WriteFile(config, fmt.Appendf(nil, `
mode: nftables
pid_dir: %[1]s
update_frequency: 1s
daemonize: false
log_mode: stdout
log_dir: %[1]s
log_level: info
api_url: http://%[2]s/
api_key: the-key-of-the-bouncer
disable_ipv6: false
deny_action: DROP
nftables:
  ipv4: {enabled: true, set-only: false, table: crowdsec, chain: crowdsec-chain}
  ipv6: {enabled: true, set-only: false, table: crowdsec6, chain: crowdsec6-chain}
`, dir, listener.Addr()), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-c", config)
	out := &said{}
	cmd.Stdout, cmd.Stderr = out, out
	n.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })

	has := func(what string, wanted []string, not ...string) {
		t.Helper()
		rules := ""
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			rules = n.Run(t, "nft list ruleset")
			good := true
			for _, text := range wanted {
				good = good && strings.Contains(rules, text)
			}
			for _, text := range not {
				good = good && !strings.Contains(rules, text)
			}
			if good {
				return
			}
		}
		t.Fatalf("%s: the bouncer says\n%s\nand there is\n%s", what, out, rules)
	}
	has("at the start", []string{"203.0.113.1 ", "203.0.113.3 ", "2001:db8:1::"})
	b.set(one(1, "203.0.113.1/32", "p"), one(4, "203.0.113.4/32", "p"))
	has("afterwards", []string{"203.0.113.1 ", "203.0.113.4 "}, "203.0.113.3 ", "2001:db8:1::")
	t.Logf("%d answers", h.Pulls.Load())
}
