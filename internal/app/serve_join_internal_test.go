package app

import (
	"strings"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/source"
)

// TestServeJoinsLines stops in the middle of a stack trace and of an audit event.
func TestServeJoinsLines(t *testing.T) {
	dir := t.TempDir()
	opts := serveOptions(dir)
	opts.Config.Files[0].Join, opts.Config.Files[0].MultilineWait = source.Join{Auto: true}, time.Hour
	appendLog(t, dir, "2026-01-16 00:00:00 ERROR it broke\n\tat a.b\n2026-01-16 00:00:01 ERROR again\n")
	s, stop := serving(t, opts)
	s.until(t, 1)
	stop()
	appendLog(t, dir, "\tat c.d\n"+
		`type=SYSCALL msg=audit(1768521603.1:7): arch=c000003e syscall=59 success=yes exit=0 a0=1 uid=0 comm="id" exe="/usr/bin/id" key="x"`+"\n"+
		`type=EXECVE msg=audit(1768521603.1:7): argc=1 a0="id"`+"\n")
	s, stop = serving(t, opts)
	s.until(t, 2) // the audit event waits
	stop()
	appendLog(t, dir, "type=PROCTITLE msg=audit(1768521603.1:7): proctitle=6964\ntype=EOE msg=audit(1768521603.1:7): \n2026-01-16 00:00:04 end\n")
	opts.Config.Files[0].MultilineWait = time.Millisecond
	s, stop = serving(t, opts)
	s.until(t, 4)
	stop()
	got := storedIn(t, dir)
	want := []string{`it broke\n\tat a.b"`, `again\n\tat c.d"`, `"command_line":"id"`, `00:00:04 end"`}
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s\nwant %s in it", got[i], want[i])
		}
	}
}
