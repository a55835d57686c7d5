package detect

import (
	"bytes"
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/detect/anomaly"
)

// seasonal is a scorer: an anomaly.Detector, which knows the hours of the day. The
// score is 0.995 when the detector's own is at its threshold with a tolerance of 2,
// and comes nearer to 1 as the departure grows; what is below the ranges scores 0.
// What is learnt of a bucket is cut to what scores about 0.995, so that an attack
// does not make itself usual at once; but not while learning.
type seasonal struct {
	bucket int64 // nanoseconds
	now    int64 // the running bucket
	trust  int64 // buckets after which what is learnt is cut
	widen  float64
	of     *anomaly.Detector
}

const (
	// seasonalFloor is how many events more than ever are worth a signal in a group
	// that had hardly any.
	seasonalFloor = 1
	// seasonalHalf is the rise at which the score is 0.995; see anomaly.Threshold.
	seasonalHalf = 0.2
	// seasonalBytes is the memory of a detector.
	seasonalBytes = 1400
	// detectorHead is the size of its configuration in its state.
	detectorHead = 48
)

func newSeasonal(a *deviation, now int64) *seasonal {
	d, err := anomaly.NewDetector(anomaly.Config{
		Warmup: int(max(a.learning, 2)), Forget: int(10 * max(a.keep, 1)), Floor: seasonalFloor, Slots: 24,
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return &seasonal{bucket: a.bucket, now: now, trust: a.learning, widen: widening(a.tolerance), of: d}
}

func (*seasonal) size() int64 { return seasonalBytes }

func (s *seasonal) at() time.Time { return time.Unix(0, s.now*s.bucket) }

func (s *seasonal) learn(value float64) {
	value = min(value, 1e15)
	if s.of.Observations() >= s.trust {
		// A quarter of what is above the range, again and again, comes near enough.
		for top := s.of.Top(); s.score(value) > defaultScore && value > top+1; {
			value = top + (value-top)/4
		}
	}
	s.of.Observe(s.at(), value)
	s.now++
}

func (s *seasonal) skip(n int64) {
	s.now += max(0, n-maxUsual)
	for range min(n, maxUsual) {
		s.of.Observe(s.at(), 0)
		s.now++
	}
}

func (s *seasonal) score(value float64) float64 {
	return 1 - math.Pow(1-defaultScore, s.of.Rise(s.at(), value)/(seasonalHalf*s.widen))
}

func (s *seasonal) code(c *codec) {
	c.whole(&s.now)
	fresh, _ := s.of.AppendBinary(nil) // it never fails
	text := string(fresh)
	if c.text(&text); !c.reading || c.err != nil {
		return
	}
	if len(text) != len(fresh) || !bytes.Equal([]byte(text[:detectorHead]), fresh[:detectorHead]) {
		c.fail("a detector is of another configuration")
		return
	}
	c.err = s.of.UnmarshalBinary([]byte(text))
}
