package store

import (
	"hash/maphash"
	"math/bits"
)

// numbers counts up the different numbers of a column.
type numbers struct {
	values []int64
	known  []int32 // a hash table: the places of numbers in values, from 1; 0 is free
	secret [2]uint64
}

// newNumbers chooses a secret, or who writes logs could make all fall into one place.
func newNumbers() numbers {
	seed := maphash.MakeSeed()
	return numbers{secret: [2]uint64{maphash.String(seed, "xor"), maphash.String(seed, "factor") | 1}}
}

// reset makes room for so many numbers.
func (n *numbers) reset(most int) {
	n.values = n.values[:0]
	size := 1 << bits.Len(uint(2*most))
	if cap(n.known) < size {
		n.known = make([]int32, size)
		return
	}
	n.known = n.known[:size]
	clear(n.known)
}

// number returns the place of a number among the different ones, in the order in which
// they came.
func (n *numbers) number(value int64) int32 {
	high, low := bits.Mul64(uint64(value)^n.secret[0], n.secret[1])
	mask := len(n.known) - 1
	for i := int(high^low) & mask; ; i = (i + 1) & mask {
		switch id := n.known[i]; {
		case id == 0:
			n.values = append(n.values, value)
			n.known[i] = int32(len(n.values))
			return int32(len(n.values) - 1)
		case n.values[id-1] == value:
			return id - 1
		}
	}
}
