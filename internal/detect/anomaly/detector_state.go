package anomaly

import (
	"encoding"
	"fmt"
	"math"
	"time"
)

var (
	_ encoding.BinaryAppender    = (*Detector)(nil)
	_ encoding.BinaryUnmarshaler = (*Detector)(nil)
)

// detectorMagic begins the state of a detector; the last letter is the version.
const detectorMagic = "SASANOMA"

// AppendBinary appends the detector's configuration and all that it has learned,
// but not the reasons of the latest observation. It never fails.
func (d *Detector) AppendBinary(b []byte) ([]byte, error) {
	e := encoder(append(b, detectorMagic...))
	e.int(d.cfg.Warmup)
	e.int(d.cfg.Forget)
	e.number(d.cfg.Floor)
	e.long(int64(d.cfg.Period))
	e.int(d.cfg.Slots)
	e.long(d.n)
	for _, x := range d.last {
		e.number(x)
	}
	for _, band := range d.bands {
		e.long(band.n)
		e.number(band.low)
		e.number(band.high)
		e.number(band.middle)
	}
	e.int(d.season.current)
	e.number(d.season.mean)
	e.number(d.season.n)
	for _, s := range d.season.slots {
		e.number(s.usual)
		e.number(s.n)
	}
	return e, nil
}

// UnmarshalBinary makes the detector what it was when AppendBinary wrote the
// state. A state that no detector can have written is refused, and the detector
// stays as it was.
func (d *Detector) UnmarshalBinary(data []byte) error {
	in := decoder{data: data}
	in.magic(detectorMagic)
	cfg := Config{
		Warmup: in.int(2, math.MaxInt),
		Forget: in.int(2, math.MaxInt),
		Floor:  in.number(maxFloor, false),
		Period: time.Duration(in.long(1, int64(maxPeriod))),
		Slots:  in.int(1, maxSlots),
	}
	if in.err != nil {
		return fmt.Errorf("read the state of an anomaly detector: %w", in.err)
	}
	restored, err := NewDetector(cfg)
	if err != nil {
		return fmt.Errorf("read the state of an anomaly detector: %w", err)
	}
	restored.restore(&in)
	if err := in.end(); err != nil {
		return fmt.Errorf("read the state of an anomaly detector: %w", err)
	}
	*d = *restored
	return nil
}

// restore reads what the detector has learned.
func (d *Detector) restore(in *decoder) {
	// Counts stay far from overflow, differences of two values within their sum.
	const mostSeen, most = math.MaxInt64 / 2, 2 * limit
	d.n = in.long(0, mostSeen)
	for i := range d.last {
		d.last[i] = in.number(limit, false)
	}
	for i := range d.bands {
		d.bands[i] = band{
			n:      in.long(0, mostSeen),
			low:    in.number(most, false),
			high:   in.number(most, false),
			middle: in.number(most, false),
		}
		if b := &d.bands[i]; in.err == nil && !(b.low <= b.middle && b.middle <= b.high) {
			in.err = fmt.Errorf("a range from %v to %v with its middle at %v", b.low, b.high, b.middle)
		}
	}
	s := &d.season
	s.current = in.int(-1, len(s.slots)-1)
	s.mean, s.n = in.number(limit, false), in.number(mostSeen, false)
	if in.err == nil && (s.n < 0 || (s.current < 0 && s.n > 0)) {
		in.err = fmt.Errorf("%v values of slot %d", s.n, s.current)
	}
	for i := range s.slots {
		s.slots[i] = slot{usual: in.number(limit, false), n: max(0, in.number(mostSeen, false))}
	}
}
