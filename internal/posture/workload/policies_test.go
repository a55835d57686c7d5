package workload_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

func policies(t testing.TB) fs.FS {
	t.Helper()
	files, err := fs.Sub(content.FS(), "policies")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func engine(t testing.TB) *posture.Engine {
	t.Helper()
	e, err := posture.New(policies(t), posture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// check returns the findings in a text as "ID resource:line", sorted.
func check(t *testing.T, e *posture.Engine, kind posture.Kind, name, text string) []string {
	t.Helper()
	inputs, _, err := workload.Inputs(context.Background(), kind, name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, in := range inputs {
		found, err := e.Evaluate(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			out = append(out, fmt.Sprintf("%s %s:%d", f.Check.ID, f.Resource, f.Line))
		}
	}
	slices.Sort(out)
	return out
}

func TestHardenedComposeIsClean(t *testing.T) {
	text, err := os.ReadFile("testdata/hardened.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := check(t, engine(t), posture.Compose, "compose.yaml", string(text)); len(got) > 0 {
		t.Errorf("findings in a hardened service: %v", got)
	}
}

func TestMonitoringCompose(t *testing.T) {
	text, err := os.ReadFile("testdata/monitoring.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := check(t, engine(t), posture.Compose, "compose.yaml", string(text))
	for _, want := range []string{
		"WL001 usage:28",                   // privileged
		"WL002 usage:24", "WL002 usage:25", // the root of the host, and /var/run, hold the socket
		"WL004 usage:24", "WL004 usage:26", "WL004 usage:27", // the root, /sys and the engine's folder
		"WL022 usage:30",                                           // /dev/kmsg
		"WL024 metrics:6", "WL024 dashboards:14", "WL024 usage:22", // every interface
		"WL028 metrics:4", "WL028 dashboards:12", "WL028 usage:20", // latest
		"WL019 metrics:3", "WL020 usage:19", "WL021 dashboards:11", // no limits
		"WL036 metrics:10", // the administration interface
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing %s", want)
		}
	}
	for _, f := range got {
		if strings.HasPrefix(f, "WL029") || strings.HasPrefix(f, "WL003") {
			t.Errorf("a secret in a file, and a folder mounted read-only, are reported: %s", f)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(got, "\n"))
	}
}

// The same container in every form gives the same findings.
func TestOneModelForAllInputs(t *testing.T) {
	e := engine(t)
	want := []string{"WL002", "WL005", "WL007", "WL010", "WL024", "WL029"}
	f := func(kind posture.Kind, text string) {
		t.Helper()
		var got []string
		for _, finding := range check(t, e, kind, "input", text) {
			id, _, _ := strings.Cut(finding, " ")
			if slices.Contains([]string{"WL001", "WL002", "WL005", "WL007", "WL010", "WL018", "WL024", "WL029"}, id) {
				got = append(got, id)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
	f(posture.Compose, "services: {web: {image: 'x:1', user: '0:0', cap_add: [cap_sys_admin], ports: ['80:80'], volumes: ['/var/run/docker.sock:/s'], environment: {DB_PASSWORD: hunter2}}}")
	f(posture.Run, "docker run -u root --cap-add=SYS_ADMIN -p 80:80 -v /var/run/docker.sock:/s \\\n -e DB_PASSWORD=hunter2 x:1 run it")
	f(posture.Inspect, `[{"Name": "/web", "Config": {"Image": "x:1", "Env": ["DB_PASSWORD=hunter2"]}, "HostConfig": {"CapAdd": ["SYS_ADMIN"], "Binds": ["/var/run/docker.sock:/s"], "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80"}]}}}]`)
	f(posture.Kubernetes, `
kind: Pod
metadata: {name: web}
spec:
  volumes: [{name: s, hostPath: {path: /run/docker.sock}}]
  containers:
  - name: web
    image: x:1
    securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN]}}
    ports: [{containerPort: 80, hostPort: 80}]
    volumeMounts: [{name: s, mountPath: /s}]
    env: [{name: DB_PASSWORD, value: hunter2}]
`)
}

// The secrets themselves never get into what policies see.
func TestSecretsStayOutOfTheModel(t *testing.T) {
	c, err := workload.ReadCompose(context.Background(), []workload.File{{Name: "c.yaml", Data: []byte(`
services:
  web:
    image: x:1
    command: [run, --password, hunter2]
    environment: {DB_PASSWORD: hunter2, URL: "postgres://u:hunter2@db/x", NAME: "no secret"}
    labels: {token: hunter2}
`)}}, workload.ComposeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", c.Workloads)
	if strings.Contains(text, "postgres://") || !strings.Contains(text, "no secret") {
		t.Errorf("%s", text)
	}
	if n := strings.Count(text, "hunter2"); n > 1 { // the argument alone does not say what it is
		t.Errorf("the secret stands %d times in %s", n, text)
	}
}
