// Package containertest makes containers on the real engine of this machine, for tests.
package containertest

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// Engine is the engine of this machine.
type Engine struct {
	// Address is where it listens.
	Address string
	// Image holds nothing but busybox, as /bin/busybox and /busybox, and /bin/sh.
	Image string

	prefix string
	http   *http.Client
}

// New finds the engine that SASUMATA_DOCKER names, or the usual one, and makes an image. The
// names of images and containers begin with the prefix. Without an engine the test is skipped.
func New(t testing.TB, prefix string) *Engine {
	t.Helper()
	address := os.Getenv("SASUMATA_DOCKER")
	if address == "" {
		address = source.DefaultEngine
	}
	place := strings.TrimPrefix(address, "unix://")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", place)
	}
	conn, err := dial(t.Context(), "", "")
	if err != nil {
		t.Skipf("no Docker engine runs here: %v (SASUMATA_DOCKER names one, such as unix:///run/docker.sock)", err)
	}
	_ = conn.Close() // it was only knocked at
	e := &Engine{Address: address, Image: prefix + ":1", prefix: prefix, http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
	t.Cleanup(e.http.CloseIdleConnections)
	e.Do(t, http.MethodPost, "/images/create?fromSrc=-&repo="+prefix+"&tag=1", "application/x-tar", busybox(t))
	return e
}

// busybox is the file system of the image.
func busybox(t testing.TB) io.Reader {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox to make an image of (busybox-static)")
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	for _, h := range []*tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o777},
		{Name: "bin/busybox", Mode: 0o755, Size: int64(len(binary))},
		{Name: "bin/sh", Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777},
		{Name: "busybox", Typeflag: tar.TypeSymlink, Linkname: "bin/busybox", Mode: 0o777},
	} {
		if err = w.WriteHeader(h); err == nil && h.Size > 0 {
			_, err = w.Write(binary)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &image
}

// Do asks the engine and returns its answer; what is no success ends the test.
func (e *Engine) Do(t testing.TB, method, path, kind string, body io.Reader) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://docker"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	answer, err := e.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // it is read
	if err != nil || answer.StatusCode >= 300 && answer.StatusCode != http.StatusNotModified {
		t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, text, err)
	}
	return string(text)
}

// Spec is a container to make.
type Spec struct {
	// Name follows the prefix of all.
	Name string
	// Script is one of sh; busybox has all commands: busybox sleep 100.
	Script string
	// Labels are the container's.
	Labels map[string]string
	// TTY gives it a terminal.
	TTY bool
	// Host are settings as the engine's HostConfig names them; without NetworkMode there is no
	// network.
	Host map[string]any
}

// Run makes a container and starts it; it is removed when the test ends. It returns its id.
func (e *Engine) Run(t testing.TB, s *Spec) string {
	t.Helper()
	id := e.Create(t, s)
	e.Start(t, id)
	return id
}

// Start starts a container that was made.
func (e *Engine) Start(t testing.TB, id string) {
	t.Helper()
	e.Do(t, http.MethodPost, "/containers/"+id+"/start", "", nil)
}

// Create makes a container, without starting it.
func (e *Engine) Create(t testing.TB, s *Spec) string {
	t.Helper()
	host := map[string]any{"NetworkMode": "none"}
	maps.Copy(host, s.Host)
	text, err := json.Marshal(map[string]any{
		"Image": e.Image, "Cmd": []string{"/bin/sh", "-c", s.Script}, "Labels": s.Labels, "Tty": s.TTY, "HostConfig": host, "StopTimeout": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%s-%s-%d", e.prefix, s.Name, os.Getpid())
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(e.Do(t, http.MethodPost, "/containers/create?name="+name, "application/json", bytes.NewReader(text))), &made); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Remove(t, made.ID) })
	return made.ID
}

// Remove removes a container by force; one that is gone is no fault.
func (e *Engine) Remove(t testing.TB, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, "http://docker/containers/"+id+"?force=1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // its text does not matter
	if answer.StatusCode >= 300 && answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusConflict {
		t.Errorf("remove container %.12s: %d", id, answer.StatusCode)
	}
}

// Pid returns the number of the first process of a container.
func (e *Engine) Pid(t testing.TB, id string) int {
	t.Helper()
	var c struct{ State struct{ Pid int } }
	if err := json.Unmarshal([]byte(e.Do(t, http.MethodGet, "/containers/"+id+"/json", "", nil)), &c); err != nil {
		t.Fatal(err)
	}
	return c.State.Pid
}
