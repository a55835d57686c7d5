package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestManagerHearsHowItGoes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no service manager of this system listens at a socket for datagrams")
	}
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000"}
	m, err := newManager(t.Context(), func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	var ready atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.watch(ctx, ready.Load) }()
	hear := func() string {
		t.Helper()
		buf := make([]byte, 100)
		if err := l.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	for range 2 {
		if got := hear(); got != "WATCHDOG=1" {
			t.Errorf("told %q before it runs", got)
		}
	}
	ready.Store(true)
	seen := map[string]int{}
	for seen["READY=1"] == 0 || seen["WATCHDOG=1"] < 2 {
		seen[hear()]++
	}
	cancel()
	<-done
	for got := ""; got != "STOPPING=1"; {
		got = hear()
		seen[got]++
	}
	if seen["READY=1"] != 1 {
		t.Errorf("told %v", seen)
	}
}

func TestManagerThatIsNone(t *testing.T) {
	m, err := newManager(t.Context(), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	m.watch(t.Context(), func() bool { return true }) // ends at once
	m.close()
	if _, err := newManager(t.Context(), func(string) string { return filepath.Join(t.TempDir(), "nobody") }); err == nil {
		t.Error("nobody listens, and nothing is wrong")
	}
}

func TestHealth(t *testing.T) {
	var ready atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/-/ready" || !ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	f := func(code int, want string, args ...string) {
		t.Helper()
		if r := sasumata(t, "", append([]string{"health", "--server", server.URL}, args...)...); r.code != code || !strings.Contains(r.out+r.err, want) {
			t.Errorf("%q: exit code %d, %s%s", args, r.code, r.out, r.err)
		}
	}
	f(exitFindings, "the server answers 503")
	ready.Store(true)
	f(exitClean, "ready\n")
	f(exitFindings, "no answer within 1ns", "--timeout", "1ns")
	f(exitUsage, "--timeout", "--timeout", "-1s")
	f(exitUsage, "want the form", "--server", "here")
	server.Close()
	f(exitFindings, "connection refused")
}
