package threat

import "math/bits"

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

// bounds returns between which of the n ranges the first lies that ends at a or
// behind it.
func (x *index4) bounds(a uint32, n int) (low, high int) {
	if x.parts == nil {
		return 0, n
	}
	part := a >> x.shift
	return int(x.parts[part]), min(int(x.parts[part+1])+1, n)
}

// index6 narrows the search among ranges of IPv6. Addresses in use all begin
// alike, so it divides what lies between the first and the last range into equal
// parts, instead of taking the first bits.
type index6 struct {
	first uint64 // the upper half of the first range's start
	shift int
	parts []uint32 // the first range that ends in or behind the part
}

func newIndex6(v6 []range6) index6 {
	if len(v6) < indexed {
		return index6{}
	}
	n := indexBits(len(v6))
	x := index6{first: v6[0].from.hi, parts: make([]uint32, 1<<n+1)}
	x.shift = max(0, bits.Len64(v6[len(v6)-1].to.hi-x.first)-n)
	at := 0
	for part := range x.parts {
		for at < len(v6) && (v6[at].to.hi-x.first)>>x.shift < uint64(part) {
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
	if part+1 >= uint64(len(x.parts)) {
		return n, n
	}
	return int(x.parts[part]), min(int(x.parts[part+1])+1, n)
}
