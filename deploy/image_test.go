package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// built builds the binary as a release does, or takes the one that SASUMATA_BINARY names.
func built(t *testing.T, to string) {
	t.Helper()
	if ready := os.Getenv("SASUMATA_BINARY"); ready != "" {
		output(t, "cp", ready, to)
		return
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", to, "./cmd/sasumata")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestDockerfilesEndAlike compares the image that is made of the source with that of a
// release: both are one stage from scratch with the same instructions.
func TestDockerfilesEndAlike(t *testing.T) {
	final := func(name string) string {
		_, text, found := strings.Cut(read(t, name), "FROM scratch\n")
		if !found {
			t.Fatalf("%s does not end from scratch", name)
		}
		text = strings.NewReplacer("ARG TARGETPLATFORM\n", "", "--from=build ", "", "/out/", "", "deploy/docker/", "", "dist-image/", "", "${TARGETPLATFORM}/", "").Replace(text)
		var lines []string
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
	if a, b := final("docker/Dockerfile"), final("docker/Dockerfile.release"); a != b {
		t.Errorf("the two end differently:\n%s\n%s", a, b)
	}
}

// TestTheImageServes builds the image of a release on a real engine, runs it as compose.yaml
// does, and waits until the engine finds it healthy.
func TestTheImageServes(t *testing.T) {
	engine := os.Getenv("SASUMATA_DOCKER")
	if engine == "" {
		t.Skip("SKIPPED: SASUMATA_DOCKER names no Docker engine, such as unix:///var/run/docker.sock")
	}
	docker := program(t, "docker", "the Debian package docker-cli")
	run := func(args ...string) string {
		t.Helper()
		return strings.TrimSpace(output(t, docker, append([]string{"-H", engine}, args...)...))
	}
	context := t.TempDir()
	if err := os.MkdirAll(filepath.Join(context, "dist-image", "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	built(t, filepath.Join(context, "sasumata"))
	// Its own checks find nothing worse than a remark.
	output(t, filepath.Join(context, "sasumata"), "policy", "check", "--fail-on", "low", "docker/Dockerfile", "docker/Dockerfile.release")
	for name, text := range map[string]string{
		"dist-image/sasumata.yaml": read(t, "docker/sasumata.yaml"), "dist-image/ca-certificates.crt": "", "Dockerfile": read(t, "docker/Dockerfile.release"),
	} {
		if err := os.WriteFile(filepath.Join(context, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	name := fmt.Sprintf("sasumata-deploy-test-%d", os.Getpid())
	build := exec.CommandContext(t.Context(), docker, "-H", engine, "build", "--network=none", "-t", name, "--build-arg", "VERSION=test", context)
	build.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() {
		_ = exec.Command(docker, "-H", engine, "rm", "-f", "-v", name).Run()
		_ = exec.Command(docker, "-H", engine, "rmi", "-f", name).Run()
	})
	run("run", "-d", "--name", name, "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--tmpfs=/tmp:noexec,nosuid,size=64m",
		"--memory=1g", "--pids-limit=512", "--network=none", "--health-interval=1s", name)
	var state struct {
		Status string
		Health struct {
			Status string
			Log    []struct{ Output string }
		}
	}
	for end := time.Now().Add(2 * time.Minute); state.Health.Status != "healthy"; time.Sleep(200 * time.Millisecond) {
		if err := json.Unmarshal([]byte(run("inspect", "--format", "{{json .State}}", name)), &state); err != nil {
			t.Fatal(err)
		}
		if state.Status != "running" || time.Now().After(end) {
			t.Fatalf("%+v\n%s", state, run("logs", name))
		}
	}
	var image struct {
		User   string
		Labels map[string]string
	}
	if err := json.Unmarshal([]byte(run("inspect", "--format", "{{json .Config}}", name)), &image); err != nil {
		t.Fatal(err)
	}
	if image.User != "65532:65532" || image.Labels["org.opencontainers.image.version"] != "test" {
		t.Errorf("%+v", image)
	}
	run("stop", "-t", "30", name)
	if code := run("inspect", "--format", "{{.State.ExitCode}}", name); code != "0" {
		t.Errorf("it ends with %s\n%s", code, run("logs", name))
	}
}
