package source_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const gelfMessage = `{"version":"1.1","host":"web1","short_message":"failed \"x\"","full_message":"trace","timestamp":1760000000.123456789,"level":3,"_user":{"id":9007199254740993},"_status":7,"_id":"i","facility":"f","_ddsource":"nginx","_service":"shop"}`

const gelfText = otlpHead + `"status":"error","user":{"id":9007199254740993},"custom.status":7,"id":"i","facility":"f","ddsource":"nginx","service":"shop","full_message":"trace","message":"failed \"x\""}`

func TestGELFOverHTTP(t *testing.T) {
	s := newSunk()
	h := newIntake(s).Handler()
	if w := post(h, "/gelf", gelfMessage, key); w.Code != http.StatusAccepted {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	post(h, "/gelf", `{"short_message":"","full_message":"only","level":"9"}`, key)
	expect(t, s, record.Record{Text: gelfText, Source: "nginx", Service: "shop", Host: "web1"}, record.Record{Text: "only"})
	for _, body := range []string{"", "x", "[]", "{}", `{"short_message":1}`, `{"short_message":"a"`, `{"short_message":"a"} x`, strings.Repeat(`{"_a":`, 10_000)} {
		if w := post(h, "/gelf", body, key); w.Code != http.StatusBadRequest {
			t.Errorf("%.100q: %d %s", body, w.Code, w.Body)
		}
	}
	if w := post(h, "/gelf", gelfMessage); w.Code != http.StatusUnauthorized {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// chunks takes a message apart.
func chunks(id uint64, message string, size int) []string {
	count := (len(message) + size - 1) / size
	var all []string
	for i := range count {
		head := append(binary.BigEndian.AppendUint64([]byte("\x1e\x0f"), id), byte(i), byte(count))
		all = append(all, string(head)+message[i*size:min(len(message), (i+1)*size)])
	}
	return all
}

// graylog runs a receiver and returns a connection to it.
func graylog(t *testing.T, protocol string, g *source.GELF) net.Conn {
	t.Helper()
	at, err := source.Bind(t.Context(), protocol, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx, at) }()
	conn, err := net.Dial(protocol, at.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, at.Close()); err != nil {
			t.Error(err)
		}
		_ = conn.Close()
	})
	return conn
}

func newGELF(s *sunk) *source.GELF {
	return &source.GELF{Syslog: source.Syslog{
		Label: record.Record{Tags: []string{"a:b"}}, Now: time.Now, Sink: s.put, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
	}}
}

func TestGELFOverUDP(t *testing.T) {
	s := newSunk()
	g := newGELF(s)
	conn := graylog(t, "udp", g)
	byGzip := packedBy(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, gelfMessage)
	byZlib := packedBy(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, gelfMessage)
	bomb := packedBy(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, strings.Repeat(" ", 2<<20)+gelfMessage)
	packets := []string{gelfMessage, byGzip, byZlib, bomb, "junk", "\x1e\x0f", "\x1e\x0f12345678\x05\x05", "\x1e\x0f12345678\x00\x81x", ""}
	two := chunks(7, byGzip, 20)
	packets = append(packets, two[1], two[1], two[0])
	packets = append(packets, two[2:]...)
	packets = append(packets, chunks(8, gelfMessage, 3)...)
	for _, packet := range packets {
		if _, err := io.WriteString(conn, packet); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range s.texts(t, 5) {
		if text != gelfText {
			t.Errorf("%s", text)
		}
	}
	for _, r := range s.all() {
		if r.Host != "web1" || r.Source != "nginx" || len(r.Tags) != 1 || r.Received == 0 {
			t.Errorf("%+v", r)
		}
	}
	if got := g.Counters.Errors.Load(); got != 5 {
		t.Errorf("%d errors", got)
	}
}

func TestGELFOverTCP(t *testing.T) {
	s := newSunk()
	g := newGELF(s)
	conn := graylog(t, "tcp", g)
	if _, err := io.WriteString(conn, gelfMessage+"\x00\x00"+"{\n\"short_message\":\"1 2\"\n}\x00junk\x00"+`{"short_message":"last"}`+"\x00"); err != nil {
		t.Fatal(err)
	}
	got := s.texts(t, 3)
	if got[0] != gelfText || got[1] != "1 2" || got[2] != "last" || s.all()[1].Host != "127.0.0.1" {
		t.Errorf("%q", got)
	}
	if got := g.Counters.Errors.Load(); got != 1 {
		t.Errorf("%d errors", got)
	}
}

func TestChunksAreBounded(t *testing.T) {
	a := source.NewAssembly(1 << 20)
	now := time.Unix(0, 0)
	add := func(peer, chunk string) (string, int) {
		message, lost, _ := a.Add([]byte(chunk), peer, now)
		return string(message), lost
	}
	lost := 0
	for i := range uint64(5000) {
		_, n := add("192.0.2.1", chunks(i, strings.Repeat("a", 128), 1)[0])
		lost += n
	}
	if lost != 4000 || a.Waiting() != 1000 {
		t.Errorf("%d lost, %d wait", lost, a.Waiting())
	}
	for i := range uint64(200) {
		for _, chunk := range chunks(i+10_000, strings.Repeat("a", 1<<20), 60_000)[1:] {
			add("192.0.2.1", chunk)
		}
	}
	if a.Size() > 17<<20 {
		t.Errorf("%d bytes", a.Size())
	}
	two := chunks(1, "hello", 3)
	add("192.0.2.2", two[0])
	if message, _ := add("192.0.2.3", two[1]); message != "" {
		t.Error("another address completed a message")
	}
	if message, _ := add("192.0.2.2", two[1]); message != "hello" {
		t.Errorf("%q", message)
	}
	add("192.0.2.2", two[0])
	now = now.Add(6 * time.Second)
	if message, lost := add("192.0.2.2", two[1]); message != "" || lost == 0 || a.Waiting() != 1 {
		t.Errorf("%q, %d lost, %d wait: what was too late was taken", message, lost, a.Waiting())
	}
	for range 100_000 { // the same number again and again
		for _, chunk := range two {
			add("192.0.2.4", chunk)
		}
	}
	if a.Order() > 5000 {
		t.Errorf("%d are remembered", a.Order())
	}
}

func FuzzGELF(f *testing.F) {
	f.Add([]byte(gelfMessage))
	f.Add([]byte(chunks(1, gelfMessage, 10)[0]))
	f.Add([]byte("\x1e\x0f12345678\x00\x01{\"short_message\":\"a\"}"))
	f.Add([]byte("\x78\x9c"))
	s := newSunk()
	h := newIntake(s).Handler()
	g := newGELF(s)
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, ok := g.Packet(data, "192.0.2.1"); ok && (len(r.Tags) != 1 || bytes.HasPrefix(data, []byte("\x1e\x0f")) && len(data) < 12) {
			t.Errorf("%q: %+v", data, r)
		}
		fuzzed(t, s, h, "/gelf", string(data), []int{http.StatusAccepted, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, key)
	})
}
