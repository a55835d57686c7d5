package sensor_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/sensor"
)

// seen are events that a sensor told.
type seen struct {
	mu   sync.Mutex
	all  []record.Record
	news chan struct{}
}

func (s *seen) put(_ context.Context, records []record.Record) error {
	s.mu.Lock()
	s.all = append(s.all, records...)
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	return nil
}

// told is a record, read.
type told struct {
	Time    int64
	Message string
	Sensor  struct{ Event string }
	Evt     struct{ Name, Category, Outcome string }
	Process struct {
		PID, PPID, VPID, EUID int
		Name, Executable, Exe string
		CommandLine           string `json:"command_line"`
		CWD                   string `json:"working_directory"`
		TTY                   string
		Capabilities          string
		Upper                 bool `json:"upper_layer"`
		Deleted, Memfd        bool
		ArgsCut               bool `json:"args_cut"`
		Stdin, Stdout, Stderr string
		Parent                struct {
			Name, Executable string
			CommandLine      string `json:"command_line"`
		}
		Ancestors []string
	}
	Usr       struct{ ID, Name string }
	Container struct{ ID, Name, Image string }
	Network   struct {
		Destination, Client struct {
			IP   string
			Port int
		}
	}
	File struct {
		Path    string
		Created bool
	}
	Target     struct{ PID int }
	Namespaces string
	Capability string
}

func read(t *testing.T, r record.Record) (e told) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Text), &e); err != nil {
		t.Fatalf("%s: %v", r.Text, err)
	}
	return e
}

// await returns the first event that is wanted.
func (s *seen) await(t *testing.T, what string, wanted func(told) bool) told {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for at := 0; ; {
		s.mu.Lock()
		fresh := s.all[at:]
		s.mu.Unlock()
		for _, r := range fresh {
			if e := read(t, r); wanted(e) {
				return e
			}
		}
		at += len(fresh)
		select {
		case <-s.news:
		case <-deadline:
			t.Fatalf("%s was not told, of %d events", what, at)
		}
	}
}

// start runs a sensor by a way, until the test ends.
func start(t *testing.T, c sensor.Config) (*sensor.Sensor, *seen) {
	t.Helper()
	probe := sensor.Probe(t.Context(), c.Mode, nil)
	if state := probe.State(sensor.Way(c.Mode)); !state.Usable {
		t.Skipf("SKIPPED: the sensor %s cannot be tried on this machine: %s", c.Mode, state.Why)
	}
	if faults := c.Check(c.At[""]); len(faults) > 0 {
		t.Fatal(faults)
	}
	all := &seen{news: make(chan struct{}, 1)}
	s, err := sensor.New(t.Context(), sensor.Options{
		Config: c, Hostname: "host.example.com", Now: time.Now, Put: all.put, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the sensor does not end")
		}
	})
	return s, all
}

func ebpf() sensor.Config { return sensor.Config{Mode: string(sensor.EBPF)} }

func TestNoExecIsLost(t *testing.T) {
	s, all := start(t, ebpf())
	const execs = 3000
	mark := "sensor-" + strconv.Itoa(os.Getpid())
	began := time.Now()
	out, err := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt "+strconv.Itoa(execs)+" ]; do /bin/true "+mark+" $i; i=$((i+1)); done").CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	took := time.Since(began)
	last := strconv.Itoa(execs - 1)
	all.await(t, "the last one", func(e told) bool { return e.Process.CommandLine == "/bin/true "+mark+" "+last })
	found := map[string]bool{}
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, r := range all.all {
		e := read(t, r)
		if rest, ok := strings.CutPrefix(e.Process.CommandLine, "/bin/true "+mark+" "); ok {
			found[rest] = true
			if e.Process.Parent.Name != "sh" || e.Process.PPID == 0 || e.Usr.Name == "" || e.Evt.Name != "exec" || !strings.HasSuffix(e.Process.Executable, "/true") || e.Process.CWD == "" {
				t.Fatalf("something lacks: %s", r.Text)
			}
			if !strings.HasPrefix(e.Process.Parent.CommandLine, "/bin/sh -c i=0;") {
				t.Fatalf("the command line of the parent lacks: %s", r.Text)
			}
			if at := time.UnixMilli(e.Time); at.Before(began.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
				t.Fatalf("the time is wrong: %s", at)
			}
		}
	}
	lost := int64(0)
	for _, n := range s.Losses() {
		lost += n
	}
	t.Logf("%d of %d execs in %s (%.0f a second), %d events lost, %d processes known", len(found), execs, took, execs/took.Seconds(), lost, s.Processes())
	if len(found) != execs || lost != 0 {
		t.Errorf("%d of %d execs, %d events lost", len(found), execs, lost)
	}
}

func TestEvents(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: programs in the kernel want root")
	}
	_, all := start(t, ebpf())
	dir := t.TempDir()
	mine := func(e told) bool {
		return strings.HasPrefix(e.Process.CommandLine, dir) || strings.Contains(e.Process.CommandLine, dir)
	}

	t.Run("a deep folder and a long command line", func(t *testing.T) {
		deep := filepath.Join(dir, strings.Repeat("d/", 20), "program with space")
		copyFile(t, "/bin/true", deep)
		long := strings.Repeat("x", 5000)
		command := exec.Command(deep, dir, "\x1b[31m\"", long)
		command.Dir = filepath.Dir(deep)
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
		e := all.await(t, "the program", func(e told) bool { return strings.HasPrefix(e.Process.CommandLine, deep+" "+dir) })
		if e.Process.Executable != deep || e.Process.CWD != filepath.Dir(deep) || !e.Process.ArgsCut || e.Process.Name != "program with sp" {
			t.Errorf("got %+v", e.Process)
		}
	})

	t.Run("an executable that was deleted", func(t *testing.T) {
		gone := filepath.Join(dir, "gone")
		copyFile(t, "/bin/true", gone)
		f, err := os.Open(gone)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
		command := exec.Command("/proc/self/fd/3", dir+"-gone")
		command.ExtraFiles = []*os.File{f}
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
		e := all.await(t, "the program", func(e told) bool {
			return e.Evt.Name == "exec" && strings.HasSuffix(e.Process.CommandLine, dir+"-gone")
		})
		if !e.Process.Deleted || e.Process.Memfd {
			t.Errorf("got %+v", e.Process)
		}
	})

	t.Run("a connection, and a shell on it", func(t *testing.T) {
		address := outside(t)
		listener, err := net.Listen("tcp4", net.JoinHostPort(address, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		conn, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		f, err := conn.(*net.TCPConn).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		command := exec.Command("/bin/sh", "-c", "true "+dir+"-shell")
		command.Stdin, command.Stdout, command.Stderr = f, f, f
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
		e := all.await(t, "the shell", func(e told) bool { return e.Evt.Name == "exec" && mine(e) && strings.HasSuffix(e.Message, "-shell") })
		if e.Process.Stdin != "socket" || e.Process.Stdout != "socket" || e.Network.Destination.IP != address || strconv.Itoa(e.Network.Destination.Port) != port(listener.Addr()) {
			t.Errorf("got %+v %+v", e.Process, e.Network)
		}
	})

	t.Run("a file that is written", func(t *testing.T) {
		name := filepath.Join(dir, "written")
		if err := exec.Command("/bin/sh", "-c", "echo x > "+name).Run(); err != nil {
			t.Fatal(err)
		}
		e := all.await(t, "the file", func(e told) bool { return e.Evt.Name == "open" && e.File.Path == name })
		if !e.File.Created || e.Process.Name != "sh" || e.Evt.Category != "file" {
			t.Errorf("got %+v", e)
		}
	})

	t.Run("a namespace", func(t *testing.T) {
		if out, err := exec.Command("unshare", "--uts", "true").CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: no namespaces here: %s", out)
		}
		e := all.await(t, "the namespace", func(e told) bool { return e.Evt.Name == "unshare" && e.Process.Name == "unshare" })
		if e.Namespaces != "uts" || e.Evt.Outcome != "success" || !strings.HasSuffix(e.Process.Executable, "/unshare") {
			t.Errorf("got %+v", e)
		}
	})
}

func port(a net.Addr) string { _, p, _ := net.SplitHostPort(a.String()); return p }

// outside returns an address of this machine that is not that of the loopback.
func outside(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Skip("SKIPPED: this machine has no address beside the loopback")
	return ""
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
