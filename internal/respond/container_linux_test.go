package respond

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/database/databasetest"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/signal"
)

// ward is an engine of responses beside a real engine of containers.
type ward struct {
	*stand

	machine  *containertest.Engine
	engine   *container.Engine
	evidence *evidence.Store
	folder   string
}

func newWard(t *testing.T, yaml string) *ward {
	t.Helper()
	w := &ward{machine: containertest.New(t, "sasumata-contain"), folder: filepath.Join(t.TempDir(), "evidence")}
	var err error
	if w.engine, err = container.Open(w.machine.Address, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.engine.Close)
	if w.evidence, err = evidence.Open(evidence.Options{Folder: w.folder, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	w.stand = standOf(t, databasetest.SQLite(t), yaml, func(o *Options) {
		o.Containers = func() Containers { return w.engine }
		o.Evidence, o.Now = w.evidence, time.Now
	})
	t.Cleanup(w.stop) // before the container and its engine go
	return w
}

// talker listens, and says something all the time to who asks.
const talker = `exec busybox nc -ll -p 7000 -e /bin/sh -c 'while :; do echo x; busybox usleep 5000; done'`

// run starts a container on the bridge, unless the settings say otherwise.
func (w *ward) run(name, script string, host map[string]any) *container.Container {
	w.t.Helper()
	settings := map[string]any{"NetworkMode": "bridge"}
	maps.Copy(settings, host)
	id := w.machine.Run(w.t, &containertest.Spec{Name: name, Script: script, Host: settings, Labels: map[string]string{"who": "sasumata-contain"}})
	return w.look(id)
}

func (w *ward) look(id string) *container.Container {
	w.t.Helper()
	c, err := w.engine.Inspect(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ask has something done, and waits until it is.
func (w *ward) ask(action, target string) Record {
	w.t.Helper()
	r, err := w.Ask(w.t.Context(), Request{Action: action, Target: target, Reason: "by hand"}, "eve")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.done(r.ID)
}

// done waits until a response is neither planned nor at work.
func (w *ward) done(id int64) Record {
	w.t.Helper()
	var d Detail
	w.until(fmt.Sprint("the response ", id, " is done"), func() bool {
		var err error
		if d, err = w.Get(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		return d.State != Planned && d.State != Applying && d.Ending == ""
	})
	return d.Record
}

func (w *ward) undo(id int64) Record {
	w.t.Helper()
	if _, err := w.Undo(w.t.Context(), id, Verdict{}, "eve"); err != nil {
		w.t.Fatal(err)
	}
	return w.done(id)
}

// reaches reports whether a connection to the container comes about, within a second when it
// is expected to.
func reaches(t *testing.T, address string, expected bool) bool {
	t.Helper()
	tries := 1
	if expected {
		tries = 20
	}
	for range tries {
		conn, err := (&net.Dialer{Timeout: 200 * time.Millisecond}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return true
		}
		if expected {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return false
}

func addressOf(t *testing.T, c *container.Container) string {
	t.Helper()
	if len(c.Networks) == 0 || len(c.Networks[0].Addresses) == 0 {
		t.Fatalf("%s has no address: %+v", c.Name, c.Networks)
	}
	return net.JoinHostPort(c.Networks[0].Addresses[0].String(), "7000")
}

// TestQuarantine: both directions and what is established end within 50 ms, and come back.
func TestQuarantine(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("quarantine", talker, nil)
	address := addressOf(t, c)
	if !reaches(t, address, true) {
		t.Fatal("the container does not listen")
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var mu sync.Mutex
	var last time.Time
	heard := make(chan struct{}, 1)
	go func() {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			mu.Lock()
			last = time.Now()
			mu.Unlock()
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	for range 20 {
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is heard of the container")
		}
	}
	began := time.Now()
	r := w.ask(Quarantine, c.Name)
	if reaches(t, address, false) {
		t.Error("the container can be reached")
	}
	mu.Lock()
	after := last.Sub(began)
	mu.Unlock()
	if r.State != Active || r.Target != c.ID || r.Container == nil || r.Container.Quarantine != byNamespace || len(r.Container.Done) != 1 || r.Container.Name != c.Name {
		t.Fatalf("%+v %+v", r, r.Container)
	}
	step := time.Duration(r.Container.Done[0].Took) * time.Microsecond
	t.Logf("asked, decided and written down, the last byte came %s later; cutting off took %s, one write to the disk in it", after.Round(100*time.Microsecond), step)
	for tries := 0; step > 50*time.Millisecond && tries < 5; tries++ { // others may use the machine, too
		w.undo(r.ID)
		r = w.ask(Quarantine, c.Name)
		step = min(step, time.Duration(r.Container.Done[0].Took)*time.Microsecond)
	}
	if step > 50*time.Millisecond {
		t.Errorf("cutting off took %s", step)
	}
	mu.Lock()
	said := last
	mu.Unlock()
	time.Sleep(100 * time.Millisecond) // whether anything comes cannot be waited for otherwise
	mu.Lock()
	if last != said {
		t.Error("it still talks")
	}
	mu.Unlock()
	// Somebody else may not take it away.
	cell, err := openCell("/proc", c.Pid, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cell.Free(), cell.Close()); err != nil {
		t.Fatal(err)
	}
	w.until("it is restored", func() bool { return w.counters.recontained.Load() > 0 })
	if reaches(t, address, false) {
		t.Error("the container can be reached again")
	}
	if r = w.undo(r.ID); r.State != Undone || r.Container.holds() {
		t.Errorf("%+v %+v", r, r.Container)
	}
	if !reaches(t, address, true) {
		t.Error("the container cannot be reached")
	}
	if rest := w.cell(c, (*firewall.Cell).IsShut); rest {
		t.Error("something is left in the namespace")
	}
}

// cell asks something of the namespace of the container.
func (w *ward) cell(c *container.Container, ask func(*firewall.Cell) (bool, error)) bool {
	w.t.Helper()
	cell, err := openCell("/proc", c.Pid, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	defer cell.Close()
	is, err := ask(cell)
	if err != nil {
		w.t.Fatal(err)
	}
	return is
}

// TestARestartIsNoWayOut: the container gets another namespace, which is cut off as well.
func TestARestartIsNoWayOut(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("restart", talker, nil)
	r := w.ask(Quarantine, c.ID)
	w.machine.Do(t, http.MethodPost, "/containers/"+c.ID+"/restart?t=0", "", nil)
	w.until("it is cut off again", func() bool { return w.counters.recontained.Load() > 0 })
	again := w.look(c.ID)
	if again.Pid == c.Pid || reaches(t, addressOf(t, again), false) {
		t.Error("the container got out")
	}
	w.undo(r.ID)
	if !reaches(t, addressOf(t, w.look(c.ID)), true) {
		t.Error("the container cannot be reached")
	}
}

// TestOtherWaysOfQuarantine: whoever could undo it, whoever has no network of its own.
func TestOtherWaysOfQuarantine(t *testing.T) {
	w := newWard(t, "mode: active")
	f := func(c *container.Container, way string, paused bool) {
		t.Helper()
		before := w.look(c.ID).Networks
		r := w.ask(Quarantine, c.ID)
		now := w.look(c.ID)
		if r.State != Active || r.Container.Quarantine != way || now.Paused() != paused || r.Error != "" {
			t.Errorf("%s: %+v %+v, paused %t", c.Name, r, r.Container, now.Paused())
		}
		if way == byDisconnect && len(now.Networks) != 0 {
			t.Errorf("%s: there are networks %+v", c.Name, now.Networks)
		}
		w.undo(r.ID)
		now = w.look(c.ID)
		names := func(list []container.Network) (all []string) {
			for _, n := range list {
				all = append(all, fmt.Sprint(n.Name, n.Static))
			}
			return all
		}
		if now.Paused() || !slices.Equal(names(now.Networks), names(before)) {
			t.Errorf("%s: paused %t, networks %v, had %v", c.Name, now.Paused(), names(now.Networks), names(before))
		}
	}
	f(w.run("host", "exec busybox sleep 300", map[string]any{"NetworkMode": "host"}), byFreeze, true)
	admin := w.run("admin", talker, map[string]any{"CapAdd": []string{"NET_ADMIN"}})
	f(admin, byDisconnect, false)
	network := fmt.Sprint("sasumata-contain-net-", os.Getpid())
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(w.machine.Do(t, http.MethodPost, "/networks/create", "application/json", strings.NewReader(`{"Name":"`+network+`","IPAM":{"Config":[{"Subnet":"10.211.`+fmt.Sprint(os.Getpid()%250)+`.0/24"}]}}`))), &made); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.machine.Remove(t, admin.ID)
		w.machine.Do(t, http.MethodDelete, "/networks/"+made.ID, "", nil)
	})
	w.machine.Do(t, http.MethodPost, "/networks/"+made.ID+"/connect", "application/json", strings.NewReader(`{"Container":"`+admin.ID+`","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.211.`+fmt.Sprint(os.Getpid()%250)+`.77"},"Aliases":["shop"]}}`))
	f(admin, byDisconnect, false)
	if two := w.look(admin.ID).Networks; len(two) != 2 || !slices.Contains(two[1].Aliases, "shop") {
		t.Errorf("networks %+v", two)
	}
	first := w.run("first", talker, nil)
	second := w.run("second", "exec busybox sleep 300", map[string]any{"NetworkMode": "container:" + first.ID})
	f(second, byFreeze, true)
	f(first, byFreeze, true) // else the other one would be cut off, too
	frozen := w.run("frozen", talker, nil)
	if err := w.engine.Pause(t.Context(), frozen.ID); err != nil {
		t.Fatal(err)
	}
	r := w.ask(Quarantine, frozen.ID)
	w.ask(Freeze, frozen.ID)
	w.undo(r.ID)
	if r.Container.Quarantine != byNamespace || !w.look(frozen.ID).Paused() {
		t.Errorf("%+v", r.Container)
	}
}

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

// TestResumeInQuarantine: its processes go on, cut off, until it expires.
func TestResumeInQuarantine(t *testing.T) {
	w := newWard(t, `
mode: active
policies: [{name: all, query: "*", action: contain, steps: [quarantine, freeze, evidence, resume], duration: 3s}]
`)
	c := w.run("resume", talker, nil)
	s := signalOf("sig1", "203.0.113.7", signal.Critical)
	s.Entities = append(s.Entities, signal.Entity{Kind: signal.KindContainer, Value: c.ID, Events: 5})
	w.observe(s)
	w.until("the response is active", func() bool { return strings.HasPrefix(w.list(), "active contain") })
	if now := w.look(c.ID); now.Paused() || reaches(t, addressOf(t, now), false) {
		t.Errorf("%s", now.Status)
	}
	w.until("it expires", func() bool { return strings.HasPrefix(w.list(), "expired contain") })
	if !reaches(t, addressOf(t, c), true) {
		t.Error("the container cannot be reached")
	}
}

// TestTwoHoldOneContainer: the last one lets it go.
func TestTwoHoldOneContainer(t *testing.T) {
	w := newWard(t, "mode: active")
	c := w.run("two", talker, nil)
	contain := w.ask(Contain, c.ID)
	freeze := w.ask(Freeze, c.ID)
	quarantine := w.ask(Quarantine, c.ID)
	w.undo(contain.ID)
	if now := w.look(c.ID); !now.Paused() || !w.cell(c, (*firewall.Cell).IsShut) {
		t.Error("others hold it, and it was let go")
	}
	w.undo(freeze.ID)
	if now := w.look(c.ID); now.Paused() || reaches(t, addressOf(t, c), false) {
		t.Error("it is to be in quarantine only")
	}
	w.undo(quarantine.ID)
	if !reaches(t, addressOf(t, c), true) {
		t.Error("the container cannot be reached")
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
