package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeEngine answers on a socket of its own.
func fakeEngine(t *testing.T, answer http.HandlerFunc) *Engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: answer}}
	server.Start()
	t.Cleanup(server.Close)
	e, err := Open("unix://"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// TestHostileEngine gets answers that are none.
func TestHostileEngine(t *testing.T) {
	id := strings.Repeat("ab", 32)
	f := func(answer, want string) {
		t.Helper()
		e := fakeEngine(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/_ping") {
				w.Header().Set("Api-Version", "1.41")
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, answer)
		})
		ctx := t.Context()
		_, list := e.List(ctx)
		_, inspect := e.Inspect(ctx, id)
		_, diff := e.Diff(ctx, id)
		events := e.events(ctx, func() error { return nil }, func(Event) {})
		if got := fmt.Sprintln(list, inspect, diff, events); !strings.Contains(got, want) {
			t.Errorf("%.60q gives %s, want %q", answer, got, want)
		}
	}
	f("", "EOF")
	f("[", "unexpected EOF")
	f(`{"Id":"../x"}`, "no id")
	f(`[{"Id":"../x"}]`, `the engine names one "../x"`)
	f(`{}`, "no id")
	f(`null`, "no id")
	f(`[{"Kind":7,"Path":"/x"}]`, "unknown kind")
	f(`[{"Id":"`+strings.Repeat("x", maxAnswer)+`"}]`, "more than 33554432 bytes")
	f(`{"Action":"`+strings.Repeat("x", maxEvent)+`"}`, "more than 4194304 bytes")
	f(`{"Id":"`+id+`","State":null,"Config":null,"HostConfig":null,"NetworkSettings":{"Networks":{"x":null}}}`, "<nil>")
}

func TestOpen(t *testing.T) {
	f := func(address string, want bool) {
		t.Helper()
		if e, err := Open(address, nil); (err == nil) != want || want && e.Remote() != strings.HasPrefix(address, "tcp") {
			t.Error(address, err)
		}
	}
	f("unix:///run/x.sock", true)
	f("tcp://192.0.2.1:2376", true)
	f("unix://x", false)
	f("npipe:////./pipe/docker", false)
	f("", false)
}

// piece is one of the output of a container.
func piece(stream byte, text string) string {
	head := make([]byte, 8, 8+len(text))
	head[0] = stream
	binary.BigEndian.PutUint32(head[4:], uint32(len(text)))
	return string(append(head, text...))
}

func TestDemultiplex(t *testing.T) {
	f := func(text, want string, fails bool) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		err := demultiplex(strings.NewReader(text), &stdout, &stderr)
		if got := stdout.String() + "|" + stderr.String(); got != want || errors.Is(err, errStream) != fails {
			t.Errorf("%q gives %q %v, want %q", text, got, err, want)
		}
	}
	f("", "|", false)
	f(piece(1, "a\n")+piece(2, "b\n")+piece(1, "c"), "a\nc|b\n", false)
	f(piece(1, "a")[:4], "|", true)
	f(piece(1, "abc")[:10], "ab|", true)
	f(piece(3, "a"), "|", true)
	f("plain text of a terminal", "|", true)
}

func FuzzDemultiplex(f *testing.F) {
	f.Add([]byte(piece(1, "a\n") + piece(2, "b\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		var stdout, stderr bytes.Buffer
		if err := demultiplex(bytes.NewReader(text), &stdout, &stderr); err != nil && !errors.Is(err, errStream) {
			t.Error(err)
		}
		if stdout.Len()+stderr.Len() > len(text) {
			t.Error("more came out than went in")
		}
	})
}

func TestCapabilities(t *testing.T) {
	if diff := cmp.Diff([]string{"ALL", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"}, capabilities([]string{"sys_admin", "all", "CAP_NET_ADMIN", "NET_ADMIN"})); diff != "" {
		t.Error(diff)
	}
}
