//go:build unix

package app

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipesAreNotOpened: a pipe among the logs, into which nobody writes, stalls nothing.
func TestPipesAreNotOpened(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.log")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool, 1)
	go func() { done <- refused(pipe, os.O_RDONLY) }()
	select {
	case is := <-done:
		if is {
			t.Error("the pipe is said to be refused")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for the pipe")
	}
}
