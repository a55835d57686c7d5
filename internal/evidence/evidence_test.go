//go:build linux

package evidence

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const container = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var start = time.Date(2026, 1, 16, 9, 0, 0, 0, time.UTC)

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// house is a machine with a container, in folders.
type house struct {
	*Store

	t       *testing.T
	now     time.Time
	folder  string
	proc    string
	subject *Subject
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, now: start, folder: filepath.Join(dir, "evidence"), proc: filepath.Join(dir, "proc")}
	upper := filepath.Join(dir, "upper")
	ok(t, os.MkdirAll(filepath.Join(upper, "tmp"), 0o755))
	ok(t, os.MkdirAll(h.proc, 0o755))
	h.subject = &Subject{
		ID: container, Name: "web", Image: "shop:1", Inspect: []byte(`{"Config":{"Env":["DB_PASSWORD=hunter2","PATH=/bin"],"Cmd":["run","--api-key","s3cr3tvalue99","--verbose"]},"Token":"abcdef123456"}`),
		Upper: upper, Local: true,
		Changes: func(context.Context) ([]Change, error) { return []Change{{"A", "/tmp/dropped"}}, nil },
		Logs: func(_ context.Context, _ int64, stdout, stderr io.Writer) (bool, error) {
			fmt.Fprintln(stdout, "2026-01-16T09:00:00Z out")
			fmt.Fprintln(stderr, "2026-01-16T09:00:00Z err")
			return false, nil
		},
	}
	h.open()
	h.write("tmp/dropped", "malware")
	h.process(100, "/docker/"+container, "web", "web\x00--password\x00hunter2hunter2\x00", "DB_PASSWORD=hunter2\x00HOME=/root\x00")
	h.process(101, "/system.slice/docker-"+container+".scope", "a) R 1", "", "")
	h.process(102, "/user.slice", "other", "", "")
	return h
}

func (h *house) open() {
	h.t.Helper()
	var err error
	h.Store, err = Open(Options{Folder: h.folder, Now: func() time.Time { return h.now }, Proc: h.proc})
	ok(h.t, err)
}

func (h *house) write(name, text string) {
	h.t.Helper()
	ok(h.t, os.WriteFile(filepath.Join(h.subject.Upper, name), []byte(text), 0o600))
}

func (h *house) process(pid int, group, name, arguments, environment string) {
	h.t.Helper()
	at := filepath.Join(h.proc, fmt.Sprint(pid))
	ok(h.t, os.MkdirAll(filepath.Join(at, "fd"), 0o755))
	ok(h.t, os.MkdirAll(filepath.Join(at, "net"), 0o755))
	executable := filepath.Join(h.proc, fmt.Sprint("program", pid, " (deleted)"))
	for path, text := range map[string]string{
		executable: "program of " + name, filepath.Join(at, "cgroup"): "0::" + group + "\n", filepath.Join(at, "cmdline"): arguments, filepath.Join(at, "environ"): environment,
		filepath.Join(at, "stat"):    fmt.Sprintf("%d (%s) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n", pid, name),
		filepath.Join(at, "status"):  "Name:\t" + name + "\nState:\tS (sleeping)\nPPid:\t1\nNSpid:\t" + fmt.Sprint(pid) + "\t1\nUid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n",
		filepath.Join(at, "maps"):    "00400000-00452000 r-xp 00000000 08:02 173521 /bin/web\n",
		filepath.Join(at, "net/tcp"): "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 076433C6:01BB 01 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000 100 0 0 10 0\n",
	} {
		ok(h.t, os.WriteFile(path, []byte(text), 0o600))
	}
	ok(h.t, os.Symlink(executable, filepath.Join(at, "exe")))
	ok(h.t, os.Symlink("socket:[4242]", filepath.Join(at, "fd", "3")))
}

func (h *house) capture(id string, l Limits) *Manifest {
	h.t.Helper()
	m, sum, err := h.Capture(h.t.Context(), Case{ID: id, Response: 7, Signal: "sig", By: "eve"}, h.subject, l)
	ok(h.t, err)
	if len(sum) != 64 {
		h.t.Errorf("hash %q", sum)
	}
	return m
}

// read returns a file of the evidence EV-1.
func (h *house) read(name string) string {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.folder, "EV-1", name))
	ok(h.t, err)
	return string(data)
}

func (h *house) wrong(id string) []string {
	h.t.Helper()
	v, err := h.Verify(h.t.Context(), id)
	ok(h.t, err)
	return v.Wrong
}

// TestWhatIsCaptured, without secrets, readable by nobody else.
func TestWhatIsCaptured(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.capture("EV-1", Limits{})
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Path)
		if info, err := os.Stat(filepath.Join(h.folder, "EV-1", f.Path)); err != nil || info.Mode().Perm() != 0o600 || info.Size() != f.Size {
			t.Errorf("%s: %v, error %v", f.Path, info.Mode(), err)
		}
	}
	for _, want := range []string{"processes.json", "maps/100.txt", "net/tcp", "sockets.json", "inspect.json", "changes.json", "stdout.log", "stderr.log", "layer.tar"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	if info, err := os.Stat(filepath.Join(h.folder, "EV-1")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, error %v", info.Mode(), err)
	}
	var list []Process
	ok(t, json.Unmarshal([]byte(h.read("processes.json")), &list))
	if len(list) != 2 || m.Processes != 2 || list[0].PID != 100 || list[0].Start != 4711 || list[1].Start != 4711 || !list[0].Deleted || list[0].SHA256 != hashOf([]byte("program of web")) {
		t.Errorf("%+v", list)
	}
	if got := h.read("executables/" + list[0].SHA256); got != "program of web" {
		t.Errorf("the executable is %q", got)
	}
	for _, name := range []string{"processes.json", "inspect.json"} {
		for _, secret := range []string{"hunter2", "s3cr3tvalue99", "abcdef123456"} {
			if strings.Contains(h.read(name), secret) {
				t.Errorf("%s has %s", name, secret)
			}
		}
	}
	if got := h.read("processes.json"); !strings.Contains(got, "HOME=/root") {
		t.Errorf("the environment is gone: %s", got)
	}
	if got := h.read("sockets.json"); !strings.Contains(got, "198.51.100.7:443") || !strings.Contains(got, "127.0.0.1:8080") || !strings.Contains(got, "ESTABLISHED") || !strings.Contains(got, "101") {
		t.Errorf("sockets %s", got)
	}
	if h.read("stdout.log") != "2026-01-16T09:00:00Z out\n" {
		t.Error("the output is another one")
	}
	if len(m.Problems) > 0 || len(m.Limits) > 0 {
		t.Errorf("%v %v", m.Problems, m.Limits)
	}
	again, sum, err := h.Capture(t.Context(), Case{ID: "EV-1"}, h.subject, Limits{})
	if err != nil || again.Response != 7 || sum == "" { // after a crash behind it
		t.Errorf("%+v, error %v", again, err)
	}
}

// TestOneFlippedByteIsFound, in every file, in the folder and in an archive.
func TestOneFlippedByteIsFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.capture("EV-1", Limits{})
	if w := h.wrong("EV-1"); len(w) > 0 {
		t.Fatal(w)
	}
	var packed bytes.Buffer
	ok(t, h.Export(t.Context(), "EV-1", &packed))
	v, err := VerifyArchive(t.Context(), bytes.NewReader(packed.Bytes()))
	if err != nil || len(v.Wrong) > 0 || v.ID != "EV-1" || v.Files != len(m.Files) || v.Bytes != m.Bytes {
		t.Fatalf("%+v, error %v", v, err)
	}
	names := []string{manifestName, sumName}
	for _, f := range m.Files {
		names = append(names, f.Path)
	}
	for _, name := range names {
		path := filepath.Join(h.folder, "EV-1", name)
		data, err := os.ReadFile(path)
		ok(t, err)
		data[len(data)/2] ^= 1
		ok(t, os.WriteFile(path, data, 0o600))
		if w := h.wrong("EV-1"); len(w) == 0 {
			t.Errorf("nobody finds the change in %s", name)
		}
		packed.Reset()
		ok(t, h.Export(t.Context(), "EV-1", &packed))
		if v, err := VerifyArchive(t.Context(), &packed); err != nil || len(v.Wrong) == 0 {
			t.Errorf("nobody finds the change in %s of the archive: error %v", name, err)
		}
		data[len(data)/2] ^= 1
		ok(t, os.WriteFile(path, data, 0o600))
	}
	ok(t, os.WriteFile(filepath.Join(h.folder, "EV-1", "more"), nil, 0o600))
	ok(t, os.Remove(filepath.Join(h.folder, "EV-1", "stdout.log")))
	if w := strings.Join(h.wrong("EV-1"), "; "); w != "stdout.log is missing; more was not captured" {
		t.Error(w)
	}
	ok(t, os.Remove(filepath.Join(h.folder, "EV-1", manifestName)))
	if w := h.wrong("EV-1"); len(w) != 1 {
		t.Error(w)
	}
}

// TestHostileLayers: names and files that somebody in the container made.
func TestHostileLayers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	secret := filepath.Join(t.TempDir(), "secret")
	ok(t, os.WriteFile(secret, []byte("of the host"), 0o600))
	at := func(name string) string { return filepath.Join(h.subject.Upper, name) }
	ok(t, os.Symlink(secret, at("link")))
	ok(t, os.Symlink(filepath.Dir(secret), at("folder-link")))
	ok(t, unix.Mkfifo(at("pipe"), 0o600))
	h.write("new\nline\x1b[31m", "1")
	h.write("bad\xff\xfeutf8", "2")
	h.write("..data", "3")
	deep := h.subject.Upper
	for range maxDepth + 5 {
		deep = filepath.Join(deep, "d")
		if err := os.Mkdir(deep, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	devices := unix.Mknod(at("gone"), unix.S_IFCHR, 0) == nil // a name that was deleted
	m := h.capture("EV-1", Limits{})
	found := map[string]*tar.Header{}
	texts := map[string]string{}
	for r := tar.NewReader(strings.NewReader(h.read("layer.tar"))); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		ok(t, err)
		data, err := io.ReadAll(r)
		ok(t, err)
		found[head.Name], texts[head.Name] = head, string(data)
		if strings.Contains(string(data), "of the host") {
			t.Errorf("%q has a file of the host", head.Name)
		}
	}
	for _, name := range []string{"tmp/", "tmp/dropped", "link", "folder-link", "pipe", "new\nline\x1b[31m", "bad\xff\xfeutf8", "..data"} {
		if found[name] == nil {
			t.Errorf("%q is not there", name)
		}
	}
	if texts["tmp/dropped"] != "malware" || found["link"].Typeflag != tar.TypeSymlink || found["link"].Linkname != secret || found["pipe"].Typeflag != tar.TypeFifo {
		t.Errorf("%q %+v %+v", texts["tmp/dropped"], found["link"], found["pipe"])
	}
	if devices && (found["gone"] == nil || found["gone"].Typeflag != tar.TypeChar) {
		t.Error("what was deleted is not there")
	}
	if !slices.ContainsFunc(m.Limits, func(s string) bool { return strings.Contains(s, "too deep") }) {
		t.Errorf("limits %v", m.Limits)
	}
	if w := h.wrong("EV-1"); len(w) > 0 {
		t.Error(w)
	}
}

// TestLimits: what does not fit is cut, said, and an archive all the same.
func TestLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.write("tmp/large", strings.Repeat("x", 1<<20))
	h.subject.Logs = func(_ context.Context, most int64, stdout, _ io.Writer) (bool, error) {
		_, err := stdout.Write(bytes.Repeat([]byte("y"), int(most)))
		return true, err
	}
	m := h.capture("EV-1", Limits{MaxBytes: 256 << 10, MaxLogs: 1000})
	text := strings.Join(m.Limits, "\n")
	if m.Bytes > 256<<10 || !strings.Contains(text, "layer.tar: 1 files") || !strings.Contains(text, "output was cut after 1000 bytes") {
		t.Errorf("%d bytes, %s", m.Bytes, text)
	}
	for r := tar.NewReader(strings.NewReader(h.read("layer.tar"))); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		ok(t, err)
		if n, err := io.Copy(io.Discard, r); err != nil || head.Name == "tmp/large" && (n == 0 || head.PAXRecords["SASUMATA.cut.size"] != "1048576") {
			t.Errorf("%+v %d %v", head, n, err)
		}
	}
	if w := h.wrong("EV-1"); len(w) > 0 {
		t.Error(w)
	}
	h.capture("EV-2", Limits{MaxBytes: 1}) // nothing fits
	if w := h.wrong("EV-2"); len(w) > 0 {
		t.Error(w)
	}
	if _, _, err := h.Capture(t.Context(), Case{ID: "EV-3"}, h.subject, Limits{MinFree: 1 << 60}); !errors.Is(err, ErrRoom) {
		t.Errorf("error %v", err)
	}
	if _, _, err := h.Capture(t.Context(), Case{ID: "../x"}, h.subject, Limits{}); err == nil {
		t.Error("a name left the folder")
	}
}

// TestWhatCannotBeHadIsSaid, and the rest is captured.
func TestWhatCannotBeHadIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subject.Local, h.subject.Upper, h.subject.Inspect = false, "", []byte("{")
	h.subject.Changes = func(context.Context) ([]Change, error) { return nil, errors.New("no engine") }
	h.subject.Logs = func(_ context.Context, _ int64, stdout, _ io.Writer) (bool, error) {
		fmt.Fprint(stdout, "some")
		return false, errors.New("the driver has no logs")
	}
	m := h.capture("EV-1", Limits{})
	if len(m.Problems) != 5 || h.read("stdout.log") != "some" {
		t.Errorf("%d: %v", len(m.Problems), m.Problems)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.Capture(ctx, Case{ID: "EV-2"}, h.subject, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	entries, err := os.ReadDir(h.folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("there is left %v, error %v", entries, err)
	}
}

// TestOldEvidenceGoes, by age and by size, and what a killed process left.
func TestOldEvidenceGoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	left := func(want string) {
		t.Helper()
		list, unreadable, err := h.List()
		ok(t, err)
		var names []string
		for _, m := range list {
			names = append(names, m.ID)
		}
		if got := strings.Join(names, " "); got != want || unreadable != 0 {
			t.Errorf("%q, want %q; %d unreadable", got, want, unreadable)
		}
	}
	var size int64
	for i := range 4 {
		h.now = start.Add(time.Duration(i) * time.Hour)
		size = h.capture(fmt.Sprint("EV-", i), Limits{}).Bytes
	}
	left("EV-3 EV-2 EV-1 EV-0")
	gone, err := h.Prune(Limits{Keep: 150 * time.Minute})
	if err != nil || strings.Join(gone, " ") != "EV-0" {
		t.Errorf("%v, error %v", gone, err)
	}
	_, err = h.Prune(Limits{MaxTotal: 2*size + size/2})
	ok(t, err)
	left("EV-3 EV-2")
	_, err = h.Prune(Limits{MaxTotal: 1})
	ok(t, err)
	left("EV-3")
	if h.Removed() != 3 {
		t.Errorf("%d removed", h.Removed())
	}
	ok(t, os.MkdirAll(filepath.Join(h.folder, building+"123", "maps"), 0o700))
	h.open()
	if _, err := os.Stat(filepath.Join(h.folder, building+"123")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what a killed process left is still there")
	}
	h.now = h.now.Add(DefaultKeep + time.Hour)
	_, err = h.Prune(Limits{})
	ok(t, err)
	left("")
}

// TestSeveralAtATime: the race detector looks on.
func TestSeveralAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var running sync.WaitGroup
	for i := range 6 {
		running.Go(func() {
			id := fmt.Sprint("EV-", i)
			if _, _, err := h.Capture(context.WithoutCancel(t.Context()), Case{ID: id}, h.subject, Limits{}); err != nil {
				t.Error(err)
			}
			if v, err := h.Verify(context.WithoutCancel(t.Context()), id); err != nil && !errors.Is(err, ErrMissing) || err == nil && len(v.Wrong) > 0 {
				t.Errorf("%+v, error %v", v, err)
			}
		})
		running.Go(func() {
			if _, _, err := h.List(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
}
