package workload_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

// A trial has what makes the service work, and nothing by which it gets at the machine.
func TestReadTrials(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"app.env": "A=1\nB=${HOME_OF}/x\n", "key": "k", "conf": "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	read := func(text string, local bool) map[string]*workload.Trial {
		t.Helper()
		files := []workload.File{{Name: filepath.Join(dir, "compose.yaml"), Data: []byte(text)}}
		all, err := workload.ReadTrials(context.Background(), files, map[string]string{"HOME_OF": "/h", "C": "3", "TAG": "9"}, "shop", local)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	const text = `
services:
  app:
    image: app:${TAG}
    command: run "one thing" $$X
    env_file: [app.env]
    environment: {C: null, D: "4", A_PASSWORD: hunter2}
    user: "5"
    depends_on: [db]
    ports: ["1:1"]
    labels: {x: y}
    pid: host
    network_mode: host
    devices: ["/dev/null:/dev/null"]
    cap_drop: [ALL]
    read_only: true
    tmpfs: ["/tmp:noexec,size=1m"]
    mem_limit: 100m
    deploy: {resources: {limits: {cpus: "0.5", pids: 7}}}
    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
    secrets: [key]
    volumes: ["named:/named", "/anonymous", "./folder:/folder", "./conf:/conf:ro", "./conf:/written", "./folder:/read:ro", "/dev/null:/null:ro"]
    healthcheck: {test: ask, interval: 10s, retries: 2, start_period: 5s}
  db: {build: ., privileged: true}
  raw: {image: raw, cap_add: [CAP_SYS_MODULE, NET_ADMIN]}
  net: {image: net, cap_add: [NET_ADMIN], network_mode: none, healthcheck: {disable: true}}
secrets: {key: {file: ./key}}
volumes: {named: {}}
`
	all := read(text, true)
	want := workload.Trial{
		Spec: container.Spec{
			Image: "app:9", Command: []string{"run", "one thing", "$X"}, Env: []string{"A=1", "A_PASSWORD=hunter2", "B=/h/x", "C=3", "D=4"}, User: "5",
			CapDrop: []string{"ALL"}, ReadOnly: true, Tmpfs: map[string]string{"/tmp": "noexec,size=1m"}, Memory: 100 << 20, CPUs: 0.5, Pids: 7,
			Ulimits: map[string][2]int64{"nofile": {1, 2}, "nproc": {3, 3}},
			Files:   map[string]string{"/conf": filepath.Join(dir, "conf"), "/run/secrets/key": filepath.Join(dir, "key")},
			Volumes: []string{"/named", "/anonymous", "/folder", "/read"}, Aliases: []string{"app"},
			Health: []string{"CMD-SHELL", "ask"}, HealthEvery: time.Second,
		},
		After: []string{"db"}, Patience: 25 * time.Second, Secrets: []string{"hunter2"},
		LeftOut: []string{
			"devices", "labels", "network_mode: host", "pid: host", "published ports", "the content of named: a fresh volume is at /named",
			"the content of " + filepath.Join(dir, "folder") + ": a fresh volume is at /folder", filepath.Join(dir, "conf") + " at /written",
			"the content of " + filepath.Join(dir, "folder") + ": a fresh volume is at /read", "/dev/null at /null",
		},
	}
	if diff := cmp.Diff(&want, all["app"]); diff != "" {
		t.Errorf("app (-want +got):\n%s", diff)
	}
	if db := all["db"]; db.Spec.Image != "shop-db" || db.Refused == "" {
		t.Errorf("db: %+v", db)
	}
	if raw := all["raw"]; raw.Refused != "it has the capability SYS_MODULE: a trial must not change this machine" {
		t.Errorf("raw: %q", raw.Refused)
	}
	if n := all["net"]; n.Refused != "" || n.Spec.Network != "none" || n.Spec.Aliases != nil || !cmp.Equal(n.Spec.Health, []string{"NONE"}) {
		t.Errorf("net: %+v", n)
	}
	if got := read(text, false)["app"].Spec.Files; len(got) > 0 {
		t.Errorf("files of this machine for the engine of another: %v", got)
	}
}

func FuzzReadTrials(f *testing.F) {
	f.Add([]byte("services: {a: {image: 'x:${Y:-1}', command: 'a \"b', ports: ['1-9:1-9'], tmpfs: [':'], ulimits: {a: 1}, healthcheck: {retries: 99999999999, interval: 1y}}}"))
	f.Add([]byte("services: {a: {volumes: [{type: bind, source: /x, target: /y}], deploy: {resources: {limits: {memory: 1t}}}, secrets: [s], env_file: /dev/zero}}\nsecrets: {s: {file: /dev/zero}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := workload.ReadTrials(context.Background(), []workload.File{{Name: "/nowhere/c.yaml", Data: data}}, nil, "shop", true)
		if err != nil {
			return
		}
		for name, one := range all {
			if one == nil || one.Spec.Name != "" || len(one.Spec.Labels) > 0 {
				t.Errorf("%q: %+v", name, one)
			}
			for _, c := range one.Spec.CapAdd {
				if c == "SYS_MODULE" && one.Refused == "" {
					t.Errorf("%q may load modules", name)
				}
			}
		}
	})
}
