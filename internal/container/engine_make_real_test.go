package container_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
)

// saved looks for the layer and the manifest of an image in what the engine hands out.
func saved(t *testing.T, e *container.Engine, name string) {
	t.Helper()
	archive, err := e.SaveImage(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	found := map[string]bool{}
	for files := tar.NewReader(archive); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		found[path.Base(h.Name)] = true
	}
	if !found["manifest.json"] {
		t.Errorf("%v", found)
	}
	for _, name := range []string{name + "-none", "../../info", ""} {
		if _, err := e.SaveImage(t.Context(), name); !errors.Is(err, container.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestImportReal makes an image and containers of it, and removes them.
func TestImportReal(t *testing.T) {
	machine := containertest.New(t, "sasumata-make")
	e, ctx := open(t, machine.Address), t.Context()
	name := fmt.Sprintf("sasumata-made-%d", os.Getpid())
	label := "sasumata.test." + name
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "file", Mode: 0o644, Size: 2}), func() error { _, err := w.Write([]byte("x\n")); return err }(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if err := e.Import(ctx, name+":1", map[string]string{label: `a "b" c`}, &archive); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := e.RemoveImage(clean, name+":1"); err != nil && !errors.Is(err, container.ErrNotFound) {
			t.Error(err)
		}
	})
	if err := e.Import(ctx, name+":2", nil, strings.NewReader("no archive at all, but a text that is long enough to be looked at")); err == nil {
		t.Error("a text became an image")
	}
	saved(t, e, name+":1")
	containers, images, err := e.Labelled(ctx, label)
	if err != nil || len(containers) != 0 || len(images) != 1 {
		t.Fatalf("%v %v %v", containers, images, err)
	}
	s := &container.Spec{Name: name, Image: machine.Image, Network: "none", Entrypoint: []string{"/bin/busybox", "sleep", "300"}, Labels: map[string]string{label: "1"}, CPUs: 0.5, Memory: 32 << 20, Retries: 3}
	id, err := e.Create(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { machine.Remove(t, id) })
	if _, err := e.Create(ctx, s); !errors.Is(err, container.ErrConflict) {
		t.Errorf("the same name again: %v", err)
	}
	if _, err := e.Create(ctx, &container.Spec{Name: name + "-other", Image: name + ":none", Entrypoint: s.Entrypoint}); !errors.Is(err, container.ErrNotFound) {
		t.Errorf("an image that is not there: %v", err)
	}
	for range 2 { // the second time it runs already
		if err := e.Start(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	c, err := e.Inspect(ctx, id)
	if err != nil || c.Status != "running" || c.RestartPolicy != "on-failure" || c.Name != name || c.Labels[label] != "1" || c.Memory != 32<<20 || c.CPUs != 0.5 || c.NetworkMode != "none" {
		t.Errorf("%+v %v", c, err)
	}
	if containers, _, err = e.Labelled(ctx, label); err != nil || !slices.Equal(containers, []string{id}) {
		t.Errorf("%v %v", containers, err)
	}
	if err := e.Pause(ctx, id); err != nil { // a frozen one, too
		t.Fatal(err)
	}
	if err := e.Remove(ctx, id); err != nil {
		t.Fatal(err)
	}
	soon(t, "end of it", func() bool {
		_, err := e.Inspect(ctx, id)
		return errors.Is(err, container.ErrNotFound)
	})
	if err := e.Remove(ctx, id); !errors.Is(err, container.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if err := e.RemoveImage(ctx, images[0]); err != nil {
		t.Fatal(err)
	}
	if containers, images, err = e.Labelled(ctx, label); err != nil || len(containers)+len(images) != 0 {
		t.Errorf("%v %v %v", containers, images, err)
	}
}
