//go:build unix

package seclog_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/sasumata/sasumata/seclog"
)

// TestReopenOnSignal does what logrotate does: it moves a file and sends SIGHUP.
func TestReopenOnSignal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	frozen := newClock(time.Now()) // so that only the signal tells of the move
	l := openLog(t, seclog.Config{Dir: dir, Now: frozen.now})
	stop := l.ReopenOn(syscall.SIGHUP)
	defer stop()
	l.Logger().Info("one")
	flush(t, l)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the file is not opened again")
		}
		flush(t, l)
	}
	l.Logger().Info("two")
	flush(t, l)
	if got := messages(t, dir, "access.log"); len(got) != 2 || got[1] != "two" {
		t.Errorf("%q", got)
	}
	stop()
	stop() // twice does no harm
}
