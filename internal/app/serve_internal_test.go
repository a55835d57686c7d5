package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/store"
)

// serveDir names the folder of a server in the environment of a child.
const serveDir = "SASUMATA_TEST_SERVE"

// serveSlowly says what the child writes seldom: the state or the store.
const serveSlowly = "SASUMATA_TEST_SERVE_SLOWLY"

// patience is how long a test waits for what must come.
const patience = time.Minute

// builtIn loads the built-in content once: nothing changes it, and loading takes most of
// the time of a small test.
var builtIn = sync.OnceValues(func() (*Content, error) { return LoadContent(Sources{}) })

// serveOptions returns what a server in the folder is told: it follows auth.log there.
func serveOptions(dir string) ServeOptions {
	cfg := config.Default()
	cfg.Data, cfg.HTTP.Listen, cfg.Checkpoint = filepath.Join(dir, "data"), "127.0.0.1:0", 100*time.Millisecond
	cfg.Files = []config.File{{Path: filepath.Join(dir, "auth.log"), From: "beginning"}}
	return ServeOptions{
		Config: cfg, Now: time.Now, Log: slog.New(slog.DiscardHandler), Hostname: "host", Poll: time.Millisecond,
		Content: func(*config.Config) (*Content, error) { return builtIn() },
		Console: func(signal.Finding) error { return nil },
	}
}

// serving runs a server until stop is called, which waits for its end.
func serving(t *testing.T, opts ServeOptions) (s *Server, stop func()) {
	t.Helper()
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, runs(t, s)
}

// runs runs the server until stop is called, which waits for its end.
func runs(t *testing.T, s *Server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// eventually waits for the condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// until waits until as many records were detected in.
func (s *Server) until(t *testing.T, records int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d records", records), func() bool {
		s.consumer.mu.Lock()
		defer s.consumer.mu.Unlock()
		return s.consumer.served.Records >= records
	})
}

// failures returns lines of a log: each address fails to log in six times, one after
// the other, a minute apart.
func failures(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		for j := range 6 {
			at := time.Date(2026, 1, 16, 0, i, j, 0, time.UTC)
			fmt.Fprintf(&b, "%s web1 sshd[7]: Failed password for root from 203.0.113.%d port 22 ssh2\n", at.Format(time.RFC3339), i%250)
		}
	}
	return b.String()
}

func appendLog(t *testing.T, dir, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "auth.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func signalsOf(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "data", signalsName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// serveChild serves until it is killed.
func serveChild(t *testing.T, dir string) {
	t.Helper()
	opts := serveOptions(dir)
	opts.Config.Checkpoint, opts.Config.Store.Flush = time.Hour, time.Millisecond
	if os.Getenv(serveSlowly) == "store" {
		opts.Config.Checkpoint, opts.Config.Store.Flush = time.Millisecond, time.Hour
	}
	s, err := NewServer(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// storedIn returns the events of the log store of a server, sorted.
func storedIn(t *testing.T, dir string) []string {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, "data", storeDir))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var lines []string
	result, err := s.Each(t.Context(), store.Search{}, func(e *event.Event) error {
		lines = append(lines, string(e.AppendRecord(nil)))
		return nil
	})
	if err != nil || len(result.Problems)+len(s.Problems()) > 0 {
		t.Errorf("%v %v, error %v", result.Problems, s.Problems(), err)
	}
	slices.Sort(lines)
	return lines
}

// recordedIn returns the signals of the state database of a server: what each was last,
// and how often it was changed is not among it.
func recordedIn(t *testing.T, dir string) (lines []string) {
	t.Helper()
	db, err := database.Open(t.Context(), serveOptions(dir).Config.Database())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	book, err := triage.NewBook(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for want := (triage.Search{Limit: triage.MaxPage}); ; {
		page, err := book.List(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Signals {
			lines = append(lines, string(s.Document))
		}
		if want.Cursor = page.Next; want.Cursor == "" {
			slices.Sort(lines)
			return lines
		}
	}
}

// TestServeKilled kills a server again and again while its log grows. The signals must
// be those of one that was left in peace, byte for byte, and the log store must have
// every event once. Sometimes the state is behind the store, sometimes the other way.
func TestServeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	if dir := os.Getenv(serveDir); dir != "" {
		serveChild(t, dir)
		return
	}
	const kills, each = 5, 12
	peaceful, dir := t.TempDir(), t.TempDir()
	for round := range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeKilled$")
		cmd.Env = append(os.Environ(), serveDir+"="+dir, serveSlowly+"="+[]string{"state", "store"}[round%2])
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// One batch after the other, of which the state covers the first one only: the
		// next round has most of them to go through again, and so has the one behind it.
		for i := round * each; i < (round+1)*each; i++ {
			before := len(signalsOf(t, dir))
			appendLog(t, dir, failures(i, i+1))
			eventually(t, "a signal", func() bool { return len(signalsOf(t, dir)) > before })
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatalf("%v\n%s", err, &output)
		}
		_ = cmd.Wait() // it was killed
	}
	const total = 6 * (kills*each + 1)
	appendLog(t, dir, failures(kills*each, kills*each+1)) // behind all that comes again
	s, stop := serving(t, serveOptions(dir))
	s.until(t, total)
	stop()

	appendLog(t, peaceful, failures(0, kills*each+1))
	s, stop = serving(t, serveOptions(peaceful))
	s.until(t, total)
	stop()
	want, got := signalsOf(t, peaceful), signalsOf(t, dir)
	if want != got {
		t.Errorf("the signals differ (-in peace +killed):\n%.3000s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	}
	if diff := cmp.Diff(storedIn(t, peaceful), storedIn(t, dir)); diff != "" {
		t.Errorf("the stores differ (-in peace +killed):\n%.3000s", diff)
	}
	if n := len(storedIn(t, dir)); n != total {
		t.Errorf("%d events in the store, want %d", n, total)
	}
	if diff := cmp.Diff(recordedIn(t, peaceful), recordedIn(t, dir)); diff != "" {
		t.Errorf("the signals of the state database differ (-in peace +killed):\n%.3000s", diff)
	}
	if n := strings.Count(want, "\n"); n < kills*each || len(recordedIn(t, dir)) < kills*each {
		t.Errorf("only %d lines of signals: the test shows nothing", n)
	}
}

// get returns what the server answers.
func get(t *testing.T, s *Server, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + s.Listening[0] + path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestServeTakesLogsFromEverywhere sends attacks over HTTP, TCP and UDP.
func TestServeTakesLogsFromEverywhere(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	opts.Config.Syslog = []config.Syslog{{Protocol: "tcp", Listen: "127.0.0.1:0"}, {Protocol: "udp", Listen: "127.0.0.1:0"}}
	opts.Config.SilentAfter = time.Second
	var told atomic.Int64
	opts.Console = func(signal.Finding) error { told.Add(1); return nil }
	s, stop := serving(t, opts)
	eventually(t, "ready", func() bool { code, _ := get(t, s, "/-/ready"); return code == http.StatusOK })
	for _, listening := range s.Listening[1:] {
		network, address, _ := strings.Cut(listening, " ")
		conn, err := net.Dial(network, address)
		if err == nil {
			_, err = io.WriteString(conn, "<38>1 2026-01-16T09:00:00Z web1 sshd 7 - - Failed password for root from 198.51.100.7 port 22 ssh2\n")
			err = errors.Join(err, conn.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.until(t, 2)
	body := `[{"message":"2026-01-16T10:00:00Z web1 sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2","ddsource":"sshd"}` +
		strings.Repeat(`,{"message":"2026-01-16T10:00:01Z web1 sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2","ddtags":"env:prod","extra":1}`, 5) + `]`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Listening[0]+"/api/v2/logs", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("DD-API-KEY", "a-token-for-tests-only")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("%d %v", resp.StatusCode, err)
	}
	s.until(t, 8)
	eventually(t, "silence in the metrics", func() bool {
		_, metrics := get(t, s, "/metrics")
		return strings.Contains(metrics, `sasumata_source_silent{source="http `+s.Listening[0]+`",kind="http"} 1`)
	})
	_, metrics := get(t, s, "/metrics")
	for _, want := range []string{
		"\nsasumata_events_total 8\n", "\nsasumata_events_unparsed_total 0\n", `sasumata_signals_total{severity="medium"} 1`,
		`sasumata_source_records_total{source="http ` + s.Listening[0] + `",kind="http"} 6`,
		`",kind="syslog"} 1`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%q is missing in\n%s", want, metrics)
		}
	}
	stop()
	if signals := signalsOf(t, dir); !strings.Contains(signals, `"rule_id":"brute_force_by_ip"`) || !strings.Contains(signals, "sender:agent") {
		t.Errorf("signals:\n%s", signals)
	}
	if told.Load() == 0 {
		t.Error("the console was told nothing")
	}
}

// TestServeReload loads content that is wrong, and then other content, in the middle of
// an attack.
func TestServeReload(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	reload := make(chan os.Signal)
	var loads atomic.Int64
	opts.Reload = reload
	opts.Content = func(*config.Config) (*Content, error) {
		switch loads.Add(1) {
		case 2:
			return nil, errors.New("it is wrong")
		default:
			return builtIn()
		}
	}
	s, stop := serving(t, opts)
	lines := strings.SplitAfter(failures(0, 1), "\n")
	appendLog(t, dir, strings.Join(lines[:3], ""))
	s.until(t, 3)
	reload <- os.Interrupt
	eventually(t, "the error", func() bool { return s.metrics.reloadErrors.Load() == 1 })
	reload <- os.Interrupt
	eventually(t, "the new content", func() bool { return s.metrics.reloads.Load() == 1 && s.metrics.running.Load() })
	appendLog(t, dir, strings.Join(lines[3:], ""))
	s.until(t, 6)
	stop()
	if got := strings.Count(signalsOf(t, dir), `"rule_id":"brute_force_by_ip"`); got != 1 {
		t.Errorf("%d signals of an attack that was half over", got)
	}
}

// TestServeReadsWhatCameMeanwhile makes a file while no server runs.
func TestServeReadsWhatCameMeanwhile(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Files = []config.File{{Path: filepath.Join(dir, "*.log")}}
	opts.Rescan = time.Millisecond
	appendLog(t, dir, "old\n")
	s, stop := serving(t, opts)
	eventually(t, "the end of the old file", func() bool { return s.consumer.position(filepath.Join(dir, "auth.log")) != nil })
	stop()
	if err := os.WriteFile(filepath.Join(dir, "new.log"), []byte("1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	appendLog(t, dir, "3\n")
	s, stop = serving(t, opts)
	s.until(t, 3)
	stop()
	if s.metrics.events.Load() != 3 {
		t.Errorf("%d events", s.metrics.events.Load())
	}
}

func TestServeRefusesWhatCannotBe(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	_, stop := serving(t, opts)
	if s, err := NewServer(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "another run is using it") {
		t.Errorf("two servers with one folder: %v, %v", s, err)
	}
	stop()
	opts = serveOptions(t.TempDir())
	opts.Config.HTTP.Listen = "203.0.113.1:80" // of nobody here
	if s, err := NewServer(t.Context(), opts); err == nil {
		t.Errorf("it listens at %v", s.Listening)
	}
}

// TestServeForgetsFilesThatAreGone makes, removes and makes files under a wildcard.
func TestServeForgetsFilesThatAreGone(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Files = []config.File{{Path: filepath.Join(dir, "*.log"), From: "beginning"}}
	opts.Rescan, opts.Patience = time.Millisecond, time.Nanosecond
	s, stop := serving(t, opts)
	before := len(s.sources())
	for round := range int64(3) {
		appendLog(t, dir, failures(0, 1))
		s.until(t, 6*(round+1))
		if n := len(s.sources()); n != before+1 {
			t.Errorf("%d sources while there is a file, %d before", n, before)
		}
		if err := os.Remove(filepath.Join(dir, "auth.log")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the end of the file", func() bool { return len(s.sources()) == before })
	}
	stop()
	if n := len(storedIn(t, dir)); n != 18 {
		t.Errorf("%d events, want 18", n)
	}
}
