package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAuditdJoined is about events whose records are joined, one a line.
func TestAuditdJoined(t *testing.T) {
	f := func(want string, lines ...string) {
		t.Helper()
		if diff := cmp.Diff(want, parse(t, "auditd-parser", strings.Join(lines, "\n"))); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", lines, diff)
		}
	}
	// The pointers of the call are no arguments.
	f(`{"audit":{"type":["SYSCALL","EXECVE"],"serial":8,"syscall":59,"argc":2,"event_type":"EXECVE","argv":["ls","-l"],"command_line":"ls -l"}}`,
		`type=SYSCALL msg=audit(1.5:8): syscall=59 a0=55d0 a1=55d1`, `type=EXECVE msg=audit(1.5:8): argc=2 a0="ls" a1="-l"`)
	f(`{"audit":{"type":["EXECVE","SYSCALL"],"serial":8,"argc":1,"syscall":59,"event_type":"EXECVE","argv":["ls"],"command_line":"ls"}}`,
		`type=EXECVE msg=audit(1.5:8): argc=1 a0="ls"`, `type=SYSCALL msg=audit(1.5:8): syscall=59 a0=55d0`)
	f(`{"audit":{"type":["SYSCALL","CWD"],"serial":8,"a0":"7f","cwd":"/","event_type":"SYSCALL"}}`,
		`type=SYSCALL msg=audit(1.5:8): a0=7f`, `type=CWD msg=audit(1.5:8): cwd="/"`)
	// Arguments that go on in another record.
	f(`{"audit":{"type":"EXECVE","serial":8,"argc":2,"argv":["a","b"],"command_line":"a b"}}`,
		`type=EXECVE msg=audit(1.5:8): argc=2 a0="a"`, `type=EXECVE msg=audit(1.5:8): a1="b"`)
	// Each file has its own fields; the names stand together, too.
	f(`{"audit":{"type":["SYSCALL","PATH"],"serial":8,"pid":7,"name":["/a","/b"],"nametype":"NORMAL","event_type":"SYSCALL",`+
		`"paths":[{"item":0,"name":"/a","inode":5,"nametype":"NORMAL"},{"item":1,"name":"/b","inode":6,"nametype":"NORMAL"}]}}`,
		`type=SYSCALL msg=audit(1.5:8): pid=7`, `type=PATH msg=audit(1.5:8): item=0 name="/a" inode=5 nametype=NORMAL`,
		`type=PATH msg=audit(1.5:8): item=1 name=2F62 inode=6 nametype=NORMAL`)
	// Of equal names the first counts, and other events' records do not.
	f(`{"audit":{"type":["AVC","SYSCALL"],"serial":8,"pid":1,"exe":"/x","event_type":"AVC"}}`,
		`type=AVC msg=audit(1.5:8): pid=1`, `type=SYSCALL msg=audit(1.5:8): pid=2 exe="/x"`, `type=CWD msg=audit(1.5:9): cwd="/"`,
		`type=CWD msg=audit(1.6:8): cwd="/"`, `text`, ``, `type=EOE msg=audit(1.5:8): `)
	// What is executed says a record of the same event, and not a text that looks like one.
	call := `{"audit":{"type":"SYSCALL","serial":8,"syscall":42,"a0":"7f","a1":"80"}}`
	for _, other := range []string{
		`type=EXECVE msg=audit(1.5:9): argc=1 a0="ls"`, `type=EXECVE msg=audit(1.6:8): argc=1 a0="ls"`,
		`type=1309 msg=audit(1.5:9): argc=1 a0="ls"`, `type=EXECVE `,
	} {
		f(call, `type=SYSCALL msg=audit(1.5:8): syscall=42 a0=7f a1=80`, other)
	}
	f(`{"audit":{"type":["SYSCALL","CWD"],"serial":8,"a0":"7f","cwd":"/type=EXECVE x","event_type":"SYSCALL"}}`,
		`type=SYSCALL msg=audit(1.5:8): a0=7f`, `type=CWD msg=audit(1.5:8): cwd="/type=EXECVE x"`)
	f(`{"audit":{"type":["SYSCALL","EXECVE"],"serial":8,"argc":1,"event_type":"EXECVE","argv":["ls"],"command_line":"ls"}}`,
		`type=SYSCALL msg=audit(1.5:8): a0=7f a2=7`, `type=EXECVE msg=audit(1.5:9): argc=1 a0="rm"`, `type=EXECVE msg=audit(1.5:8): argc=1 a0="ls"`)
	// A header before a later record is passed over.
	f(`{"audit":{"type":["SYSCALL","CWD"],"serial":8,"node":"n","pid":1,"cwd":"/","event_type":"SYSCALL"}}`,
		`node=n type=SYSCALL msg=audit(1.5:8): pid=1`, `Jan  1 00:00:01 web1 audispd: node=n type=CWD msg=audit(1.5:8): cwd="/"`)
}

// A joined event may be as long as the joiner lets it be: what it gives stays
// bounded.
func TestAuditdJoinedIsBounded(t *testing.T) {
	text := `type=SYSCALL msg=audit(1.5:8): pid=7` + strings.Repeat("\n"+`type=PATH msg=audit(1.5:8): item=0 name="/a" inode=5`, 2000)
	if got := parse(t, "auditd-parser", text); strings.Count(got, `"inode"`) != 64 {
		t.Errorf("%d paths, want 64", strings.Count(got, `"inode"`))
	}
}

func FuzzAuditdJoined(f *testing.F) {
	f.Add(`a0="x"`, `name="/a" nametype=X`)
	f.Add(`a0_len=3 a0[0]=61`, "x\ntype=PATH msg=audit(1.5:8): name=(null)")
	f.Fuzz(func(t *testing.T, a, b string) {
		parse(t, "auditd-parser", "type=EXECVE msg=audit(1.5:8): "+a+"\ntype=PATH msg=audit(1.5:8): "+b+"\ntype=SYSCALL msg=audit(1.5:8): "+a+"\n"+b)
	})
}
