package detect

import (
	"net/netip"
	"testing"
)

func TestIsIPv4AgreesWithTheLibrary(t *testing.T) {
	for _, text := range []string{
		"192.0.2.1", "0.0.0.0", "255.255.255.255", "256.0.0.1", "192.0.2", "192.0.2.1.1", "192.0.2.", ".192.0.2", "192..2.1",
		"192.0.02.1", "00.0.0.0", "1921.0.2.1", "192.0.2.1 ", "a.b.c.d", "", "1", "1.2.3.4567", "2001:db8::1", "::ffff:192.0.2.1", "-1.2.3.4",
	} {
		addr, err := netip.ParseAddr(text)
		if want := err == nil && addr.Is4(); isIPv4([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
