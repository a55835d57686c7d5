package respond

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// containerStepsOf is the container of the program that is killed at a step.
const containerStepsOf = "SASUMATA_RESPOND_STEPS_CONTAINER"

// containerSteps are all steps of containing a container that may administer its network, and
// of letting it go.
func containerSteps() []string {
	list := []string{"contain: noted", "contain: before it is done", "contain: before it is shut", "contain: before a network is taken"}
	for _, step := range []string{Quarantine, Freeze, Evidence, Snapshot, Resume} {
		list = append(list, "contain: before "+step, "contain: did "+step, "contain: noted "+step)
	}
	return append(list, "contain: done", "contain: result noted", "expire: noted", "release: found", "release: before it is done", "contain: before a network is given back", "release: done", "release: result noted")
}

// containerLife lets a signal be found about a container, unless it was before, and returns
// when what was done about it is over.
func containerLife(dir, id string, passing func(string)) error {
	c := Default()
	yaml := `
mode: active
policies: [{name: a, query: "*", action: contain, steps: [quarantine, freeze, evidence, snapshot, resume], duration: 6s}]
`
	if err := document.Decode("c", []byte(yaml), c, document.Options{}); err != nil {
		return err
	}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		return faults
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	db, err := database.Open(ctx, database.Config{File: filepath.Join(dir, "state.db")})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	book, err := triage.NewBook(ctx, db, time.Now, Follower)
	if err != nil {
		return err
	}
	kept, err := evidence.Open(evidence.Options{Folder: filepath.Join(dir, "evidence"), Now: time.Now})
	if err != nil {
		return err
	}
	engine, err := container.Open(os.Getenv("SASUMATA_DOCKER"), nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	wall := &wallFile{path: filepath.Join(dir, "wall")}
	e, err := New(ctx, Options{
		Config: c, DB: db, Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler), Tick: 20 * time.Millisecond, Keep: time.Second, Containers: func() Containers { return engine },
		Evidence: kept, Host: func() ([]Never, error) { return nil, nil }, Wall: func() (Wall, error) { return wall, nil }, passing: passing,
	})
	if err != nil {
		return err
	}
	running := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	defer stop()
	go func() { running <- e.Run(run) }()
	s := signalOf("id", "203.0.113.7", signal.Critical)
	s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindContainer, Value: id, Events: 5})
	if err := book.Observe(ctx, []*signal.Signal{s}); err != nil {
		return err
	}
	for {
		p, err := e.List(ctx, Filter{Limit: 10})
		if err != nil {
			return err
		}
		if len(p.Responses) == 1 && !p.Responses[0].Open {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it is not over: %+v", p)
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	return <-running
}

// TestContainerSteps is what TestContainersAndKills kills; by itself it does nothing.
func TestContainerSteps(t *testing.T) {
	dir := os.Getenv(stepsDir)
	if dir == "" || os.Getenv(containerStepsOf) == "" {
		t.Skip("a part of TestContainersAndKills")
	}
	passing := killAt(os.Getenv(stepsAt))
	seen, err := os.OpenFile(filepath.Join(dir, "seen"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer seen.Close()
	if err := containerLife(dir, os.Getenv(containerStepsOf), func(step string) {
		fmt.Fprintln(seen, step)
		if passing != nil {
			passing(step)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// TestContainersAndKills kills the program at every step of what is done to a container, and
// starts it anew: all is done, and nothing holds the container in the end.
func TestContainersAndKills(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	machine := containertest.New(t, "sasumata-contain")
	t.Setenv("SASUMATA_DOCKER", machine.Address)
	var running sync.WaitGroup
	places := make(chan struct{}, 4)
	for i, step := range append([]string{""}, containerSteps()...) {
		dir := t.TempDir()
		id := machine.Run(t, &containertest.Spec{Name: fmt.Sprint("steps", i), Script: talker, Host: map[string]any{"NetworkMode": "bridge", "CapAdd": []string{"NET_ADMIN"}}})
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if step != "" {
				if !runContainerSteps(t, dir, id, "1 "+step) {
					t.Errorf("nothing comes to the step %q", step)
					return
				}
				if runContainerSteps(t, dir, id, "") {
					t.Errorf("%q: killed again", step)
				}
			} else {
				runContainerSteps(t, dir, id, "")
				data, err := os.ReadFile(filepath.Join(dir, "seen"))
				if err != nil {
					t.Error(err)
				}
				for line := range strings.Lines(string(data)) {
					line = strings.TrimSpace(line)
					if known := strings.Join(containerSteps(), "\n") + "\nsignals: "; (strings.HasPrefix(line, "contain") || strings.HasPrefix(line, "release")) && !strings.Contains(known, line) {
						t.Errorf("there is the step %q, at which nothing was killed", line)
					}
				}
			}
			checkContainer(t, machine, dir, id, step)
		})
	}
	running.Wait()
}

// checkContainer looks whether all was done, once, and nothing holds the container.
func checkContainer(t *testing.T, machine *containertest.Engine, dir, id, when string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := database.Open(ctx, database.Config{File: filepath.Join(dir, "state.db")})
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = db.Close() }()
	kept, err := evidence.Open(evidence.Options{Folder: filepath.Join(dir, "evidence"), Now: time.Now})
	if err != nil {
		t.Error(err)
		return
	}
	e, err := New(ctx, Options{Config: Default(), DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler), Evidence: kept})
	if err != nil {
		t.Error(err)
		return
	}
	p, err := e.List(ctx, Filter{Limit: 10})
	if err != nil || len(p.Responses) != 1 {
		t.Errorf("%q: %+v, error %v", when, p, err)
		return
	}
	r := p.Responses[0]
	engine, err := container.Open(machine.Address, nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer engine.Close()
	if r.Container != nil && r.Container.Snapshot != "" {
		if err := engine.RemoveImage(ctx, r.Container.Snapshot); err != nil {
			t.Errorf("%q: the image: %v", when, err)
		}
	}
	if r.State != Expired || r.Repeats != 0 || r.Container == nil || len(r.Container.Done) != 5 || r.Container.errors() != "" || r.Container.holds() {
		t.Errorf("%q: %+v %+v", when, r, r.Container)
		return
	}
	if v, err := e.VerifyEvidence(ctx, r.Container.Evidence); err != nil || len(v.Wrong) > 0 {
		t.Errorf("%q: %+v, error %v", when, v, err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "evidence")); err != nil || len(entries) != 1 {
		t.Errorf("%q: evidence %v, error %v", when, entries, err)
	}
	c, err := engine.Inspect(ctx, id)
	if err != nil || c.Paused() || len(c.Networks) != 1 {
		t.Errorf("%q: %+v, error %v", when, c, err)
		return
	}
	cell, err := openCell("/proc", c.Pid, c.ID)
	if err != nil {
		t.Errorf("%q: %v", when, err)
		return
	}
	defer cell.Close()
	if shut, err := (*firewall.Cell).IsShut(cell); err != nil || shut {
		t.Errorf("%q: still cut off, error %v", when, err)
	}
}

// runContainerSteps runs containerLife in a process that is killed at a step, and reports
// whether it was.
func runContainerSteps(t *testing.T, dir, id, at string) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run=^TestContainerSteps$", "-test.count=1")
	cmd.Env = append(os.Environ(), stepsDir+"="+dir, stepsAt+"="+at, containerStepsOf+"="+id)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return true
		}
	}
	if err != nil {
		t.Errorf("%q: %v %s", at, err, out)
	}
	return false
}
