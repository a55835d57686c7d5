package containertest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// Connect opens connections within the network of a process, two sockets each; they end with
// the test.
func Connect(t testing.TB, pid, many int) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is of no use to others
		failed <- func() error {
			f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "ns/net"))
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the network: %w", err)
			}
			listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = listener.Close() })
			for range many {
				client, err := net.DialTCP("tcp4", nil, listener.Addr().(*net.TCPAddr))
				if err != nil {
					return err
				}
				t.Cleanup(func() { _ = client.Close() })
				server, err := listener.AcceptTCP()
				if err != nil {
					return err
				}
				t.Cleanup(func() { _ = server.Close() })
			}
			return nil
		}()
	}()
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}
