package seclog_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

func TestClientBehindProxies(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	f := func(remote, header, want string, lines ...string) {
		t.Helper()
		p := seclog.Proxies{Trusted: own, Header: header, Socket: true}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Add(name, value)
		}
		got := p.Client(r)
		if got.IsValid() != (want != "") || want != "" && got.String() != want {
			t.Errorf("%s %s: %s, want %s", remote, lines, got, want)
		}
	}
	const xff = "X-Forwarded-For: "
	// Who is no proxy of ours says nothing that counts.
	f("203.0.113.7:4711", "", "203.0.113.7")
	f("203.0.113.7:4711", "", "203.0.113.7", xff+"198.51.100.1")
	f("[2001:db8::7%eth0]:4711", "", "2001:db8::7", xff+"198.51.100.1")
	f("[::ffff:203.0.113.7]:4711", "", "203.0.113.7")
	// From the right to the left, up to the first that is none of ours.
	f("10.0.0.1:80", "", "10.0.0.1")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"203.0.113.7")
	f("[::ffff:10.0.0.1]:80", "", "203.0.113.7", xff+"203.0.113.7")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"198.51.100.1, 203.0.113.7")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"198.51.100.1,203.0.113.7 , 10.9.9.9,2001:db8:ff::1")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"198.51.100.1", xff+"203.0.113.7", xff+"10.0.0.2")
	f("10.0.0.1:80", "", "10.3.3.3", xff+"10.3.3.3, 10.0.0.2")
	f("10.0.0.1:80", "", "2001:db8::7", xff+"2001:db8::7")
	f("10.0.0.1:80", "", "2001:db8::7", xff+"[2001:db8::7]:4711")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"::ffff:203.0.113.7")
	f("10.0.0.1:80", "", "203.0.113.7", xff+"203.0.113.7:4711")
	f("10.0.0.1:80", "", "fe80::1", xff+"fe80::1%25eth0")
	// What is no address ends the search; what stands before it is not believed.
	for _, bad := range []string{"unknown", "", "203.0.113.7x", "203.0.113.999", "_hidden", `"203.0.113.7"`, "203.0.113.7:", "203.0.113.7:x", "[203.0.113.7]", "[2001:db8::7", strings.Repeat("1", 5000)} {
		f("10.0.0.1:80", "", "10.0.0.1", xff+"198.51.100.1, "+bad)
		f("10.0.0.1:80", "", "10.0.0.2", xff+"198.51.100.1, "+bad+", 10.0.0.2")
	}
	f("10.0.0.1:80", "", "10.0.0.2", xff+"203.0.113.7"+strings.Repeat(", 10.0.0.2", 2000))
	// Another header than the configured one does not count.
	f("10.0.0.1:80", "", "10.0.0.1", "Forwarded: for=198.51.100.1", "X-Real-IP: 198.51.100.1")
	f("10.0.0.1:80", "Forwarded", "10.0.0.1", xff+"198.51.100.1")
	f("10.0.0.1:80", "x-real-ip", "203.0.113.7", xff+"198.51.100.1", "X-Real-IP: 203.0.113.7")
	const fwd = "Forwarded: "
	f("10.0.0.1:80", "Forwarded", "203.0.113.7", fwd+`for=198.51.100.1, for=203.0.113.7;proto=https;by=10.0.0.2`)
	f("10.0.0.1:80", "Forwarded", "2001:db8::7", fwd+`For="[2001:db8::7]:4711" ; proto=http, for=10.0.0.3`)
	f("10.0.0.1:80", "forwarded", "203.0.113.7", fwd+`by=10.0.0.2;for=203.0.113.7`, fwd+`for="10.0.0.3:80"`)
	// A client's lonely quote, and a second name of a node.
	f("10.0.0.1:80", "Forwarded", "203.0.113.7", fwd+`for=", for=203.0.113.7`)
	f("10.0.0.1:80", "Forwarded", "203.0.113.7", fwd+`for="x, for=203.0.113.7`)
	for _, bad := range []string{"for=unknown", "for=_x", "proto=https", "for", `for="203.0.113.7`, "for=203.0.113.7;for=198.51.100.9", "for=", ";", `for=2001:db8::7;x="`} {
		f("10.0.0.1:80", "Forwarded", "10.0.0.2", fwd+"for=198.51.100.1, "+bad+", for=10.0.0.2")
	}
	// A Unix socket.
	f("@", "", "203.0.113.7", xff+"203.0.113.7")
	f("", "", "", xff+"unknown")
	f("bad", "", "", xff+"203.0.113.7")
}

func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:80", "198.51.100.1, 203.0.113.7", `for="[2001:db8::7]:80";by=x, for=_a`)
	f.Fuzz(func(t *testing.T, remote, xff, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {xff, xff}, "Forwarded": {forwarded}}}
		peer := (&seclog.Proxies{}).Client(r)
		for _, p := range []seclog.Proxies{{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, {Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}, Header: "Forwarded"}} {
			addr := p.Client(r)
			if addr.Zone() != "" || addr.Is4In6() {
				t.Fatalf("%s", addr)
			}
			if !p.IsTrusted(r) && addr != peer {
				t.Fatalf("%s is believed: %s", remote, addr)
			}
			// A client can write whatever it likes before what the proxy appends.
			r2 := &http.Request{RemoteAddr: "10.0.0.1:80", Header: http.Header{"X-Forwarded-For": {xff + ", 203.0.113.9"}, "Forwarded": {forwarded + ", for=203.0.113.9"}}}
			q := seclog.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Header: p.Header}
			if got := q.Client(r2).String(); got != "203.0.113.9" {
				t.Fatalf("the client says that it is %s", got)
			}
		}
	})
}

// buffer is a writer for several goroutines.
type buffer struct {
	wrote chan struct{} // something came since the last look

	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.wrote <- struct{}{}:
	default:
	}
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// web starts a server with the handler behind the middleware.
func web(t *testing.T, options seclog.HTTPOptions, handler http.HandlerFunc) (*httptest.Server, *buffer) {
	t.Helper()
	out := &buffer{wrote: make(chan struct{}, 1)}
	s := httptest.NewUnstartedServer(seclog.Middleware(slog.New(seclog.NewHandler(out, nil)), options)(handler))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.EnableHTTP2 = true
	t.Cleanup(s.Close)
	return s, out
}

// requestLine is what a test looks at.
type requestLine struct {
	Level, Msg string
	Evt        struct{ Category, Name, Outcome, Reason string }
	Usr        struct{ ID string }
	Network    struct {
		Client       struct{ IP string }
		BytesRead    int64 `json:"bytes_read"`
		BytesWritten int64 `json:"bytes_written"`
	}
	HTTP struct {
		RequestID                                string `json:"request_id"`
		StatusCode                               int    `json:"status_code"`
		Method, URL, Version, UserAgent, Referer string
	}
	Duration int64
	Error    struct{ Kind, Message, Stack string }
}

// waitLines waits for n lines and reads them.
func waitLines(t *testing.T, out *buffer, n int) []requestLine {
	t.Helper()
	for deadline := time.After(30 * time.Second); strings.Count(out.String(), "\n") < n; {
		select {
		case <-out.wrote:
		case <-deadline:
			t.Fatalf("not %d lines: %s", n, out)
		}
	}
	var lines []requestLine
	for line := range strings.Lines(out.String()) {
		var v requestLine
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, v)
	}
	if len(lines) != n {
		t.Fatalf("%d lines: %s", len(lines), out)
	}
	return lines
}

func TestRequestsAreLogged(t *testing.T) {
	proxies := seclog.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	var out *buffer
	s, out := web(t, seclog.HTTPOptions{Proxies: proxies, Quiet: func(r *http.Request) bool { return r.URL.Path == "/healthz" }}, func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		log := slog.New(seclog.NewHandler(out, nil))
		switch r.URL.Path {
		case "/login":
			seclog.LoginFailed(ctx, log, seclog.User{ID: "ann"}, "wrong_password")
			http.Error(w, "no", http.StatusUnauthorized)
		case "/panic":
			panic(errors.New("boo: password=hunter2"))
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/hint":
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
		case "/":
			seclog.SetUser(ctx, seclog.User{ID: "bob"})
			log.InfoContext(ctx, "at work")
			_, _ = io.WriteString(w, "hello")
		}
	})
	s.Start()
	s.Client().Transport.(*http.Transport).DisableKeepAlives = true // or it tries again when a connection ends
	get := func(method, path, id, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "198.51.100.66, 203.0.113.7")
		r.Header.Set("User-Agent", "test/1.0")
		r.Header.Set("Referer", "https://example.com/?token=abc")
		if id != "" {
			r.Header.Set("X-Request-Id", id)
		}
		res, err := s.Client().Do(r)
		if ended := path == "/panic" || path == "/abort"; ended != (err != nil) {
			t.Errorf("%s: %v", path, err) // the server ends the connection of a panic
		}
		if err != nil {
			return
		}
		if res.Header.Get("X-Request-Id") == "" {
			t.Error("no id in the answer")
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	get("GET", "/healthz", "", "")
	get("POST", "/login?next=%2F&password=hunter2", "abc-1", "user=ann")
	get("GET", "/", strings.Repeat("x", 129), "")
	get("GET", "/hint", "bad id", "")
	get("GET", "/panic", "", "")
	get("GET", "/abort", "", "")
	lines := waitLines(t, out, 8)
	login, post, work, home, hint, panicked, failed, aborted := lines[0], lines[1], lines[2], lines[3], lines[4], lines[5], lines[6], lines[7]
	for i, l := range lines {
		if l.Network.Client.IP != "203.0.113.7" || l.HTTP.RequestID == "" || len(l.HTTP.RequestID) > 128 {
			t.Errorf("%d: %+v", i, l)
		}
	}
	if login.Evt.Category != "authentication" || login.HTTP.RequestID != "abc-1" || login.HTTP.UserAgent != "test/1.0" || login.HTTP.URL != "" {
		t.Errorf("%+v", login)
	}
	if post.Level != "WARN" || post.Evt.Category != "web" || post.Evt.Outcome != "failure" || post.HTTP.StatusCode != http.StatusUnauthorized || post.HTTP.Method != http.MethodPost || post.HTTP.Version != "1.1" ||
		post.HTTP.URL != "/login?next=%2F&password=[REDACTED:password]" || post.HTTP.Referer != "https://example.com/?token=[REDACTED:token]" || post.Network.BytesRead != 8 || post.Network.BytesWritten != 3 || post.Duration <= 0 || post.HTTP.RequestID != "abc-1" {
		t.Errorf("%+v", post)
	}
	if work.Msg != "at work" || work.HTTP.RequestID != home.HTTP.RequestID || work.Usr.ID != "" {
		t.Errorf("%+v", work)
	}
	if home.Level != "INFO" || home.Usr.ID != "bob" || home.Evt.Outcome != "success" || home.HTTP.StatusCode != http.StatusOK || home.Network.BytesWritten != 5 || len(home.HTTP.RequestID) != 26 {
		t.Errorf("%+v", home)
	}
	if hint.HTTP.StatusCode != http.StatusTeapot || len(hint.HTTP.RequestID) != 26 {
		t.Errorf("%+v", hint)
	}
	if panicked.Level != "ERROR" || !strings.Contains(panicked.Error.Message, "boo: password=[REDACTED:password]") || !strings.Contains(panicked.Error.Stack, "TestRequestsAreLogged") {
		t.Errorf("%+v", panicked)
	}
	if failed.Level != "ERROR" || failed.Evt.Reason != "panic" || failed.HTTP.StatusCode != http.StatusInternalServerError || aborted.Evt.Reason != "aborted" || aborted.Error.Stack != "" {
		t.Errorf("%+v\n%+v", failed, aborted)
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error(out)
	}
}

func TestIDsOfStrangersAreNotTaken(t *testing.T) {
	s, out := web(t, seclog.HTTPOptions{}, func(http.ResponseWriter, *http.Request) {})
	s.Start()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	r.Header.Set("X-Request-Id", "chosen")
	r.Header.Set("X-Forwarded-For", "198.51.100.66")
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if l := waitLines(t, out, 1)[0]; l.HTTP.RequestID == "chosen" || l.Network.Client.IP == "198.51.100.66" {
		t.Errorf("%+v", l)
	}
}

func TestWriterCanWhatTheServersCan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	can := make(chan string, 10)
	handler := func(w http.ResponseWriter, r *http.Request) {
		var all []string
		if _, ok := w.(http.Flusher); ok {
			all = append(all, "flush")
		}
		if _, ok := w.(http.Hijacker); ok {
			all = append(all, "hijack")
		}
		if _, ok := w.(io.ReaderFrom); ok {
			all = append(all, "read")
		}
		if _, ok := w.(http.Pusher); ok {
			all = append(all, "push")
		}
		can <- strings.Join(all, " ")
		c := http.NewResponseController(w)
		switch r.URL.Path {
		case "/file":
			http.ServeFile(w, r, file)
		case "/flush":
			if err := c.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
			if err := c.Flush(); err != nil {
				t.Error(err)
			}
		case "/only-flush":
			if err := c.Flush(); err != nil {
				t.Error(err)
			}
		case "/hijack":
			conn, rw, err := c.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n\r\nhi")
			_ = rw.Flush()
			_ = conn.Close()
		}
	}
	get := func(s *httptest.Server, path string) int {
		t.Helper()
		res, err := s.Client().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		data, _ := io.ReadAll(res.Body)
		return len(data)
	}
	one, out := web(t, seclog.HTTPOptions{}, handler)
	one.Start()
	if n := get(one, "/file"); n != 1<<20 {
		t.Errorf("%d bytes", n)
	}
	if got := <-can; got != "flush hijack read" {
		t.Errorf("HTTP/1: %s", got)
	}
	get(one, "/flush")
	<-can
	conn, err := net.Dial("tcp", one.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /hijack HTTP/1.1\r\nHost: x\r\n\r\n")
	if line, err := textproto.NewReader(bufio.NewReader(conn)).ReadLine(); err != nil || !strings.Contains(line, "101") {
		t.Errorf("%s, %v", line, err)
	}
	<-can
	lines := waitLines(t, out, 3)
	if lines[0].Network.BytesWritten != 1<<20 || lines[1].HTTP.StatusCode != http.StatusOK || lines[2].HTTP.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("%+v", lines)
	}
	two, out := web(t, seclog.HTTPOptions{}, handler)
	two.StartTLS()
	get(two, "/flush")
	if got := <-can; got != "flush push" {
		t.Errorf("HTTP/2: %s", got)
	}
	if l := waitLines(t, out, 1)[0]; l.HTTP.Version != "2.0" {
		t.Errorf("%+v", l)
	}
	rec := httptest.NewRecorder()
	seclog.Middleware(slog.New(slog.DiscardHandler), seclog.HTTPOptions{})(http.HandlerFunc(handler)).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/only-flush", nil))
	if got := <-can; got != "flush" || !rec.Flushed {
		t.Errorf("recorder: %s", got)
	}
}

// TestOtherHandlersUnderstandEvents logs an event with a handler that knows nothing of it.
func TestOtherHandlersUnderstandEvents(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	seclog.Event{Category: "data", Name: "n", Outcome: seclog.Success, User: seclog.User{ID: "7"}, Client: netip.MustParseAddr("203.0.113.7")}.Log(t.Context(), logger, slog.LevelInfo, "m", slog.Int("a", 1))
	want := `{"level":"INFO","msg":"m","evt":{"category":"data","name":"n","outcome":"success"},"usr":{"id":"7"},"network":{"client":{"ip":"203.0.113.7"}},"a":1}` + "\n"
	if out.String() != want {
		t.Error(out.String())
	}
}
