package respond

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// system is a folder as the files of a system.
type system struct {
	t    *testing.T
	root string
}

func (s *system) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

// tcpLine is a line of /proc/net/tcp on a little-endian machine: a connection of 203.0.113.x.
func tcpLine(last, port int, state, inode string) string {
	return fmt.Sprintf("   0: 016433C6:%04X %02X7100CB:C350 %s 00000000:00000000 02:000A 00000000     0        0 %s 2 0000000000000000\n", port, last, state, inode)
}

func TestSessionsOfSSH(t *testing.T) {
	t.Parallel()
	if !littleEndian() {
		t.Skip("SKIPPED: the files of this test are those of a little-endian machine")
	}
	s := &system{t, t.TempDir()}
	c := &clock{at: start}
	ssh := &sshSessions{root: s.root, now: c.now}
	f := func(when, want string) {
		t.Helper()
		list, err := ssh.from([]int{22, 2222})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", when, got, want)
		}
	}
	f("a system without any", "")
	s.write("proc/net/tcp", head+tcpLine(7, 22, "01", "100")+tcpLine(8, 2222, "01", "101")+tcpLine(9, 22, "06", "102")+tcpLine(10, 80, "01", "103"))
	s.write("proc/net/tcp6", head+"   0: 00000000000000000000000001000000:0016 B80D0120010000000000000009000000:C350 01 0:0 0:0 0 0 0 104 1\n")
	s.write("proc/10/cmdline", "sshd: alice@pts/0\x00\x00")
	s.write("proc/11/cmdline", "sshd: bob [priv]")
	for pid, inode := range map[string]string{"10": "100", "11": "101"} {
		folder := filepath.Join(s.root, "proc", pid, "fd")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("socket:["+inode+"]", filepath.Join(folder, "4")); err != nil {
			t.Fatal(err)
		}
	}
	f("who signed in, and not who is asked for a password", "203.0.113.7")
	c.pass(grace)
	f("whoever is connected for so long", "203.0.113.7 203.0.113.8 2001:db8:0:1::9")
	s.write("proc/net/tcp", head+tcpLine(8, 22, "01", "200"))
	s.write("proc/net/tcp6", head)
	f("another connection", "")
	record := make([]byte, 2*384)
	binary.NativeEndian.PutUint16(record, 7)
	binary.NativeEndian.PutUint32(record[4:], 10)
	copy(record[348:], []byte{203, 0, 113, 77})
	copy(record[384:], record[:384])
	binary.NativeEndian.PutUint32(record[384+4:], 99) // which is gone
	s.write("run/utmp", string(record)+"half a record")
	f("utmp", "203.0.113.77")
	if list, err := ssh.from(nil); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v", list, err)
	}
}

func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

func TestPortsOfSSH(t *testing.T) {
	s := &system{t, t.TempDir()}
	f := func(want string) {
		t.Helper()
		if got := fmt.Sprint(sshPorts(s.root)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f("[22]")
	s.write("etc/ssh/sshd_config", "#Port 22\nPort 2222\nListenAddress [::]:2022\nListenAddress 0.0.0.0\nport = 99999\n")
	s.write("etc/ssh/sshd_config.d/x.conf", "Port=22\n")
	f("[22 2222 2022]")
}

func TestNamesOfSSH(t *testing.T) {
	f := func(name string, want bool) {
		t.Helper()
		if isSession(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
	f("sshd: alice@pts/0", true)
	f("sshd-session: alice@notty\x00", true)
	f("sshd: alice [priv]", false)
	f("sshd: alice@pts/0 [priv]", false)
	f("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", false)
	f("sshd-session: [accepted]", false)
	f("vim sshd: alice@pts/0", false)
	f("sshd: a\x00b@c", false)
}

// TestAConnectionOfThisSystem is found in its own files.
func TestAConnectionOfThisSystem(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: no Linux, no /proc/net/tcp")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &clock{at: start}
	ssh := &sshSessions{root: "/", now: c.now}
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	if list, err := ssh.from([]int{int(port)}); err != nil || len(list) > 1 {
		t.Errorf("%v, error %v", list, err)
	}
	c.pass(grace)
	list, err := ssh.from([]int{int(port)})
	if err != nil || len(list) == 0 || list[0].String() != "127.0.0.1" {
		t.Errorf("%v, error %v", list, err)
	}
}

// TestWhoIsSignedInBySSH is not blocked, and a block of before ends.
func TestWhoIsSignedInBySSH(t *testing.T) {
	t.Parallel()
	in := make(chan netip.Addr, 1)
	var from []netip.Addr
	s := newStand(t, blocks, func(o *Options) {
		o.SSH = func(ports []int) ([]netip.Addr, error) {
			if len(ports) == 0 {
				t.Error("no ports are asked for")
			}
			select {
			case a := <-in:
				from = append(from, a)
			default:
			}
			return from, nil
		}
	})
	if _, err := s.Block(t.Context(), Request{Target: "203.0.113.7", Reason: "x"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.blocked("203.0.113.7")
	in <- netip.MustParseAddr("203.0.113.7")
	s.Forget()
	s.blocked()
	s.want("undone block 203.0.113.7 +0 ssh")
	_, err := s.Block(t.Context(), Request{Target: "203.0.113.0/24", Reason: "x"}, "eve")
	refusedBy(t, err, neverSSH)
	if off := parse(t, "never: {ssh: false}"); len(off.Never.ports()) != 0 {
		t.Error("it cannot be switched off")
	}
	if own := parse(t, "never: {ssh_ports: [2222]}"); fmt.Sprint(own.Never.ports()) != "[2222]" {
		t.Error("its ports cannot be set")
	}
}

// FuzzSSH: what the system says of connections is read without harm.
func FuzzSSH(f *testing.F) {
	f.Add([]byte(head + tcpLine(7, 22, "01", "1")))
	f.Add(make([]byte, 400))
	f.Fuzz(func(_ *testing.T, data []byte) {
		connections(data, []int{22})
		utmp(data)
	})
}
