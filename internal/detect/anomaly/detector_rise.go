package anomaly

import (
	"math"
	"time"
)

// Rise returns how far the next value of the series would set records above the
// ranges of the past, as the sum of the excesses of all views: from 0, to 0.2 for
// what scores [Threshold], and on without a limit that matters. Values below the
// ranges add nothing. It learns nothing: whoever counts events asks for the count of
// an interval that has not ended, and observes it when it has.
//
// It takes constant time and no allocation.
func (d *Detector) Rise(t time.Time, value float64) float64 {
	if math.IsNaN(value) {
		return 0
	}
	x := min(max(value, -limit), limit)
	past := &d.bands[0]
	width := past.high - past.low
	floor := d.floor()
	sum := past.above(x, floor, &d.cfg)
	low, high := x, x
	at, back := int(d.n%longest), 1
	for i, length := range sustained() {
		if d.n+1 < int64(length) {
			break
		}
		for ; back < length; back++ {
			if at--; at < 0 {
				at = longest - 1
			}
			low, high = min(low, d.last[at]), max(high, d.last[at])
		}
		sum += d.bands[1+2*i].above(low, width/10+floor, &d.cfg) + d.bands[2+2*i].above(high, width/10+floor, &d.cfg)
	}
	if slot := &d.season.slots[d.season.slotAt(t)]; slot.n > 0 {
		sum += d.bands[numViews-1].above(x-slot.usual, width+floor, &d.cfg)
	}
	return sum
}

// floor returns the smallest unit of an excess.
func (d *Detector) floor() float64 {
	past := &d.bands[0]
	return max(math.Abs(past.low), math.Abs(past.high))/100 + floorUnit*d.cfg.Floor
}

// Top returns the largest value of the series that is in its range now.
func (d *Detector) Top() float64 { return d.bands[0].high }

// above is the excess that add would return for a value above the range, and 0 for
// any other.
func (b *band) above(y, least float64, cfg *Config) float64 {
	if b.n+1 <= int64(cfg.Warmup) || y <= b.high {
		return 0
	}
	return math.Min((y-b.high)/(max(b.high-b.low, least)+tiny), maxExcess)
}
