//go:build linux

// Package firewalltest makes network namespaces with a wire between them, so that tests
// block for real and cut off nobody.
package firewalltest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Namespace is a network of its own. What Do runs is in it.
type Namespace struct {
	work chan func()
	file *os.File
	pid  int // of a process in it, by which others name it
}

// FD returns the file descriptor of the namespace.
func (n *Namespace) FD() int { return int(n.file.Fd()) }

// New returns an empty namespace; it skips a test that may not make one.
func New(tb testing.TB) *Namespace {
	tb.Helper()
	for _, tool := range []string{"ip", "sleep"} {
		if _, err := exec.LookPath(tool); err != nil {
			tb.Skipf("SKIPPED, NOTHING IS BLOCKED FOR REAL: %v", err)
		}
	}
	n := &Namespace{work: make(chan func())}
	began := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			n.file, err = os.Open("/proc/thread-self/ns/net")
		}
		began <- err
		for f := range n.work {
			f()
		}
	}()
	if err := <-began; err != nil {
		close(n.work)
		if errors.Is(err, syscall.EPERM) {
			tb.Skipf("SKIPPED, NOTHING IS BLOCKED FOR REAL: a network namespace wants CAP_SYS_ADMIN: %v", err)
		}
		tb.Fatal(err)
	}
	hold := exec.CommandContext(tb.Context(), "sleep", "3600")
	n.Do(func() {
		if err := hold.Start(); err != nil {
			tb.Error(err)
		}
	})
	n.pid = hold.Process.Pid
	tb.Cleanup(func() {
		_ = hold.Process.Kill()
		_ = hold.Wait()
		close(n.work)
		_ = n.file.Close()
	})
	n.Run(tb, "ip link set lo up")
	return n
}

// Do runs f in the namespace, and returns when it has.
func (n *Namespace) Do(f func()) {
	done := make(chan struct{})
	n.work <- func() { defer close(done); f() }
	<-done
}

// Run runs a command in the namespace, and returns what it said.
func (n *Namespace) Run(tb testing.TB, command string) string {
	tb.Helper()
	var out []byte
	var err error
	args := strings.Fields(command)
	n.Do(func() { out, err = exec.CommandContext(tb.Context(), args[0], args[1:]...).CombinedOutput() }) //nolint:gosec // a test names it
	if err != nil {
		tb.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}

// Wire joins two namespaces by a wire, and gives each end its addresses, such as
// 198.51.100.1/24.
func Wire(tb testing.TB, a, b *Namespace, ofA, ofB []string) {
	tb.Helper()
	a.Run(tb, "ip link add wire type veth peer name wire netns "+strconv.Itoa(b.pid))
	for end, addresses := range map[*Namespace][]string{a: ofA, b: ofB} {
		for _, address := range addresses {
			command := "ip addr add " + address + " dev wire"
			if strings.Contains(address, ":") {
				command += " nodad"
			}
			end.Run(tb, command)
		}
		end.Run(tb, "ip link set wire up")
	}
}

// Echo answers what comes to a port of UDP, until the test is over.
func (n *Namespace) Echo(tb testing.TB, port int) {
	tb.Helper()
	n.EchoAt(tb, ":"+strconv.Itoa(port))
}

// EchoAt does so at an address, from which it answers.
func (n *Namespace) EchoAt(tb testing.TB, address string) {
	tb.Helper()
	var conn net.PacketConn
	var err error
	n.Do(func() { conn, err = (&net.ListenConfig{}).ListenPacket(tb.Context(), "udp", address) })
	if err != nil {
		tb.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(buf[:size], from)
		}
	}()
	tb.Cleanup(func() { _ = conn.Close(); <-done })
}

// Reaches reports whether an echo answers, asked from an address of the namespace. When it is
// expected to, it is asked for some seconds: the first packets of a wire can be lost.
func (n *Namespace) Reaches(tb testing.TB, from, to string, port int, expected bool) bool {
	tb.Helper()
	tries := 2
	if expected {
		tries = 40
	}
	for range tries {
		if n.ask(tb, from, net.JoinHostPort(to, strconv.Itoa(port))) {
			return true
		}
	}
	return false
}

func (n *Namespace) ask(tb testing.TB, from, to string) bool {
	tb.Helper()
	conn := n.Dial(tb, from, to)
	defer conn.Close()
	return asked(conn)
}

// Dial returns what talks UDP to an echo from an address of the namespace, until the test is
// over.
func (n *Namespace) Dial(tb testing.TB, from, to string) net.Conn {
	tb.Helper()
	var conn net.Conn
	var err error
	dial := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}
	n.Do(func() { conn, err = dial.DialContext(tb.Context(), "udp", to) })
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Answers reports whether an echo still answers. When it is expected to, it is asked for some
// seconds.
func Answers(conn net.Conn, expected bool) bool {
	tries := 2
	if expected {
		tries = 40
	}
	for range tries {
		if asked(conn) {
			return true
		}
	}
	return false
}

func asked(conn net.Conn) bool {
	if _, err := conn.Write([]byte("?")); err != nil {
		return false
	}
	_ = conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond)) //nolint:forbidigo // a deadline of the network
	_, err := conn.Read(make([]byte, 8))
	return err == nil
}
