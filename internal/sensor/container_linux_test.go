package sensor_test

import (
	"archive/tar"
	"bytes"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/sensor"
)

// image is that of the containers of these tests: busybox and nothing else.
const image = "sasumata-sensor-test:1"

// docker runs the command line of Docker with the engine of this machine.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("docker", append([]string{"-H", engine()}, args...)...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func engine() string {
	if address := os.Getenv("SASUMATA_DOCKER"); address != "" {
		return address
	}
	return "unix:///run/docker.sock"
}

// container starts a container that waits, and returns its id.
func container(t *testing.T) string {
	t.Helper()
	place := strings.TrimPrefix(engine(), "unix://")
	conn, err := net.DialTimeout("unix", place, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no Docker engine runs here: %v (SASUMATA_DOCKER names one, such as unix:///run/docker.sock)", err)
	}
	_ = conn.Close() // it was only knocked at
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("SKIPPED: there is no command docker")
	}
	binary, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Skip("SKIPPED: there is no /bin/busybox to make an image of (busybox-static)")
	}
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	for _, dir := range []string{"bin/", "tmp/", "etc/", "proc/", "dev/", "sys/"} {
		if err := w.WriteHeader(&tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteHeader(&tar.Header{Name: "bin/busybox", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(binary); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "nc", "true", "cp", "echo", "sleep", "id"} {
		if err := w.WriteHeader(&tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	imported := exec.Command("docker", "-H", engine(), "import", "-", image)
	imported.Stdin = &files
	if out, err := imported.CombinedOutput(); err != nil {
		t.Fatalf("docker import: %v: %s", err, out)
	}
	id := docker(t, "run", "-d", "--label", "sasumata-sensor", image, "/bin/sh", "-c", "sleep 600")
	t.Cleanup(func() { docker(t, "rm", "-f", id) })
	return id
}

func TestContainer(t *testing.T) {
	_, all := start(t, ebpf())
	id := container(t)
	in := func(e told) bool { return e.Container.ID == id }

	e := all.await(t, "the first process", func(e told) bool { return in(e) && e.Evt.Name == "exec" && e.Process.Name == "sh" })
	if e.Process.VPID != 1 || e.Process.Executable != "/bin/busybox" || e.Process.Exe != "/bin/sh" || e.Usr.Name != "root" || e.Process.Upper {
		t.Errorf("got %+v", e)
	}
	docker(t, "exec", id, "/bin/sh", "-c", "cp /bin/busybox /tmp/miner; /tmp/miner true; echo x > /etc/passwd")
	e = all.await(t, "a program that is not in the image", func(e told) bool { return in(e) && e.Evt.Name == "exec" && e.Process.Executable == "/tmp/miner" })
	if !e.Process.Upper || e.Process.Parent.Name != "sh" || e.Process.Parent.Executable != "/bin/busybox" || e.Process.Parent.CommandLine == "" {
		t.Errorf("got %+v", e.Process)
	}
	e = all.await(t, "a file that is written", func(e told) bool { return in(e) && e.Evt.Name == "open" && e.File.Path == "/etc/passwd" })
	if e.Process.Name != "sh" {
		t.Errorf("got %+v", e.Process)
	}
	docker(t, "exec", id, "/bin/sh", "-c", "sleep 0; nc -w 1 192.0.2.7 4444 </dev/null || true")
	e = all.await(t, "a connection", func(e told) bool { return in(e) && e.Evt.Name == "connect" })
	if e.Network.Destination.IP != "192.0.2.7" || e.Network.Destination.Port != 4444 || e.Process.Name != "nc" || e.Process.Executable != "/bin/busybox" || !strings.HasPrefix(e.Process.CommandLine, "nc -w 1") {
		t.Errorf("got %+v %+v", e.Process, e.Network)
	}
}

func TestOutsideIsLeftOut(t *testing.T) {
	c := ebpf()
	c.ContainersOnly = true
	_, all := start(t, c)
	id := container(t)
	if err := exec.Command("/bin/true").Run(); err != nil {
		t.Fatal(err)
	}
	docker(t, "exec", id, "/bin/id")
	all.await(t, "id", func(e told) bool { return e.Process.Name == "id" })
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, r := range all.all {
		if e := read(t, r); e.Container.ID == "" {
			t.Fatalf("it is outside of containers: %s", r.Text)
		}
	}
}

func TestProcConnector(t *testing.T) {
	_, all := start(t, sensor.Config{Mode: string(sensor.Proc)})
	mark := "sensor-" + t.Name()
	if err := exec.Command("/bin/sh", "-c", "sleep 0.2; true "+mark).Run(); err != nil {
		t.Fatal(err)
	}
	e := all.await(t, "a process", func(e told) bool { return strings.HasSuffix(e.Process.CommandLine, mark) })
	if e.Process.Name != "sh" || e.Process.Executable == "" || e.Process.CWD == "" || e.Process.Parent.Name == "" || e.Usr.Name != "root" {
		t.Errorf("got %+v", e)
	}
}
