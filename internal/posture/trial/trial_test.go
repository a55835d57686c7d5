package trial_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/posture/harden"
	"github.com/sasumata/sasumata/internal/posture/trial"
	"github.com/sasumata/sasumata/internal/posture/workload"
)

// scratch is a project on the real engine of this machine.
type scratch struct {
	machine *containertest.Engine
	options trial.Options
	plan    *harden.Plan
	all     []string
	name    string
	heard   func(text string)
}

func newScratch(t *testing.T, prefix, compose string) *scratch {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: services are not started for trial")
	}
	s := &scratch{machine: containertest.New(t, prefix), heard: func(string) {}}
	engine, err := container.Open(s.machine.Address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "setting"), []byte("right"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []workload.File{{Name: filepath.Join(dir, "compose.yaml"), Data: []byte(strings.ReplaceAll(compose, "IMAGE", s.machine.Image))}}
	c, err := workload.ReadCompose(t.Context(), files, workload.ComposeOptions{})
	if err != nil || len(c.Notes) > 0 {
		t.Fatal(err, c.Notes)
	}
	for name := range c.Services {
		s.all = append(s.all, name)
	}
	s.plan = harden.Compose(c, nil, harden.English)
	s.options = trial.Options{Engine: engine, Files: files, Project: "shop", For: time.Second, Told: func(text string) {
		if _, name, ok := strings.Cut(text, "begin with "); ok {
			s.name = name
		}
		s.heard(text)
	}}
	return s
}

// nothingLeft looks for what the trial left behind.
func (s *scratch) nothingLeft(t *testing.T) {
	t.Helper()
	if !strings.HasPrefix(s.name, trial.Prefix) {
		t.Fatalf("the trial did not say its name: %q", s.name)
	}
	filters := "filters=" + url.QueryEscape(`{"label":["`+trial.Label+"="+s.name+`"]}`)
	for _, what := range []string{"/containers/json?all=1&", "/networks?", "/volumes?"} {
		if got := s.machine.Do(t, http.MethodGet, what+filters, "", nil); strings.Contains(got, s.name) {
			t.Errorf("left behind at %s: %s", what, got)
		}
	}
}

// taken returns the keys of the changes that were taken back, by service.
func (s *scratch) taken() (taken map[string][]string, by map[string]harden.Trial) {
	taken, by = map[string][]string{}, map[string]harden.Trial{}
	for _, one := range s.plan.Trials {
		by[one.Service] = one
		for _, c := range one.Taken {
			taken[one.Service] = append(taken[one.Service], c.Key)
		}
	}
	return taken, by
}

const shop = `
services:
  web: # writes where it is not to
    image: IMAGE
    command: ["/bin/busybox", "sh", "-c", "echo $$TOKEN; busybox mkdir -p /data && echo 1 > /data/x || exit 7; exec busybox sleep 600"]
    environment: {TOKEN: s3cr3t-of-web, PATH: /bin}
    ports: ["8080:80"]
    labels: {traefik.enable: "true"}
  fine: # waits for another, reads a file, writes to its volume
    image: IMAGE
    entrypoint: /bin/busybox sh -c 'busybox nc -w 3 late 8000 </dev/null && busybox grep -q right /etc/setting && echo 1 > /var/lib/x && echo 1 > /srv/x && exec busybox sleep 600'
    environment: {PATH: /bin}
    volumes: ["data:/var/lib", "./setting:/etc/setting:ro", "./folder:/srv"]
  late:
    image: IMAGE
    command: /bin/busybox httpd -f -p 8000
    healthcheck: {test: ["CMD", "/bin/busybox", "true"], interval: 1h}
  both: # wants a capability, and writes where it is not to
    image: IMAGE
    command: ["/bin/busybox", "sh", "-c", "busybox mkdir /data; busybox chown 5 /tmp && busybox test -d /data || exit 8; exec busybox sleep 600"]
    environment: {PATH: /bin}
  gone: {image: "sasumata-missing:1"}
  ends: {image: IMAGE, command: /bin/busybox false}
  might: {image: IMAGE, privileged: true, command: /bin/busybox sleep 600}
volumes: {data: {}}
`

func TestTakesBackWhatBreaks(t *testing.T) {
	s := newScratch(t, "sasumata-shop", shop)
	before := len(s.plan.Changes)
	if err := trial.Run(t.Context(), &s.options, s.plan, s.all); err != nil {
		t.Fatal(err)
	}
	taken, by := s.taken()
	if diff := cmp.Diff(map[string][]string{"web": {"read_only"}, "both": {"cap_drop", "read_only"}}, taken); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
	unverified := map[string]string{}
	for name, one := range by {
		if one.Unverified != "" {
			unverified[name] = one.Unverified
		}
	}
	if diff := cmp.Diff(map[string]string{
		"gone":  "its image sasumata-missing:1 is not on this machine, and nothing is pulled",
		"ends":  "it does not start as it is: it ended with exit code 1",
		"might": "it is privileged: a trial must not change this machine",
	}, unverified); diff != "" {
		t.Errorf("not verified (-want +got):\n%s", diff)
	}
	if got := len(s.plan.Changes); got != before-3 {
		t.Errorf("%d changes of %d remain, want all but three", got, before)
	}
	if got := by["web"].LeftOut; !slices.Equal(got, []string{"labels", "published ports", "the change of ports"}) {
		t.Errorf("web was tried without %q", got)
	}
	for _, text := range []string{string(s.plan.Diff()), string(s.plan.Override("compose.yaml"))} {
		for _, want := range []string{"taken back: the service did not start with it: it ended with exit code 7", "can't create directory '/data'", "not verified: its image", "| ***"} {
			if !strings.Contains(text, want) {
				t.Errorf("missing %q in\n%s", want, text)
			}
		}
		if strings.Contains(text, "s3cr3t-of-web") {
			t.Errorf("a password of the output is shown:\n%s", text)
		}
	}
	files := append(slices.Clone(s.options.Files), workload.File{Name: "over.yaml", Data: s.plan.Override("compose.yaml")})
	c, err := workload.ReadCompose(t.Context(), files, workload.ComposeOptions{})
	if err != nil || len(c.Notes) > 0 {
		t.Fatal(err, c.Notes)
	}
	for _, w := range c.Workloads {
		if want := w.Name != "web" && w.Name != "both"; w.ReadOnly != want {
			t.Errorf("%s is read-only: %v, want %v", w.Name, w.ReadOnly, want)
		}
	}
	s.nothingLeft(t)
}

// Who is interrupted leaves nothing behind either.
func TestInterrupted(t *testing.T) {
	s := newScratch(t, "sasumata-cut", shop)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.heard = func(text string) {
		if strings.Contains(text, "looking for what breaks it") {
			cancel()
		}
	}
	if err := trial.Run(ctx, &s.options, s.plan, s.all); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was interrupted", err)
	}
	s.nothingLeft(t)
}

func TestNoEngine(t *testing.T) {
	engine, err := container.Open("unix://"+filepath.Join(t.TempDir(), "none.sock"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &trial.Options{Engine: engine, Files: []workload.File{{Name: "compose.yaml", Data: []byte("services: {a: {image: x}}")}}, For: time.Second, Told: func(string) {}}
	if err := trial.Run(t.Context(), o, &harden.Plan{}, []string{"a"}); err == nil || !strings.Contains(err.Error(), "make the network") {
		t.Errorf("%v", err)
	}
}
