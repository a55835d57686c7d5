package anomaly

import "time"

// seasonWeight is the weight of the newest season in the usual value of a slot,
// once there are more than four.
const seasonWeight = 0.25

// season knows the usual value of each part of a period.
type season struct {
	period int64 // in milliseconds
	slots  []slot

	current int // the slot that is being averaged, or -1
	mean    float64
	n       float64
}

// slot is one part of the period.
type slot struct {
	usual float64 // the mean of its visits, the latest weighing most
	n     float64 // visits
}

func newSeason(cfg Config) season {
	return season{period: cfg.Period.Milliseconds(), slots: make([]slot, cfg.Slots), current: -1}
}

// observe returns the usual value at a time, as earlier visits of the slot had it,
// and adds x to the present visit. It is not ok in the first season.
func (s *season) observe(t time.Time, x float64) (usual float64, ok bool) {
	if at := s.slotAt(t); at != s.current {
		s.leave()
		s.current = at
	}
	s.n++
	s.mean += (x - s.mean) / s.n
	now := &s.slots[s.current]
	return now.usual, now.n > 0
}

// leave ends the visit of a slot.
func (s *season) leave() {
	if s.n > 0 {
		left := &s.slots[s.current]
		left.n++
		left.usual += max(seasonWeight, 1/left.n) * (s.mean - left.usual)
	}
	s.mean, s.n = 0, 0
}

func (s *season) slotAt(t time.Time) int {
	into := t.UnixMilli() % s.period
	if into < 0 {
		into += s.period
	}
	// At most 2,016 slots of 366 days in milliseconds: no overflow.
	return int(into * int64(len(s.slots)) / s.period)
}
