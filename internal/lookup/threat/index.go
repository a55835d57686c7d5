package threat

import (
	"math/bits"
	"slices"
)

// indexed is the number of ranges from which on they are searched through an index:
// below it, what is searched stays in the processor's cache anyhow.
const indexed = 4096

// maxIndex is the number of bits of the largest index, which has a number of four
// bytes for each of their values.
const maxIndex = 20

// indexBits returns how many bits an index of n ranges has: as many as it takes for
// one range in each part on average.
func indexBits(n int) int { return min(bits.Len(uint(n)), maxIndex) }

// index4 narrows the search among ranges of IPv4 by the first bits of an address.
type index4 struct {
	shift int
	parts []uint32 // the first range that ends in or behind the part
}

func newIndex4(v4 []range4) index4 {
	if len(v4) < indexed {
		return index4{}
	}
	n := indexBits(len(v4))
	x := index4{shift: 32 - n, parts: make([]uint32, 1<<n+1)}
	at := 0
	for part := range x.parts {
		for at < len(v4) && int(v4[at].to>>x.shift) < part {
			at++
		}
		x.parts[part] = uint32(at)
	}
	return x
}

// bounds returns between which of the n ranges to search for the first that ends at
// a or behind it; when none of them does, it is the one behind them.
func (x *index4) bounds(a uint32, n int) (low, high int) {
	if x.parts == nil {
		return 0, n
	}
	part := a >> x.shift
	return int(x.parts[part]), int(x.parts[part+1])
}

// index6 narrows the search among ranges of IPv6. Addresses in use crowd in a few
// places, so each value of the first 16 bits has an index of its own, as fine as
// it has ranges.
type index6 struct {
	tops []top6
	// parts are those of all values of the first 16 bits, one behind the other: the
	// first range that ends in or behind the part.
	parts []uint32
}

// top6 is one value of the first 16 bits: the shift that gives a part of the 48 bits
// behind them, and the number of its first part.
type top6 struct {
	first uint32
	shift uint8
}

// topBits is how many bits of the upper half of an address stand behind the first
// 16.
const topBits = 48

func newIndex6(v6 []range6) index6 {
	if len(v6) < indexed {
		return index6{}
	}
	x := index6{tops: make([]top6, 1<<16)}
	at := 0
	for top := range x.tops {
		end := at
		for end < len(v6) && v6[end].to.hi>>topBits == uint64(top) {
			end++
		}
		n := indexBits(end - at)
		x.tops[top] = top6{first: uint32(len(x.parts)), shift: uint8(topBits - n)}
		for part := range uint64(1) << n {
			for at < end && v6[at].to.hi>>(topBits-n)&(1<<n-1) < part {
				at++
			}
			x.parts = append(x.parts, uint32(at))
		}
		at = end
	}
	x.parts = slices.Clone(append(x.parts, uint32(len(v6)))) // without spare room
	return x
}

// bounds returns between which of the n ranges to search for the first that ends at
// a or behind it; when none of them does, it is the one behind them.
func (x *index6) bounds(a addr6, n int) (low, high int) {
	if x.tops == nil {
		return 0, n
	}
	top := &x.tops[a.hi>>topBits]
	part := uint64(top.first) + a.hi&(1<<topBits-1)>>top.shift
	return int(x.parts[part]), int(x.parts[part+1])
}
