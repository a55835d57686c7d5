package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
	"github.com/sasumata/sasumata/internal/source"
	"github.com/sasumata/sasumata/internal/tail"
)

// followed is a server whose signals can be followed, through a place at which connections
// can be cut.
type followed struct {
	*matrixHouse

	book    *triage.Book
	signals *Signals
	stop    context.CancelFunc
	done    chan error
	at      string // of the server
	proxy   net.Listener

	mu    sync.Mutex
	conns []net.Conn
}

func newFollowed(t *testing.T) *followed {
	t.Helper()
	f := &followed{matrixHouse: newMatrixHouse(t), done: make(chan error, 1)}
	f.restart(t)
	var err error
	if f.proxy, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go f.pass()
	t.Cleanup(func() {
		_ = f.proxy.Close()
		f.cut()
		f.stop()
		<-f.done
	})
	return f
}

// restart starts a server on the same database.
func (f *followed) restart(t *testing.T) {
	t.Helper()
	if f.stop != nil {
		f.stop()
		<-f.done
	}
	var err error
	if f.book, err = triage.NewBook(t.Context(), f.db, time.Now); err != nil {
		t.Fatal(err)
	}
	f.signals = &Signals{Book: f.book, Beat: 50 * time.Millisecond, Patience: 300 * time.Millisecond}
	at, err := source.Bind(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	server := New(at, Options{Gate: f.Gate, Intake: http.NotFoundHandler(), Logs: &Logs{Hub: &tail.Hub{}, Now: time.Now, Log: log}, Signals: f.signals, Log: log})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	f.mu.Lock()
	f.stop, f.at = cancel, server.Addr()
	f.mu.Unlock()
	go func() {
		err := server.Serve(ctx, 10*time.Second, nil)
		_ = at.Close()
		f.done <- err
	}()
}

// pass passes connections on.
func (f *followed) pass() {
	for {
		in, err := f.proxy.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		out, err := net.Dial("tcp", f.at)
		f.conns = append(f.conns, in)
		f.mu.Unlock()
		if err != nil {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

// cut cuts all connections.
func (f *followed) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		_ = c.Close()
	}
	f.conns = nil
}

func (f *followed) client(token string) *Client {
	return &Client{Server: "http://" + f.proxy.Addr().String(), Token: token, HTTP: &http.Client{Transport: &http.Transport{}}}
}

func (f *followed) observe(t *testing.T, ids ...int) {
	t.Helper()
	var list []*signal.Signal
	for _, id := range ids {
		list = append(list, &signal.Signal{ID: fmt.Sprint("s", id), RuleID: "r", Severity: signal.High, Time: int64(id) * 1e9, LastSeen: 1, Events: 1})
	}
	if err := f.book.Observe(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// within waits until the condition holds.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// TestFollowingMissesNothing opens and changes signals while connections are cut and the
// server is started anew: the client, which comes again each time, has seen all of them.
func TestFollowingMissesNothing(t *testing.T) {
	f := newFollowed(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var seen, lost []string
	last, ended := "", make(chan struct{})
	place := func() string { mu.Lock(); defer mu.Unlock(); return last }
	go func() {
		defer close(ended)
		for at := ""; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			_ = f.client("a-token-of-a-reader-here").Watch(ctx, "-state:archived", &at, func(one Following) error {
				mu.Lock()
				defer mu.Unlock()
				if one.Lost != "" {
					lost = append(lost, one.Lost)
					return nil
				}
				what := map[bool]string{true: " opened", false: " changed"}[one.Opened]
				seen = append(seen, one.Signal.ID+what)
				return nil
			})
			mu.Lock()
			last = at
			mu.Unlock()
		}
	}()
	has := func(want string) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return slices.Contains(seen, want) }
	}
	within(t, "the stream", func() bool { return f.signals.Streams.Open() == 1 })
	f.observe(t, 0)
	within(t, "the first", has("s0 opened"))
	for round := 1; round <= 5; round++ {
		f.cut()
		within(t, "the place", func() bool { return place() != "" })
		f.observe(t, 10*round, 10*round+1)
		if round%2 == 0 {
			f.restart(t)
		}
		f.observe(t, 10*round+2)
		if _, err := f.book.Edit(t.Context(), fmt.Sprint("s", 10*round-9), triage.Edit{Comment: "x"}, "me"); err != nil && round > 1 {
			t.Fatal(err)
		}
	}
	f.observe(t, 99)
	within(t, "the last", has("s99 opened"))
	cancel()
	<-ended
	for round := 1; round <= 5; round++ {
		for i := range 3 {
			id := fmt.Sprint("s", 10*round+i)
			if !has(id+" opened")() && !has(id+" changed")() {
				t.Errorf("%s is missing", id)
			}
		}
		if id := fmt.Sprint("s", 10*round-9, " changed"); round > 1 && !has(id)() {
			t.Errorf("%s is missing", id)
		}
	}
	if len(lost) > 0 {
		t.Errorf("the place was lost: %q", lost)
	}
}

// TestFollowingEnds ends streams in each way that there is.
func TestFollowingEnds(t *testing.T) {
	f := newFollowed(t)
	follow := func(token, query, last string) error {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return f.client(token).Watch(ctx, query, &last, func(one Following) error { return fmt.Errorf("said: %s", one.Lost) })
	}
	want := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	at := slices.IndexFunc(f.all, func(s somebody) bool { return s.name == "token of signals:read" })
	token := f.all[at].bearer
	want(follow("a-token-that-nobody-has-got", "", ""), "401")
	want(follow(token, "(", ""), "400: query: ")
	want(follow(token, "", "x"), "400: Last-Event-ID")
	want(follow(token, "", "9000000000000000000"), "said: what came since the last event is not known")
	left := make(chan error, 1)
	ends := func(begin func() error, end func()) error {
		t.Helper()
		within(t, "nobody", func() bool { return f.signals.Streams.Open() == 0 })
		go func() { left <- begin() }()
		within(t, "the stream", func() bool { return f.signals.Streams.Open() == 1 })
		end()
		select {
		case err := <-left:
			return err
		case <-time.After(time.Minute):
			t.Fatal("it never ends")
			return nil
		}
	}
	tokens, err := f.Accounts.Tokens(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	remove := func() {
		for _, one := range tokens {
			if one.Name == "signals.read" {
				if err := f.Accounts.RemoveToken(t.Context(), actorOf(&http.Request{}), "", one.ID); err != nil {
					t.Error(err)
				}
			}
		}
	}
	want(ends(func() error { return follow(token, "", "") }, remove), "not valid any more")
	session := func() error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+f.at+"/api/v1/signals/events", http.NoBody)
		if err != nil {
			return err
		}
		r.AddCookie(&http.Cookie{Name: "sasumata", Value: f.secrets["viewer"]})
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return fmt.Errorf("%s %w", text, err)
	}
	want(ends(session, func() {
		if err := f.Accounts.EndSessions(t.Context(), actorOf(&http.Request{}), "the-viewer"); err != nil {
			t.Error(err)
		}
	}), `event: end`)
	const reader = "a-token-of-a-reader-here"
	want(ends(func() error { return follow(reader, "", "") }, func() { f.stop(); f.done <- <-f.done }), "the server is stopping")
}

// TestFollowersAreFew takes all places of one name, and all there are.
func TestFollowersAreFew(t *testing.T) {
	s := &streams{}
	var leave []func()
	for i := range maxStreams {
		_, left, err := s.enter(fmt.Sprint("name ", i/maxStreamsEach))
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, left)
		if _, _, err := s.enter("name 0"); i >= maxStreamsEach-1 && err == nil {
			t.Fatal("one name has too many")
		} else if err == nil {
			s.all--
			s.of["name 0"]--
		}
	}
	if _, _, err := s.enter("other"); err == nil {
		t.Error("there are too many")
	}
	for _, left := range leave {
		left()
	}
	if s.Open() != 0 || len(s.of) != 0 || s.Refused.Load() == 0 {
		t.Errorf("%d are left", s.Open())
	}
}

// TestSlowFollowersAreCutOff opens a stream and does not read it.
func TestSlowFollowersAreCutOff(t *testing.T) {
	f := newFollowed(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", f.at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /api/v1/signals/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token-of-a-reader-here\r\n\r\n")
	if line, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q, %v", line, err)
	}
	long := strings.Repeat("x", 100_000)
	id := 0
	within(t, "the end", func() bool {
		if id++; id < 300 {
			s := &signal.Signal{ID: fmt.Sprint("s", id), RuleID: "r", Message: long, Time: 1, LastSeen: 1, Events: 1}
			if err := f.book.Observe(t.Context(), []*signal.Signal{s}); err != nil {
				t.Fatal(err)
			}
		}
		return f.signals.Streams.Cut.Load() == 1
	})
	within(t, "the place", func() bool { return f.signals.Streams.Open() == 0 })
}
