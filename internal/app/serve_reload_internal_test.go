package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/auth"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/query"
)

// reloadable is a server that a test gives one configuration after the other.
type reloadable struct {
	*Server

	t      *testing.T
	stop   func()
	signal chan os.Signal
	next   atomic.Pointer[config.Config]
	log    *syncBuffer
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	told atomic.Pointer[func(text string)] // is called for what is written, if it is there

	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	if told := b.told.Load(); told != nil {
		(*told)(string(p))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newReloadable(t *testing.T, opts ServeOptions) *reloadable {
	t.Helper()
	r := &reloadable{t: t, signal: make(chan os.Signal), log: &syncBuffer{}}
	opts.Reload, opts.Log = r.signal, slog.New(slog.NewTextHandler(r.log, nil))
	opts.Configure = func() (*config.Config, error) {
		if c := r.next.Load(); c != nil {
			return c, nil
		}
		return nil, errors.New("c.yaml:1:1: it is wrong")
	}
	r.Server, r.stop = serving(t, opts)
	return r
}

// changed returns a copy of the configuration at work with a change.
func (r *reloadable) changed(change func(*config.Config)) *config.Config {
	c := *r.cfg()
	c.Syslog, c.Files, c.Tokens = slices.Clone(c.Syslog), slices.Clone(c.Files), slices.Clone(c.Tokens)
	change(&c)
	return &c
}

// reload gives it the configuration, and waits for what comes of it.
func (r *reloadable) reload(c *config.Config) (ok bool) {
	r.t.Helper()
	done := func() int64 { return r.metrics.reloads.Load() + r.metrics.reloadErrors.Load() }
	before, good := done(), r.metrics.reloads.Load()
	r.next.Store(c)
	r.signal <- os.Interrupt
	eventually(r.t, "the end of the reload", func() bool { return done() > before })
	return r.metrics.reloads.Load() > good
}

// free returns an address that nobody listens at. Its port is not one that the kernel gives
// to connections: what a moment ago was free could be taken when it is wanted again.
func free(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

// TestReloadUnderLoad reads configurations anew, each of which adds, changes and removes
// sources, while files grow and messages and requests come. Every event must be in the log
// store once, and connections of what does not change stay open.
func TestReloadUnderLoad(t *testing.T) {
	const reloads = 20
	dir := t.TempDir()
	opts := serveOptions(dir)
	kept, moving, changing := free(t), free(t), free(t)
	c := opts.Config
	c.HTTP.Listen = free(t)
	c.Tokens = []auth.Token{auth.NewToken("agent", "a-token-for-tests-only")}
	c.Syslog = []config.Syslog{{Protocol: "tcp", Listen: kept}, {Protocol: "tcp", Listen: changing}, {Protocol: "udp", Listen: changing}}
	c.Files = []config.File{{Path: filepath.Join(dir, "*.log"), From: "beginning"}}
	opts.Rescan = 5 * time.Millisecond
	r := newReloadable(t, opts)

	var sending sync.WaitGroup
	stop := make(chan struct{})
	var sent [6]atomic.Int64
	load := func(kind int, send func(text string) bool) {
		sending.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				for end := time.Now().Add(patience); !send(fmt.Sprintf("kind%d number%d.", kind, n)); {
					if time.Now().After(end) {
						t.Errorf("kind %d cannot be sent", kind)
						return
					}
				}
				sent[kind].Add(1)
			}
		})
	}
	open, err := net.Dial("tcp", kept)
	if err != nil {
		t.Fatal(err)
	}
	load(0, func(text string) bool { // one connection for all
		_, err := io.WriteString(open, "<13>"+text+"\n")
		if err != nil {
			t.Errorf("a connection of what did not change: %v", err)
		}
		return true
	})
	client := &http.Client{Transport: &http.Transport{}}
	load(1, func(text string) bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.HTTP.Listen+"/intake/lines", strings.NewReader(text))
		if err != nil {
			t.Error(err)
			return true
		}
		req.Header.Set("DD-API-KEY", "a-token-for-tests-only")
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("a request: %v", err)
			return true
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusAccepted {
			t.Errorf("a request: %d", resp.StatusCode)
		}
		return true
	})
	grows, err := os.OpenFile(filepath.Join(dir, "a.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer grows.Close()
	load(2, func(text string) bool { // in two writes: a line may be half there
		_, err := io.WriteString(grows, text[:5])
		_, err2 := io.WriteString(grows, text[5:]+"\n")
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
		}
		return true
	})
	packets, err := net.Dial("udp", changing)
	if err != nil {
		t.Fatal(err)
	}
	load(3, func(text string) bool { _, err := io.WriteString(packets, "<13>"+text); return err == nil })
	// Of a listener that changes, one connection for each message, closed as senders do who
	// want to know that it was taken: they read until the other side ends it, too.
	load(4, func(text string) bool {
		conn, err := net.Dial("tcp", changing)
		if err != nil {
			t.Errorf("there was nobody: %v", err)
			return true
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "<13>"+text+"\n")
		_ = conn.(*net.TCPConn).CloseWrite()
		if _, readErr := io.ReadAll(conn); err != nil || readErr != nil {
			t.Errorf("a connection: %v %v", err, readErr)
		}
		return true
	})

	for i := range reloads {
		next := r.changed(func(c *config.Config) {
			c.Syslog = append(c.Syslog[:1:1], // kept
				config.Syslog{Protocol: "tcp", Listen: changing, Label: config.Label{Service: fmt.Sprint("s", i)}},
				config.Syslog{Protocol: "udp", Listen: changing, Label: config.Label{Service: fmt.Sprint("s", i)}})
			if i%2 == 0 {
				c.Syslog = append(c.Syslog, config.Syslog{Protocol: "tcp", Listen: moving})
			}
			c.Files[0].Service = fmt.Sprint("f", i%3)
			c.Files[0].Path = filepath.Join(dir, []string{"*.log", "a*", "a.log"}[i%3])
			c.Tokens = append(c.Tokens[:1:1], auth.NewToken("other", fmt.Sprintf("another-token-for-tests-%d", i)))
			c.Store.MaxAge = time.Duration(1000+i) * time.Hour
		})
		if !r.reload(next) {
			t.Fatalf("reload %d: %s", i, r.log)
		}
		if conn, err := net.Dial("tcp", moving); (err == nil) != (i%2 == 0) {
			t.Errorf("reload %d: the added listener is there: %v", i, err)
		} else if err == nil {
			_ = conn.Close()
		}
	}
	close(stop)
	sending.Wait()
	_ = open.Close()
	total := int64(0)
	for kind := range 5 {
		if n := sent[kind].Load(); n < reloads {
			t.Errorf("only %d of kind %d: the test shows little", n, kind)
		}
		total += sent[kind].Load()
	}
	eventually(t, "the last event", func() bool { return r.metrics.events.Load() >= total })
	r.stop()
	times := map[string]int{}
	for _, line := range storedIn(t, dir) {
		from := strings.Index(line, "kind")
		times[line[from:from+strings.Index(line[from:], ".")]]++
	}
	var wrong []string
	for kind := range 5 {
		for n := range sent[kind].Load() {
			text := fmt.Sprintf("kind%d number%d", kind, n)
			if times[text] != 1 {
				wrong = append(wrong, fmt.Sprintf("%s: %d times", text, times[text]))
			}
		}
	}
	if len(wrong) > 0 {
		t.Errorf("%d events are not there once: %.2000q", len(wrong), wrong)
	}
	t.Logf("%d events over %d reloads", total, reloads)
}

// TestReloadOfWhatIsWrong leaves all as it is, and says so.
func TestReloadOfWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.HTTP.Listen = free(t)
	r := newReloadable(t, opts)
	eventually(t, "ready", func() bool { code, _ := get(t, r.Server, "/-/ready"); return code == http.StatusOK })
	shows := func(want ...string) {
		t.Helper()
		_, metrics := get(t, r.Server, "/metrics")
		_, ready := get(t, r.Server, "/-/ready")
		for _, text := range want {
			if !strings.Contains(metrics+ready+r.log.String(), text) {
				t.Errorf("%q is missing in\n%s%s%s", text, metrics, ready, r.log)
			}
		}
	}
	shows("sasumata_config_last_reload_successful 1\n")
	if r.reload(nil) {
		t.Error("it was taken")
	}
	shows("sasumata_config_last_reload_successful 0\n", "ready\nthe configuration could not be read anew", "c.yaml:1:1: it is wrong")
	before := r.runningInputs()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	other := free(t)
	wrong := r.changed(func(c *config.Config) {
		c.SilentAfter = time.Hour
		c.Syslog = []config.Syslog{{Protocol: "tcp", Listen: other}, {Protocol: "tcp", Listen: taken.Addr().String()}, {Protocol: "udp", Listen: "203.0.113.1:514"}}
	})
	if r.reload(wrong) || r.cfg().SilentAfter == time.Hour || !slices.Equal(before, r.runningInputs()) {
		t.Error("a place that is taken was taken")
	}
	shows(taken.Addr().String()+": bind: address already in use", "203.0.113.1:514: bind")
	if conn, err := net.Dial("tcp", other); err == nil {
		t.Errorf("a half of it was left behind: %v", conn.RemoteAddr())
	}
	if !r.reload(r.changed(func(c *config.Config) { c.Data, c.Queue.MaxBytes = "/elsewhere", 1<<30 })) || r.cfg().Data != opts.Config.Data {
		t.Errorf("data are in %s", r.cfg().Data)
	}
	shows("sasumata_config_last_reload_successful 1\n", "sasumata_config_restart_wanted 1\n", `keys="data, queue"`, "ready\nthe configuration changed what wants a restart: data, queue\n")
	r.stop()
}

// TestReloadOfHTTP changes who may send and where, while a connection is open.
func TestReloadOfHTTP(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	at := free(t)
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	opts.Config.HTTP.Listen = at
	logs := &opts.Config.Logs
	logs.Dir = filepath.Join(dir, "logs")
	if logs.AccessQuery, err = query.Parse("*"); err != nil {
		t.Fatal(err)
	}
	logs.SecurityQuery, logs.ErrorQuery = logs.AccessQuery, logs.AccessQuery
	r := newReloadable(t, opts)
	token := ""
	post := func() (code int) {
		t.Helper()
		// The port is one that any program may be given for a moment: the server tries again.
		eventually(t, "an answer", func() bool {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at+"/intake/lines", strings.NewReader("a line"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("DD-API-KEY", token)
			resp, err := http.DefaultClient.Do(req)
			if errors.Is(err, syscall.ECONNREFUSED) {
				return false
			}
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
			code = resp.StatusCode
			return true
		})
		return code
	}
	f := func(want int, change func(*config.Config)) {
		t.Helper()
		if !r.reload(r.changed(change)) {
			t.Fatalf("it is refused: %s", r.log)
		}
		http.DefaultClient.CloseIdleConnections() // the server may be closing them
		if got := post(); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	f(http.StatusUnauthorized, func(*config.Config) {})
	token = "a-token-for-tests-only"
	f(http.StatusAccepted, func(c *config.Config) { c.Tokens = []auth.Token{auth.NewToken("a", token)} })
	r.until(t, 1) // it is in the logs
	f(http.StatusRequestEntityTooLarge, func(c *config.Config) { c.HTTP.MaxBody = 1 })
	f(http.StatusAccepted, func(c *config.Config) {
		c.HTTP.MaxBody, c.Logs.Dir = 0, ""
		c.HTTP.Listen = "0.0.0.0:" + port // which is free only when the other one is closed
	})
	f(http.StatusAccepted, func(c *config.Config) { c.HTTP.Listen, c.HTTP.MaxPerHost = at, 3 })
	f(http.StatusUnauthorized, func(c *config.Config) { c.Tokens = nil })
	r.until(t, 3)
	if _, metrics := get(t, r.Server, "/metrics"); !strings.Contains(metrics, `sasumata_connections{listener="http `+at+`"} `) || !strings.Contains(metrics, `kind="http"} 3`) {
		t.Errorf("%s", metrics)
	}
	r.stop()
	if lines, err := os.ReadFile(filepath.Join(dir, "logs", "access.log")); err != nil || strings.Count(string(lines), "\n") != 1 {
		t.Errorf("what came until there were no logs: %q %v", lines, err)
	}
	if r.metrics.events.Load() != 3 {
		t.Errorf("%d events", r.metrics.events.Load())
	}
}
