package container_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
)

func open(t testing.TB, address string) *container.Engine {
	t.Helper()
	e, err := container.Open(address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// soon waits until it is so.
func soon(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s within 20 s", what)
		}
	}
}

// TestEngineReal asks a real engine everything that it can be asked.
func TestEngineReal(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-engine")
	e, ctx := open(t, machine.Address), t.Context()
	about, err := e.About(ctx)
	if err != nil || about.Version == "" || about.API == "" {
		t.Fatalf("%+v %v", about, err)
	}
	folder := t.TempDir()
	id := machine.Run(t, &containertest.Spec{
		Name: "all", Script: "echo out; echo err >&2; echo hello > /tmp/written; exec busybox sleep 300",
		Labels: map[string]string{"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
		Host: map[string]any{
			"NetworkMode": "bridge", "CapAdd": []string{"net_admin"}, "CapDrop": []string{"CAP_MKNOD"}, "SecurityOpt": []string{"no-new-privileges"},
			"Memory": 64 << 20, "NanoCpus": 500_000_000, "PidsLimit": 50, "Binds": []string{folder + ":/data:ro"}, "PidMode": "host",
		},
	})
	c, err := e.Inspect(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != id || !strings.HasPrefix(c.Name, "sasumata-watch-engine-all-") || c.Image != machine.Image || c.Project != "shop" || c.Service != "web" ||
		!c.Running() || c.Status != "running" || c.RestartCount != 0 || c.Started.IsZero() || !c.Finished.IsZero() || c.UpperDir == "" || len(c.Raw) == 0 {
		t.Errorf("%+v", c)
	}
	want := container.Config{
		CapAdd: []string{"CAP_NET_ADMIN"}, CapDrop: []string{"CAP_MKNOD"},
		SecurityOpt: []string{"label=disable", "no-new-privileges"}, // the first comes with PidMode
		NetworkMode: "bridge", PidMode: "host", IpcMode: c.IpcMode, CPUs: 0.5, Memory: 64 << 20, Pids: 50,
	}
	if diff := cmp.Diff(want, c.Config); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]container.Mount{{Type: "bind", Source: folder, Destination: "/data"}}, c.Mounts); diff != "" {
		t.Error(diff)
	}
	if len(c.Networks) != 1 || c.Networks[0].Name != "bridge" || len(c.Networks[0].Addresses) != 1 || c.Networks[0].ID == "" {
		t.Errorf("%+v", c.Networks)
	}
	if _, err := os.Stat(filepath.Join("/proc", "self", "root", c.UpperDir)); err != nil {
		t.Log("the folder of the container's files is not visible here:", err)
	}
	all, err := e.List(ctx)
	at, found := slices.BinarySearchFunc(all, id, func(s container.Summary, id string) int { return strings.Compare(s.ID, id) })
	if err != nil || !found || all[at].Name != c.Name || all[at].Status != "running" {
		t.Errorf("%+v %v", all, err)
	}
	ps, err := e.Top(ctx, id, "-eo", "pid,ppid,uid,args")
	if err != nil || !slices.ContainsFunc(ps.Rows, func(row []string) bool { return strings.Contains(row[len(row)-1], "sleep 300") }) {
		t.Errorf("%+v %v", ps, err)
	}
	var changes []container.Change
	soon(t, "file in the diff", func() bool {
		changes, err = e.Diff(ctx, id)
		return err != nil || slices.Contains(changes, container.Change{Kind: 'A', Path: "/tmp/written"})
	})
	if err != nil {
		t.Errorf("%+v %v", changes, err)
	}
	responses(t, e, c)
}

// responses does to a container what can be done, and undoes it.
func responses(t *testing.T, e *container.Engine, c *container.Container) {
	t.Helper()
	ctx, id := t.Context(), c.ID
	status := func(want string) {
		t.Helper()
		if now, err := e.Inspect(ctx, id); err != nil || now.Status != want {
			t.Errorf("%v %v, want %s", now, err, want)
		}
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	is := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	ok(e.Pause(ctx, id))
	status("paused")
	is(e.Pause(ctx, id), container.ErrConflict)
	ok(e.Disconnect(ctx, c.Networks[0].ID, id, false))
	now, err := e.Inspect(ctx, id)
	if err != nil || len(now.Networks) != 0 {
		t.Errorf("%+v %v", now, err)
	}
	ok(e.Connect(ctx, &c.Networks[0], id))
	// The name of the guide's snapshots is no name: the engine must not be left with an
	// image that nobody can find.
	if _, err := e.Commit(ctx, id, "incident-INC-20261122", "", false); err == nil || !strings.Contains(err.Error(), "lowercase") {
		t.Errorf("%v", err)
	}
	image, err := e.Commit(ctx, id, "sasumata-watch-engine/forensic/all:1", "for a test", false)
	ok(err)
	if !strings.HasPrefix(image, "sha256:") {
		t.Error(image)
	}
	ok(e.RemoveImage(ctx, image))
	is(e.RemoveImage(ctx, image), container.ErrNotFound)
	ok(e.Unpause(ctx, id))
	status("running")
	var stdout, stderr bytes.Buffer
	cut, err := e.Logs(ctx, id, container.Output{Most: 1 << 20}, &stdout, &stderr)
	if err != nil || cut || !strings.HasSuffix(stdout.String(), "Z out\n") || !strings.HasSuffix(stderr.String(), "Z err\n") {
		t.Errorf("%v %v %q %q", cut, err, &stdout, &stderr)
	}
	stdout.Reset()
	if cut, err = e.Logs(ctx, id, container.Output{Most: 20}, &stdout, &stderr); err != nil || !cut || stdout.Len() > 12 {
		t.Errorf("%v %v %q", cut, err, &stdout)
	}
	ok(e.Stop(ctx, id, time.Second))
	status("exited")
	ok(e.Stop(ctx, id, 0))
	is(e.Kill(ctx, id, "SIGKILL"), container.ErrConflict)
	missing := strings.Repeat("ab", 32)
	for _, err := range []error{e.Pause(ctx, missing), e.Kill(ctx, "../images", "SIGKILL"), e.Disconnect(ctx, "../x", id, true)} {
		is(err, container.ErrNotFound)
	}
}

// TestMakeReal makes a container and a network for a trial, and removes them.
func TestMakeReal(t *testing.T) {
	machine := containertest.New(t, "sasumata-make")
	e, ctx := open(t, machine.Address), t.Context()
	const name = "sasumata-make-net"
	labels := map[string]string{"a": "b"}
	if err := e.CreateNetwork(ctx, name, labels); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Remove(context.Background(), name)
		_ = e.RemoveNetwork(context.Background(), name)
	})
	if got := machine.Do(t, http.MethodGet, "/networks/"+name, "", nil); !strings.Contains(got, `"Internal":true`) || !strings.Contains(got, `"a":"b"`) {
		t.Error(got)
	}
	if there, err := e.HasImage(ctx, machine.Image); err != nil || !there {
		t.Error(there, err)
	}
	if there, err := e.HasImage(ctx, "sasumata-none:1"); err != nil || there {
		t.Error(there, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := &container.Spec{
		Name: name, Image: machine.Image, Command: []string{"/busybox", "sleep", "60"}, User: "5", Labels: labels, CapAdd: []string{"CHOWN"}, CapDrop: []string{"ALL"},
		SecurityOpt: []string{"no-new-privileges:true"}, ReadOnly: true, Tmpfs: map[string]string{"/tmp": "size=1m"}, Volumes: []string{"/data"}, Files: map[string]string{"/file": file},
		CPUs: 0.5, Memory: 64 << 20, Pids: 20, Health: []string{"CMD", "/busybox", "true"}, HealthEvery: 100 * time.Millisecond, Network: name, Aliases: []string{"web"},
		Ulimits: map[string][2]int64{"nofile": {100, 200}},
	}
	if _, err := e.Create(ctx, spec); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(ctx, name); err != nil {
		t.Fatal(err)
	}
	soon(t, "healthy container", func() bool {
		c, err := e.Inspect(ctx, name)
		return err != nil || c.Health == "healthy"
	})
	c, err := e.Inspect(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	want := container.Config{
		CapAdd: []string{"CAP_CHOWN"}, CapDrop: []string{"ALL"}, SecurityOpt: []string{"no-new-privileges:true"}, NetworkMode: name, IpcMode: c.IpcMode,
		ReadonlyRootfs: true, CPUs: 0.5, Memory: 64 << 20, Pids: 20,
	}
	if diff := cmp.Diff(want, c.Config); diff != "" {
		t.Error(diff)
	}
	if len(c.Mounts) != 2 || c.Mounts[0].Type != "volume" || !c.Mounts[0].Writable || c.Mounts[1].Source != file || c.Mounts[1].Writable || c.User != "5" || c.Labels["a"] != "b" {
		t.Errorf("%+v", c)
	}
	if len(c.Networks) != 1 || !slices.Contains(c.Networks[0].Aliases, "web") {
		t.Errorf("%+v", c.Networks)
	}
	for _, err := range []error{e.Remove(ctx, name), e.RemoveNetwork(ctx, name)} {
		if err != nil {
			t.Error(err)
		}
	}
	spec.Name, spec.Image = name+"-2", "sasumata-none:1"
	_, create := e.Create(ctx, spec)
	for _, err := range []error{create, e.Remove(ctx, name), e.RemoveNetwork(ctx, name), e.Start(ctx, "../x")} {
		if !errors.Is(err, container.ErrNotFound) {
			t.Errorf("%v, want that there is no such thing", err)
		}
	}
	volume := c.Mounts[0].Name
	if got := machine.Do(t, http.MethodGet, "/volumes", "", nil); volume == "" || strings.Contains(got, volume) {
		t.Errorf("the volume %q is left behind", volume)
	}
}

// TestFollowReal follows the events of a real engine.
func TestFollowReal(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-follow")
	e := open(t, machine.Address)
	ctx, cancel := context.WithCancel(t.Context())
	begun, happened, done := make(chan struct{}, 1), make(chan container.Event, 100), make(chan struct{})
	go func() {
		defer close(done)
		e.Follow(ctx, &container.Follower{
			Begun:    func(context.Context) error { begun <- struct{}{}; return nil },
			Happened: func(one container.Event) { happened <- one }, Lost: func(err error) { t.Error(err) },
		})
	}()
	<-begun
	id := machine.Run(t, &containertest.Spec{Name: "short", Script: "exit 3"})
	var got []string
	for deadline := time.After(20 * time.Second); len(got) == 0 || got[len(got)-1] != "die 3"; {
		select {
		case one := <-happened:
			if one.ID == id {
				got = append(got, strings.TrimSpace(one.Action+" "+one.ExitCode))
			}
		case <-deadline:
			t.Fatal(got)
		}
	}
	if diff := cmp.Diff([]string{"create", "start", "die 3"}, got); diff != "" {
		t.Error(diff)
	}
	cancel()
	<-done
}

// TestTerminal reads the output of a container with a terminal, which is one stream.
func TestTerminal(t *testing.T) {
	machine := containertest.New(t, "sasumata-watch-tty")
	e := open(t, machine.Address)
	id := machine.Run(t, &containertest.Spec{Name: "tty", Script: "echo out; echo err >&2", TTY: true})
	machine.Do(t, http.MethodPost, "/containers/"+id+"/wait", "", nil)
	var stdout, stderr bytes.Buffer
	if cut, err := e.Logs(t.Context(), id, container.Output{Most: 1 << 20}, &stdout, &stderr); err != nil || cut {
		t.Error(cut, err)
	}
	if got := stdout.String(); !strings.Contains(got, "Z out\r\n") || !strings.Contains(got, "Z err\r\n") || stderr.Len() > 0 {
		t.Errorf("%q %q", got, &stderr)
	}
}
