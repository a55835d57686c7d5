package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/config"
)

// TestServeContainers finds in the output of a container what it finds in a file, goes on
// where it was, and forgets a container that is gone.
func TestServeContainers(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "containers")
	id := strings.Repeat("0123456789abcdef", 4)
	add := func(from, to int) {
		t.Helper()
		var b strings.Builder
		for line := range strings.Lines(failures(from, to)) {
			fmt.Fprintf(&b, `{"log":"%s\n","stream":"stdout","time":"2026-01-16T00:00:00.5Z"}`+"\n", strings.TrimSuffix(line, "\n"))
		}
		f, err := os.OpenFile(filepath.Join(root, id, id+"-json.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(b.String()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, id), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, id, "config.v2.json"), []byte(`{"Name":"/bastion","Config":{"Image":"openssh:9"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	add(0, 1)
	opts := serveOptions(dir)
	opts.Rescan = 1
	opts.Config.Files, opts.Config.Docker = []config.File{}, &config.Docker{Root: root, From: "beginning"}
	s, stop := serving(t, opts)
	s.until(t, 6)
	stop()
	add(1, 2)
	s, stop = serving(t, opts)
	s.until(t, 12)
	var metrics strings.Builder
	if err := s.writeMetrics(&metrics); err != nil || !strings.Contains(metrics.String(), `kind="docker"} 6`) {
		t.Errorf("%s%v", metrics.String(), err)
	}
	log := filepath.Join(root, id, id+"-json.log")
	if s.consumer.position(log) == nil {
		t.Error("there is no position")
	}
	if err := os.RemoveAll(filepath.Join(root, id)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the container", func() bool { return s.consumer.position(log) == nil && (&running{server: s}).takes(log) })
	stop()
	for _, want := range []string{"203.0.113.0", "203.0.113.1", "container_id:" + id, "image:openssh:9"} {
		if got := signalsOf(t, dir); !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestOwnContainer(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	if !isOwn("0123456789ab", id) || isOwn("0123456789ac", id) || isOwn("01234567", id) || isOwn("", id) || isOwn("web1", id) {
		t.Error("it is told apart wrongly")
	}
}
