package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
)

// found returns what policies say of inputs, as "ID resource:line".
func found(t *testing.T, o app.PolicyOptions) []string {
	t.Helper()
	o.Now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	list, _, _, err := app.PolicyFindings(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Unread) > 0 {
		t.Fatalf("unread: %v", list.Unread)
	}
	var out []string
	for _, f := range list.Findings {
		out = append(out, fmt.Sprintf("%s %s:%d", f.ID, f.Place.Resource, f.Place.Line))
	}
	return out
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A compose file is read as Docker reads it: with its override and .env.
func TestPoliciesOfAComposeProject(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "compose.yaml", "services:\n  web:\n    image: shop:${TAG}\n    privileged: true\n")
	write(t, dir, "compose.override.yaml", "services:\n  web:\n    privileged: false\n    read_only: true\n")
	write(t, dir, ".env", "TAG=latest # for now\n")
	write(t, dir, "other.yaml", "a: b\n")
	got := found(t, app.PolicyOptions{FindingOptions: app.FindingOptions{Inputs: []string{dir}}})
	for _, unwanted := range []string{"WL001", "WL009"} {
		if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, unwanted) }) {
			t.Errorf("%s is reported although the override says otherwise", unwanted)
		}
	}
	for _, want := range []string{"WL028 web:3", "WL007 web:2"} {
		if !slices.Contains(got, want) {
			t.Errorf("missing %s in %v", want, got)
		}
	}
}

func TestPoliciesKnowTheirInputs(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		dir := t.TempDir()
		write(t, dir, name, text)
		got := found(t, app.PolicyOptions{FindingOptions: app.FindingOptions{Inputs: []string{filepath.Join(dir, name)}}})
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("%s: missing %s in %v", name, want, got)
		}
	}
	f("daemon.json", `{"icc": true}`, "DM202")
	f("inspect.json", `[{"Name": "/x", "Config": {"Image": "x"}, "HostConfig": {"Privileged": true}}]`, "WL001")
	f("start.sh", "#!/bin/sh\ndocker run --privileged x:1\n", "WL001 x:1:2")
	f("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, securityContext: {privileged: true}}]}\n", "WL001 Pod/a/c:4")
	f("stack.yaml", "services: {a: {image: x, privileged: true}}", "WL001 a:1")
}

// Against a real engine: a container that runs is looked at as its compose file would be.
func TestPoliciesOfARunningContainer(t *testing.T) {
	engine := os.Getenv("SASUMATA_DOCKER")
	if engine == "" {
		t.Skip("SASUMATA_DOCKER is not set: no engine of containers to try")
	}
	const name = "sasumata-workload-policy"
	docker := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "docker", append([]string{"-H", engine}, args...)...).CombinedOutput(); err != nil {
			t.Skipf("docker %v: %v: %s", args, err, out)
		}
	}
	image := busyboxImage(t, engine, name)
	docker("run", "-d", "--name", name, "--cap-add", "SYS_ADMIN", "-e", "DB_PASSWORD=hunter2", image, "/bin/busybox", "sleep", "600")
	t.Cleanup(func() { exec.Command("docker", "-H", engine, "rm", "-f", name).Run() })
	got := found(t, app.PolicyOptions{Containers: []string{name}, Engine: engine, Kind: posture.Inspect})
	for _, want := range []string{"WL005", "WL010", "WL029", "WL030"} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("missing %s in %v", want, got)
		}
	}
}

// busyboxImage makes an image of nothing but busybox, and takes it away in the end.
func busyboxImage(t *testing.T, engine, name string) string {
	t.Helper()
	if _, err := os.Stat("/bin/busybox"); err != nil {
		t.Skip("there is no /bin/busybox to make an image of")
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `tar c -C / bin/busybox | docker -H "$0" import - "$1"`, engine, name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("import an image: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("docker", "-H", engine, "rmi", "-f", name).Run() })
	return name
}
