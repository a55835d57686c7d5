package report

import (
	"math"
	"math/bits"
)

// The memory of a distinct counter: it is exact up to exactDistinct values, and
// keeps 2^distinctBits registers beyond.
const (
	exactDistinct = 1 << 16
	distinctBits  = 14
)

// distinct counts different values: exactly as long as they are few, and then by
// HyperLogLog (Flajolet and others, 2007) with a standard error of 0.8 %, which is
// 1.04 by the root of the number of registers; estimates are only made of so many
// values that no correction for few of them is needed. The same stream gives the
// same count. Who chooses values so that their hashes agree is counted less often,
// and harms nobody.
type distinct struct {
	few       map[uint64]struct{}
	registers []uint8 // nil as long as the count is exact
}

func (d *distinct) add(hash uint64) {
	if d.registers != nil {
		d.register(hash)
		return
	}
	if d.few == nil {
		d.few = make(map[uint64]struct{})
	}
	d.few[hash] = struct{}{}
	if len(d.few) <= exactDistinct {
		return
	}
	d.registers = make([]uint8, 1<<distinctBits)
	for h := range d.few {
		d.register(h)
	}
	d.few = nil
}

func (d *distinct) register(hash uint64) {
	r := &d.registers[hash>>(64-distinctBits)]
	*r = max(*r, uint8(bits.LeadingZeros64(hash<<distinctBits|1<<(distinctBits-1)))+1) // below 64
}

// count returns the number of different values, and whether it is an estimate.
func (d *distinct) count() (n int64, estimated bool) {
	if d.registers == nil {
		return int64(len(d.few)), false
	}
	sum := 0.0
	for _, r := range d.registers {
		sum += math.Ldexp(1, -int(r))
	}
	const m = 1 << distinctBits
	return int64(0.7213 / (1 + 1.079/m) * m * m / sum), true
}

// hashOf returns a hash of texts that is the same in every run: FNV-1a, mixed at
// the end so that every bit depends on every byte.
func hashOf(salt uint64, texts ...string) uint64 {
	h := uint64(14695981039346656037) ^ salt
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211 // no byte of UTF-8: ends the text
	}
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}
