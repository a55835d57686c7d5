package container_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

// told is an event as it was queued.
type told struct {
	Timestamp time.Time
	Message   string
	Evt       struct{ Name string }
	Container struct {
		ID, Name string
		CPU      struct {
			Percent float64
			OfLimit float64 `json:"limit_percent"`
		}
		Memory     struct{ Percent float64 }
		Conns      int64 `json:"connections"`
		ExitCode   int   `json:"exit_code"`
		Requested  bool
		Crashes    int
		Powers     []string
		Files      []string
		FilesCount int `json:"files_count"`
		Drift      struct {
			Settings []string
			Weaker   bool
		}
	}
}

// spool is the queue of a test.
type spool struct {
	mu  sync.Mutex
	all []told
}

func (s *spool) put(_ context.Context, records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range records {
		var one told
		if err := json.Unmarshal([]byte(records[i].Text), &one); err != nil {
			return err
		}
		s.all = append(s.all, one)
	}
	return nil
}

// of returns the events of a container with a name.
func (s *spool) of(id, name string) (all []told) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if one.Container.ID == id && one.Evt.Name == name {
			all = append(all, one)
		}
	}
	return all
}

// watching runs a watcher over those containers of the engine whose names begin with the prefix.
func watching(t testing.TB, machine *containertest.Engine, mine func(id string) bool) (*container.Watcher, *spool) {
	t.Helper()
	s := &spool{}
	w := &container.Watcher{
		Engine: open(t, machine.Address), Now: time.Now, Put: s.put, Counters: &source.Counters{}, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
		Skip: func(id string) bool { return !mine(id) }, Host: "docker1",
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	soon(t, "connection", func() bool { return w.View().Connected })
	return w, s
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// ids are those of containers of a test.
type ids struct{ sync.Map }

func (i *ids) has(id string) bool   { _, ok := i.Load(id); return ok }
func (i *ids) add(id string) string { i.Store(id, true); return id }

// TestIncidentsReal provokes each incident of the guide that the watcher sees on a real engine,
// and wants the event within 2 s of the sample that shows it.
func TestIncidentsReal(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-incident")
	mine := &ids{}
	create := func(s *containertest.Spec) string { return mine.add(machine.Create(t, s)) }
	busy := create(&containertest.Spec{Name: "busy", Script: "while :; do :; done", Host: map[string]any{"NanoCpus": 100_000_000}})
	hog := create(&containertest.Spec{Name: "hog", Script: "x=$(busybox head -c 60000000 /dev/zero | busybox tr '\\0' x); busybox sleep 300", Host: map[string]any{"Memory": 64 << 20, "MemorySwap": 64 << 20}})
	flood := create(&containertest.Spec{Name: "flood", Script: "busybox sleep 300", Host: map[string]any{"NetworkMode": "bridge"}})
	crash := create(&containertest.Spec{Name: "crash", Script: "exit 3", Host: map[string]any{"RestartPolicy": map[string]any{"Name": "always"}}})
	writer := create(&containertest.Spec{Name: "writer", Script: "busybox sleep 2; echo x > /tmp/dropped; busybox sleep 300", Labels: map[string]string{"sasumata.immutable": "true"}})
	// Privileged containers cannot run everywhere; what they may is compared in TestPowers.
	socket := filepath.Join(t.TempDir(), "docker.sock")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	strong := create(&containertest.Spec{Name: "strong", Script: "busybox sleep 300", Host: map[string]any{"PidMode": "host", "Binds": []string{socket + ":/var/run/docker.sock"}}})
	quiet := create(&containertest.Spec{Name: "quiet", Script: "busybox sleep 300"})
	w, s := watching(t, machine, mine.has)
	for _, id := range []string{busy, hog, flood, crash, writer, strong, quiet} {
		machine.Start(t, id)
	}
	soon(t, "busy loop", func() bool {
		return slices.ContainsFunc(s.of(busy, "container_sample"), func(e told) bool { return e.Container.CPU.OfLimit >= 90 })
	})
	soon(t, "hog or its end", func() bool {
		return slices.ContainsFunc(s.of(hog, "container_sample"), func(e told) bool { return e.Container.Memory.Percent >= 95 }) || len(s.of(hog, "container_oom")) > 0
	})
	soon(t, "crash loop", func() bool { return len(s.of(crash, "container_crashed")) >= 3 })
	if e := s.of(crash, "container_crashed")[2].Container; e.ExitCode != 3 || e.Requested || e.Crashes != 3 {
		t.Errorf("%+v", e)
	}
	soon(t, "write", func() bool { return len(s.of(writer, "container_written")) > 0 })
	if e := s.of(writer, "container_written")[0]; !slices.Equal(e.Container.Files, []string{"/tmp/dropped"}) {
		t.Errorf("%+v", e)
	}
	soon(t, "privileges", func() bool { return len(s.of(strong, "container_powerful")) > 0 })
	if e := s.of(strong, "container_powerful")[0]; !slices.Equal(e.Container.Powers, []string{"docker_socket", "host_pid"}) {
		t.Errorf("%+v", e)
	}
	one, _, ok := w.Find(flood)
	if !ok {
		t.Fatal("the container is not watched")
	}
	provoked := time.Now()
	containertest.Connect(t, one.Container.Pid, 600)
	var seen told
	soon(t, "flood", func() bool {
		all := s.of(flood, "container_sample")
		i := slices.IndexFunc(all, func(e told) bool { return e.Container.Conns >= 1000 })
		if i >= 0 {
			seen = all[i]
		}
		return i >= 0
	})
	if took := seen.Timestamp.Sub(provoked); took > 3*time.Second {
		t.Errorf("the flood was seen after %s", took)
	}
	for _, name := range []string{"container_oom", "container_crashed", "container_powerful", "container_written", "container_drifted"} {
		if all := s.of(quiet, name); len(all) > 0 {
			t.Errorf("%+v", all)
		}
	}
	if all := w.Samples(); len(all) < 5 || all[0].Values["container_cpu_usage_seconds_total"] <= 0 {
		t.Errorf("%+v", all)
	}
	machine.Do(t, "POST", "/containers/"+quiet+"/stop?t=0", "", nil)
	soon(t, "stop", func() bool { return len(s.of(quiet, "container_stopped")) > 0 })
	if len(s.of(quiet, "container_crashed")) > 0 {
		t.Error("a container that was stopped is told to have crashed")
	}
	machine.Do(t, "POST", "/containers/"+flood+"/update", "application/json", strings.NewReader(`{"PidsLimit":99}`))
	soon(t, "drift", func() bool { return len(s.of(flood, "container_drifted")) > 0 })
	if e := s.of(flood, "container_drifted")[0].Container.Drift; !slices.Equal(e.Settings, []string{"pids"}) || e.Weaker {
		t.Errorf("%+v", e)
	}
}

// TestCostReal watches a hundred containers once a second: that may take 3 % of a core.
func TestCostReal(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred containers take a minute to start: without -short")
	}
	machine := containertest.New(t, "sasumata-watch-cost")
	mine := &ids{}
	const many = 100
	for i := range many {
		mine.add(machine.Run(t, &containertest.Spec{Name: strconv.Itoa(i), Script: "exec busybox sleep 600"}))
	}
	w, _ := watching(t, machine, mine.has)
	soon(t, "samples", func() bool { return w.Counts().Sampled.Load() >= 2*many })
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun, before, samples := time.Now(), used(), w.Counts().Sampled.Load()
	soon(t, "ten rounds", func() bool { return w.Counts().Sampled.Load() >= samples+10*many })
	cost := 100 * float64(used()-before) / float64(time.Since(begun))
	t.Logf("%d containers once a second: %.2f %% of a core", many, cost)
	if cost > 3 {
		t.Errorf("%.2f %% of a core, want at most 3", cost)
	}
}
