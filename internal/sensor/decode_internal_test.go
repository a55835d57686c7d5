package sensor

import (
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sample is an event as a program in the kernel writes it.
func sample() []byte {
	const container = "docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope"
	raw := make([]byte, headerSize)
	le := binary.LittleEndian
	raw[0], raw[1], raw[2], raw[3] = byte(Exec), 2, byte(StdioSocket), byte(StdioPipe)
	le.PutUint16(raw[6:], uint16(Upper|Remote))
	for i, n := range []uint32{100, 101, 50, 40, 7, 1000, 0, 1001} {
		le.PutUint32(raw[8+4*i:], n)
	}
	for i, n := range []uint64{5e9, 4e9, 77, 1 << 21} {
		le.PutUint64(raw[40+8*i:], n)
	}
	le.PutUint16(raw[92:], 40000)
	le.PutUint16(raw[94:], 4444)
	copy(raw[96:], []byte{192, 0, 2, 1})
	copy(raw[112:], []byte{203, 0, 113, 7})
	texts := map[int]string{128: "/bin/sh", 130: "/tmp", 132: "/usr/sbin/nginx", 136: container, 138: "pts0", 140: "sh\x00-c\x00id\x00"}
	for at, text := range texts {
		le.PutUint16(raw[at:], uint16(len(text)))
	}
	copy(raw[144:], "sh")
	copy(raw[160:], "nginx")
	for _, at := range []int{136, 138, 128, 130, 132, 140} {
		raw = append(raw, texts[at]...)
	}
	return raw
}

func TestDecode(t *testing.T) {
	var e Event
	if err := decode(sample(), 1e18, &e); err != nil {
		t.Fatal(err)
	}
	want := Event{
		Kind: Exec, Flags: Upper | Remote, Time: 1e18 + 5e9, Start: 4e9, PID: 100, VPID: 7, Parent: 50, Grandparent: 40, UID: 1000, LoginUID: 1001,
		Caps: 1 << 21, Name: "sh", ParentName: "nginx", Exe: "/bin/sh", ParentExe: "/usr/sbin/nginx", CWD: "/tmp", Args: "sh\x00-c\x00id\x00", TTY: "pts0",
		Container: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", Stdio: [3]Stdio{StdioSocket, StdioPipe},
		Local: netip.MustParseAddrPort("192.0.2.1:40000"), Peer: netip.MustParseAddrPort("203.0.113.7:4444"),
	}
	if diff := cmp.Diff(want, e, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error(diff)
	}
}

func TestContainerID(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	f := func(name, want string) {
		t.Helper()
		if got := containerID(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f(id, id)
	f("docker-"+id+".scope", id)
	f("cri-containerd-"+id+".scope", id)
	f("crio-"+id+".scope", id)
	f("libpod-"+id+".scope", id)
	f("crio-conmon-"+id+".scope", "") // watches a container, is in none
	f(id[1:], "")
	f("x"+id, "")
	f("session-1.scope", "")
	f(id[:63]+"g", "")
}

func newEncode() *encode {
	t := newTable(new(atomic.Int64), false, time.Now)
	return &encode{table: t, users: newUsers(time.Now)}
}

func FuzzDecode(f *testing.F) {
	f.Add(sample())
	connect := sample()
	connect[0], connect[1] = byte(Connect), 10
	f.Add(connect)
	f.Add([]byte{byte(Exit), 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e Event
		if decode(raw, 1e18, &e) != nil {
			return
		}
		c := newEncode()
		c.table.see(&e)
		text := c.append(&e)
		if !json.Valid(text) {
			t.Fatalf("no JSON: %s", text)
		}
		if len(text) > 20*len(raw)+10_000 {
			t.Fatalf("%d bytes became %d", len(raw), len(text))
		}
	})
}

// FuzzStat reads lines of /proc/PID/stat and texts of /proc/PID/cgroup.
func FuzzStat(f *testing.F) {
	f.Add([]byte("7 (a) b) S 1 7 7 0"))
	f.Add([]byte("0::/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if name, _, ok := stat(text); ok && len(name) > len(text) {
			t.Fatal(name)
		}
		if id := containerOf(text); id != "" && len(id) != 64 {
			t.Fatal(id)
		}
	})
}

func TestStatOfAnyName(t *testing.T) {
	name, parent, ok := stat([]byte("7 (a) S 99 (b) R 12 7 7 0"))
	if name != "a) S 99 (b" || parent != 12 || !ok {
		t.Errorf("got %q %d %v", name, parent, ok)
	}
}

func TestTableIsBounded(t *testing.T) {
	counts := &Counts{}
	table := newTable(&counts.Evicted, false, time.Now)
	for pid := range uint32(maxProcesses + 10) {
		table.see(&Event{Kind: Exec, PID: pid + 1, Start: 1, Name: "x"})
	}
	if table.size() != maxProcesses || counts.Evicted.Load() != 10 {
		t.Errorf("%d processes, %d forgotten", table.size(), counts.Evicted.Load())
	}
	left := table.size()
	for pid := range uint32(maxProcesses + 10) {
		table.see(&Event{Kind: Exit, PID: pid + 1, Start: 2}) // of one before
	}
	if table.size() != left {
		t.Errorf("%d processes are left of %d: those that run were forgotten", table.size(), left)
	}
	for pid := range uint32(maxProcesses + 10) {
		table.see(&Event{Kind: Exit, PID: pid + 1, Start: 1})
	}
	if table.size() != 0 {
		t.Errorf("%d processes are left", table.size())
	}
}

// BenchmarkExec is what a program that starts costs outside of the kernel, but for the queue:
// reading the event, the table of processes, and writing the record.
func BenchmarkExec(b *testing.B) {
	raw, c := sample(), newEncode()
	b.ReportAllocs()
	var e Event
	for b.Loop() {
		if err := decode(raw, 1e18, &e); err != nil {
			b.Fatal(err)
		}
		c.table.see(&e)
		_ = string(c.append(&e))
	}
}
