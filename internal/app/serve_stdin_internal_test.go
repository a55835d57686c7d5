package app

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/config"
)

// heard keeps a log.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// TestServeStdin reads the standard input to its end and goes on, and is stopped while
// another one says nothing.
func TestServeStdin(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	log := &heard{}
	opts.Log = slog.New(slog.NewTextHandler(log, nil))
	opts.Config.SilentAfter = 500 * time.Millisecond // on a slow machine, the input takes a while to its end
	opts.Config.Files = append(opts.Config.Files, config.File{Path: config.Stdin, Label: config.Label{Service: "pipe"}})
	opts.Stdin = strings.NewReader(failures(0, 1))
	s, stop := serving(t, opts)
	s.until(t, 6)
	eventually(t, "the end of the input", func() bool { return strings.Contains(log.String(), "the standard input has ended") })
	appendLog(t, dir, failures(1, 2))
	s.until(t, 12)
	eventually(t, "the silence of the file", func() bool { return strings.Contains(log.String(), "a source is silent") })
	if strings.Contains(log.String(), "source=stdin for=") {
		t.Error("an input that has ended is told to be silent")
	}
	stop()
	in, out := io.Pipe()
	defer out.Close()
	opts.Stdin = in
	s, stop = serving(t, opts)
	if _, err := io.WriteString(out, failures(2, 3)); err != nil {
		t.Fatal(err)
	}
	s.until(t, 18)
	stop()
	if n := len(storedIn(t, dir)); n != 18 {
		t.Errorf("%d events, want 18", n)
	}
}
