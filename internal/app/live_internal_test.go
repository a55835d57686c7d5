package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sasumata/sasumata/internal/signal"
)

// TestLiveIsAskedToTheEnd looks at an analysis until it has returned: with the race
// detector it shows what is written without the lock.
func TestLiveIsAskedToTheEnd(t *testing.T) {
	c, err := LoadContent(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&log, "Jan 16 10:00:%02d h sshd[1]: Failed password for root from 203.0.113.%d port 22 ssh2\n", i*60/2000, i/10)
	}
	name := filepath.Join(t.TempDir(), "auth.log")
	if err := os.WriteFile(name, []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	live, done := &Live{}, make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			live.View(func(a *Analysis) {
				_, _ = a.Signals.Counts(), *a.Summary
				for range a.Signals.All() {
				}
			})
		}
	})
	closed := 0
	_, err = Analyze(t.Context(), AnalyzeOptions{Content: c, Inputs: []string{name}, Live: live, Found: func(f signal.Finding) error {
		if live.mu.TryLock() {
			live.mu.Unlock()
			t.Error("a finding comes without the lock")
		}
		if f.Change == signal.Closed {
			closed++
		}
		return nil
	}})
	close(done)
	looking.Wait()
	if err != nil || closed == 0 {
		t.Errorf("%d signals were closed, error %v", closed, err)
	}
}
