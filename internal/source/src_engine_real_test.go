package source_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/source"
)

// realEngine is the engine of this machine, which makes containers for a test.
type realEngine struct {
	address string
	http    *http.Client
}

// newRealEngine finds the engine that SASUMATA_DOCKER names, or the usual one, and makes
// an image of nothing but busybox.
func newRealEngine(t *testing.T) *realEngine {
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
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox to make an image of (busybox-static)")
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := &realEngine{address: address, http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	if err := w.WriteHeader(&tar.Header{Name: "busybox", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(binary); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	e.do(t, http.MethodPost, "/images/create?fromSrc=-&repo=sasumata-test&tag=1", "application/x-tar", &image)
	return e
}

func (e *realEngine) do(t *testing.T, method, path, kind string, body io.Reader) string {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, "http://docker"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	answer, err := e.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, text, err)
	}
	return string(text)
}

// run starts a container with a script of a shell, and returns its id.
func (e *realEngine) run(t *testing.T, name, driver, script string, tty bool) string {
	t.Helper()
	spec, err := json.Marshal(map[string]any{
		"Image": "sasumata-test:1", "Cmd": []string{"/busybox", "sh", "-c", script}, "Tty": tty, "Labels": map[string]string{"sasumata": "test"},
		"HostConfig": map[string]any{"NetworkMode": "none", "LogConfig": map[string]any{"Type": driver}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(e.do(t, http.MethodPost, "/containers/create?name="+name, "application/json", bytes.NewReader(spec))), &made); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.do(t, http.MethodDelete, "/containers/"+made.ID+"?force=1", "", nil) })
	e.do(t, http.MethodPost, "/containers/"+made.ID+"/start", "", nil)
	return made.ID
}

// TestEngineReal follows containers of a real engine, and stops again and again while they
// write: nothing is lost, nothing comes twice.
func TestEngineReal(t *testing.T) {
	e, s := newRealEngine(t), newEngineSpool()
	start := func(before bool) (stop func()) {
		return asking(t, s, &source.Engine{Address: e.address, Before: before, Labels: []string{"sasumata=test"}})
	}
	suffix := fmt.Sprint(os.Getpid())
	silent := e.run(t, "sasumata-silent-"+suffix, "json-file", "exec /busybox sleep 300", false)
	stop := start(false)
	soon(t, "a position of the silent one", func() bool { return slices.Contains(s.known(), silent) })
	const many = 400
	script := fmt.Sprintf(`i=0; while [ $i -lt %d ]; do echo out $i; echo err $i >&2; i=$((i+1)); [ $((i%%20)) = 0 ] && /busybox usleep 100000; done;
		/busybox head -c 40000 /dev/zero | /busybox tr '\0' x; echo; printf 'no end'`, many)
	var want []string
	for i := range many {
		want = append(want, fmt.Sprintf("out %d", i), fmt.Sprintf("err %d", i))
	}
	want = append(want, strings.Repeat("x", 40000), "no end")
	ids := map[string]string{
		e.run(t, "sasumata-json-"+suffix, "json-file", script, false): "json-file",
		e.run(t, "sasumata-tty-"+suffix, "json-file", script, true):   "a terminal",
		e.run(t, "sasumata-local-"+suffix, "local", script, false):    "local",
	}
	for i := 1; i < 12; i++ {
		s.until(t, 60*i)
		stop()
		stop = start(true)
	}
	of := func(id string) (lines []string) {
		texts := s.texts(t)
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, text := range texts {
			if slices.Contains(s.records[i].Tags, "container_id:"+id) {
				lines = append(lines, strings.TrimRight(text, "\r\n"))
			}
		}
		return lines
	}
	compare := func(times int) {
		t.Helper()
		for id, what := range ids {
			for end := time.Now().Add(20 * time.Second); len(of(id)) < times*len(want) && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			}
			got, all := of(id), slices.Repeat(want, times)
			slices.Sort(got)
			slices.Sort(all)
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("%s: %.2000s", what, diff)
			}
		}
	}
	compare(1)
	for id := range ids {
		e.do(t, http.MethodPost, "/containers/"+id+"/start", "", nil)
	}
	compare(2)
	stop()
	stop = start(true)
	soon(t, "the silent one", func() bool { return slices.Contains(s.known(), silent) })
	compare(2)
	for id := range ids {
		e.do(t, http.MethodPost, "/containers/"+id+"/rename?name=sasumata-gone-"+id[:12], "", nil)
	}
	stop()
	for i := range s.records {
		if r := &s.records[i]; r.Source != "sasumata-test" || !strings.HasPrefix(r.Service, "sasumata-") {
			t.Fatalf("%+v", r)
		}
	}
}
