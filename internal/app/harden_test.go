package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
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
	o := app.HardenOptions{Files: []string{filepath.Join(dir, "compose.yaml")}, Project: "sasumata-workload", Engine: engine, Observe: 2 * time.Second, Told: func(string) {}}
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
