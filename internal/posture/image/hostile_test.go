package image_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/posture/image"
)

// TestHostile holds that what is no image, or more than one, is an error that says so.
func TestHostile(t *testing.T) {
	f := func(name string, data []byte, want error, text string) {
		t.Helper()
		start := time.Now()
		_, _, err := image.Read(t.Context(), "x.tar", bytes.NewReader(data), image.Options{})
		if err == nil || want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), text) || !strings.HasPrefix(err.Error(), "x.tar: ") {
			t.Errorf("%s: %v, want %v with %q", name, err, want, text)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	good := docker(t, "{}", pack(t, file{name: "a", text: strings.Repeat("x", 5000)}))
	f("nothing", nil, image.ErrNoImage, "neither manifest.json nor index.json")
	f("text", []byte(strings.Repeat("hello\n", 200)), image.ErrNoImage, "no tar archive")
	f("a file system", pack(t, file{name: "etc/passwd", text: "root::0:0:"}, file{name: "a/b/c/layer.tar", text: "x"}), image.ErrNoImage, "docker export")
	f("cut off", good[:3000], nil, "unexpected EOF")
	f("cut off, packed", zipped(good)[:60], nil, "unexpected EOF")
	f("no configuration", pack(t, file{name: "manifest.json", text: `[{"Config":"c.json"}]`}), image.ErrNoImage, "configuration c.json is not in the archive")
	f("no layer", pack(t, file{name: "c.json", text: "{}"}, file{name: "manifest.json", text: `[{"Config":"c.json","Layers":["../../../etc/passwd"]}]`}), image.ErrNoImage, "is not in the archive")
	f("no tar for a layer", docker(t, "{}", []byte(strings.Repeat("x", 600))), nil, "the layer 0/layer.tar")
	f("a damaged layer", docker(t, "{}", zipped(good)[:100]), nil, "the layer 0/layer.tar")
	f("no image", pack(t, file{name: "manifest.json", text: `[]`}), image.ErrNoImage, "names no image")
	f("another type", pack(t, file{name: "manifest.json", text: `{"a": 1}`}), image.ErrNoImage, "manifest.json")
	f("a configuration of another type", docker(t, `{"config": 5}`), image.ErrNoImage, "configuration")
	f("links in a circle", pack(t, file{name: "c.json", link: "d.json"}, file{name: "d.json", link: "c.json"}, file{name: "manifest.json", text: `[{"Config":"c.json"}]`}), image.ErrNoImage, "c.json")
	f("many images", pack(t, file{name: "c.json", text: "{}"}, file{name: "manifest.json", text: "[" + strings.Repeat(`{"Config":"c.json"},`, 100) + `{"Config":"c.json"}]`}), image.ErrLimit, "100 images")
	f("many layers", docker(t, "{}", make([][]byte, 201)...), image.ErrLimit, "200 layers")
	f("a long path", docker(t, "{}", pack(t, file{name: strings.Repeat("a/", 2500) + "b"})), image.ErrLimit, "longer than 4096")
	f("an index in itself", pack(t, file{name: "blobs/sha256/0", text: `{"manifests":[{"digest":"sha256:0"},{"digest":"sha256:0"}]}`}, file{name: "index.json", text: `{"manifests":[{"digest":"sha256:0"}]}`}), image.ErrLimit, "index in an index")
	f("a name with control characters", pack(t, file{name: "c.json", text: "{}"}, file{name: "manifest.json", text: `[{"Config":"c.json","Layers":["\u001b[31m"]}]`}), image.ErrNoImage, `\x1b`)
	many := make([]file, 100_001)
	for i := range many {
		many[i].name = fmt.Sprint(i)
	}
	f("many files", pack(t, many...), image.ErrLimit, "100000 files")
	f("a bomb", docker(t, "{}", bomb(t)), image.ErrLimit, "made to fill disks")
}

// bomb is a layer with one file of 4 GB that is packed into 1 MB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var head bytes.Buffer
	header := pack(t, file{name: "zero", text: ""})[:512]
	copy(header[124:], "40000000000\x00") // the size, in octal
	sum := int64(0)
	copy(header[148:156], "        ")
	for _, b := range header {
		sum += int64(b)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	w := gzip.NewWriter(&head)
	_, _ = w.Write(header) // it is memory
	_ = w.Close()
	part := zipped(make([]byte, 1<<20))
	return append(head.Bytes(), bytes.Repeat(part, 1100)...)
}

// TestManyFilesThatMatter holds that floods of one class hide no other, and are told.
func TestManyFilesThatMatter(t *testing.T) {
	files := make([]file, 0, 7001)
	for i := range 7000 {
		files = append(files, file{name: fmt.Sprintf("w/%d", i), mode: 0o666})
	}
	files = append(files, file{name: "su", mode: 0o4755})
	images, notes := open(t, docker(t, "{}", pack(t, files...)))
	n := 0
	for _, f := range images[0].Files {
		if f.Class == "setuid" {
			n++
		}
	}
	if n != 1 || len(images[0].Files) != 1001 || len(notes) != 1 || !strings.Contains(notes[0], "6000 more files") {
		t.Errorf("%d, %d files, %v", n, len(images[0].Files), notes)
	}
}

func TestReadEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := image.Read(ctx, "x", bytes.NewReader(docker(t, "{}")), image.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	layer := pack(f, file{name: "bin/su", mode: 0o4755}, file{name: "a/.wh.b"}, file{name: "a/.wh..wh..opq"}, file{name: "etc/passwd", text: "a::0:0:"}, file{name: ".env", text: "A=b"}, file{name: "l", link: "x"})
	f.Add(docker(f, `{"created": "2026-01-01T00:00:00Z", "config": {"User": "a", "Env": ["A=b"], "Healthcheck": {"Test": []}}, "history": [{"created_by": "|1 A=b /bin/sh -c x"}]}`, layer, zipped(layer), zstandard(f, layer)))
	f.Add(zipped(docker(f, "{}", layer)))
	f.Add(pack(f, file{name: "index.json", text: `{"manifests":[{"digest":"sha256:0"}]}`}, file{name: "blobs/sha256/0", text: `{"config":{"digest":"sha256:1"},"layers":[{"digest":"sha256:2"}]}`}, file{name: "blobs/sha256/1", text: "{}"}, file{name: "blobs/sha256/2", text: string(layer)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		images, _, err := image.Read(t.Context(), "x.tar", bytes.NewReader(data), image.Options{Now: now()})
		if err == nil && len(images) == 0 {
			t.Error("no image and no error")
		}
		for _, d := range images {
			for _, one := range d.Files {
				if !strings.HasPrefix(one.Path, "/") || strings.Contains(one.Path, "/../") || one.Layer < 1 {
					t.Errorf("%+v", one)
				}
			}
		}
	})
}
