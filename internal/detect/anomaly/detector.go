package anomaly

import (
	"fmt"
	"math"
	"time"
)

// Threshold is the score from which an observation is worth a signal: the views
// of the series left their ranges by a fifth of the range, taken together.
const Threshold = 0.5

// Limits of a configuration.
const (
	maxSlots  = 7 * 24 * 12 // five minutes of a week
	maxPeriod = 366 * 24 * time.Hour
	maxFloor  = 1e148
)

// halfScore is the sum of excesses that scores 0.5; see [Threshold].
const halfScore = 0.2

// floorUnit is the unit of excess that lets a spike of 1, which four views see,
// score 0.5.
const floorUnit = 4 / halfScore

// limit bounds what a value can be, so that no sum or difference overflows.
const limit = 1e150

// sustained returns the lengths, in observations, of the windows whose lowest and
// highest values are watched. They grow threefold from what a person would call
// "a few" to the length of an incident: between them no duration is far from one.
func sustained() [3]int { return [3]int{5, 15, 45} }

const (
	longest  = 45 // the last of sustained
	numViews = 8  // value, the lowest and highest of three windows, season
)

// Config says how a [Detector] sees its series. The zero value of a field stands
// for its default.
type Config struct {
	// Warmup is the number of observations of a view before it scores; 100 by
	// default. The n-th value of any series is a record with probability 2/n, so
	// the first records mean nothing.
	Warmup int
	// Forget is the number of observations in which a range shrinks by two thirds
	// (to 1/e) towards what the series is like now; 100,000 by default, which is ten
	// weeks of minutes. It should be ten times the longest cycle, such as a week.
	Forget int
	// Floor is the smallest departure that is worth a signal, in the unit of the
	// values: in a series that never moved, a spike of that height scores
	// [Threshold]. For counts, it keeps the first event after a long silence from
	// being a sensation. The default is none; at least a two-thousandth of the
	// greatest value always counts as that.
	Floor float64
	// Period is the length of the season, 24 hours by default, at most 366 days.
	// Seasons begin at multiples of the period since the Unix epoch, in UTC.
	Period time.Duration
	// Slots is the number of parts of a season that have a usual value each; 24 by
	// default, at most 2,016.
	Slots int
}

// withDefaults fills in the defaults and checks the result.
func (c Config) withDefaults() (Config, error) {
	if c.Warmup == 0 {
		c.Warmup = 100
	}
	if c.Forget == 0 {
		c.Forget = 100_000
	}
	if c.Period == 0 {
		c.Period = 24 * time.Hour
	}
	if c.Slots == 0 {
		c.Slots = 24
	}
	switch {
	case c.Warmup < 2:
		return c, fmt.Errorf("warm-up of %d observations, want at least 2", c.Warmup)
	case c.Forget < 2:
		return c, fmt.Errorf("forgetting in %d observations, want at least 2", c.Forget)
	case !(c.Floor >= 0 && c.Floor <= maxFloor):
		return c, fmt.Errorf("floor %v, want a number from 0 to 1e148", c.Floor)
	case c.Slots < 1 || c.Slots > maxSlots:
		return c, fmt.Errorf("%d slots of the season, want 1 to %d", c.Slots, maxSlots)
	case c.Period < time.Duration(c.Slots)*time.Millisecond || c.Period > maxPeriod:
		return c, fmt.Errorf("period of %v, want at least a millisecond a slot and at most 366 days", c.Period)
	}
	return c, nil
}

// Detector scores the observations of one series as they come. It is a test for
// records: each view of the series (the value itself; the lowest and the highest
// of the last 5, 15 and 45 values, which tell a lasting change from a spike; the
// difference from the usual value of that part of the day) keeps the range of its
// past, and the excess of a new value is its distance from that range in units of
// the range. A view whose range is narrow beside that of the values is measured in
// a tenth of theirs, the season in all of it: what is small beside the ordinary
// ups and downs is no sensation. The excesses of all views are added up, as one departure seen from
// several sides is the better evidence, and mapped to a score in [0,1).
//
// Records suit alerts: whatever the distribution, a steady series sets only about
// 2·ln(n) of them in n observations (Rényi 1962; Arnold, Balakrishnan and
// Nagaraja, "Records", 1998), so that the rate of false alarms of unlike series
// is comparable without a fitted distribution, and an incident scores when it
// begins or becomes worse, not all the time while it lasts. Ranges forget
// exponentially, hence a series may change its ways. That scores should compare
// across series and reward early detection is the demand of Lavin and Ahmad
// ("Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015); usual values
// by the time of day are those of a seasonal naive forecast, smoothed (Winters
// 1960).
//
// An observation takes constant time and no allocation; a detector of 24 slots
// holds about 1.3 kB. A Detector must not be used by two goroutines at once.
type Detector struct {
	cfg    Config
	n      int64 // observations
	last   [longest]float64
	bands  [numViews]band
	season season

	seen [numViews]sighting // of the latest observation
}

// sighting is what a view made of the latest observation.
type sighting struct {
	got, low, high float64
	excess         float64
}

// NewDetector returns a detector that has seen nothing. The error says what is
// wrong with the configuration.
func NewDetector(cfg Config) (*Detector, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure anomaly detector: %w", err)
	}
	return &Detector{cfg: cfg, season: newSeason(cfg)}, nil
}

// Observe takes the next value of the series and returns its score in [0,1), where
// 0 is usual and [Threshold] and more is worth a signal.
//
// Time only chooses the part of the season, so it may stand still or run
// backwards. A gap is no observation: whoever counts events observes zero for the
// intervals without any. A value that is no number scores 0 and is not learned;
// values beyond ±1e150, infinity among them, count as that.
func (d *Detector) Observe(t time.Time, value float64) float64 {
	d.seen = [numViews]sighting{}
	if math.IsNaN(value) {
		return 0
	}
	x := min(max(value, -limit), limit)
	d.last[d.n%longest] = x
	d.n++
	past := d.bands[0]
	width := past.high - past.low
	floor := d.floor()
	d.observe(0, x, floor)
	d.observeSustained(x, width/10+floor)
	if usual, ok := d.season.observe(t, x); ok {
		d.observe(numViews-1, x-usual, width+floor)
	}
	sum := 0.0
	for i := range d.seen {
		sum += d.seen[i].excess
	}
	return sum / (sum + halfScore)
}

// observeSustained shows the lowest and highest values of the windows to their
// views, all from one walk back through the last values.
func (d *Detector) observeSustained(x, least float64) {
	low, high := x, x
	at, back := int((d.n-1)%longest), 1
	for i, length := range sustained() {
		if d.n < int64(length) {
			return
		}
		for ; back < length; back++ {
			if at--; at < 0 {
				at = longest - 1
			}
			low, high = min(low, d.last[at]), max(high, d.last[at])
		}
		d.observe(1+2*i, low, least)
		d.observe(2+2*i, high, least)
	}
}

// observe shows one view its value; least is the smallest unit of its excess.
func (d *Detector) observe(view int, got, least float64) {
	b := &d.bands[view]
	s := sighting{got: got, low: b.low, high: b.high}
	excess := b.add(got, least, &d.cfg)
	if b.n > int64(d.cfg.Warmup) {
		s.excess = excess
	}
	d.seen[view] = s
}

// Observations returns the number of values that were learned.
func (d *Detector) Observations() int64 { return d.n }
