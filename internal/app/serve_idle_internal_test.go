package app

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
)

// idleAt says in the environment of a child where it is to open idle connections, idleKind
// what they speak.
const (
	idleAt   = "SASUMATA_TEST_IDLE"
	idleKind = "SASUMATA_TEST_IDLE_KIND"
)

// manyIdle is how many connections a server must hold.
const manyIdle = 10_000

// idleChild opens connections from many addresses, says how many the server took, and holds
// them until its input ends.
func idleChild(t *testing.T, at string) {
	t.Helper()
	held := make([]net.Conn, 0, manyIdle)
	for i := range manyIdle {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%40))}}
		conn, err := d.Dial("tcp", at)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		request := "<13>one line\n"
		if os.Getenv(idleKind) == "http" {
			request = "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		if os.Getenv(idleKind) == "http" {
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
		}
		held = append(held, conn)
	}
	fmt.Fprintln(os.Stdout, "\nHELD", len(held))
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(held) // or the collector closes them
}

// TestServeHoldsIdleConnections opens 10,000 connections that say a word and then nothing,
// and looks whether others are served, and what they cost.
func TestServeHoldsIdleConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	if at := os.Getenv(idleAt); at != "" {
		idleChild(t, at)
		return
	}
	if testing.Short() {
		t.Skip("10,000 connections are not opened: -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all addresses of 127.0.0.0/8: 10,000 connections are NOT tested")
	}
	if files := openFiles(); files < manyIdle+filesKept {
		t.Skipf("the program may have %d files open, %d are wanted: 10,000 connections are NOT tested (ulimit -n)", files, manyIdle+filesKept)
	}
	for _, kind := range []string{"syslog", "http"} {
		t.Run(kind, func(t *testing.T) { holdsIdle(t, kind) })
	}
}

func holdsIdle(t *testing.T, kind string) {
	t.Helper()
	dir := t.TempDir()
	opts := serveOptions(dir)
	var said syncBuffer
	opts.Log = slog.New(slog.NewTextHandler(&said, nil))
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: "127.0.0.1:0", MaxConns: manyIdle + 10, MaxPerHost: 400}}
	opts.Config.HTTP.MaxConns = manyIdle + 10
	s, stop := serving(t, opts)
	defer stop()
	at := s.Listening[0]
	if kind == "syslog" {
		_, at, _ = strings.Cut(s.Listening[1], " ")
	}
	eventually(t, "ready", func() bool { code, _ := get(t, s, "/-/ready"); return code == http.StatusOK })
	memory := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse + m.StackInuse)
	}
	before := memory()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeHoldsIdleConnections$", "-test.timeout=120s")
	child.Env = append(os.Environ(), idleAt+"="+at, idleKind+"="+kind)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = child.Wait() }()
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "HELD") {
		if text := lines.Text(); text != "" {
			t.Log(text)
		}
	}
	if lines.Text() != "HELD "+strconv.Itoa(manyIdle) {
		t.Fatalf("the connections were not opened: %q %v", lines.Text(), lines.Err())
	}
	if kind == "syslog" {
		s.until(t, manyIdle)
	}
	taken := 0
	for _, r := range s.runningInputs() {
		if r.at != nil && r.at.Addr() == at {
			taken = r.places.Taken()
		}
	}
	if taken < manyIdle {
		for _, r := range s.runningInputs() {
			if r.at != nil {
				t.Logf("%s: %d places taken, %d and %d refused", r.at.Addr(), r.places.Taken(), r.places.RefusedTotal.Load(), r.places.RefusedHost.Load())
			}
		}
		t.Fatalf("%d connections are held at %s; what the server said:\n%s", taken, at, said.String())
	}
	cost := memory() - before
	t.Logf("%d idle connections take %d MB, %d bytes each", taken, cost>>20, cost/int64(taken))
	if cost > 200<<20 {
		t.Errorf("%d bytes are too much", cost)
	}
	if code, _ := get(t, s, "/-/healthy"); code != http.StatusOK {
		t.Errorf("others are not served: %d", code)
	}
	// One more host is served; one that has its places is not.
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if kind == "syslog" {
		if _, err := io.WriteString(conn, "<13>another\n"); err != nil {
			t.Fatal(err)
		}
		s.until(t, manyIdle+1)
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, 1)}}
		var refused int64
		for range 200 {
			one, err := d.Dial("tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			defer one.Close()
		}
		eventually(t, "refusals", func() bool {
			refused = s.runningInputs()[1].places.RefusedHost.Load() + s.runningInputs()[1].places.RefusedTotal.Load()
			return refused >= 190
		})
		_, metrics := get(t, s, "/metrics")
		if !strings.Contains(metrics, `sasumata_connections_refused_total{listener="syslog tcp 127.0.0.1:0",reason="host"} `) {
			t.Errorf("%s", metrics)
		}
	}
}
