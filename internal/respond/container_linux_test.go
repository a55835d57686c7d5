package respond

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestContainAndDeath: all steps in their order; the evidence outlives the container.
func TestContainAndDeath(t *testing.T) {
	w := newWard(t, `
mode: active
policies: [{name: all, query: "*", action: contain, steps: [quarantine, freeze, evidence, snapshot, kill], approval: false}]
`)
	script := `echo begun; echo dropped > /tmp/dropped; export DB_PASSWORD=hunter2hunter2; busybox mkdir /tmp/miner; busybox cp /bin/busybox /tmp/miner/busybox; exec /tmp/miner/busybox nc -ll -p 7001 -e /bin/sh -c "--api-key=s3cr3tvalue99"`
	c := w.run("contain", script, map[string]any{"RestartPolicy": map[string]any{"Name": "always"}})
	w.until("it runs", func() bool {
		ps, err := w.engine.Top(t.Context(), c.ID, "-eo", "pid,args")
		return err == nil && slices.ContainsFunc(ps.Rows, func(row []string) bool { return strings.Contains(row[1], "miner") })
	})
	s := signalOf("sig1", "203.0.113.7", signal.Critical)
	s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindContainer, Value: c.Name, Events: 5})
	w.observe(s)
	w.until("the response is there", func() bool { return w.list() != "" })
	r := w.done(1)
	if r.State != Active || r.Error != "" || r.Target != c.ID || r.Container == nil {
		t.Fatalf("%+v %+v", r, r.Container)
	}
	var order []string
	for _, step := range r.Container.Done {
		order = append(order, step.Step)
		t.Logf("%-10s %8.1f ms  %s", step.Step, float64(step.Took)/1000, step.How)
	}
	if got := strings.Join(order, " "); got != "quarantine freeze evidence snapshot kill" {
		t.Errorf("done %s", got)
	}
	if now := w.look(c.ID); now.Running() || now.Status != "exited" {
		t.Errorf("it is %s", now.Status)
	}
	t.Cleanup(func() { _ = w.engine.RemoveImage(context.WithoutCancel(t.Context()), r.Container.Snapshot) })
	if !strings.HasPrefix(r.Container.Snapshot, "sasumata/forensic/") || strings.ToLower(r.Container.Snapshot) != r.Container.Snapshot {
		t.Errorf("the image is %s", r.Container.Snapshot)
	}
	w.machine.Remove(t, c.ID)
	v, err := w.evidence.Verify(t.Context(), r.Container.Evidence)
	if err != nil || len(v.Wrong) > 0 || v.Manifest != r.Container.Manifest {
		t.Fatalf("%+v, error %v", v, err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(w.folder, r.Container.Evidence, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for name, words := range map[string][]string{
		"processes.json": {"/tmp/miner", "sleep", "DB_PASSWORD"}, "inspect.json": {c.ID}, "changes.json": {"/tmp/dropped"}, "stdout.log": {"begun"}, "layer.tar": {"dropped"}, "net/tcp": {"local_address"},
	} {
		for _, word := range words {
			if !strings.Contains(read(name), word) {
				t.Errorf("%s says nothing of %s", name, word)
			}
		}
	}
	for _, name := range []string{"processes.json", "inspect.json"} {
		if text := read(name); strings.Contains(text, "hunter2hunter2") || strings.Contains(text, "s3cr3tvalue99") {
			t.Errorf("%s has a secret", name)
		}
	}
	m, _, err := w.evidence.Get(r.Container.Evidence)
	if err != nil || len(m.Problems) > 0 || m.Signal != "sig1" || m.Processes != 1 {
		t.Errorf("%+v, error %v", m, err)
	}
	path := filepath.Join(w.folder, r.Container.Evidence, "layer.tar")
	data := []byte(read("layer.tar"))
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := w.evidence.Verify(t.Context(), r.Container.Evidence); err != nil || len(v.Wrong) != 1 {
		t.Errorf("a changed byte: %+v, error %v", v, err)
	}
	// The same again is the same response.
	s = signalOf("sig2", "203.0.113.7", signal.Critical)
	s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindContainer, Value: c.ID, Events: 5})
	w.observe(s)
	if got := w.list(); !strings.Contains(got, "+1") && !strings.Contains(got, "refused contain "+c.ID) {
		t.Errorf("there is\n%s", got)
	}
	if _, err := w.Undo(t.Context(), 1, Verdict{}, "eve"); err != nil { // quarantine and freeze can be
		t.Error(err)
	}
}

// TestKill: one process, another one that has its number, and all.
func TestKill(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("kill", "busybox sleep 301 & exec busybox sleep 302", map[string]any{"RestartPolicy": map[string]any{"Name": "always"}})
	other := w.run("kill-other", "exec busybox sleep 300", nil)
	var pid int
	w.until("both run", func() bool {
		ps, err := w.engine.Top(t.Context(), c.ID, "-eo", "pid,args")
		if err != nil {
			return false
		}
		for _, row := range ps.Rows {
			if strings.Contains(row[1], "sleep 301") {
				_, err = fmt.Sscan(row[0], &pid)
			}
		}
		return err == nil && pid > 0
	})
	if _, err := w.Ask(t.Context(), Request{Action: Kill, Target: other.ID, Process: pid, Reason: "x"}, "eve"); err == nil {
		t.Error("a process of another container")
	}
	if _, err := w.Ask(t.Context(), Request{Action: Freeze, Target: c.ID, Process: pid, Reason: "x"}, "eve"); err == nil {
		t.Error("freeze of a process")
	}
	r, err := w.Ask(t.Context(), Request{Action: Kill, Target: c.ID, Process: pid, Reason: "x"}, "eve")
	if err != nil {
		t.Fatal(err)
	}
	if r = w.done(r.ID); r.State != Active || r.Kind != KindProcess {
		t.Errorf("%+v", r)
	}
	w.until("the process is gone", func() bool { _, err := os.Stat(fmt.Sprint("/proc/", pid, "/exe")); return err != nil || dead(pid) })
	if !w.look(c.ID).Running() {
		t.Error("all of the container is gone")
	}
	start, err := evidence.StartOf("/proc", other.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := (process{other.ID, other.Pid, start + 1}).kill("/proc"); err != nil || !w.look(other.ID).Running() {
		t.Errorf("another process was killed, error %v", err)
	}
	if err := (process{c.ID, other.Pid, start}).kill("/proc"); err == nil || !w.look(other.ID).Running() {
		t.Error("a process of another container was killed")
	}
	if _, err := w.Undo(t.Context(), r.ID, Verdict{}, "eve"); err == nil {
		t.Error("it can be undone")
	}
	if u, err := w.UndoAll(t.Context(), Choice{Action: Kill, Why: "x"}, "eve"); err != nil || u.Responses != 0 || w.done(r.ID).State != Active {
		t.Errorf("%+v, error %v", u, err)
	}
	w.ask(Freeze, c.ID) // also a frozen one
	r = w.ask(Kill, c.ID)
	if now := w.look(c.ID); r.State != Active || now.Running() {
		t.Errorf("%+v, it is %s", r, now.Status)
	}
}

// dead reports whether a process is one that nobody asked after yet.
func dead(pid int) bool {
	data, err := os.ReadFile(fmt.Sprint("/proc/", pid, "/stat"))
	return err != nil || strings.Contains(string(data), ") Z ")
}

// TestWhatIsNeverContained: Sasumata's own container, and those of the configuration.
func TestWhatIsNeverContained(t *testing.T) {
	w := newWard(t, "mode: active\ncontainers: {never: {names: ['sasumata-contain-db-*'], labels: ['keep=yes']}}")
	db, labelled, own := w.run("db", "exec busybox sleep 300", nil), w.machine.Run(t, &containertest.Spec{Name: "labelled", Script: "exec busybox sleep 300", Labels: map[string]string{"keep": "yes"}}), w.run("own", "exec busybox sleep 300", nil)
	w.held.self = []string{own.ID[:12]}
	for target, rule := range map[string]string{db.Name: neverNamed, labelled: neverNamed, own.ID: neverSelf} {
		for _, action := range ContainerActions() {
			_, err := w.Ask(t.Context(), Request{Action: action, Target: target, Reason: "x"}, "eve")
			refusedBy(t, err, rule)
		}
		if c, err := w.CheckAction(t.Context(), Freeze, target); err != nil || c.Refusal != rule {
			t.Errorf("%+v, error %v", c, err)
		}
	}
	// Also when it was planned before the configuration said so.
	w.held.self = nil
	w.stop()
	r, err := w.Ask(t.Context(), Request{Action: Freeze, Target: own.ID, Reason: "x"}, "eve")
	if err != nil {
		t.Fatal(err)
	}
	again, err := New(t.Context(), w.opts)
	if err != nil {
		t.Fatal(err)
	}
	again.held.self = []string{own.ID}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- again.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if r = w.done(r.ID); r.State != Refused || r.Refusal != neverSelf || w.look(own.ID).Paused() {
		t.Errorf("%+v", r)
	}
	if _, err := w.Ask(t.Context(), Request{Action: Freeze, Target: "nobody-has-this-name", Reason: "x"}, "eve"); err == nil {
		t.Error("a container that is not there")
	}
	if _, err := w.Ask(t.Context(), Request{Action: "explode", Target: own.ID, Reason: "x"}, "eve"); err == nil {
		t.Error("an action that is not there")
	}
}

// TestWithoutAnEngine: what is asked for is an error, what is planned is tried again, and
// nothing else waits.
func TestWithoutAnEngine(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("engine", talker, nil)
	gone, err := container.Open("unix://"+filepath.Join(t.TempDir(), "none.sock"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	var mu sync.Mutex
	var is Containers = w.engine
	use := func(e Containers) {
		mu.Lock()
		defer mu.Unlock()
		is = e
	}
	w.stop()
	opts := w.opts
	opts.Containers = func() Containers {
		mu.Lock()
		defer mu.Unlock()
		return is
	}
	again, err := New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := again.Ask(t.Context(), Request{Action: Quarantine, Target: c.ID, Reason: "x"}, "eve")
	if err != nil {
		t.Fatal(err)
	}
	use(gone)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- again.Run(ctx) }()
	defer func() { cancel(); <-done }()
	w.until("it was tried", func() bool {
		d, err := again.Get(t.Context(), r.ID)
		return err == nil && d.Attempts > 0 && d.Error != ""
	})
	if _, err := again.Ask(t.Context(), Request{Action: Freeze, Target: c.ID, Reason: "x"}, "eve"); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("error %v", err)
	}
	if _, err := again.Block(t.Context(), Request{Target: "203.0.113.9", Reason: "x"}, "eve"); err != nil {
		t.Error(err)
	}
	w.blocked("203.0.113.9")
	use(w.engine)
	if r = w.done(r.ID); r.State != Active || !w.cell(c, (*firewall.Cell).IsShut) {
		t.Errorf("%+v", r)
	}
	use(nil)
	if _, err := again.Ask(t.Context(), Request{Action: Freeze, Target: c.ID, Reason: "x"}, "eve"); err == nil {
		t.Error("there is no engine")
	}
}

// TestNothingIsLeftBehind: many at a time, and no goroutine stays.
func TestNothingIsLeftBehind(t *testing.T) {
	w := newWard(t, "mode: active")
	var list []*container.Container
	for i := range 6 {
		list = append(list, w.run(fmt.Sprint("many", i), talker, nil))
	}
	before := runtime.NumGoroutine()
	var running sync.WaitGroup
	for _, c := range list {
		for _, action := range []string{Quarantine, Contain, Freeze} {
			running.Go(func() {
				if _, err := w.Ask(context.WithoutCancel(t.Context()), Request{Action: action, Target: c.ID, Reason: "x"}, "eve"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	running.Wait()
	for id := range int64(18) {
		if r := w.done(id + 1); r.State != Active || r.Error != "" {
			t.Errorf("%+v %+v", r, r.Container)
		}
	}
	for id := range int64(18) {
		running.Go(func() {
			if _, err := w.Undo(context.WithoutCancel(t.Context()), id+1, Verdict{}, "eve"); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	for id := range int64(18) {
		w.done(id + 1)
	}
	for _, c := range list {
		if now := w.look(c.ID); now.Paused() || !reaches(t, addressOf(t, now), true) {
			t.Errorf("%s is %s, and cannot be reached", now.Name, now.Status)
		}
	}
	w.stop()
	w.until("no goroutine is left", func() bool {
		w.engine.Close() // connections that nobody uses
		return runtime.NumGoroutine() <= before
	})
	if n := len(w.held.locks); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}
