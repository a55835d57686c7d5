package detect

import "math"

// usual is a scorer: the mean and deviation of the last buckets. It keeps those
// that were not empty.
//
// A value scores the probability that a normal value is nearer to the mean, with
// the deviation widened by the tolerance and never below that of a count (the root
// of the mean) or below 1. What is not above everything that was learnt scores 0.99
// at most: it happened before. A value that is learnt is cut to what scores 0.995,
// so that an attack does not make itself usual at once; but not while learning.
type usual struct {
	keep    int64 // buckets
	trust   int64 // buckets after which what is learnt is cut
	widen   float64
	past    []bucketValue
	head    int   // those before are gone
	now     int64 // buckets learnt
	sum     float64
	squares float64
	largest float64 // -1 when it has to be looked for
}

// bucketValue is the value of a bucket that was not empty.
type bucketValue struct {
	bucket int64
	value  float64
}

// maxUsual is how many buckets are kept: two weeks of five minutes.
const maxUsual = 4032

func newUsual(keep, learning, tolerance int64) *usual {
	return &usual{keep: min(max(keep, farBuckets), maxUsual), trust: learning, widen: widening(tolerance)}
}

func (u *usual) size() int64 { return 96 + int64(cap(u.past))*16 }

func (u *usual) code(c *codec) {
	c.whole(&u.now)
	c.float(&u.sum)
	c.float(&u.squares)
	c.float(&u.largest)
	c.count(&u.head, 2*maxUsual)
	coded(c, &u.past, 2*maxUsual, func(v *bucketValue) {
		c.whole(&v.bucket)
		c.float(&v.value)
	})
	if u.head > len(u.past) {
		c.fail("a history of buckets is broken")
		u.head = len(u.past)
	}
}

func (u *usual) learn(value float64) {
	bucket := u.now
	u.skip(1)
	if value == 0 || math.IsNaN(value) {
		return
	}
	if u.now > u.trust {
		mean, deviation := u.moments()
		value = min(value, mean+deviation*scoreLimit)
	}
	value = min(value, 1e15)
	if u.head > 0 && len(u.past) == cap(u.past) {
		n := copy(u.past, u.past[u.head:])
		u.past, u.head = u.past[:n], 0
	}
	u.past = append(u.past, bucketValue{bucket, value})
	u.sum += value
	u.squares += value * value
	if u.largest >= 0 {
		u.largest = max(u.largest, value)
	}
}

func (u *usual) skip(n int64) {
	u.now += n
	for u.head < len(u.past) && u.past[u.head].bucket < u.now-u.keep {
		v := u.past[u.head].value
		u.sum -= v
		u.squares -= v * v
		u.head++
		if v >= u.largest {
			u.largest = -1
		}
	}
	if u.head == len(u.past) {
		u.past, u.head, u.sum, u.squares, u.largest = u.past[:0], 0, 0, 0, 0
	}
}

// scoreLimit is how many deviations above the mean score 0.995.
const scoreLimit = 2.807

func (u *usual) moments() (mean, deviation float64) {
	n := float64(max(min(u.now, u.keep), 1))
	mean = u.sum / n
	return mean, u.widen * math.Sqrt(max(u.squares/n-mean*mean, mean, 1))
}

func (u *usual) score(value float64) float64 {
	mean, deviation := u.moments()
	if value <= mean || math.IsNaN(value) {
		return 0
	}
	score := math.Erf((value - mean) / deviation / math.Sqrt2)
	if u.largest < 0 {
		u.largest = 0
		for _, v := range u.past[u.head:] {
			u.largest = max(u.largest, v.value)
		}
	}
	if value <= u.largest {
		score = min(score, 0.99)
	}
	return score
}
