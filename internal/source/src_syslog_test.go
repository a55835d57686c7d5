package source_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// sunk keeps what a sink got.
type sunk struct {
	mu      sync.Mutex
	records []record.Record
	busy    sync.Mutex // held: there is no answer
	full    int
	news    chan struct{}
}

func newSunk() *sunk { return &sunk{news: make(chan struct{}, 1)} }

func (s *sunk) put(_ context.Context, records []record.Record) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 {
		s.full--
		return record.ErrFull
	}
	s.records = append(s.records, records...)
	select {
	case s.news <- struct{}{}:
	default:
	}
	return nil
}

func (s *sunk) all() []record.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records)
}

// texts waits for n records and returns what they say.
func (s *sunk) texts(t *testing.T, n int) []string {
	t.Helper()
	patience := time.After(20 * time.Second)
	for {
		all := s.all()
		if len(all) >= n {
			texts := make([]string, len(all))
			for i := range all {
				texts[i] = all[i].Text
			}
			return texts
		}
		select {
		case <-s.news:
		case <-patience:
			t.Fatalf("%d records came, want %d", len(all), n)
		}
	}
}

func newSyslog(s *sunk) *source.Syslog {
	return &source.Syslog{Now: time.Now, Sink: s.put, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler)}
}

// overTCP serves until the test ends, and returns where.
func overTCP(t *testing.T, server *source.Syslog) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.ServeTCP(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, l.Close()); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

const rfc3164 = "<38>Jan 16 10:00:00 web1 sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2"

func TestSyslogOverTCP(t *testing.T) {
	f := func(sent string, want ...string) {
		t.Helper()
		s := newSunk()
		server := newSyslog(s)
		server.MaxMessage = 100
		conn := dial(t, "tcp", overTCP(t, server))
		send(t, conn, sent)
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.texts(t, len(want))); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", sent, diff)
		}
	}
	f(rfc3164+"\n"+rfc3164+"\r\n", rfc3164, rfc3164)
	f(fmt.Sprintf("%d %s5 <1>ab%s", len(rfc3164), rfc3164, "5 <1>cd"), rfc3164, "<1>ab", "<1>cd")
	f("7 <1>a\nbc<1>line\n", "<1>a\nbc", "<1>line")
	f("<1>without an end", "<1>without an end")
	f("\n\n<1>a\n\n", "<1>a")
	f("2026-01-16T10:00:00Z begins with a digit\n", "2026-01-16T10:00:00Z begins with a digit")
	f("12345678901 too many digits\n", "12345678901 too many digits")
	f("<1>"+strings.Repeat("x", 200_000)+"\n<1>next\n", "<1>"+strings.Repeat("x", 97), "<1>next")
	f("200000 <1>"+strings.Repeat("x", 200_000-3)+"<1>next\n", "<1>"+strings.Repeat("x", 97), "<1>next")
	f("9 <1>it br", "<1>it br")
}

// TestSyslogDoesNotWait sends single messages over a connection that stays open: each
// has to be there before the next.
func TestSyslogDoesNotWait(t *testing.T) {
	s := newSunk()
	conn := dial(t, "tcp", overTCP(t, newSyslog(s)))
	for i, text := range []string{"<1>a\n", "4 <1>b", "<1>c\n", "4 <1>d"} {
		send(t, conn, text)
		s.texts(t, i+1)
	}
	if r := s.all()[0]; r.Host != "127.0.0.1" || r.Received == 0 {
		t.Errorf("%+v", r)
	}
}

func TestSyslogWaitsForRoom(t *testing.T) {
	s := newSunk()
	s.full = 2
	conn := dial(t, "tcp", overTCP(t, newSyslog(s)))
	send(t, conn, "<1>a\n")
	s.texts(t, 1)
}

func TestSyslogLimitsConnections(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	server.Places = &source.Places{Max: 1}
	address := overTCP(t, server)
	first := dial(t, "tcp", address)
	send(t, first, "<1>a\n")
	s.texts(t, 1)
	if n, err := dial(t, "tcp", address).Read(make([]byte, 1)); err == nil {
		t.Errorf("a second connection was served: %d", n)
	}
	if server.Counters.Errors.Load() == 0 {
		t.Error("it is not counted")
	}
}

func TestSyslogEndsIdleConnections(t *testing.T) {
	server := newSyslog(newSunk())
	server.Idle = time.Millisecond
	if _, err := dial(t, "tcp", overTCP(t, server)).Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection is still there: %v", err)
	}
}

func TestSyslogOverUDP(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	server.MaxMessage = 20
	server.Label = record.Record{Source: "router", Tags: []string{"site:a"}}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.ServeUDP(ctx, conn) }()
	to := dial(t, "udp", conn.LocalAddr().String())
	send(t, to, "<1>a\n")
	send(t, to, "<1>"+strings.Repeat("x", 50))
	if diff := cmp.Diff([]string{"<1>a", "<1>" + strings.Repeat("x", 17)}, s.texts(t, 2)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := s.all()[0]; r.Source != "router" || r.Host != "127.0.0.1" || len(r.Tags) != 1 {
		t.Errorf("%+v", r)
	}
	if server.Counters.Cut.Load() != 1 {
		t.Error("the cut is not counted")
	}

	s.busy.Lock() // the disk hangs
	for sent := 0; server.Counters.Dropped.Load() == 0; sent++ {
		if sent > 10_000_000 {
			t.Fatal("nothing is dropped")
		}
		send(t, to, "<1>b")
	}
	s.busy.Unlock()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestSyslogLeavesPlaces: a connection that ended holds none.
func TestSyslogLeavesPlaces(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	server.Places = &source.Places{Max: 1}
	at := overTCP(t, server)
	end := time.Now().Add(20 * time.Second)
	for i := 1; i <= 3; i++ {
		for ; len(s.all()) < i; time.Sleep(time.Millisecond) { // a connection is refused until the one before was left
			conn := dial(t, "tcp", at)
			_, _ = io.WriteString(conn, "a\n")
			_ = conn.Close()
			if time.Now().After(end) {
				t.Fatalf("%d of 3 connections were served", i-1)
			}
		}
	}
}

// TestSyslogCutsItsLabel: what a label says must fit into a batch, or the batch is lost.
func TestSyslogCutsItsLabel(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	server.Label = record.Record{Source: strings.Repeat("s", record.MaxName+1), Tags: make([]string, record.MaxTags+1)}
	send(t, dial(t, "tcp", overTCP(t, server)), "a\n")
	s.texts(t, 1)
	if _, err := record.NewCodec().Encode(s.all()); err != nil {
		t.Error(err)
	}
}

// TestSyslogHoldsFewBytes: packets that wait for a disk that hangs take little memory,
// however long they are.
func TestSyslogHoldsFewBytes(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.ServeUDP(ctx, conn) }()
	to := dial(t, "udp", conn.LocalAddr().String())
	s.busy.Lock() // the disk hangs
	for sent := 0; server.Counters.Dropped.Load() == 0; sent++ {
		if sent > 1_000_000 {
			t.Fatal("nothing is dropped")
		}
		send(t, to, "<1>"+strings.Repeat("x", 60_000))
	}
	s.busy.Unlock()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	size := 0
	for _, r := range s.all() {
		size += len(r.Text)
	}
	if size > (64+8+1)<<20 { // what waits, what the kernel keeps at the most, a packet under way
		t.Errorf("%d bytes waited", size)
	}
}

// FuzzSyslog sends bytes in pieces of two sizes: the messages must be the same, and none
// longer than allowed.
func FuzzSyslog(f *testing.F) {
	for _, text := range []string{rfc3164 + "\n", "5 <1>ab5 <1>cd", "99999 <1>", "1234567890 a\n", "\x00\n\r\n", "0 0 1 ", "7 a\nb\n12"} {
		f.Add([]byte(text), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, piece int) {
		whole, parts := received(t, data, len(data)), received(t, data, min(max(1, piece), 1<<10))
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("(-whole +in pieces):\n%s", diff)
		}
		for _, text := range whole {
			if len(text) > 50 {
				t.Errorf("%d bytes: %q", len(text), text)
			}
		}
	})
}

// received returns the messages that bytes are which come in pieces.
func received(t *testing.T, data []byte, piece int) []string {
	t.Helper()
	s := newSunk()
	server := newSyslog(s)
	server.MaxMessage = 50
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeConn(t.Context(), here)
	}()
	for len(data) > 0 {
		n := min(piece, len(data))
		if _, err := there.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := there.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	return s.texts(t, 0)
}

// TestSyslogBoundsMessagesUnderWay: when others hold too much, short messages are taken all
// the same, one that goes on and on ends its connection, and nothing stays held.
func TestSyslogBoundsMessagesUnderWay(t *testing.T) {
	s := newSunk()
	server := newSyslog(s)
	server.Hold(10 << 10)
	at := overTCP(t, server)
	held := server.Held()
	for _, begin := range []string{"<13>", "60000 <13>"} {
		long := dial(t, "tcp", at)
		if err := long.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		send(t, long, begin+strings.Repeat("x", 30<<10))
		if _, err := io.ReadAll(long); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%q: %v", begin, err)
		}
	}
	send(t, dial(t, "tcp", at), "<13>short\n")
	if texts := s.texts(t, 1); texts[0] != "<13>short" {
		t.Errorf("%.20q", texts)
	}
	soon(t, "what was held", func() bool { return server.Held() == held && server.Counters.Errors.Load() == 2 })
}
