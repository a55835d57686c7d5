package anomaly

import "math"

const (
	// widest is how many times its own width a range may grow in one observation.
	// Without it one enormous value would hide everything smaller for weeks.
	widest = 10
	// tiny keeps the width of a range that is one point from being zero.
	tiny = 1e-12
	// maxExcess bounds an excess, so that sums stay numbers.
	maxExcess = 1e6
	// middleOver is the number of observations that the middle of a range is an
	// average of.
	middleOver = 1000
)

// band is the range that a view of the series has stayed in.
type band struct {
	n         int64
	low, high float64
	middle    float64 // where the range shrinks to
}

// add takes a value into the range and returns its excess: how far outside it was,
// in units of the range or least, whichever is wider; 0 inside.
func (b *band) add(y, least float64, cfg *Config) float64 {
	b.n++
	if b.n == 1 {
		b.low, b.high, b.middle = y, y, y
		return 0
	}
	unit := max(b.high-b.low, least) + tiny
	excess := 0.0
	switch {
	case y > b.high:
		excess = (y - b.high) / unit
	case y < b.low:
		excess = (b.low - y) / unit
	}
	if b.n > int64(cfg.Warmup) {
		y = min(max(y, b.low-widest*unit), b.high+widest*unit)
	}
	b.low, b.high = min(b.low, y), max(b.high, y)
	b.middle += (y - b.middle) / float64(min(b.n, middleOver))
	shrink := 1 / float64(cfg.Forget)
	b.high -= shrink * (b.high - b.middle)
	b.low += shrink * (b.middle - b.low)
	return math.Min(excess, maxExcess)
}
