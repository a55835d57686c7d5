package lookup

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
)

// indexed is the number of IPv4 ranges from which a list is searched through an
// index of the first 16 bits; it costs 256 KiB.
const indexed = 4096

// List is a set of addresses and networks, IPv4 and IPv6. It holds sorted ranges
// that do not touch: 8 bytes for a range of IPv4, 32 for one of IPv6. The zero
// List is empty.
type List struct {
	v4    []range4
	v6    []range6
	index []uint32 // of the first range of v4 that ends in or behind these 16 bits
}

type range4 struct{ from, to uint32 }

type range6 struct{ from, to addr6 }

type addr6 struct{ hi, lo uint64 }

func (a addr6) compare(b addr6) int {
	switch {
	case a.hi < b.hi || a.hi == b.hi && a.lo < b.lo:
		return -1
	case a == b:
		return 0
	default:
		return 1
	}
}

func (a addr6) addr() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}

func (a addr6) next() addr6 {
	a.lo++
	if a.lo == 0 {
		a.hi++
	}
	return a
}

// NewList returns the list of the networks. Prefixes that are not valid are left
// out.
func NewList(networks ...netip.Prefix) *List {
	l := new(List)
	for _, p := range networks {
		if p, ok := unmap(p); ok {
			l.addPrefix(p)
		}
	}
	l.finish()
	return l
}

// NewRanges returns the list of the ranges.
func NewRanges(ranges []Range) *List {
	l := new(List)
	for _, r := range ranges {
		if r.From.IsValid() && r.From.Is4() == r.To.Is4() && !r.To.Less(r.From) {
			l.addRange(r.From, r.To)
		}
	}
	l.finish()
	return l
}

// Ranges returns the ranges of the list in order, those of IPv4 first.
func (l *List) Ranges() []Range {
	if l == nil {
		return nil
	}
	all := make([]Range, 0, l.Len())
	for _, r := range l.v4 {
		var from, to [4]byte
		binary.BigEndian.PutUint32(from[:], r.from)
		binary.BigEndian.PutUint32(to[:], r.to)
		all = append(all, Range{netip.AddrFrom4(from), netip.AddrFrom4(to)})
	}
	for _, r := range l.v6 {
		all = append(all, Range{r.from.addr(), r.to.addr()})
	}
	return all
}

// Contains reports whether a public address is on the list. Addresses that are
// not Public are on no list, although lists of unroutable networks hold 0.0.0.0/8
// and 10.0.0.0/8: nobody's own machines are a threat because of their number.
func (l *List) Contains(a netip.Addr) bool { return Public(a) && l.Holds(a) }

// Holds reports whether the address is on the list, public or not. It is the
// question for lists of one's own networks.
func (l *List) Holds(a netip.Addr) bool {
	if l == nil {
		return false
	}
	a = a.Unmap()
	switch {
	case a.Is4():
		b := a.As4()
		return l.find4(binary.BigEndian.Uint32(b[:])) >= 0
	case a.Is6():
		return l.find6(split(a)) >= 0
	default:
		return false
	}
}

// HoldsRange reports whether all of the range is on the list, public or not.
func (l *List) HoldsRange(r Range) bool {
	if l == nil || !r.From.IsValid() || r.From.Is4() != r.To.Is4() {
		return false
	}
	if r.From.Is4() {
		from, to := r.From.As4(), r.To.As4()
		i := l.find4(binary.BigEndian.Uint32(from[:]))
		return i >= 0 && binary.BigEndian.Uint32(to[:]) <= l.v4[i].to
	}
	i := l.find6(split(r.From))
	return i >= 0 && split(r.To).compare(l.v6[i].to) <= 0
}

// Len returns the number of ranges; networks that touch are one.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return len(l.v4) + len(l.v6)
}

// find4 returns the index of the range that holds a, -1 without one.
func (l *List) find4(a uint32) int {
	low, high := 0, len(l.v4)
	if l.index != nil {
		// The range wanted is the first that ends at a or behind it.
		low = int(l.index[a>>16])
		high = min(int(l.index[a>>16+1])+1, high)
	}
	for low < high {
		middle := int(uint(low+high) >> 1)
		if l.v4[middle].to < a {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(l.v4) && l.v4[low].from <= a && a <= l.v4[low].to {
		return low
	}
	return -1
}

// find6 returns the index of the range that holds a, -1 without one.
func (l *List) find6(a addr6) int {
	low, high := 0, len(l.v6)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if l.v6[middle].to.compare(a) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(l.v6) && l.v6[low].from.compare(a) <= 0 {
		return low
	}
	return -1
}

// split returns an address of IPv6 as numbers; see package threat for why not by As16.
func split(a netip.Addr) addr6 {
	b := a.AsSlice()
	return addr6{hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
}

// unmap turns a network of IPv4 addresses inside IPv6 into one of IPv4.
func unmap(p netip.Prefix) (netip.Prefix, bool) {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), p.IsValid()
}

func (l *List) addPrefix(p netip.Prefix) {
	if a := p.Addr(); a.Is4() {
		b := a.As4()
		from := binary.BigEndian.Uint32(b[:])
		l.v4 = append(l.v4, range4{from, from | ^uint32(0)>>p.Bits()})
		return
	}
	from, to := split(p.Addr()), split(p.Addr())
	if bits := p.Bits(); bits <= 64 {
		to.hi |= ^uint64(0) >> bits // a shift by 64 leaves 0
		to.lo = ^uint64(0)
	} else {
		to.lo |= ^uint64(0) >> (bits - 64)
	}
	l.v6 = append(l.v6, range6{from, to})
}

// addRange adds the addresses from a to b, both of one family, a not behind b.
func (l *List) addRange(a, b netip.Addr) {
	if a.Is4() {
		from, to := a.As4(), b.As4()
		l.v4 = append(l.v4, range4{binary.BigEndian.Uint32(from[:]), binary.BigEndian.Uint32(to[:])})
		return
	}
	l.v6 = append(l.v6, range6{split(a), split(b)})
}

// finish sorts the ranges and joins those that overlap or touch.
func (l *List) finish() {
	l.v4 = join(l.v4,
		func(a, b range4) int { return cmp.Compare(a.from, b.from) },
		func(a, b range4) bool { return a.to == ^uint32(0) || b.from <= a.to+1 },
		func(a, b range4) range4 { return range4{a.from, max(a.to, b.to)} })
	l.v6 = join(l.v6,
		func(a, b range6) int { return a.from.compare(b.from) },
		func(a, b range6) bool {
			return a.to == (addr6{^uint64(0), ^uint64(0)}) || b.from.compare(a.to.next()) <= 0
		},
		func(a, b range6) range6 {
			if a.to.compare(b.to) < 0 {
				a.to = b.to
			}
			return a
		})
	if len(l.v4) < indexed {
		return
	}
	l.index = make([]uint32, 1<<16+1)
	at := 0
	for high := range l.index {
		for at < len(l.v4) && int(l.v4[at].to>>16) < high {
			at++
		}
		l.index[high] = uint32(at)
	}
}

// join sorts the ranges and makes one of each run that touches. The result has
// no spare room.
func join[R any](ranges []R, order func(a, b R) int, touch func(a, b R) bool, both func(a, b R) R) []R {
	slices.SortFunc(ranges, order)
	joined := ranges[:0]
	for _, r := range ranges {
		if n := len(joined); n > 0 && touch(joined[n-1], r) {
			joined[n-1] = both(joined[n-1], r)
			continue
		}
		joined = append(joined, r)
	}
	return slices.Clone(joined)
}
