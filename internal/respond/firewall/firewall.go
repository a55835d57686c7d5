// Package firewall drops packets of blocked addresses in the kernel, by sets of nftables
// whose elements the kernel itself forgets in time. It is the door to netlink.
//
// All of it is in the table inet sasumata, which nobody else has to touch: removing that
// (nft delete table inet sasumata) ends every block at once.
package firewall

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Table is the name of the table, in the family inet.
const Table = "sasumata"

// backstop is for how long a block outlives its time in the kernel: whoever set it is to
// take it away before. Only when nobody is there any more the kernel does.
const backstop = 5 * time.Second

// What can be wrong.
var (
	// ErrPermission is a process that may not change the firewall.
	ErrPermission = errors.New("changing the firewall wants the capability CAP_NET_ADMIN: run the server as root, or give its service AmbientCapabilities=CAP_NET_ADMIN")
	// ErrUnsupported is a system without nftables.
	ErrUnsupported = errors.New("this system has no nftables, which blocks addresses: it needs Linux with the module nf_tables; without it only bouncers can block")
)

// Block is a network whose packets are dropped until then. One of IPv6 has at most 64 bits.
type Block struct {
	Network netip.Prefix
	Until   time.Time
}

// Options is what a Firewall is made of.
type Options struct {
	// NetNS is the file descriptor of the network namespace, 0 for the own one.
	NetNS int
	// Now is the clock.
	Now func() time.Time
}

// Drift is what was not as it should be, and was put right.
type Drift struct {
	// Table says that the table, a chain or a rule was missing.
	Table bool
	// Missing and Extra count the elements of sets.
	Missing, Extra int
}

// Any reports whether there is any.
func (d Drift) Any() bool { return d.Table || d.Missing+d.Extra > 0 }

// hashed reports whether the network is an element of a hash set: single addresses of IPv4,
// 64 bits of IPv6. Others are intervals.
func hashed(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() == 32 || p.Addr().Is6() && p.Bits() == 64
}

// Span is an interval of addresses, both ends among them, that is blocked until then.
type Span struct {
	First, Last netip.Addr
	Until       time.Time
}

// outermost returns the blocks as intervals that do not overlap, which the kernel refuses.
// Networks are within each other or apart. One within another is left out: it is put when
// the other is taken away.
func outermost(blocks []Block) []Span {
	sorted := slices.Clone(blocks)
	slices.SortFunc(sorted, func(a, b Block) int {
		return cmp.Or(a.Network.Addr().Compare(b.Network.Addr()), cmp.Compare(a.Network.Bits(), b.Network.Bits()))
	})
	var spans []Span
	for _, b := range sorted {
		if n := len(spans); n > 0 && b.Network.Addr().Compare(spans[n-1].Last) <= 0 {
			continue
		}
		spans = append(spans, Span{b.Network.Addr(), lastOf(b.Network), b.Until})
	}
	return spans
}

// Join returns the networks as intervals that neither overlap nor touch.
func Join(networks []netip.Prefix) []Span {
	blocks := make([]Block, len(networks))
	for i, p := range networks {
		blocks[i].Network = p
	}
	var spans []Span
	for _, s := range outermost(blocks) {
		if n := len(spans); n > 0 && spans[n-1].Last.Next() == s.First {
			spans[n-1].Last = s.Last
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// lastOf returns the last address of the network.
func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(raw) // as long as it was
	return a
}
