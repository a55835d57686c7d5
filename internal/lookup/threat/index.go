package threat

import "math/bits"

// indexed is the number of ranges from which on they are searched through an index
// of 256 KiB.
const indexed = 4096

// newIndex4 returns, for each 16 bits that an address may begin with, the first
// range that ends in or behind them; nil for few ranges.
func newIndex4(v4 []range4) []uint32 {
	if len(v4) < indexed {
		return nil
	}
	index := make([]uint32, 1<<16+1)
	at := 0
	for high := range index {
		for at < len(v4) && int(v4[at].to>>16) < high {
			at++
		}
		index[high] = uint32(at)
	}
	return index
}

// index6 narrows the search among ranges of IPv6. Addresses in use all begin
// alike, so it divides what lies between the first and the last range into 65,536
// equal parts, instead of taking the first bits.
type index6 struct {
	first uint64 // the upper half of the first range's start
	shift int
	parts []uint32 // the first range that ends in or behind the part
}

func newIndex6(v6 []range6) index6 {
	if len(v6) < indexed {
		return index6{}
	}
	x := index6{first: v6[0].from.hi, parts: make([]uint32, 1<<16+1)}
	x.shift = max(0, bits.Len64(v6[len(v6)-1].to.hi-x.first)-16)
	at := 0
	for part := range x.parts {
		for at < len(v6) && v6[at].to.hi >= x.first && (v6[at].to.hi-x.first)>>x.shift < uint64(part) {
			at++
		}
		x.parts[part] = uint32(at)
	}
	return x
}

// bounds returns between which of the n ranges the first lies that ends at a or
// behind it.
func (x *index6) bounds(a addr6, n int) (low, high int) {
	switch {
	case x.parts == nil:
		return 0, n
	case a.hi < x.first:
		return 0, 0
	}
	part := (a.hi - x.first) >> x.shift
	if part >= 1<<16 {
		return n, n
	}
	return int(x.parts[part]), min(int(x.parts[part+1])+1, n)
}
