package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/sensor"
)

func TestHardenReadsTheProject(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "compose.yaml", "services: {web: {image: 'shop:${TAG}'}}")
	write(t, dir, "compose.override.yaml", "services: {web: {read_only: true}}")
	write(t, dir, ".env", "TAG=3")
	plan, err := app.Harden(context.Background(), app.HardenOptions{Files: []string{filepath.Join(dir, "compose.yaml")}, Told: func(text string) { t.Log(text) }})
	if err != nil {
		t.Fatal(err)
	}
	text := string(plan.Diff())
	if strings.Contains(text, "read_only") || !strings.Contains(text, "cap_drop") || !strings.Contains(text, "shop:3") {
		t.Errorf("the override or .env was not read:\n%s", text)
	}
}

// Against a real engine: what a running service writes stays writable.
func TestHardenObserves(t *testing.T) {
	engine := os.Getenv("SASUMATA_DOCKER")
	if engine == "" {
		t.Skip("SASUMATA_DOCKER is not set: no engine of containers to observe")
	}
	const name = "sasumata-workload-observe"
	image := busyboxImage(t, engine, name)
	out, err := exec.CommandContext(t.Context(), "docker", "-H", engine, "run", "-d", "--name", name,
		"--label", "com.docker.compose.project=sasumata-workload", "--label", "com.docker.compose.service=app", "--user", "0",
		image, "/bin/busybox", "sh", "-c", "mkdir -p /data/x; echo 1 >/data/x/y; exec /bin/busybox sleep 600").CombinedOutput()
	if err != nil {
		t.Skipf("start a container: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("docker", "-H", engine, "rm", "-f", name).Run() })
	dir := t.TempDir()
	write(t, dir, "compose.yaml", "services: {app: {image: 'x:1'}}")
	o := app.HardenOptions{Files: []string{filepath.Join(dir, "compose.yaml")}, Project: "sasumata-workload", Engine: engine, Observe: 2 * time.Second, Now: time.Now, Told: func(string) {}}
	plan, err := app.Harden(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	text := string(plan.Override("compose.yaml"))
	if !strings.Contains(text, `"/data/x:noexec`) || !strings.Contains(text, "pids: 50") || strings.Contains(text, "user:") {
		t.Errorf("%s", text)
	}
	o.Project = "sasumata-workload-none"
	if _, err := app.Harden(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no container of the project runs") {
		t.Errorf("nothing to observe: %v", err)
	}
}

// Against a real engine and kernel: what a service used since it was started is added, and
// no more than it had.
func TestHardenObservesCapabilities(t *testing.T) {
	engine := os.Getenv("SASUMATA_DOCKER")
	if engine == "" {
		t.Skip("SKIPPED: SASUMATA_DOCKER is not set: no engine of containers to observe")
	}
	if testing.Short() {
		t.Skip("slow")
	}
	probe := sensor.Probe(t.Context(), string(sensor.EBPF), nil)
	if state := probe.State(sensor.EBPF); !state.Usable {
		t.Skipf("SKIPPED: capabilities cannot be observed on this machine: %s", state.Why)
	}
	const name = "sasumata-workload-capabilities"
	image := busyboxImage(t, engine, name)
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "docker", append([]string{"-H", engine}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("docker %q: %v: %s", args, err, out)
		}
	}
	run("run", "-d", "--name", name, "--network", "none", "--cap-drop", "FOWNER", "--label", "com.docker.compose.project="+name, "--label", "com.docker.compose.service=app",
		image, "/bin/busybox", "sh", "-c", "/bin/busybox touch /a; /bin/busybox chown 7 /a; exec /bin/busybox sleep 600")
	t.Cleanup(func() { exec.Command("docker", "-H", engine, "rm", "-f", name).Run() })
	dir := t.TempDir()
	write(t, dir, "compose.yaml", "services: {app: {image: 'x:1', cap_drop: [FOWNER]}}")
	var told []string
	o := app.HardenOptions{
		Files: []string{filepath.Join(dir, "compose.yaml")}, Project: name, Engine: engine, Observe: 4 * time.Second, Now: time.Now,
		Told: func(text string) { told = append(told, text) },
	}
	added := func() []string {
		t.Helper()
		plan, err := app.Harden(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range plan.Changes {
			if c.Key == "cap_add" {
				return c.Lines[1:]
			}
		}
		return nil
	}
	if got := added(); slices.Contains(got, "  - CHOWN") || !strings.Contains(strings.Join(told, "\n"), "restart them during the observation: app") {
		t.Errorf("%q, %q", got, told)
	}
	told = nil
	again := make(chan struct{})
	time.AfterFunc(time.Second, func() {
		defer close(again)
		run("restart", "-t", "0", name)
	})
	got := added()
	<-again
	t.Logf("%q", got)
	if !slices.Contains(got, "  - CHOWN") || slices.Contains(got, "  - FOWNER") || slices.Contains(got, "  - SYS_ADMIN") || slices.Contains(got, "  - SETUID") || strings.Contains(strings.Join(told, "\n"), "restart them") {
		t.Errorf("%q, %q", got, told)
	}
}
