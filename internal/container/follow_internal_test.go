package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// flakyEngine has containers, and ends its events when it is told to.
type flakyEngine struct {
	mu       sync.Mutex
	restarts map[string]int // of each container, by id
	away     bool
	end      chan struct{}
}

func (e *flakyEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	path := r.URL.Path[strings.Index(r.URL.Path[1:], "/")+1:]
	switch {
	case e.away:
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"message":"it goes down"}`)
	case strings.HasSuffix(path, "/_ping"):
	case path == "/version":
		fmt.Fprint(w, `{"Version":"20.10","ApiVersion":"1.41"}`)
	case path == "/events":
		w.(http.Flusher).Flush()
		end := e.end
		e.mu.Unlock()
		select {
		case <-end:
		case <-r.Context().Done():
		}
		e.mu.Lock()
	case path == "/containers/json":
		list := []map[string]any{}
		for id := range e.restarts {
			list = append(list, map[string]any{"Id": id, "Names": []string{"/" + id[:4]}, "State": "running"})
		}
		_ = json.NewEncoder(w).Encode(list) // of a test
	default:
		id := strings.Split(path, "/")[2]
		n, ok := e.restarts[id]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message":"No such container"}`)
			return
		}
		fmt.Fprintf(w, `{"Id":%q,"Name":"/%s","RestartCount":%d,"State":{"Status":"exited"},"HostConfig":{},"Config":{}}`, id, id[:4], n)
	}
}

// TestEngineGoesAway follows an engine that ends, and finds what happened meanwhile. The queue
// has no room at first.
func TestEngineGoesAway(t *testing.T) {
	first, second := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	flaky := &flakyEngine{restarts: map[string]int{first: 1, second: 0}, end: make(chan struct{})}
	var mu sync.Mutex
	var texts []string
	full := 2
	counters := &source.Counters{}
	w := &Watcher{
		Engine: fakeEngine(t, flaky.ServeHTTP), Now: time.Now, Counters: counters, Log: slog.New(slog.DiscardHandler), Restart: 10 * time.Millisecond,
		Put: func(_ context.Context, records []record.Record) error {
			mu.Lock()
			defer mu.Unlock()
			if full--; full >= 0 {
				return record.ErrFull
			}
			for i := range records {
				texts = append(texts, records[i].Text)
			}
			return nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	until := func(what string, is func(v View) bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !is(w.View()); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("no %s: %+v", what, w.View())
			}
		}
	}
	until("containers", func(v View) bool { return v.Connected && len(v.Containers) == 2 && v.About.Version == "20.10" })
	flaky.mu.Lock()
	flaky.away = true
	close(flaky.end)
	flaky.mu.Unlock()
	until("end", func(v View) bool {
		return !v.Connected && strings.Contains(v.LastError, "it goes down") && len(v.Containers) == 2
	})
	flaky.mu.Lock()
	flaky.away, flaky.end, flaky.restarts = false, make(chan struct{}), map[string]int{first: 4}
	flaky.mu.Unlock()
	until("return", func(v View) bool {
		return v.Connected && v.LastError == "" && len(v.Containers) == 1 && v.Containers[0].Crashes == 3
	})
	until("event in the queue", func(View) bool { return counters.In.Load() > 0 })
	cancel()
	<-done
	mu.Lock()
	defer mu.Unlock()
	if len(texts) != 1 || !strings.Contains(texts[0], `"missed":3`) || !strings.Contains(texts[0], `container_crashed`) {
		t.Errorf("%q", texts)
	}
	if w.Counts().Lost.Load() == 0 || counters.Errors.Load() == 0 || counters.Dropped.Load() != 0 {
		t.Error(w.Counts().Lost.Load(), counters.Errors.Load(), counters.Dropped.Load())
	}
}

// TestTooMany leaves out containers beyond those that are watched, and says so once each.
func TestTooMany(t *testing.T) {
	flaky := &flakyEngine{restarts: map[string]int{}, end: make(chan struct{})}
	for i := range MaxWatched + 3 {
		flaky.restarts[fmt.Sprintf("%064x", i)] = 0
	}
	now := time.Unix(1, 0)
	w := quietWatcher(&now)
	w.Engine, w.refused = fakeEngine(t, flaky.ServeHTTP), map[string]bool{}
	for range 2 {
		if err := w.begun(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if v := w.View(); len(v.Containers) != MaxWatched || v.LeftOut != 3 || w.Counters.Errors.Load() != 3 {
		t.Error(len(v.Containers), v.LeftOut, w.Counters.Errors.Load())
	}
	w.happened(t.Context(), Event{ID: fmt.Sprintf("%064x", 0), Action: "destroy"})
	if v := w.View(); len(v.Containers) != MaxWatched-1 {
		t.Error(len(v.Containers))
	}
}

// TestSkip leaves containers alone whatever happens to them.
func TestSkip(t *testing.T) {
	now := time.Unix(1, 0)
	w := quietWatcher(&now)
	w.Skip = func(string) bool { return true }
	for _, action := range []string{"start", "die", "kill", "destroy"} {
		w.happened(t.Context(), Event{ID: testID, Action: action})
	}
	if len(w.containers) > 0 || len(w.news) > 0 {
		t.Error(w.containers)
	}
}

// TestFind finds by name, id and the beginning of an id that is long enough.
func TestFind(t *testing.T) {
	now := time.Unix(1, 0)
	w := quietWatcher(&now)
	w.containers[testID] = &tracked{container: &Container{ID: testID, Name: "web", Raw: []byte("secret")}}
	for name, want := range map[string]bool{"web": true, testID: true, testID[:12]: true, testID[:11]: false, "we": false, "": false} {
		one, _, ok := w.Find(name)
		if ok != want || one.Container.Raw != nil {
			t.Error(name, ok)
		}
	}
}

// TestSeries has the names of cAdvisor.
func TestSeries(t *testing.T) {
	now := time.Unix(1, 0)
	w := quietWatcher(&now)
	w.containers[testID] = &tracked{
		container: &Container{ID: testID, Name: "web", RestartCount: 2, State: State{Started: time.Unix(5, 0)}}, now: Sample{At: now, Memory: 7, Connections: 3, Received: 11, Sent: 12, Cores: 0.5},
		last: before{usage: usage{cpu: 1_500_000_000}},
	}
	w.containers["other"] = &tracked{container: &Container{}} // does not run
	want := []Series{{ID: testID, Name: "web", At: now, Values: map[string]float64{
		"container_cpu_usage_seconds_total": 1.5, "container_memory_working_set_bytes": 7, "container_spec_memory_limit_bytes": 0, "container_oom_events_total": 0,
		"container_threads": 0, "container_threads_max": 0, "container_restarts": 2, "container_start_time_seconds": 5, "container_spec_cpu_cores": 0.5,
		"container_network_receive_bytes_total": 11, "container_network_transmit_bytes_total": 12, "container_sockets_tcp": 3, "container_sockets_udp": 0,
	}}}
	if diff := cmp.Diff(want, w.Samples()); diff != "" {
		t.Error(diff)
	}
}

var errTest = errors.New("no room at all")

// TestRemember keeps how containers were, and tries again when that failed.
func TestRemember(t *testing.T) {
	now := time.Unix(1, 0)
	w := quietWatcher(&now)
	var kept map[string]Baseline
	fails := true
	w.Remember = func(all map[string]Baseline) error {
		if fails {
			return errTest
		}
		kept = all
		return nil
	}
	w.judge(&tracked{container: &Container{ID: testID, Name: "web"}, allowance: maxBurst})
	w.remember(t.Context())
	fails = false
	w.remember(t.Context())
	if len(kept) != 1 || kept["name web"].Settings["privileged"] != "false" {
		t.Error(kept)
	}
}
