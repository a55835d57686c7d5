package harden_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

const project = `
services:
  web:
    image: nginx:1.29
    ports: ["80:80", "8081:8081", "127.0.0.1:9:9", "53:53/udp"]
    networks: [edge]
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: hunter2
      NAME: x
    ports: ["5432:5432"]
    networks: [edge, back]
  cache:
    image: redis:8
    networks: [back]
  api:
    build: .
    user: "1000"
    read_only: true
    networks: [edge, back]
    environment: {API_TOKEN: abc123}
networks: {edge: {}, back: {}}
`

func read(t testing.TB, texts ...string) *workload.Compose {
	t.Helper()
	var files []workload.File
	for i, text := range texts {
		files = append(files, workload.File{Name: string(rune('a'+i)) + ".yaml", Data: []byte(text)})
	}
	c, err := workload.ReadCompose(context.Background(), files, workload.ComposeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) > 0 {
		t.Fatalf("notes: %v", c.Notes)
	}
	return c
}

// What is proposed is read by Docker's own reader, does what it says, and leaves nothing
// to propose.
func TestOverrideDoesWhatItSays(t *testing.T) {
	plan := harden.Compose(read(t, project), nil, harden.English)
	over := string(plan.Override("a.yaml"))
	c := read(t, project, over)
	if again := harden.Compose(c, nil, harden.English); len(again.Changes) > 0 {
		t.Errorf("the second run proposes %+v", again.Changes)
	}
	by := map[string]workload.Workload{}
	for _, w := range c.Workloads {
		by[w.Name] = w
		if !w.ReadOnly || !w.NoNewPrivileges || !slices.Contains(w.Capabilities.Drop, "ALL") || w.Limits.Memory == 0 || w.Limits.PIDs == 0 {
			t.Errorf("%s is not hardened: %+v", w.Name, w)
		}
	}
	var ports []string
	for _, p := range by["web"].Ports {
		ports = append(ports, p.Address+"|"+p.Protocol)
	}
	if diff := cmp.Diff([]string{"|tcp", "127.0.0.1|tcp", "127.0.0.1|tcp", "127.0.0.1|udp"}, ports); diff != "" {
		t.Errorf("ports of web (-want +got):\n%s", diff)
	}
	keys := []string{}
	for _, v := range by["db"].Env {
		keys = append(keys, v.Key)
	}
	if diff := cmp.Diff([]string{"NAME", "POSTGRES_PASSWORD_FILE"}, keys); diff != "" {
		t.Errorf("environment of db (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"back"}, plan.Internal); diff != "" {
		t.Errorf("internal networks (-want +got):\n%s", diff)
	}
	if text := over + string(plan.Diff()); strings.Contains(text, "hunter2") || strings.Contains(text, "abc123") {
		t.Errorf("a password is repeated:\n%s", text)
	}
}

func TestObservationDecides(t *testing.T) {
	c := read(t, "services: {app: {image: 'app:1'}}")
	plan := harden.Compose(c, map[string]*harden.Observed{"app": {
		Written: []string{"/var", "/var/log", "/var/log/app", "/var/log/app/a.log", "/var/log/app/old/b.log", "/etc/hosts", "/srv/x.db"},
		UIDs:    []string{"1234"}, Memory: 100 << 20, PIDs: 40,
	}}, harden.English)
	text := string(plan.Override("a.yaml"))
	for _, want := range []string{`"/var/log/app:`, `"/srv:`, `"/tmp:`, `user: "1234"`, "memory: 200M", "pids: 80"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s in\n%s", want, text)
		}
	}
	for _, unwanted := range []string{`"/var:`, `"/var/log:`, `"/var/log/app/old:`, "/etc"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%s in\n%s", unwanted, text)
		}
	}
}

// TestCapabilitiesThatWereUsed holds that what was seen decides when a start was seen, that it
// adds to what is known when none was, and that nothing is added that was not there before.
func TestCapabilitiesThatWereUsed(t *testing.T) {
	f := func(service string, seen harden.Observed, want ...string) {
		t.Helper()
		seen.Watched = true
		c := read(t, "services: {a: "+service+"}")
		plan := harden.Compose(c, map[string]*harden.Observed{"a": &seen}, harden.English)
		got := []string{}
		for _, change := range plan.Changes {
			if change.Key != "cap_add" {
				continue
			}
			for _, line := range change.Lines[1:] {
				got = append(got, strings.TrimPrefix(line, "  - "))
			}
		}
		if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", service, diff)
		}
	}
	f("{image: 'x:1'}", harden.Observed{Capabilities: []string{"CHOWN", "SYS_ADMIN"}, Started: true}, "CHOWN")
	f("{image: 'x:1', cap_drop: [CHOWN]}", harden.Observed{Capabilities: []string{"CHOWN", "KILL"}, Started: true}, "KILL")
	f("{image: 'x:1', cap_add: [SYS_TIME]}", harden.Observed{Capabilities: []string{"CHOWN", "SYS_TIME"}, Started: true}, "CHOWN")
	f("{image: 'x:1', cap_drop: [ALL]}", harden.Observed{Capabilities: []string{"CHOWN"}, Started: true})
	f("{image: 'redis:7'}", harden.Observed{Started: true})
	f("{image: 'redis:7'}", harden.Observed{Capabilities: []string{"CHOWN"}}, "CHOWN", "SETGID", "SETUID")
	f("{image: 'x:1'}", harden.Observed{Capabilities: []string{"NET_RAW"}}, "NET_RAW")
	f("{image: 'x:1', ports: ['80:80']}", harden.Observed{}, "NET_BIND_SERVICE")
}

func TestCapabilitiesThatWereNotUsedAreNoted(t *testing.T) {
	c := read(t, "services: {a: {image: 'x:1', cap_add: [SYS_TIME, SYS_ADMIN]}}")
	seen := &harden.Observed{Capabilities: []string{"SYS_TIME"}, Watched: true, Started: true}
	text := string(harden.Compose(c, map[string]*harden.Observed{"a": seen}, harden.English).Diff())
	if !strings.Contains(text, "is given SYS_ADMIN, which it did not use") || strings.Contains(text, "SYS_TIME, which") {
		t.Error(text)
	}
	seen.Started = false
	if text := string(harden.Compose(c, map[string]*harden.Observed{"a": seen}, harden.English).Diff()); strings.Contains(text, "did not use") {
		t.Error(text)
	}
}

func TestWhatOnlyPeopleDecideIsNoted(t *testing.T) {
	plan := harden.Compose(read(t, "services: {a: {image: 'x:1', privileged: true, pid: host, volumes: ['/var/run/docker.sock:/s', '/etc:/e']}}"), nil, harden.English)
	text := string(plan.Diff())
	for _, want := range []string{"is privileged", "reaches the container engine", "mounts /etc", "pid namespace of the host", "not pinned"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
}

func TestDockerfile(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		edits, _, err := harden.Dockerfile("Dockerfile", []byte(text), harden.English)
		if err != nil {
			t.Fatal(err)
		}
		got := string(harden.Apply([]byte(text), edits))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if again, _, err := harden.Dockerfile("Dockerfile", []byte(got), harden.English); err != nil || len(again) > 0 {
			t.Errorf("the second run proposes %+v, %v", again, err)
		}
	}
	f("FROM debian:12\nADD app /app\nRUN apt-get update && \\\n    apt-get install -y curl\nCMD [\"/app\"]\n",
		"FROM debian:12\nCOPY app /app\nRUN apt-get update && \\\n    apt-get install --no-install-recommends -y curl\nUSER 10001:10001\nCMD [\"/app\"]\n")
	f("FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nENTRYPOINT [\"/app\"]\n",
		"FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n\nFROM gcr.io/distroless/static-debian12:nonroot\nWORKDIR /src\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n")
	f("FROM alpine:3\nUSER root\nCMD [\"x\"]\n", "FROM alpine:3\nUSER 10001:10001\nCMD [\"x\"]\n")
	f("FROM alpine:3\nADD https://example.com/x.tgz /\nUSER app\n", "FROM alpine:3\nADD https://example.com/x.tgz /\nUSER app\n")
}

func FuzzOverride(f *testing.F) {
	f.Add([]byte(project))
	f.Add([]byte("services: {\"a\\nb: [\": {image: \"x\\u2028\", ports: [\"1:1\\\"\"], environment: {A_PASSWORD: \"x\"}}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := workload.ReadCompose(context.Background(), []workload.File{{Name: "/nowhere/c.yaml", Data: data}}, workload.ComposeOptions{})
		if err != nil {
			return
		}
		plan := harden.Compose(c, nil, harden.English)
		over := plan.Override("c.yaml")
		n, err := document.DecodeNode("override", over, document.Options{AllowUnknown: true})
		if err != nil {
			t.Fatalf("%v\n%s", err, over)
		}
		services, _ := n.Get("services")
		for name := range services.Pairs() {
			if _, ok := c.Services[name]; !ok {
				t.Errorf("the override names the service %q, which there is not", name)
			}
		}
		plan.Diff()
	})
}

func FuzzDockerfile(f *testing.F) {
	f.Add([]byte("FROM golang:1\nRUN apt-get install x\nADD a b\nCMD [\"/a\"]"))
	f.Add([]byte("FROM node:22\nWORKDIR /a\nUSER root\nRUN <<E\nx\nE\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		edits, _, err := harden.Dockerfile("Dockerfile", data, harden.English)
		if err != nil {
			return
		}
		harden.DockerfileDiff("Dockerfile", data, edits)
		out := harden.Apply(data, edits)
		if bytes.Contains(data, []byte("\\")) || bytes.Contains(data, []byte("`")) {
			return
		}
		if _, err := dockerfile.Read("Dockerfile", out, dockerfile.Ignore{}); err != nil {
			t.Logf("%v\n%s", err, out)
		}
	})
}
