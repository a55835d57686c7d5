//go:build unix

package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
	stepsDir    = "SASUMATA_ALERT_STEPS"
	stepsConfig = "SASUMATA_ALERT_STEPS_CONFIG"
	stepsAt     = "SASUMATA_ALERT_STEPS_AT" // the step at which it is killed, and the how manieth time it comes
)

// steps are all steps of a delivery to three receivers, one of which is an escalation, and
// how often a receiver may be told at the most when the program is killed there. Twice is
// the one window that docs/alerting.md names: a receiver took it, and nothing says so yet.
// TestSteps fails when a delivery has a step that does not stand here.
func steps() map[string]int {
	all := map[string]int{
		"changes read": 1, "changes taken": 1,
		"notice: before it is written": 1, "notice: written": 1,
		"engine: before it is fed": 1, "engine: fed": 1,
		"attempt: before it is written": 2, "attempt: written": 1,
		"told: before it is written": 1, "told: written": 1,
		"end: before it is written": 1, "end: written": 1,
		"desk: before it is written": 1, "desk: written": 1, // of a signal of low severity
	}
	for _, target := range []string{"hook/webhook_json[0]", "lines/file[0]", "boss/webhook_json[0]"} {
		all[target+": before it is called"], all[target+": called"], all[target+": noted"] = 1, 2, 1
	}
	return all
}

// TestSteps is what TestKilledAtEveryStep kills; by itself it looks whether a delivery has
// other steps than those that are known.
func TestSteps(t *testing.T) {
	if dir := os.Getenv(stepsDir); dir != "" {
		if err := deliver(dir, os.Getenv(stepsConfig), killAt(os.Getenv(stepsAt))); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	r := newThree(t)
	var mu sync.Mutex
	seen := map[string]int{}
	err := deliver(t.TempDir(), r.yaml, func(step string) {
		mu.Lock()
		defer mu.Unlock()
		seen[step]++
	})
	if err != nil {
		t.Fatal(err)
	}
	for step := range seen {
		if _, ok := steps()[step]; !ok {
			t.Errorf("a delivery has the step %q, at which nothing was killed: add it to steps", step)
		}
	}
	for step := range steps() {
		if seen[step] == 0 {
			t.Errorf("no delivery comes to the step %q", step)
		}
	}
	r.check(t, "no kill", 1)
}

// killAt returns what kills this process when a step comes for the nth time; without one
// nothing does. It lets one receiver be told at a time, so that no other one is within its
// window when the process is killed.
func killAt(at string) func(string) {
	step, n := "", 0
	if at != "" {
		if _, err := fmt.Sscanf(at, "%d", &n); err != nil {
			panic(err)
		}
		_, step, _ = strings.Cut(at, " ")
	}
	var calling, mu sync.Mutex
	return func(passed string) {
		within := strings.HasPrefix(passed, "attempt: ") || strings.HasSuffix(passed, ": called") || strings.HasSuffix(passed, ": noted")
		if strings.HasSuffix(passed, ": before it is called") {
			calling.Lock()
			within = true
		}
		mu.Lock()
		kill := false
		if passed == step {
			n--
			kill = n == 0
		}
		mu.Unlock()
		if kill {
			if !within {
				calling.Lock()
			}
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // nothing comes behind it
		}
		if strings.HasSuffix(passed, ": noted") {
			calling.Unlock()
		}
	}
}

// deliver observes one signal to tell and one of low severity, unless the book has them
// already, and returns when everybody was told of the one, the desk has the other, and
// nothing is open any more.
func deliver(dir, yaml string, passing func(string)) error {
	c := Default()
	if err := document.Decode("c", []byte(yaml), c, document.Options{}); err != nil {
		return err
	}
	c.Dir = filepath.Join(dir, "alert")
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
	m, err := New(ctx, Options{Config: c, Book: book, Console: &buffer{}, Now: time.Now, Keep: 10 * time.Millisecond, Log: slog.New(slog.DiscardHandler), passing: passing})
	if err != nil {
		return err
	}
	running := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	defer stop()
	go func() { running <- m.Run(run) }()
	// A second run observes it again, as detection does behind its state.
	if err := book.Observe(ctx, []*signal.Signal{found("id", signal.Critical, "192.0.2.7"), found("low", signal.Low, "192.0.2.8")}); err != nil {
		return err
	}
	for done := false; !done; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("not all were told: %+v", m.Undelivered())
		case <-time.After(5 * time.Millisecond):
		}
		told := map[string]bool{}
		for _, a := range m.History() {
			told[a.Target] = told[a.Target] || a.Outcome() == "told"
		}
		m.desk.mu.Lock()
		low := m.desk.Untold["Brute force"]
		m.desk.mu.Unlock()
		if low > 1 {
			return fmt.Errorf("the desk counts %d signals", low)
		}
		done = len(told) == 3 && len(m.outbox.entries()) == 0 && low == 1
	}
	stop()
	return <-running
}

// threeReceivers is a routing to three receivers, and what they were told.
type threeReceivers struct {
	yaml  string
	sinks map[string]*sink
	lines string
}

func newThree(t *testing.T) *threeReceivers {
	t.Helper()
	dir := t.TempDir()
	r := &threeReceivers{sinks: map[string]*sink{"hook": newSink(t), "boss": newSink(t)}, lines: filepath.Join(dir, "lines")}
	routing := filepath.Join(dir, "alertmanager.yml")
	text := `
route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 100ms, repeat_interval: 1h, routes: [{receiver: hook, continue: true}, {receiver: lines}]}
receivers: [{name: hook}, {name: lines}, {name: boss}]
`
	if err := os.WriteFile(routing, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.yaml = fmt.Sprintf(`
file: %s
suppress: 1s
receivers:
  - {name: hook, webhook: {url_file: %s}}
  - {name: lines, file: {path: %s}}
  - {name: boss, webhook: {url_file: %s}}
escalation: [{severity: critical, after: 1s, receiver: boss}]
`, routing, secretIn(t, r.sinks["hook"].URL), r.lines, secretIn(t, r.sinks["boss"].URL))
	return r
}

// check looks whether each receiver was told, and not more often than it may be.
func (r *threeReceivers) check(t *testing.T, when string, most int) (twice int) {
	t.Helper()
	counts := map[string]int{}
	for name, s := range r.sinks {
		counts[name] = len(s.requests())
	}
	data, err := os.ReadFile(r.lines)
	if err != nil {
		t.Errorf("%s: %v", when, err)
	}
	for line := range strings.Lines(string(data)) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%s: half a line: %s", when, line)
		}
		counts["lines"]++
	}
	for _, name := range []string{"hook", "lines", "boss"} {
		if n := counts[name]; n < 1 || n > most {
			t.Errorf("%s: %s was told %d times, at most %d", when, name, n, most)
		} else {
			twice += n - 1
		}
	}
	if twice > 1 {
		t.Errorf("%s: more than one receiver was told twice: %v", when, counts)
	}
	return twice
}

// maxTimes is how often a step is killed at: some come at every look at what is open.
const maxTimes = 6

// TestKilledAtEveryStep kills the program at every step of a delivery, each time that the
// step comes, and starts it anew: each receiver is told once, or twice within the window
// that is documented.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	var running sync.WaitGroup
	places := make(chan struct{}, 8) // they mostly wait
	var killed, twice atomic.Int64
	for step, most := range steps() {
		for n := 1; n <= maxTimes; n++ {
			r, dir := newThree(t), t.TempDir()
			running.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				when := fmt.Sprintf("killed at %q, time %d", step, n)
				if !r.run(t, dir, fmt.Sprintf("%d %s", n, step), when) {
					if n == 1 {
						t.Errorf("%s: it did not come", when)
					}
					return
				}
				killed.Add(1)
				if r.run(t, dir, "", when+": the next start") {
					t.Errorf("%s: killed again", when)
				}
				twice.Add(int64(r.check(t, when, most)))
			})
		}
	}
	running.Wait()
	t.Logf("killed %d times; %d times a receiver was told twice", killed.Load(), twice.Load())
}

// run runs a delivery in a process that is killed at a step, and reports whether it was.
func (r *threeReceivers) run(t *testing.T, dir, at, when string) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSteps$", "-test.count=1")
	cmd.Env = append(os.Environ(), stepsDir+"="+dir, stepsConfig+"="+r.yaml, stepsAt+"="+at)
	out, err := cmd.CombinedOutput()
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
