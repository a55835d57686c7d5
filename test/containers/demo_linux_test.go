package containers_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/container"
	"github.com/sasumata/sasumata/internal/container/containertest"
	"github.com/sasumata/sasumata/internal/demo"
	"github.com/sasumata/sasumata/internal/evidence"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/signal"
)

// demonstration is sasumata demo --containers on a real engine.
type demonstration struct {
	engine  *container.Engine
	program string
}

// newDemonstration builds the program.
func newDemonstration(t *testing.T) *demonstration {
	t.Helper()
	if testing.Short() {
		t.Skip("the demo of containers is slow")
	}
	machine := containertest.New(t, "sasumata-demo")
	engine, err := container.Open(machine.Address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	d := &demonstration{engine: engine, program: filepath.Join(t.TempDir(), "sasumata")}
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", d.program, "../../cmd/sasumata")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return d
}

// run runs the demo; do is called when it has said the text. It returns what it said, and its
// exit code, -1 when it was killed.
func (d *demonstration) run(t *testing.T, tmp, when string, do func(*os.Process), args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.program, append([]string{"demo", "--containers"}, args...)...)
	cmd.Env = append(os.Environ(), "SASUMATA_DOCKER="+d.engine.Address(), "TMPDIR="+tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		all.WriteString(line)
		if do != nil && strings.Contains(line, when) {
			do(cmd.Process)
			do = nil
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
	}
	_ = cmd.Wait() // the code says it
	return all.String(), cmd.ProcessState.ExitCode()
}

// gone complains about what is left of the demo.
func (d *demonstration) gone(t *testing.T, tmp string) {
	t.Helper()
	containers, images, err := d.engine.Labelled(t.Context(), demo.ContainerLabel)
	if err != nil || len(containers)+len(images) > 0 {
		t.Errorf("left: containers %v, images %v, %v", containers, images, err)
	}
	files, err := os.ReadDir(tmp)
	if err != nil || len(files) > 0 {
		t.Errorf("left: %v %v", files, err)
	}
}

// TestDemo is killed, interrupted and at last let be.
func TestDemo(t *testing.T) {
	d := newDemonstration(t)
	if said, code := d.run(t, t.TempDir(), "━━ A busy loop", func(p *os.Process) { _ = p.Kill() }); code != -1 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if containers, images, err := d.engine.Labelled(t.Context(), demo.ContainerLabel); err != nil || len(containers) == 0 || len(images) != 1 {
		t.Fatalf("nothing is left of a demo that was killed: %v %v %v", containers, images, err)
	}
	tmp := t.TempDir()
	said, code := d.run(t, tmp, "━━ A memory hog", func(p *os.Process) { _ = p.Signal(syscall.SIGINT) })
	if code != 3 || !strings.Contains(said, "things that an earlier demo had left") || !strings.Contains(said, "the demo was stopped") {
		t.Errorf("exit code %d: %s", code, said)
	}
	d.gone(t, tmp)
	since := time.Now()
	said, code = d.run(t, tmp, "", nil, "--lang", "ja")
	took := time.Since(since)
	t.Logf("it took %s", took.Round(100*time.Millisecond))
	if code != 0 || took > time.Minute || strings.Contains(said, "以前のデモの残り") {
		t.Errorf("exit code %d after %s", code, took)
	}
	for _, want := range []string{
		"コンテナーの CPU 使用率が上限", "メモリ不足でコンテナーのプロセスが強制終了", "クラッシュの繰り返し", "封じ込め: sasumata-demo-written",
		"quarantine: ", "freeze: ", "evidence: ", "マニフェストを検証しました", "コンテナーは動作を再開しました", "すべてのインシデントを検知しました", "作成したものはすべて削除しました",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %s", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
	d.gone(t, tmp)
}

// TestDemoSaysWhatIsMissing expects what does not come, and nothing where something does.
func TestDemoSaysWhatIsMissing(t *testing.T) {
	d := newDemonstration(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	content, err := app.LoadContent(app.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	incidents := map[string]demo.Incident{}
	for _, i := range demo.Incidents("en") {
		incidents[i.ID] = i
	}
	quiet, written := incidents[demo.IncidentQuiet], incidents[demo.IncidentWritten]
	quiet.Rule, written.Rule, written.Contained = "container_cpu", "", false
	broken := errors.New("nobody reads any more")
	begin := func(*demo.Incident) error { return nil }
	o := app.ContainersDemoOptions{
		Engine: d.engine.Address(), Program: d.program, Content: content, Incidents: []demo.Incident{written, quiet}, Now: time.Now,
		Ready:     func(container.About, int, string) error { return nil },
		Begin:     func(i *demo.Incident) error { return begin(i) },
		Found:     func(*demo.Incident, signal.Finding, time.Duration) error { return nil },
		Contained: func(*demo.Incident, *respond.Record) error { return nil },
		Verified:  func(*evidence.Manifest, *evidence.Verdict) error { return nil },
		Released:  func(time.Duration) error { return nil },
	}
	r, err := app.DemoContainers(t.Context(), o)
	if err != nil || r.Right() || r.Expected != 1 || len(r.Missed) != 1 || r.Missed[0].ID != demo.IncidentQuiet || len(r.Wrong) != 1 || r.Wrong[0].ID != demo.IncidentWritten {
		t.Errorf("%+v %v", r, err)
	}
	d.gone(t, tmp)
	begin = func(i *demo.Incident) error {
		if i.ID == demo.IncidentQuiet {
			return broken
		}
		return nil
	}
	if _, err := app.DemoContainers(t.Context(), o); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	d.gone(t, tmp)
}
