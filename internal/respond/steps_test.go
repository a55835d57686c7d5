//go:build unix

package respond

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/signal"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Names of what the program is told that is killed at a step.
const (
	stepsDir = "SASUMATA_RESPOND_STEPS"
	stepsAt  = "SASUMATA_RESPOND_STEPS_AT" // the how manieth time, and the step
)

// steps are all steps of responding. TestSteps fails when there is one that does not stand
// here.
func steps() []string {
	return []string{
		"signals: looked at", "signals: taken in",
		"apply: before it is noted", "apply: noted", "apply: before it is done", "apply: done", "apply: result noted",
		"list: taken in", "expire: noted", "undo: found", "undo: before it is done", "undo: done", "undo: result noted",
	}
}

// ofList is how many addresses a list has: more than are changed one by one.
const ofList = few + 5

// life lets a signal be found, unless it was before, and returns when what was done about it
// is over.
func life(dir string, passing func(string)) error {
	log := filepath.Join(dir, "log")
	c := Default()
	yaml := `
mode: active
actions: [{name: log, exec: {command: [/bin/sh, -c, "echo apply >> ` + log + `"], undo: [/bin/sh, -c, "echo undo >> ` + log + `"]}}]
policies:
  - {name: a, query: "*", action: block, duration: 1s}
  - {name: b, query: "*", action: log, duration: 1s}
`
	if err := document.Decode("c", []byte(yaml), c, document.Options{}); err != nil {
		return err
	}
	if faults := c.Check(document.Pos{}); len(faults) > 0 {
		return faults
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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
	wall := &wallFile{path: filepath.Join(dir, "wall")}
	e, err := New(ctx, Options{
		Config: c, DB: db, Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler), Tick: 5 * time.Millisecond, Keep: 20 * time.Millisecond,
		Host: func() ([]Never, error) { return nil, nil }, Wall: func() (Wall, error) { return wall, nil }, SSH: func([]int) ([]netip.Addr, error) { return nil, nil }, passing: passing,
	})
	if err != nil {
		return err
	}
	running := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	defer stop()
	go func() { running <- e.Run(run) }()
	// A second run observes it again, as detection does behind its state.
	if err := book.Observe(ctx, []*signal.Signal{signalOf("id", "203.0.113.7", signal.Critical)}); err != nil {
		return err
	}
	// So does who blocks a list, unless it was taken in.
	list := List{Reason: "a list", For: "1s"}
	for i := range ofList {
		list.Entries = append(list.Entries, Entry{Target: fmt.Sprintf("198.51.100.%d", 10+i)})
	}
	if p, err := e.List(ctx, Filter{Target: list.Entries[0].Target, Limit: 1}); err != nil {
		return err
	} else if len(p.Responses) == 0 {
		if _, err := e.Import(ctx, list, "eve"); err != nil {
			return err
		}
	}
	for done := false; !done; {
		select {
		case <-ctx.Done():
			p, _ := e.List(context.Background(), Filter{Limit: 100})
			return fmt.Errorf("it is not over: %+v", p)
		case <-time.After(5 * time.Millisecond):
		}
		p, err := e.List(ctx, Filter{Limit: 100})
		if err != nil {
			return err
		}
		if done = len(p.Responses) == 2+ofList; !done {
			continue
		}
		for _, r := range p.Responses {
			done = done && !r.Open
		}
	}
	stop()
	return <-running
}

// TestSteps is what TestKilledAtEveryStep kills; by itself it looks whether there are other
// steps than those that are known.
func TestSteps(t *testing.T) {
	if dir := os.Getenv(stepsDir); dir != "" {
		if err := life(dir, killAt(os.Getenv(stepsAt))); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	dir := t.TempDir()
	if err := life(dir, func(step string) {
		mu.Lock()
		defer mu.Unlock()
		seen[step]++
	}); err != nil {
		t.Fatal(err)
	}
	for _, step := range steps() {
		if seen[step] == 0 {
			t.Errorf("nothing comes to the step %q", step)
		}
		delete(seen, step)
	}
	for step := range seen {
		t.Errorf("there is the step %q, at which nothing was killed: add it to steps", step)
	}
	if reported := check(t, dir, "no kill"); reported {
		t.Error("it was reported as interrupted")
	}
}

// killAt returns what kills this process when a step comes for the nth time; without one
// nothing does.
func killAt(at string) func(string) {
	if at == "" {
		return nil
	}
	n := 0
	if _, err := fmt.Sscanf(at, "%d", &n); err != nil {
		panic(err)
	}
	_, step, _ := strings.Cut(at, " ")
	var left atomic.Int64
	left.Store(int64(n))
	return func(passed string) {
		if passed == step && left.Add(-1) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // nothing comes behind it
		}
	}
}

// check looks whether all was done and undone, or was reported.
func check(t *testing.T, dir, when string) (reported bool) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{File: filepath.Join(dir, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	e, err := New(t.Context(), Options{Config: Default(), DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.List(t.Context(), Filter{Limit: 100})
	if err != nil || len(p.Responses) != 2+ofList {
		t.Fatalf("%s: %+v, error %v", when, p, err)
	}
	if blocked := (&wallFile{path: filepath.Join(dir, "wall")}).read(); len(blocked) != 0 {
		t.Errorf("%s: still blocked: %v", when, blocked)
	}
	data, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	applied, undone := strings.Count(string(data), "apply\n"), strings.Count(string(data), "undo\n")
	for _, r := range p.Responses {
		switch interrupted := strings.Contains(r.Error, "in the middle"); {
		case r.Repeats != 0:
			t.Errorf("%s: the signal was taken in twice: %+v", when, r)
		case r.Action == Block: // that of a signal, and those of the list
			if r.State != Expired || r.Applied == nil && r.Error != "" {
				t.Errorf("%s: %+v", when, r)
			}
		case interrupted:
			reported = true
			if r.State != Failed || applied > 1 || undone > 0 {
				t.Errorf("%s: called %d and %d times: %+v", when, applied, undone, r)
			}
		case r.State != Expired || r.Applied == nil && applied > 0 || r.Applied != nil && (applied != 1 || undone < 1 || undone > 2):
			t.Errorf("%s: called %d and %d times: %+v", when, applied, undone, r)
		}
	}
	return reported
}

// TestKilledAtEveryStep kills the program at every step, each time that it comes, and starts
// it anew: all is done and undone in time, or it is reported that nobody knows.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	const times = 2 // each lane comes there
	var running sync.WaitGroup
	places := make(chan struct{}, 6) // they mostly wait
	var killed, reported atomic.Int64
	for _, step := range steps() {
		for n := 1; n <= times; n++ {
			dir := t.TempDir()
			running.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				when := fmt.Sprintf("killed at %q, time %d", step, n)
				if !runSteps(t, dir, fmt.Sprintf("%d %s", n, step), when) {
					if n == 1 {
						t.Errorf("%s: it did not come", when)
					}
					return
				}
				killed.Add(1)
				if runSteps(t, dir, "", when+": the next start") {
					t.Errorf("%s: killed again", when)
				}
				if check(t, dir, when) {
					reported.Add(1)
				}
			})
		}
	}
	running.Wait()
	t.Logf("killed %d times; %d times a program was reported of which nobody knows whether it ran", killed.Load(), reported.Load())
	if reported.Load() == 0 {
		t.Error("nothing was ever reported")
	}
}

// runSteps runs life in a process that is killed at a step, and reports whether it was.
func runSteps(t *testing.T, dir, at, when string) (killed bool) {
	t.Helper()
	var out []byte
	var err error
	// Whoever was killed while it began a program is survived for a moment by that, which has its
	// lock until it has become the program.
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSteps$", "-test.count=1")
		cmd.Env = append(os.Environ(), stepsDir+"="+dir, stepsAt+"="+at)
		if out, err = cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("another run is using it")) || time.Now().After(end) {
			break
		}
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return true
		}
	}
	if err != nil {
		t.Errorf("%s: %v %s", when, err, out)
	}
	return false
}
