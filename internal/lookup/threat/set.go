package threat

import (
	"encoding/binary"
	"net/netip"

	"github.com/sasumata/sasumata/internal/lookup"
)

// Match is one feed that an address stands on. Level is the number behind it in
// lists that have one (MaxLevel means that or more), otherwise 0.
type Match struct {
	Feed  *Feed
	Level int
}

// Set answers which feeds an address stands on. It is immutable and may be asked
// by any number of goroutines; a nil *Set knows no feed. It holds 12 bytes for each
// range of IPv4 and 40 for each of IPv6 on which the feeds agree. From 4,096 ranges
// on there is an index: for IPv4 of up to 4 MiB, for IPv6 of 768 KiB and up to 8
// bytes for each range.
type Set struct {
	v4     []range4
	high6  []high6 // the upper halves of ranges of IPv6, which are searched,
	low6   []low6  // and what stands beside them
	index4 index4
	index6 index6
	groups [][]Match // what the ids of ranges mean; the first is empty
	exempt Exempt
}

// range4 and range6 are addresses that stand on the same feeds.
type range4 struct{ from, to, id uint32 }

type range6 struct {
	from, to addr6
	id       uint32
}

type high6 struct{ from, to uint64 }

type low6 struct {
	from, to uint64
	id       uint32
}

// Exempt are addresses that are on no list, whatever the lists say.
type Exempt struct {
	// Own are the networks of one's own, Allowed those that one trusts; both may be
	// nil.
	Own, Allowed *lookup.List
}

// Reason is why an address is on no list.
type Reason string

// The reasons.
const (
	NotExempt Reason = ""
	NotPublic Reason = "not_public" // private, loopback, link-local, multicast ..
	IsOwn     Reason = "own"
	IsAllowed Reason = "allowed"
)

// Reason returns why the address is on no list, or NotExempt.
func (x *Exempt) Reason(a netip.Addr) Reason {
	switch {
	case !lookup.Public(a):
		return NotPublic
	case x.Own.Holds(a):
		return IsOwn
	case x.Allowed.Holds(a):
		return IsAllowed
	default:
		return NotExempt
	}
}

// Lookup returns the feeds that the address stands on, the gravest first. The
// slice is shared and must not be changed. It costs no memory.
//
// Private, loopback, link-local, multicast and other addresses that are not
// lookup.Public are on no list, nor are those that the Set exempts. Addresses that
// are reserved for documentation are like any other: nobody real has them, and
// examples and tests must work.
func (s *Set) Lookup(a netip.Addr) []Match {
	if s == nil {
		return nil
	}
	a = a.Unmap()
	var id uint32
	switch {
	case a.Is4():
		b := a.As4()
		id = s.find4(binary.BigEndian.Uint32(b[:]))
	case a.Is6():
		id = s.find6(split(a))
	}
	if id == 0 || s.exempt.Reason(a) != NotExempt {
		return nil
	}
	return s.groups[id]
}

// Exempt returns which addresses the Set exempts.
func (s *Set) Exempt() *Exempt {
	if s == nil {
		return &Exempt{}
	}
	return &s.exempt
}

// Len returns the number of ranges.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.v4) + len(s.high6)
}

func (s *Set) find4(a uint32) uint32 {
	low, high := s.index4.bounds(a, len(s.v4))
	for low < high {
		middle := int(uint(low+high) >> 1)
		if s.v4[middle].to < a {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.v4) && s.v4[low].from <= a && a <= s.v4[low].to {
		return s.v4[low].id
	}
	return 0
}

func (s *Set) find6(a addr6) uint32 {
	low, high := s.index6.bounds(a, len(s.high6))
	for low < high {
		middle := int(uint(low+high) >> 1)
		if to := s.high6[middle].to; to < a.hi || to == a.hi && s.low6[middle].to < a.lo {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(s.high6) || a.hi < s.high6[low].from || a.hi > s.high6[low].to {
		return 0
	}
	if r := &s.low6[low]; !a.less(addr6{s.high6[low].from, r.from}) && !(addr6{s.high6[low].to, r.to}).less(a) {
		return r.id
	}
	return 0
}

// addr6 is an address of IPv6.
type addr6 struct{ hi, lo uint64 }

// split returns an address of IPv6 as numbers. AsSlice costs no memory here, as it is
// inlined. The array of As16 would be copied whole right after its halves were written,
// and for that a processor waits until the look-ups before this one are done.
func split(a netip.Addr) addr6 {
	b := a.AsSlice()
	return addr6{hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
}

func (a addr6) less(b addr6) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a addr6) next() addr6 {
	if a.lo++; a.lo == 0 {
		a.hi++
	}
	return a
}

func (a addr6) prev() addr6 {
	if a.lo == 0 {
		a.hi--
	}
	a.lo--
	return a
}
