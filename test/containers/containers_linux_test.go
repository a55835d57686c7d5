// Package containers_test runs the whole server over the containers of a real engine: each
// incident is provoked, and becomes a signal; quiet containers do not.
package containers_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/signal"
)

// found is a signal, with when it was told.
type found struct {
	signal.Signal

	at time.Time
}

// findings are the signals of a server, the newest state of each.
type findings struct {
	mu    sync.Mutex
	first map[string]found // by rule and container
	worst map[string]signal.Severity
}

func (f *findings) add(one signal.Finding) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one.Change == signal.Closed {
		return nil
	}
	key := one.Signal.RuleID + " " + one.Signal.Entity()
	if _, ok := f.first[key]; !ok {
		f.first[key] = found{*one.Signal, time.Now()}
	}
	f.worst[key] = max(f.worst[key], one.Signal.Severity)
	return nil
}

// of returns what was found first by a rule about a container.
func (f *findings) of(rule, id string) (found, signal.Severity, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := rule + " " + id
	one, ok := f.first[key]
	return one, f.worst[key], ok
}

// about returns the rules that found something about a container.
func (f *findings) about(id string) (rules []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.first {
		if rule, of, _ := strings.Cut(key, " "); of == id {
			rules = append(rules, rule)
		}
	}
	return rules
}

// serve runs a server that watches the engine, until the test ends.
func serve(t *testing.T, machine *containertest.Engine) *findings {
	t.Helper()
	dir := t.TempDir()
	c := config.Default()
	c.Data, c.HTTP.Listen, c.Files = filepath.Join(dir, "data"), "127.0.0.1:0", []config.File{}
	// Of other containers on the engine the logs are of no interest.
	c.Docker, c.Containers = &config.Docker{Address: machine.Address, Labels: []string{"sasumata.test=none"}, Root: "/none"}, &config.Containers{Interval: time.Second, Every: 5 * time.Second}
	f := &findings{first: map[string]found{}, worst: map[string]signal.Severity{}}
	content, err := app.LoadContent(app.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.NewServer(t.Context(), app.ServeOptions{
		Config: c, Content: func(*config.Config) (*app.Content, error) { return content, nil }, Console: f.add, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Hostname: "docker1",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f
}

// within is how long after the sample that shows it a signal has to be there.
const within = 2 * time.Second

// TestIncidents provokes each of the guide's incidents that watching sees.
func TestIncidents(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-serve")
	f := serve(t, machine)
	expect := func(rule, id string, severity signal.Severity) {
		t.Helper()
		var one found
		var worst signal.Severity
		for end, ok := time.Now().Add(time.Minute), false; !ok; time.Sleep(10 * time.Millisecond) {
			if one, worst, ok = f.of(rule, id); !ok && time.Now().After(end) {
				t.Errorf("%s: nothing was found within a minute", rule)
				return
			}
		}
		took := one.at.Sub(time.Unix(0, one.FirstSeen))
		if rule == "container_crash_loop" {
			took = one.at.Sub(time.Unix(0, one.LastSeen)) // the third crash shows it
		}
		t.Logf("%s: %s after %s", rule, one.Severity, took.Round(time.Millisecond))
		if took > within || worst != severity {
			t.Errorf("%s: %s after %s, want %s within %s", rule, worst, took, severity, within)
		}
		if !slices.ContainsFunc(one.Entities, func(e signal.Entity) bool { return e.Kind == signal.KindContainer && e.Value == id }) {
			t.Errorf("%s: the entities are %+v", rule, one.Entities)
		}
	}
	run := func(s *containertest.Spec) string { return machine.Run(t, s) }
	quiet := run(&containertest.Spec{Name: "quiet", Script: "while :; do busybox sleep 1; done"})
	expect("container_cpu", run(&containertest.Spec{Name: "busy", Script: "while :; do :; done", Host: map[string]any{"NanoCpus": 100_000_000}}), signal.Medium)
	expect("container_oom", run(&containertest.Spec{Name: "hog", Script: "x=$(busybox head -c 200000000 /dev/zero | busybox tr '\\0' x); busybox sleep 300", Host: map[string]any{"Memory": 32 << 20, "MemorySwap": 32 << 20}}), signal.High)
	// 62 MiB of 64 in a tmpfs, which is memory that the kernel cannot forget.
	expect("container_memory", run(&containertest.Spec{Name: "full", Script: "busybox dd if=/dev/zero of=/dev/shm/x bs=1048576 count=62; busybox sleep 300", Host: map[string]any{"Memory": 64 << 20, "MemorySwap": 64 << 20, "ShmSize": 100 << 20}}), signal.High)
	expect("container_crash_loop", run(&containertest.Spec{Name: "crash", Script: "exit 3", Host: map[string]any{"RestartPolicy": map[string]any{"Name": "on-failure", "MaximumRetryCount": 4}}}), signal.Medium)
	expect("container_written", run(&containertest.Spec{Name: "writer", Script: "echo x > /tmp/dropped; busybox sleep 300", Labels: map[string]string{"sasumata.immutable": "true"}}), signal.High)
	expect("container_powerful", run(&containertest.Spec{Name: "strong", Script: "busybox sleep 300", Host: map[string]any{"NetworkMode": "host"}}), signal.Low)
	flood := run(&containertest.Spec{Name: "flood", Script: "busybox sleep 300", Host: map[string]any{"NetworkMode": "bridge"}})
	containertest.Connect(t, machine.Pid(t, flood), 600)
	expect("container_connections", flood, signal.Medium)
	machine.Do(t, "POST", "/containers/"+flood+"/update", "application/json", strings.NewReader(`{"PidsLimit":99}`))
	expect("container_drift", flood, signal.Low)
	if rules := f.about(quiet); len(rules) > 0 {
		t.Errorf("the quiet one: %v", rules)
	}
}

// TestQuiet has nothing to say of twenty containers that do what containers do, for five
// minutes; in short tests for twenty seconds.
func TestQuiet(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-calm")
	f := serve(t, machine)
	ids := make([]string, 20)
	for i := range ids {
		s := &containertest.Spec{Name: fmt.Sprint("calm", i), Script: "while :; do echo tick; busybox sleep 1; done", Host: map[string]any{"Memory": 64 << 20}}
		switch i % 4 {
		case 1: // what a server does
			s.Script, s.Host["NetworkMode"] = "busybox httpd -f -p 8080", "bridge"
		case 2: // what a batch does, and is started for again
			s.Script = "busybox sleep 3; exit 0"
		case 3:
			s.Script, s.Host["ReadonlyRootfs"], s.Host["Tmpfs"] = "while :; do date > /tmp/now; busybox sleep 1; done", true, map[string]string{"/tmp": "size=1m"}
		}
		ids[i] = machine.Run(t, s)
	}
	long := 5 * time.Minute
	if testing.Short() {
		long = 20 * time.Second
	}
	end := time.Now().Add(long)
	machine.Do(t, "POST", "/containers/"+ids[0]+"/restart?t=0", "", nil)
	machine.Do(t, "POST", "/containers/"+ids[4]+"/stop?t=0", "", nil)
	for again := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(again) {
			again = time.Now().Add(30 * time.Second)
			machine.Start(t, ids[2])
		}
	}
	for i, id := range ids {
		if rules := f.about(id); len(rules) > 0 {
			t.Errorf("container %d: %v", i, rules)
		}
	}
}
