package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/sasumata/sasumata/internal/posture/image"
)

// file is one of a tar archive.
type file struct {
	name string
	mode int64
	text string
	link string
}

// pack makes a tar archive. A name that ends in a slash is a folder.
func pack(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text)), Typeflag: tar.TypeReg}
		switch {
		case f.link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.link
		case strings.HasSuffix(f.name, "/"):
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // it is memory
	_ = w.Close()
	return b.Bytes()
}

func zstandard(tb testing.TB, data []byte) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// docker makes an archive as docker save does.
func docker(tb testing.TB, config string, layers ...[]byte) []byte {
	tb.Helper()
	files := make([]file, 0, len(layers)+2)
	var names []string
	for i, l := range layers {
		name := fmt.Sprintf("%d/layer.tar", i)
		names = append(names, name)
		files = append(files, file{name: name, text: string(l)})
	}
	list, err := json.Marshal([]map[string]any{{"Config": "c.json", "RepoTags": []string{"shop:1"}, "Layers": names}})
	if err != nil {
		tb.Fatal(err)
	}
	return pack(tb, append(files, file{name: "c.json", text: config}, file{name: "manifest.json", text: string(list)})...)
}

func now() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }

func open(tb testing.TB, data []byte) ([]*image.Document, []string) {
	tb.Helper()
	images, notes, err := image.Read(tb.Context(), "image.tar", bytes.NewReader(data), image.Options{Now: now()})
	if err != nil {
		tb.Fatal(err)
	}
	return images, notes
}

// short writes the files of an image as CLASS PATH MODE LAYER, with an exclamation mark
// behind those that are gone.
func short(d *image.Document) []string {
	out := []string{}
	for _, f := range d.Files {
		line := fmt.Sprintf("%s %s %s %d", f.Class, f.Path, f.Mode, f.Layer)
		if f.Gone {
			line += "!"
		}
		out = append(out, line)
	}
	return out
}

const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"

// TestLayers holds what is in the image in the end, and what somebody only hid.
func TestLayers(t *testing.T) {
	first := pack(t,
		file{name: "./bin/", mode: 0o755}, file{name: "bin/su", mode: 0o4755}, file{name: "bin/mount", mode: 0o4755}, file{name: "bin/lock", mode: 0o2644},
		file{name: "bin/wall", mode: 0o2755}, file{name: "tmp/", mode: 0o1777}, file{name: "srv/", mode: 0o777}, file{name: "srv/run.sh", mode: 0o666}, file{name: "dev/link", mode: 0o777, link: "x"},
		file{name: "root/.netrc", mode: 0o600, text: "x"}, file{name: "app/.env", mode: 0o600, text: "A=b"}, file{name: "app/.env.example", text: "A="}, file{name: "app/empty/.env"},
		file{name: "app/.git/", mode: 0o755}, file{name: "app/Dockerfile", text: "x"}, file{name: "usr/lib/x/Dockerfile", text: "x"},
		file{name: "keys/id_rsa", text: key}, file{name: "keys/id_rsa.pub", text: "ssh-rsa x"}, file{name: "etc/ssl/certs/a.pem", text: "-----BEGIN CERTIFICATE-----"}, file{name: "old/a.pem", text: key},
		file{name: "old/deep/b.key", text: key}, file{name: "gone/c.key", text: key}, file{name: "usr/share/doc/d.key", text: key},
		file{name: "root/.docker/config.json", text: `{"auths": {"r": {"auth": "eA=="}}}`}, file{name: "home/a/.docker/config.json", text: `{"credsStore": "pass"}`},
		file{name: "app/.npmrc", text: "//registry.example.com/:_authToken=abc\n"}, file{name: "lib/.npmrc", text: "save-exact=true\n"},
	)
	second := pack(t,
		file{name: "bin/su", mode: 0o755}, file{name: "root/.wh..netrc"}, file{name: "old/.wh..wh..opq"}, file{name: ".wh.gone"}, file{name: "keys", text: "no folder any more"},
		file{name: "var/lib/apt/lists/x", text: strings.Repeat("x", 1000)}, file{name: "var/lib/apt/lists/lock"}, file{name: "../../../etc/up/", mode: 0o777},
	)
	for name, data := range map[string][]byte{
		"plain": docker(t, "{}", first, second), "packed": zipped(docker(t, "{}", first, second)),
		"gzip": docker(t, "{}", zipped(first), zipped(second)), "zstd": zstandard(t, docker(t, "{}", zstandard(t, first), zstandard(t, second))),
	} {
		images, notes := open(t, data)
		if len(images) != 1 || len(notes) != 0 {
			t.Fatalf("%s: %d images, %v", name, len(images), notes)
		}
		want := []string{
			"secret /app/.env 600 1", "secret /app/.npmrc 0 1", "secret /gone/c.key 0 1!", "secret /keys/id_rsa 0 1!", "secret /old/a.pem 0 1!", "secret /old/deep/b.key 0 1!",
			"secret /root/.docker/config.json 0 1", "secret /root/.netrc 600 1!", "setgid /bin/wall 2755 1", "setuid /bin/mount 4755 1",
			"unneeded /app/.git 755 1", "unneeded /app/Dockerfile 0 1", "writable /etc/up 777 2", "writable /srv 777 1", "writable /srv/run.sh 666 1",
		}
		if diff := cmp.Diff(want, short(images[0])); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff([]image.Cache{{Kind: "apt", Folder: "/var/lib/apt/lists", Layer: 2, Bytes: 1000}}, images[0].Caches); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTheLastOfANameCounts: a layer may have a name twice.
func TestTheLastOfANameCounts(t *testing.T) {
	f := func(want []string, files ...file) {
		t.Helper()
		images, _ := open(t, docker(t, "{}", pack(t, files...)))
		if diff := cmp.Diff(want, short(images[0])); diff != "" {
			t.Error(diff)
		}
	}
	f([]string{}, file{name: "a", mode: 0o4755}, file{name: "./a", mode: 0o755})
	f([]string{"setuid /a 4755 1"}, file{name: "a", mode: 0o755}, file{name: "/a", mode: 0o4755})
}

func TestConfiguration(t *testing.T) {
	images, _ := open(t, docker(t, `{
		"created": "2026-11-12T00:00:00.5Z", "os": "linux", "architecture": "arm64",
		"config": {"User": "app:app", "Env": ["PATH=/bin", "DB_PASSWORD=hunter2hunter2", "EMPTY"], "Labels": {"b": "1", "a": "postgres://u:secretly@db/x"}, "Healthcheck": {"Test": ["CMD", "x"]}},
		"history": [
			{"created_by": "/bin/sh -c #(nop)  ENV TOKEN=abcdef0123456"},
			{"created_by": "|2 A=b API_KEY=abcdef0123456 /bin/sh -c make -j 2"},
			{"created_by": "RUN |1 A=b /bin/sh -c apt-get update # buildkit"},
			{"created_by": "COPY . . # buildkit"},
			{"created_by": "RUN /bin/sh -c id # buildkit"}
		]}`, pack(t, file{name: "etc/passwd", text: "root:x:0:0::/:/bin/sh\napp::0:0::/:/bin/sh\n# comment:x:1\nshort\nbad:x:no:1\n"},
		file{name: "etc/shadow", text: "root::1::::::\napp:*:1::::::\n"}, file{name: "etc/group", text: "a:x:5:\nb::5:\n"})))
	d := images[0]
	if d.Name != "shop:1" || d.Platform != "linux/arm64" || d.Created != "2026-11-12T00:00:00Z" || d.Age != 9 || d.User != "app:app" || d.Root != "yes" || !d.Health {
		t.Errorf("%+v", d)
	}
	var variables []string
	for _, v := range slices.Concat(d.Env, d.Labels) {
		variables = append(variables, fmt.Sprintf("%s=%s %v %v", v.Key, v.Value, v.Secret, v.URLPassword))
	}
	if diff := cmp.Diff([]string{"PATH=/bin false false", "DB_PASSWORD= true false", "EMPTY= false false", "a= false true", "b=1 false false"}, variables); diff != "" {
		t.Error(diff)
	}
	var steps []string
	for _, s := range d.Steps {
		line := fmt.Sprintf("%d %q", s.Number, s.Command)
		for _, v := range s.Variables {
			line += fmt.Sprintf(" %s=%s", v.Key, v.Value)
		}
		steps = append(steps, line)
	}
	if diff := cmp.Diff([]string{`1 "" TOKEN=`, `2 "make -j 2" A=b API_KEY=`, `3 "apt-get update" A=b`, `4 ""`, `5 "id"`}, steps); diff != "" {
		t.Error(diff)
	}
	want := []image.Account{
		{Kind: "user", Name: "root", ID: 0, File: "/etc/passwd"},
		{Kind: "user", Name: "app", ID: 0, Open: true, File: "/etc/passwd"},
		{Kind: "user", Name: "root", ID: -1, Open: true, File: "/etc/shadow"},
		{Kind: "user", Name: "app", ID: -1, File: "/etc/shadow"},
		{Kind: "group", Name: "a", ID: 5, File: "/etc/group"},
		{Kind: "group", Name: "b", ID: 5, File: "/etc/group"},
	}
	if diff := cmp.Diff(want, d.Accounts); diff != "" {
		t.Error(diff)
	}
}

func TestRoot(t *testing.T) {
	f := func(want, user string) {
		t.Helper()
		config, _ := json.Marshal(map[string]any{"config": map[string]any{"User": user}})
		images, _ := open(t, docker(t, string(config), pack(t, file{name: "etc/passwd", text: "app:x:7:7::/:\ntoor:x:0:0::/:\n"})))
		if got := images[0].Root; got != want {
			t.Errorf("%q: %s, want %s", user, got, want)
		}
	}
	f("yes", "")
	f("yes", "0:0")
	f("yes", "root")
	f("yes", "00")
	f("yes", "toor:app")
	f("no", "app")
	f("no", "65532:65532")
	f("unknown", "other")
}

func TestTimesBeforeImagesAreNone(t *testing.T) {
	f := func(want int, created string) {
		t.Helper()
		images, _ := open(t, docker(t, `{"created": "`+created+`"}`))
		if images[0].Age != want {
			t.Errorf("%s: %d days, want %d", created, images[0].Age, want)
		}
	}
	f(1, "2026-11-21T00:00:00Z")
	f(0, "2027-01-01T00:00:00Z")
	f(-1, "1970-01-01T00:00:00Z")
	f(-1, "0001-01-01T00:00:00Z")
	f(-1, "yesterday")
}

// oci makes an archive in OCI's form, of parts that it names by their digests.
type oci struct{ files []file }

func (o *oci) blob(data []byte) string {
	sum := sha256.Sum256(data)
	o.files = append(o.files, file{name: "blobs/sha256/" + hex.EncodeToString(sum[:]), text: string(data)})
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (o *oci) json(v any) string {
	data, _ := json.Marshal(v)
	return o.blob(data)
}

func TestOCI(t *testing.T) {
	var o oci
	type m = map[string]any
	layer := m{"digest": o.blob(zipped(pack(t, file{name: "bin/su", mode: 0o4755})))}
	arm := m{"digest": o.json(m{"config": m{"digest": o.json(m{"os": "linux", "architecture": "arm64"})}, "layers": []any{layer}}), "platform": m{"os": "linux", "architecture": "arm64"}}
	amd := m{"digest": "sha256:" + strings.Repeat("0", 64), "platform": m{"os": "linux", "architecture": "amd64"}}
	proof := m{"digest": o.json(m{}), "platform": m{"os": "unknown"}, "annotations": m{"vnd.docker.reference.type": "attestation-manifest"}}
	top := m{"digest": o.json(m{"manifests": []any{amd, arm, proof}}), "annotations": m{"org.opencontainers.image.ref.name": "1.0"}}
	index, _ := json.Marshal(m{"manifests": []any{top}})
	images, notes := open(t, pack(t, append(o.files, file{name: "oci-layout", text: `{"imageLayoutVersion":"1.0.0"}`}, file{name: "index.json", text: string(index)})...))
	if len(images) != 1 || images[0].Name != "1.0" || images[0].Platform != "linux/arm64" || len(images[0].Files) != 1 {
		t.Errorf("%+v", images)
	}
	if want := []string{"image.tar: the image 1.0 for linux/amd64 is not in the archive"}; !slices.Equal(notes, want) {
		t.Error(notes)
	}
}

// TestLinks: docker save writes a layer that two images share once, and links to it.
func TestLinks(t *testing.T) {
	images, _ := open(t, pack(t,
		file{name: "manifest.json", text: `[{"Config":"c.json","Layers":["b/layer.tar"]}]`}, file{name: "b/layer.tar", link: "../a/layer.tar"},
		file{name: "c.json", text: "{}"}, file{name: "a/layer.tar", text: string(pack(t, file{name: "su", mode: 0o4755}))}))
	if len(images[0].Files) != 1 || images[0].Name != "c" {
		t.Errorf("%+v", images[0])
	}
}
