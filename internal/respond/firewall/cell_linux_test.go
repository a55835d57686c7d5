//go:build linux

package firewall_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/respond/firewalltest"
)

// cellOf returns the namespace as a cell.
func cellOf(t *testing.T, n *firewalltest.Namespace) *firewall.Cell {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", n.FD()))
	ok(t, err)
	c, err := firewall.OpenCell(f)
	ok(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestTheOwnNamespaceIsNeverCutOff: neither that of this process, nor that of the machine,
// nor what is no network namespace at all.
func TestTheOwnNamespaceIsNeverCutOff(t *testing.T) {
	t.Parallel()
	machine := "1"
	if _, err := os.Stat("/proc/1/ns/net"); err != nil {
		machine = "2" // of the kernel
	}
	f := func(path string, want error) {
		t.Helper()
		file, err := os.Open(path)
		ok(t, err)
		if c, err := firewall.OpenCell(file); !errors.Is(err, want) || c != nil {
			t.Errorf("%s: %v, error %v, want %v", path, c, err, want)
		}
		if err := file.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s was left open: %v", path, err)
		}
	}
	f("/proc/thread-self/ns/net", firewall.ErrOwnNamespace)
	f("/proc/"+machine+"/ns/net", firewall.ErrOwnNamespace)
	f("/proc/self/ns/mnt", os.ErrInvalid)
	f("/dev/null", os.ErrInvalid)
}

// TestACellLetsNothingThrough: both directions end at once, established connections too, and
// come back when it is opened.
func TestACellLetsNothingThrough(t *testing.T) {
	t.Parallel()
	inside, outside := firewalltest.New(t), firewalltest.New(t)
	firewalltest.Wire(t, inside, outside, []string{"198.51.100.1/24", "2001:db8:1::1/64"}, []string{"198.51.100.2/24", "2001:db8:1::2/64"})
	inside.Echo(t, port)
	outside.Echo(t, port)
	cell := cellOf(t, inside)
	var resolver net.Listener
	var err error
	inside.Do(func() { resolver, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.11:53") })
	ok(t, err)
	t.Cleanup(func() { _ = resolver.Close() })
	through := func(when string, want bool) {
		t.Helper()
		for _, one := range []struct {
			of       *firewalltest.Namespace
			from, to string
		}{{outside, "198.51.100.2", "198.51.100.1"}, {outside, "2001:db8:1::2", "2001:db8:1::1"}, {inside, "198.51.100.1", "198.51.100.2"}, {inside, "2001:db8:1::1", "2001:db8:1::2"}} {
			if got := one.of.Reaches(t, one.from, one.to, port, want); got != want {
				t.Errorf("%s: %s reaches %s: %t", when, one.from, one.to, got)
			}
		}
		if !inside.Reaches(t, "127.0.0.1", "127.0.0.1", port, true) {
			t.Errorf("%s: loopback is gone", when)
		}
		if got := asks(t, inside, "127.0.0.11:53"); got != want {
			t.Errorf("%s: the resolver of the engine is reached: %t", when, got)
		}
		if shut, err := cell.IsShut(); err != nil || shut == want {
			t.Errorf("%s: shut %t, error %v", when, shut, err)
		}
	}
	through("before", true)
	held := talk(t, inside, outside)
	if err := held(); err != nil {
		t.Fatalf("the connection does not work: %v", err)
	}
	ok(t, cell.Shut())
	ok(t, cell.Shut())
	through("shut", false)
	if held() == nil {
		t.Error("an established connection goes on")
	}
	ok(t, cell.Free())
	ok(t, cell.Free())
	through("free", true)
	if out := nft(t, inside, "list", "ruleset"); strings.TrimSpace(out) != "" {
		t.Errorf("there is left\n%s", out)
	}
}

// asks reports whether a connection to the address comes about.
func asks(t *testing.T, n *firewalltest.Namespace, address string) bool {
	t.Helper()
	var conn net.Conn
	var err error
	n.Do(func() {
		conn, err = (&net.Dialer{Timeout: 300 * time.Millisecond}).DialContext(t.Context(), "tcp", address)
	})
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// talk holds a connection of TCP from the one to the other, and returns what asks over it.
func talk(t *testing.T, server, client *firewalltest.Namespace) func() error {
	t.Helper()
	var l net.Listener
	var err error
	server.Do(func() { l, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "198.51.100.1:7070") })
	ok(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			fmt.Fprintln(conn, lines.Text())
		}
	}()
	var conn net.Conn
	client.Do(func() {
		conn, err = (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", "198.51.100.1:7070")
	})
	ok(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	answers := bufio.NewReader(conn)
	return func() error {
		fmt.Fprintln(conn, "ping")
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_, err := answers.ReadString('\n')
		return err
	}
}

// TestManyCellsAtATime shuts and frees in parallel: the race detector looks on.
func TestManyCellsAtATime(t *testing.T) {
	t.Parallel()
	n := firewalltest.New(t)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", n.FD()))
			if err != nil {
				t.Error(err)
				return
			}
			c, err := firewall.OpenCell(f)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for range 5 {
				if err := errors.Join(c.Shut(), c.Free()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	if shut, err := cellOf(t, n).IsShut(); err != nil || shut {
		t.Errorf("shut %t, error %v", shut, err)
	}
}

// BenchmarkShut is how long it takes to cut a namespace off.
func BenchmarkShut(b *testing.B) {
	n := firewalltest.New(b)
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", n.FD()))
	ok(b, err)
	c, err := firewall.OpenCell(f)
	ok(b, err)
	defer c.Close()
	for b.Loop() {
		ok(b, c.Shut())
	}
}
