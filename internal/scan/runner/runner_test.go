package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/scan/runner"
)

// stub writes an executable in place of a scanner. It notes its arguments, one a
// line, in the file args.NAME.
func stub(t *testing.T, dir, name, body string) {
	t.Helper()
	text := "#!/bin/sh\nprintf '%s\\n' \"$@\" > " + filepath.Join(dir, "args."+name) + "\n" + body + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

type bench struct {
	dir, folder, reports string
	events               []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("stubs are scripts of a Unix shell")
	}
	b := &bench{dir: t.TempDir(), folder: filepath.Join(t.TempDir(), "a folder; rm -rf $HOME"), reports: t.TempDir()}
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) options() runner.Options {
	return runner.Options{
		Folder: b.folder, Timeout: time.Minute, Parallel: 2, Reports: b.reports, Clock: time.Now,
		Look: func(name string) (string, error) {
			path := filepath.Join(b.dir, name)
			if _, err := os.Stat(path); err != nil {
				return "", exec.ErrNotFound
			}
			return path, nil
		},
		Progress: func(e runner.Event) {
			b.events = append(b.events, fmt.Sprintf("%s %v %v", e.Scanner, e.Done, e.Err == nil))
		},
	}
}

func run(t *testing.T, o runner.Options) map[string]runner.Result {
	t.Helper()
	list, err := runner.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]runner.Result{}
	for _, r := range list {
		out[r.Scanner] = r
	}
	return out
}

func TestRun(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"go.mod", "Dockerfile"} {
		if err := os.WriteFile(filepath.Join(b.folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stub(t, b.dir, "trivy", `while [ "$1" != --output ]; do shift; done; echo '{"trivy":1}' > "$2"`)
	stub(t, b.dir, "govulncheck", `echo '{"config":{}}'; exit 3`)
	stub(t, b.dir, "hadolint", `echo 'cannot parse' >&2; exit 2`)
	stub(t, b.dir, "gosec", `exit 1`)
	stub(t, b.dir, "pip-audit", `exit 0`)
	stub(t, b.dir, "kics", `while [ "$1" != -o ]; do shift; done; mkdir -p "$2"; echo '{}' > "$2/results.json"; exit 50`)
	got := run(t, b.options())
	read := func(name string) string {
		data, err := os.ReadFile(got[name].Report)
		if err != nil {
			t.Error(err)
		}
		return strings.TrimSpace(string(data))
	}
	if read("trivy") != `{"trivy":1}` || read("govulncheck") != `{"config":{}}` || read("kics") != "{}" {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]string{"hadolint": "exit status 2: cannot parse", "gosec": "it wrote no report"} {
		if err := got[name].Err; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for name, want := range map[string]string{"bandit": "bandit is not installed", "pip-audit": "no requirements.txt in the folder", "trivy-image": "no image to scan"} {
		if got[name].Skipped != want {
			t.Errorf("%s: %q, want %q", name, got[name].Skipped, want)
		}
	}
	args, err := os.ReadFile(filepath.Join(b.dir, "args.trivy"))
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(args)), "\n"+b.folder) {
		t.Errorf("the folder is no argument of its own in %q, %v", args, err)
	}
	if len(b.events) != 10 {
		t.Errorf("progress %q", b.events)
	}
}

// TestTimeout ends a scanner that does not, and what it started.
func TestTimeout(t *testing.T) {
	b := newBench(t)
	stub(t, b.dir, "trivy", "sleep 600 & echo $! > "+filepath.Join(b.dir, "child")+"; wait")
	stub(t, b.dir, "grype", `while [ "$1" != --file ]; do shift; done; echo '{}' > "$2"`)
	o := b.options()
	o.Timeout = 2 * time.Second
	began := time.Now()
	got := run(t, o)
	if err := got["trivy"].Err; err == nil || err.Error() != "trivy: stopped after 2s" {
		t.Errorf("%v", err)
	}
	if got["grype"].Err != nil {
		t.Errorf("the other scanner: %v", got["grype"].Err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	pid, err := os.ReadFile(filepath.Join(b.dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("what the scanner started is still there")
		}
	}
}

// TestCancel ends all of them.
func TestCancel(t *testing.T) {
	b := newBench(t)
	stub(t, b.dir, "trivy", "sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := b.options()
	o.Progress = func(e runner.Event) {
		if !e.Done {
			cancel()
		}
	}
	list, err := runner.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Scanner == "trivy" && !errors.Is(r.Err, context.Canceled) {
			t.Errorf("%v", r.Err)
		}
	}
}

// TestParallel runs as many at the same time as it may, and no more.
func TestParallel(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"trivy", "grype", "checkov", "semgrep", "gitleaks", "kics"} {
		stub(t, b.dir, name, "sleep 0.2")
	}
	var now, most atomic.Int64
	o := b.options()
	o.Progress = func(e runner.Event) {
		if e.Done {
			now.Add(-1)
		} else {
			most.Store(max(most.Load(), now.Add(1)))
		}
	}
	run(t, o)
	if got := most.Load(); got != 2 {
		t.Errorf("%d at the same time, want 2", got)
	}
}

func TestOptions(t *testing.T) {
	f := func(want string, change func(*runner.Options)) {
		t.Helper()
		b := newBench(t)
		o := b.options()
		change(&o)
		if _, err := runner.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f("want a folder or an image", func(o *runner.Options) { o.Folder = "" })
	f("is no name of an image", func(o *runner.Options) { o.Image = "--config=evil" })
	f(`scanner "triyv" is not known`, func(o *runner.Options) { o.Only = []string{"triyv"} })
	f("no such file", func(o *runner.Options) { o.Folder = filepath.Join(o.Folder, "nowhere") })
}
