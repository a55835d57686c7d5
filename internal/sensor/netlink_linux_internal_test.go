//go:build linux

package sensor

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAuditJoin(t *testing.T) {
	var got []string
	j := auditJoin{done: func(text string) { got = append(got, text) }}
	now := time.Unix(1_000_000, 0)
	j.add(1300, []byte("audit(1767225600.243:1): arch=c000003e syscall=59 success=yes pid=7\x00"), now)
	j.add(1300, []byte("audit(1767225600.244:2): arch=c000003e syscall=59 success=yes pid=8"), now)
	j.add(1309, []byte(`audit(1767225600.243:1): argc=2 a0="ls" a1="-l"`), now)
	j.add(1112, []byte(`audit(1767225600.245:3): pid=9 acct="root"`), now) // has no end
	j.add(1320, []byte("audit(1767225600.243:1): "), now)
	j.add(1300, []byte("no record"), now)
	j.add(0, nil, now.Add(2*time.Second)) // what waits in vain
	want := []string{
		`type=USER_LOGIN msg=audit(1767225600.245:3): pid=9 acct="root"`,
		"type=SYSCALL msg=audit(1767225600.243:1): arch=c000003e syscall=59 success=yes pid=7\ntype=EXECVE msg=audit(1767225600.243:1): argc=2 a0=\"ls\" a1=\"-l\"",
		"type=SYSCALL msg=audit(1767225600.244:2): arch=c000003e syscall=59 success=yes pid=8",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(j.order) != 0 || len(j.texts) != 0 {
		t.Errorf("%d events are left", len(j.texts))
	}
}

func TestAuditJoinIsBounded(t *testing.T) {
	finished := 0
	j := auditJoin{done: func(string) { finished++ }}
	now := time.Unix(1_000_000, 0)
	for i := range 10 * maxAuditEvents {
		j.add(1300, []byte("audit("+strings.Repeat("1", i%60)+":"+string(rune('a'+i%26))+"): x"), now)
	}
	if len(j.order) > maxAuditEvents+1 || len(j.order) != len(j.texts) {
		t.Errorf("%d events wait", len(j.order))
	}
}

func TestAboutExec(t *testing.T) {
	rule := make([]byte, auditFields+4*64)
	binary.NativeEndian.PutUint32(rule, auditExit)
	if aboutExec(rule) || aboutExec(rule[:100]) {
		t.Error("a rule about nothing is about programs that start")
	}
	binary.NativeEndian.PutUint32(rule[auditFields+4*(execveAMD64/32):], 1<<(execveAMD64%32))
	if !aboutExec(rule) {
		t.Error("a rule about execve is not known")
	}
	binary.NativeEndian.PutUint32(rule, 1)
	if aboutExec(rule) {
		t.Error("a rule of another list is taken")
	}
}

// FuzzMessages reads messages of the kernel as both listeners do.
func FuzzMessages(f *testing.F) {
	exec := make([]byte, 16+procLength)
	binary.NativeEndian.PutUint32(exec, uint32(len(exec)))
	binary.NativeEndian.PutUint32(exec[16:], cnProc)
	binary.NativeEndian.PutUint32(exec[16+procWhat:], procExec)
	f.Add(exec)
	record := append(make([]byte, 16), "audit(1767225600.243:1): argc=2"...)
	binary.NativeEndian.PutUint32(record, uint32(len(record)))
	binary.NativeEndian.PutUint16(record[4:], 1309)
	f.Add(record)
	f.Fuzz(func(t *testing.T, data []byte) {
		told := 0
		j := auditJoin{done: func(text string) { told += len(text) }}
		read := 0
		messages(data, func(kind uint16, body []byte) {
			read++
			if e, ok := connectorEvent(body); ok && e.Kind != Exec && e.Kind != Exit {
				t.Fatalf("kind %d", e.Kind)
			}
			aboutExec(body)
			j.add(kind, body, time.Unix(1, 0))
		})
		j.add(0, nil, time.Unix(100, 0))
		if read > len(data)/16+1 || told > len(data)+64*read {
			t.Fatalf("%d bytes gave %d messages and %d bytes", len(data), read, told)
		}
	})
}
