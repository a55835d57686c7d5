package detect

// running is the bucket of time that a group counts in. Buckets are numbered from
// 1970 on; those before have negative numbers.
type running struct {
	now int64 // minTime before the first event
	// stray is the bucket of the last event that was far from now, if one was. When
	// a second one confirms it, it is the running bucket.
	stray    int64
	hasStray bool
}

// farBuckets is up to how many buckets ahead an event moves a group's time by
// itself. Farther ones, and ones that far behind, need a second event: one time
// from the far future must not blind a group.
const farBuckets = 12

// move is what an event means for the running bucket.
type move uint8

const (
	moveNone   move = iota // it is in the running bucket
	moveAhead              // it begins a later bucket
	moveBack               // the log started over: it begins an earlier bucket
	moveLate               // its bucket ended: it does not count
	moveStrays             // it is far from the running bucket, and does not count
)

// toward says what an event of the bucket means; low is the bucket of the low
// watermark. Who is told that a bucket begins calls begin.
func (r *running) toward(low, bucket int64) move {
	ahead := bucket - r.now
	confirmed := low >= bucket-farBuckets || r.hasStray && bucket-r.stray <= farBuckets && r.stray-bucket <= farBuckets
	switch {
	case ahead == 0:
		return moveNone
	case ahead > 0 && (ahead <= farBuckets || confirmed):
		return moveAhead
	case ahead < -farBuckets && r.hasStray && confirmed:
		return moveBack
	case ahead <= farBuckets && ahead >= -farBuckets:
		return moveLate
	default:
		return moveStrays
	}
}

// begin makes the bucket the running one.
func (r *running) begin(bucket int64) { r.now, r.hasStray = bucket, false }

// strays notes the bucket of an event that is far from the running one.
func (r *running) strays(bucket int64) { r.stray, r.hasStray = bucket, true }

func (r *running) code(c *codec) {
	c.whole(&r.now)
	c.whole(&r.stray)
	c.flag(&r.hasStray)
}

// fits reports whether the times of the buckets can be computed with.
func (r *running) fits(bucket int64) bool {
	least, most := floorDiv(minTime, bucket), floorDiv(maxTime, bucket)
	return (r.now == minTime || r.now >= least && r.now <= most) && (!r.hasStray || r.stray >= least && r.stray <= most)
}

// maxBucketValues is how many different values a bucket counts.
const maxBucketValues = 10_000

// tally is what a query adds up to in the running bucket.
type tally struct {
	value  float64
	values *distinct // nil unless different values are counted
}

// newTally makes the tally of a query, with the memory that is to spare for the values.
func newTally(q *compiledQuery, spare **distinct) tally {
	if q.aggregation != aggregateCardinality {
		return tally{}
	}
	values := *spare
	if *spare = nil; values == nil {
		values = newDistinct()
	}
	return tally{values: values}
}

// add counts an event for query i of its rule.
func (s *tally) add(w *scratch, how aggregation, i int, t int64) {
	switch how {
	case aggregateCardinality:
		for j := w.items[i].from; j < w.items[i].to; j++ {
			s.values.add(w.digest(j), t)
		}
		s.values.advance(minTime, maxBucketValues)
		s.value = float64(s.values.len())
	case aggregateSum:
		s.value += w.metrics[i]
	case aggregateMax:
		s.value = max(s.value, w.metrics[i])
	default:
		s.value++
	}
}

func (s *tally) reset() {
	s.value = 0
	if s.values != nil {
		s.values.reset()
	}
}

// size estimates the memory of the values in bytes.
func (s *tally) size() int64 {
	if s.values == nil {
		return 0
	}
	return s.values.size()
}

func (s *tally) code(c *codec) {
	c.float(&s.value)
	optional(c, &s.values, newDistinct, c.distinct)
}

func (s *tally) fits(q *compiledQuery) bool {
	return (s.values != nil) == (q.aggregation == aggregateCardinality)
}

// floorDiv divides and rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
