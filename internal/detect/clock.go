package detect

// horizon is the number of events over which the input may be out of order: an
// event is expected to be at most this many events late.
const horizon = 1024

// clock follows the time of the stream. The low watermark is the smallest time
// among the last 1024 events: a single timestamp from the far future does not move
// it, and a log that starts over moves it back.
type clock struct {
	last    int64 // the time of the latest event that had one
	seq     uint64
	minima  [horizon]instant // a queue of rising times, oldest first
	head, n int
}

type instant struct {
	t   int64
	seq uint64
}

// observe takes in the time of one event.
func (c *clock) observe(t int64) {
	c.last = t
	c.seq++
	if c.n > 0 && c.minima[c.head].seq+horizon <= c.seq {
		c.head = (c.head + 1) % horizon
		c.n--
	}
	for c.n > 0 && c.minima[(c.head+c.n-1)%horizon].t >= t {
		c.n--
	}
	c.minima[(c.head+c.n)%horizon] = instant{t, c.seq}
	c.n++
}

// low returns the low watermark.
func (c *clock) low() int64 {
	if c.n == 0 {
		return minTime
	}
	return c.minima[c.head].t
}

// The times that the engine computes with; others are cut to them, so that sums
// of times and durations cannot overflow.
const (
	minTime = -(1 << 62)
	maxTime = 1 << 62
)

func clampTime(t int64) int64 { return min(max(t, minTime), maxTime) }
