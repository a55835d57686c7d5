package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The different values of a window are those that a plain table would have, whether
// they are few or many, come again, grow old or are too many.
func TestDistinctAgainstATable(t *testing.T) {
	for _, values := range []int{3, 8, 9, 200, 3000} {
		const limit = 500
		random := rand.New(rand.NewPCG(7, uint64(values)))
		d, want := newDistinct(), map[string]int64{}
		forget := func(start int64) {
			for len(want) > 0 {
				eldest, at := "", int64(maxTime)
				for v, seen := range want {
					if seen < at {
						eldest, at = v, seen
					}
				}
				if at > start && len(want) <= limit {
					return
				}
				delete(want, eldest)
			}
		}
		for now := range int64(4000) {
			value := fmt.Sprintf("value %0*d", random.IntN(2)*20, random.IntN(values))
			seen, known := d.sight(newDigest([]byte(value)), 0, now)
			if at, ok := want[value]; ok != known || at != seen {
				t.Fatalf("%d values: %q was seen at %d, %v; want %d, %v", values, value, seen, known, at, ok)
			}
			want[value] = now
			start := int64(minTime)
			if random.IntN(100) == 0 {
				start = now - random.Int64N(300)
			}
			d.advance(start, limit)
			if forget(start); d.len() != len(want) {
				t.Fatalf("%d values: %d are known, want %d", values, d.len(), len(want))
			}
			if random.IntN(1500) == 0 {
				d.reset()
				clear(want)
			}
		}
	}
}
