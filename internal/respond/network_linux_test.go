//go:build linux

package respond

import (
	"context"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/respond/firewall"
	"github.com/sasumata/sasumata/internal/respond/firewalltest"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestPacketsOfSignals runs policies against a real firewall, in a network of its own.
func TestPacketsOfSignals(t *testing.T) {
	t.Parallel()
	machine, other := firewalltest.New(t), firewalltest.New(t)
	firewalltest.Wire(t, machine, other, []string{"198.51.100.1/24"}, []string{"198.51.100.7/24", "198.51.100.9/24", "198.51.100.20/24"})
	machine.Echo(t, 7007)
	s := newStand(t, blocks, func(o *Options) {
		o.Wall = func() (Wall, error) {
			return firewall.Open(firewall.Options{NetNS: machine.FD(), Now: o.Now})
		}
		o.Logins = func(context.Context, time.Time) (sessions, logins []netip.Addr, err error) {
			return []netip.Addr{netip.MustParseAddr("198.51.100.9")}, nil, nil // who runs it
		}
		o.Host = func() ([]Never, error) { return []Never{{netip.MustParsePrefix("198.51.100.1/32"), neverOwn}}, nil }
	})
	through := func(when, from string, want bool) {
		t.Helper()
		if got := other.Reaches(t, from, "198.51.100.1", 7007, want); got != want {
			t.Errorf("%s: %s gets through: %t, want %t; there is\n%s", when, from, got, want, s.list())
		}
	}
	through("before", "198.51.100.7", true)
	for _, ip := range []string{"198.51.100.7", "198.51.100.9", "198.51.100.1"} {
		s.find(ip, signal.Critical)
	}
	s.want("active block 198.51.100.7 +0", "refused block 198.51.100.9 +0 session", "refused block 198.51.100.1 +0 own_address")
	through("blocked", "198.51.100.7", false)
	through("who runs it", "198.51.100.9", true)
	if _, err := s.Block(t.Context(), Request{Target: "198.51.100.20", Reason: "by hand"}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.until("it is blocked", func() bool { return s.only().State == Active })
	through("by hand", "198.51.100.20", false)
	if _, err := s.Undo(t.Context(), s.only().ID, Verdict{}, "eve"); err != nil {
		t.Fatal(err)
	}
	s.until("it is undone", func() bool { return s.only().State == Undone })
	through("undone", "198.51.100.20", true)
	if _, err := exec.LookPath("nft"); err == nil {
		machine.Run(t, "nft flush ruleset")
		s.until("it is restored", func() bool { return s.counters.restored.Load() > 0 })
		through("restored", "198.51.100.7", false)
	}
	// The engine is gone, what it blocks stays; another one takes over.
	s.stop()
	through("stopped", "198.51.100.7", false)
	s.clock.pass(2 * DefaultBlock)
	again, err := New(t.Context(), s.opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- again.Run(ctx) }()
	defer func() { cancel(); <-done }()
	through("expired while nobody was there", "198.51.100.7", true)
}
