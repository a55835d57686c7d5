package respond

import (
	"net/netip"
	"strconv"
)

// The widest networks that may be blocked, in bits: a slip must not block half of the
// world.
const (
	widest4 = 16
	widest6 = 32
	// whole6 is what an address of IPv6 stands for: whoever has one has all of these.
	whole6 = 64
)

// parseTarget reads what is to be blocked: an address or a network. An address of IPv6, and
// a network of less, is the network of 64 bits that it is in. The text is one that the same
// network always has.
func parseTarget(text string) (netip.Prefix, error) {
	if len(text) > maxTarget {
		return netip.Prefix{}, wrong("the target has more than %d bytes", maxTarget)
	}
	p, err := ParseNetwork(text)
	if err != nil {
		return netip.Prefix{}, wrong("%.60q is no address or network, want a form such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/64", text)
	}
	if p.Addr().Is6() && p.Bits() > whole6 {
		p = netip.PrefixFrom(p.Addr(), whole6).Masked()
	}
	return p, nil
}

// targetText returns the network as people write it: an address stands for itself.
func targetText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// tooWide returns why the network cannot be blocked for its size; "" when it can.
func tooWide(p netip.Prefix) string {
	if widest := widest(p.Addr()); p.Bits() < widest {
		return "a network wider than /" + strconv.Itoa(widest) + " is never blocked"
	}
	return ""
}

func widest(a netip.Addr) int {
	if a.Is4() {
		return widest4
	}
	return widest6
}
