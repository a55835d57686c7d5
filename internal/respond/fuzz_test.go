package respond

import (
	"net/netip"
	"testing"
)

// FuzzTarget: whatever a log or a person names, what is blocked is written in one way, is not
// too wide and is on no list of what is never blocked.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"203.0.113.7", "203.0.113.7/24", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.0/104", "fe80::1%eth0", "0.0.0.0/0", "::/0", "1.2.3.4/33", "010.1.1.1", ""} {
		f.Add(seed)
	}
	never := always()
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseTarget(text)
		if err != nil {
			return
		}
		again, err := parseTarget(targetText(p))
		if err != nil || again != p || p != p.Masked() || p.Addr().Is4In6() && p.Bits() >= 96 || p.Addr().Zone() != "" {
			t.Fatalf("%q is %s, and that is %s, error %v", text, p, again, err)
		}
		if p.Addr().Is6() && p.Bits() > whole6 {
			t.Errorf("%q is %s, more than 64 bits", text, p)
		}
		if rule, _ := guardOf(never).refused(p); rule != "" {
			return
		}
		if p.Bits() < widest(p.Addr()) {
			t.Errorf("%q is %s, which is too wide", text, p)
		}
		for _, a := range []netip.Addr{p.Addr(), p.Addr().Next()} {
			if p.Contains(a) && (a.IsLoopback() || a.IsPrivate() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsUnspecified()) {
				t.Errorf("%q would block %s", text, a)
			}
		}
	})
}

// FuzzHost: what the system says about itself is read without harm.
func FuzzHost(f *testing.F) {
	f.Add([]byte("Iface\tDestination\tGateway\nwire\t00000000\t016433C6\t0003\t0\t0\t0\t00000000\n"))
	f.Add([]byte("00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 400 1 0 3 eth0\n"))
	f.Add([]byte("nameserver 192.0.2.53\nnameserver fe80::1%eth0\noptions x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) []netip.Addr{gateways4, gateways6, resolvers} {
			for _, a := range read(data) {
				if !a.IsValid() || !single(a).IsValid() {
					t.Errorf("%q has %s", data, a)
				}
			}
		}
	})
}

// TestWhatTheSystemSays reads files of Linux.
func TestWhatTheSystemSays(t *testing.T) {
	t.Parallel()
	f := func(read func([]byte) []netip.Addr, data string, want ...string) {
		t.Helper()
		got := read([]byte(data))
		if len(got) != len(want) {
			t.Errorf("%v, want %v", got, want)
			return
		}
		for i, a := range got {
			if a.String() != want[i] {
				t.Errorf("%s, want %s", a, want[i])
			}
		}
	}
	f(gateways4, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t016433C6\t0003\t0\t0\t0\t00000000\neth0\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", "198.51.100.1")
	f(gateways6, "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 100 1 0 1 eth0\n00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000000000000000000000001 400 1 0 3 eth0\n", "2001:db8::1")
	f(resolvers, "# nameserver 192.0.2.1\nnameserver 192.0.2.53\nsearch example.com\nnameserver 2001:db8::53\n", "192.0.2.53", "2001:db8::53")
	if list, err := Host(); err != nil || len(list) == 0 {
		t.Errorf("%v, error %v", list, err)
	}
}
