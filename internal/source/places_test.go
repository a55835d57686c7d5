package source_test

import (
	"net"
	"testing"

	"github.com/sasumata/sasumata/internal/source"
)

// TestPlacesOfOneHost: nobody takes them all, with however many addresses of a network.
func TestPlacesOfOneHost(t *testing.T) {
	p := &source.Places{Max: 5, PerHost: 2}
	var leave []func()
	f := func(address string, want bool) {
		t.Helper()
		at, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		out := p.Enter(at)
		if (out != nil) != want {
			t.Errorf("%s has a place: %t", address, out != nil)
		}
		if out != nil {
			leave = append(leave, out)
		}
	}
	f("[2001:db8::1]:1", true)
	f("[2001:db8::2:1]:1", true)
	f("[2001:db8::3]:1", false) // of the same /64
	f("[2001:db8:0:1::1]:1", true)
	f("192.0.2.1:1", true)
	f("[::ffff:192.0.2.1]:2", true) // the same address
	f("192.0.2.2:1", false)
	if p.RefusedHost.Load() != 1 || p.RefusedTotal.Load() != 1 || p.Taken() != 5 {
		t.Errorf("%d %d %d", p.RefusedHost.Load(), p.RefusedTotal.Load(), p.Taken())
	}
	for _, out := range leave {
		out()
	}
	if p.Taken() != 0 {
		t.Errorf("%d places are left behind", p.Taken())
	}
	f("192.0.2.1:1", true)
	f("192.0.2.1:1", true)
	f("192.0.2.1:1", false)
}
