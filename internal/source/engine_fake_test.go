package source_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeEngine speaks as Docker's engine 20.10 does, over a socket: what it says was
// recorded of one.
type fakeEngine struct {
	address string
	server  *httptest.Server

	mu         sync.Mutex
	news       *sync.Cond
	containers map[string]*fakeContainer
	events     []string
	refuse     bool // it has trouble
	asked      int  // for logs
}

type fakeContainer struct {
	name, image, labels, driver string
	tty, running                bool
	lines                       []fakeLine
}

type fakeLine struct {
	stream byte
	at     time.Time
	text   string
}

func newFakeEngine(t *testing.T) *fakeEngine {
	t.Helper()
	e := &fakeEngine{containers: map[string]*fakeContainer{}}
	e.news = sync.NewCond(&e.mu)
	path := filepath.Join(t.TempDir(), "docker.sock")
	e.address = "unix://" + path
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containers/json", e.list)
	mux.HandleFunc("GET /containers/{id}/json", e.inspect)
	mux.HandleFunc("GET /containers/{id}/logs", e.logs)
	mux.HandleFunc("GET /events", e.watch)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	e.server = httptest.NewUnstartedServer(mux)
	e.server.Listener = listener
	e.server.Start()
	t.Cleanup(func() {
		e.server.CloseClientConnections()
		e.news.Broadcast()
		e.server.Close()
	})
	return e
}

// do changes something, and tells those who wait.
func (e *fakeEngine) do(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
	e.news.Broadcast()
}

func (e *fakeEngine) event(action, id string) {
	e.events = append(e.events, fmt.Sprintf(`{"status":%q,"id":%q,"Type":"container","Action":%q,"Actor":{"ID":%q,"Attributes":{"image":"x"}},"scope":"local"}`, action, id, action, id))
}

// start makes a container, or starts one again.
func (e *fakeEngine) start(id string, c *fakeContainer) {
	e.do(func() {
		if c != nil {
			e.containers[id] = c
		}
		e.containers[id].running = true
		e.event("start", id)
	})
}

func (e *fakeEngine) stop(id string) {
	e.do(func() { e.containers[id].running = false })
}

func (e *fakeEngine) remove(id string) {
	e.do(func() { delete(e.containers, id); e.event("destroy", id) })
}

// write writes a line of the container, or a piece of one.
func (e *fakeEngine) write(id string, stream byte, at time.Time, text string) {
	e.do(func() { c := e.containers[id]; c.lines = append(c.lines, fakeLine{stream, at, text}) })
}

// trouble breaks all connections off, and takes none while it lasts.
func (e *fakeEngine) trouble(lasts bool) {
	e.do(func() { e.refuse = lasts })
	if lasts {
		e.server.CloseClientConnections()
	}
}

func (e *fakeEngine) find(w http.ResponseWriter, r *http.Request) *fakeContainer {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.containers[r.PathValue("id")]
	switch {
	case e.refuse:
		http.Error(w, `{"message":"trouble"}`, http.StatusInternalServerError)
		return nil
	case c == nil:
		http.Error(w, `{"message":"No such container: x"}`, http.StatusNotFound)
	}
	return c
}

func (e *fakeEngine) list(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse {
		http.Error(w, `{"message":"trouble"}`, http.StatusInternalServerError)
		return
	}
	all := []map[string]string{}
	for id := range e.containers {
		all = append(all, map[string]string{"Id": id})
	}
	_ = json.NewEncoder(w).Encode(all)
}

func (e *fakeEngine) inspect(w http.ResponseWriter, r *http.Request) {
	c := e.find(w, r)
	if c == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.labels == "" {
		c.labels = "{}"
	}
	fmt.Fprintf(w, `{"Id":%q,"State":{"Running":%t,"Restarting":false},"Name":"/%s","HostConfig":{"LogConfig":{"Type":%q}},"Config":{"Tty":%t,"Image":%q,"Env":["PASSWORD=secret"],"Labels":%s}}`,
		r.PathValue("id"), c.running, c.name, c.driver, c.tty, c.image, c.labels)
}

func (e *fakeEngine) logs(w http.ResponseWriter, r *http.Request) {
	c := e.find(w, r)
	if c == nil {
		return
	}
	if c.driver == "none" {
		http.Error(w, `{"message":"configured logging driver does not support reading"}`, http.StatusNotImplemented)
		return
	}
	seconds, nanos, _ := strings.Cut(r.FormValue("since"), ".")
	s, _ := strconv.ParseInt("0"+seconds, 10, 64)
	n, _ := strconv.ParseInt("0"+nanos, 10, 64)
	since, follow := time.Unix(s, n), r.FormValue("follow") != ""
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	stop := contextBroadcast(r, e)
	defer stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	for i := 0; ; i++ {
		for follow && i >= len(c.lines) && c.running && r.Context().Err() == nil && !e.refuse && e.containers[r.PathValue("id")] != nil {
			e.news.Wait()
		}
		if r.Context().Err() != nil || e.refuse {
			panic(http.ErrAbortHandler)
		}
		if i >= len(c.lines) {
			return
		}
		l := c.lines[i]
		unended := i == len(c.lines)-1 && !c.running && !strings.HasSuffix(l.text, "\n") && e.containers[r.PathValue("id")] != nil
		if l.at.Before(since) || follow && unended { // as Docker does
			continue
		}
		text := l.at.UTC().Format("2006-01-02T15:04:05.000000000Z07:00") + " " + l.text
		if !c.tty {
			text = string(binary.BigEndian.AppendUint32([]byte{l.stream, 0, 0, 0}, uint32(len(text)))) + text
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return
		}
		if i == len(c.lines)-1 {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// contextBroadcast wakes those who wait when the request ends.
func contextBroadcast(r *http.Request, e *fakeEngine) (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-r.Context().Done():
			e.do(func() {})
		case <-done:
		}
	}()
	return func() { close(done) }
}

func (e *fakeEngine) watch(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse {
		http.Error(w, `{"message":"trouble"}`, http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	stop := contextBroadcast(r, e)
	defer stop()
	for i := len(e.events); ; i++ {
		for i >= len(e.events) && r.Context().Err() == nil && !e.refuse {
			e.news.Wait()
		}
		if r.Context().Err() != nil || e.refuse {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintln(w, e.events[i])
		_ = http.NewResponseController(w).Flush()
	}
}
