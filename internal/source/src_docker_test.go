package source_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/queue/record"
	"github.com/sasumata/sasumata/internal/source"
)

const dockerDescription = `{"State":{"Running":true},"ID":"0123","Name":"/shop_web_1","Config":{"Image":"registry.example:5000/team/nginx:1.27@sha256:00","Env":["PASSWORD=secret"],
"Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web","com.datadoghq.tags.env":"prod"%s}}}`

func TestContainer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "0123456789ab")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "0123456789ab-json.log")
	f := func(description string, given, want record.Record) {
		t.Helper()
		write(t, filepath.Join(dir, "config.v2.json"), []byte(description))
		got := source.NewContainer(path, given, time.Now).Label()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	bare := record.Record{Host: "h", Tags: []string{"container_id:0123456789ab"}}
	f("", record.Record{Host: "h"}, bare)
	f("{", record.Record{Host: "h"}, bare)
	f("[]", record.Record{Host: "h"}, bare)
	f(`{"Name":5}`, record.Record{Host: "h"}, bare)
	f(strings.Repeat(" ", 5<<20)+"{}", record.Record{Host: "h"}, bare)
	tags := []string{"container_id:0123456789ab", "container_name:shop_web_1", "image:registry.example:5000/team/nginx:1.27@sha256:00", "compose_project:shop", "compose_service:web", "env:prod"}
	f(fmt.Sprintf(dockerDescription, ""), record.Record{Host: "h"}, record.Record{Source: "nginx", Service: "shop_web_1", Host: "h", Tags: tags})
	f(fmt.Sprintf(dockerDescription, ""), record.Record{Source: "s", Service: "x", Tags: []string{"a:b"}},
		record.Record{Source: "s", Service: "x", Tags: append([]string{"a:b"}, tags...)})
	said := `,"com.datadoghq.ad.logs":"[{\"source\":\"envoy\",\"service\":\"front\",\"tags\":[\"team:a\",\"sender:admin\",\"container_id:x\",\"image\"]}]"`
	f(fmt.Sprintf(dockerDescription, said), record.Record{}, record.Record{Source: "envoy", Service: "front", Tags: append(slices.Clone(tags), "team:a")})
	f(fmt.Sprintf(dockerDescription, `,"com.datadoghq.ad.logs":"[[["`), record.Record{}, record.Record{Source: "nginx", Service: "shop_web_1", Tags: tags})
	f(`{"Name":"/`+strings.Repeat("n", 5000)+`","Config":{"Image":"sha256:00"}}`, record.Record{}, record.Record{
		Service: strings.Repeat("n", record.MaxName),
		Tags:    []string{"container_id:0123456789ab", ("container_name:" + strings.Repeat("n", 5000))[:record.MaxName], "image:sha256:00"},
	})
}

// containing follows the logs of containers until stop is called.
func containing(t *testing.T, s *spool, root string, ended func(string)) (stop func()) {
	t.Helper()
	files := &source.Files{
		Pattern: source.DockerPattern(root), Rescan: time.Millisecond, Refused: func(string) {}, Ended: ended,
		Tail: func(_ context.Context, path string, _ bool) (*source.Tail, error) {
			_, position := s.state()
			return &source.Tail{
				Path: path, Container: source.NewContainer(path, record.Record{}, time.Now), FromStart: true, Poll: time.Millisecond, Now: time.Now,
				Position: position, Store: s.store, Counters: &source.Counters{}, Log: slog.New(slog.DiscardHandler),
			}, nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- files.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestContainerLogs stops and goes on in the middle of long lines, while the log is rotated,
// and ends with the container.
func TestContainerLogs(t *testing.T) {
	root, s := t.TempDir(), newSpool()
	dir := filepath.Join(root, "0123")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "config.v2.json"), []byte(fmt.Sprintf(dockerDescription, "")))
	full := strings.Repeat("x", 16<<10)
	var want []string
	number := 0
	line := func(stream, body string) string {
		number++
		return fmt.Sprintf(`{"log":"%s","stream":"%s","time":"%d"}`, body, stream, number)
	}
	gone := make(chan string, 1)
	stop := containing(t, s, root, func(string) {})
	for round := range 4 {
		first := line("stdout", full)
		other := line("stderr", `other\n`)
		addTo(t, dir, "0123-json.log", first+"\n"+other+"\n")
		want = append(want, other)
		s.until(t, len(want))
		if round%2 == 0 {
			stop()
		}
		if round > 1 { // in the middle of a line
			if err := os.Rename(filepath.Join(dir, "0123-json.log"), filepath.Join(dir, fmt.Sprintf("0123-json.log.%d", round))); err != nil {
				t.Fatal(err)
			}
		}
		addTo(t, dir, "0123-json.log", line("stdout", fmt.Sprintf(`end %d\n`, round))+"\n")
		want = append(want, strings.Replace(first, full, full+fmt.Sprintf(`end %d\n`, round), 1))
		if round%2 == 0 {
			stop = containing(t, s, root, func(path string) {
				select {
				case gone <- path:
				default:
				}
			})
		}
		s.until(t, len(want))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		t.Error("it is followed for ever")
	}
	stop()
	lines, position := s.state()
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("%.2000s", diff)
	}
	if string(position) != source.NoPosition {
		t.Errorf("%s", position)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
