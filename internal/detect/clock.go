package detect

import "math"

const (
	// horizon is the number of events over which the input may be out of order: an
	// event is expected to be at most this many events late.
	horizon = 1024
	// nearHorizon is the number of events after which buckets are judged. In a quiet
	// log, horizon events are hours; who is later than this and five minutes is late.
	nearHorizon = 64
)

// clock follows the time of the stream. The low watermark is the smallest time
// among the last 1024 events: a single timestamp from the far future does not move
// it, and a log that starts over moves it back. The near one is the smallest time
// among the last 64.
type clock struct {
	last int64 // the time of the latest event that had one
	seq  uint64
	all  minima
	late minima

	allRing  [horizon]instant
	lateRing [nearHorizon]instant
}

// minima is a queue of rising times, oldest first, in a ring.
type minima struct{ head, n int }

type instant struct {
	t   int64
	seq uint64
}

// observe takes in the time of one event.
func (c *clock) observe(t int64) {
	c.last = t
	c.seq++
	c.all.observe(c.allRing[:], instant{t, c.seq})
	c.late.observe(c.lateRing[:], instant{t, c.seq})
}

func (m *minima) observe(ring []instant, at instant) {
	size := len(ring)
	if m.n > 0 && ring[m.head].seq+uint64(size) <= at.seq {
		m.head = (m.head + 1) % size
		m.n--
	}
	for m.n > 0 && ring[(m.head+m.n-1)%size].t >= at.t {
		m.n--
	}
	ring[(m.head+m.n)%size] = at
	m.n++
}

// low returns the low watermark.
func (c *clock) low() int64 {
	if c.all.n == 0 {
		return minTime
	}
	return c.allRing[c.all.head].t
}

// near returns the near low watermark.
func (c *clock) near() int64 {
	if c.late.n == 0 {
		return minTime
	}
	return c.lateRing[c.late.head].t
}

func (c *clock) code(to *codec) {
	to.whole(&c.last)
	to.natural(&c.seq)
	c.all.code(to, c.allRing[:])
	c.late.code(to, c.lateRing[:])
	if !c.all.fits(c.allRing[:], c.seq) || !c.late.fits(c.lateRing[:], c.seq) {
		to.fail("the clock is broken")
	}
}

func (m *minima) code(to *codec, ring []instant) {
	to.count(&m.head, len(ring)-1)
	to.count(&m.n, len(ring))
	for i := range m.n {
		at := &ring[(m.head+i)%len(ring)]
		to.whole(&at.t)
		to.natural(&at.seq)
	}
}

// fits reports whether the times rise, and are of the last events of so many.
func (m *minima) fits(ring []instant, seq uint64) bool {
	before := instant{t: minTime - 1}
	for i := range m.n {
		at := ring[(m.head+i)%len(ring)]
		if at.t <= before.t || at.t > maxTime || at.seq <= before.seq || at.seq > seq || seq-at.seq >= uint64(len(ring)) {
			return false
		}
		before = at
	}
	return seq <= math.MaxInt64
}

// The times that the engine computes with; others are cut to them, so that sums
// of times and durations cannot overflow.
const (
	minTime = -(1 << 62)
	maxTime = 1 << 62
)

func clampTime(t int64) int64 { return min(max(t, minTime), maxTime) }
