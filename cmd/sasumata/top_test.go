package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// watched is an output that another goroutine waits for.
type watched struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// written has an element when something came since the last look.
	written chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.written <- struct{}{}:
	default:
	}
	return w.buf.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

func TestTopFollowsTheLastLog(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	log := file(t, "auth.log", "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs := watched{written: make(chan struct{}, 1)}, watched{}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"analyze", "--top", "--now", now, log}, strings.NewReader(""), &out, &errs)
	}()
	until := func(want string) {
		t.Helper()
		for deadline := time.After(time.Minute); !strings.Contains(out.String(), want); {
			select {
			case <-out.written:
			case <-deadline:
				t.Fatalf("%q never came:\n%s\n%s", want, out.String(), errs.String())
			}
		}
	}
	until("events 0")
	fileAppend(t, log, authLog())
	until("Failed logins 8")
	until("203.0.113.9")
	cancel()
	if code := <-done; code != exitFindings {
		t.Errorf("exit code %d, want %d; %s", code, exitFindings, errs.String())
	}
	if !strings.Contains(out.String(), "── Summary") {
		t.Errorf("no summary at the end:\n%s", out.String())
	}
}

func TestTopRefuses(t *testing.T) {
	log := file(t, "auth.log", authLog())
	for _, args := range [][]string{{"-o", "jsonl"}, {"--state", log + ".state"}} {
		if r := sasumata(t, "", append([]string{"analyze", "--top", log}, args...)...); r.code != exitUsage || !strings.Contains(r.err, "--top") {
			t.Errorf("%v: exit code %d, %s", args, r.code, r.err)
		}
	}
	if all, err := os.ReadDir(filepath.Dir(log)); err != nil || len(all) != 1 {
		t.Errorf("a run that was refused leaves %v, %v", all, err)
	}
}
