package app

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/config"
)

// oneContainer is an engine with a container that has stopped, of whose lines it has so
// many.
func oneContainer(t *testing.T, path, id string, lines *atomic.Int64) {
	t.Helper()
	all := strings.SplitAfter(failures(0, 10), "\n")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containers/json", func(w http.ResponseWriter, _ *http.Request) {
		if lines.Load() < 0 {
			fmt.Fprint(w, "[]")
			return
		}
		fmt.Fprintf(w, `[{"Id":%q}]`, id)
	})
	mux.HandleFunc("GET /containers/"+id+"/json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"Name":"/bastion","Config":{"Image":"openssh:9"}}`)
	})
	mux.HandleFunc("GET /containers/"+id+"/logs", func(w http.ResponseWriter, r *http.Request) {
		since, _ := strconv.ParseFloat(r.FormValue("since"), 64)
		for i := range lines.Load() {
			at := time.Date(2026, 1, 16, 0, 0, int(i), 0, time.UTC)
			if float64(at.Unix()) >= since {
				text := at.Format(time.RFC3339Nano) + " " + all[i]
				_, _ = w.Write(append(binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, uint32(len(text))), text...))
			}
		}
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(mux)
	server.Listener = listener
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
}

// TestServeEngine finds in what the engine says of a container what it finds in a file,
// goes on where it was, and forgets a container that is gone.
func TestServeEngine(t *testing.T) {
	dir, id := t.TempDir(), strings.Repeat("0123456789abcdef", 4)
	path := filepath.Join(dir, "docker.sock")
	var lines atomic.Int64
	lines.Store(6)
	oneContainer(t, path, id, &lines)
	opts := serveOptions(dir)
	opts.Config.Files, opts.Config.Docker = []config.File{}, &config.Docker{Address: "unix://" + path, From: "beginning"}
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	lines.Store(12)
	s, stop = serving(t, opts)
	s.until(t, 12)
	var metrics strings.Builder
	if err := s.writeMetrics(&metrics); err != nil || !strings.Contains(metrics.String(), `kind="docker"} 6`) {
		t.Errorf("%s%v", metrics.String(), err)
	}
	if s.consumer.position(engineKey+id) == nil {
		t.Error("there is no position")
	}
	stop()
	lines.Store(-1)
	s, stop = serving(t, opts)
	eventually(t, "the container is forgotten", func() bool { return s.consumer.position(engineKey+id) == nil })
	stop()
	if n := strings.Count(signalsOf(t, dir), "203.0.113."); n == 0 || len(storedIn(t, dir)) != 12 {
		t.Errorf("%d signals, %d events", n, len(storedIn(t, dir)))
	}
}

// TestWhichContainers are followed, and why not.
func TestWhichContainers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	h := host{engine: "unix://" + path}
	f := func(c config.Config, want string) {
		t.Helper()
		d, why := h.docker(context.Background(), &c)
		if d != nil {
			why = "address " + d.Address
		}
		if !strings.HasPrefix(why, want) {
			t.Errorf("%q, want %q", why, want)
		}
	}
	f(config.Config{}, "there is no engine that this user may ask: dial unix")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	f(config.Config{}, "address unix://"+path)
	f(config.Config{Files: []config.File{}}, "the configuration names files and no containers")
	f(config.Config{Docker: &config.Docker{Disabled: true}}, "the configuration says so")
	f(config.Config{Files: []config.File{}, Docker: &config.Docker{Root: "/a"}}, "address ")
}
