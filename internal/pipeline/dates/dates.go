// Package dates reads dates and times from log text: Joda patterns, as Datadog's
// grok matcher date("yyyy-MM-dd") takes them, and the fixed formats that a
// date-remapper accepts.
//
// Logs often leave out the year, the day or the time zone. What is missing is
// inferred from a Clock that the caller passes, so that the same input gives the
// same answer in a test, in a replay and on a live stream. Nothing here reads the
// system clock.
package dates

import "time"

// Clock says what a date without year, day or zone is measured against.
type Clock struct {
	// Now is the time at which the text is read. Parse and ParseAny take a Clock
	// with each call, so a caller may pass a fresh one for each batch without
	// compiling anything again. The zero time stands for 1970-01-01 UTC.
	Now time.Time
	// Location is where a time without zone was written; nil is UTC. The zone
	// argument of a layout wins over it, and a zone in the text wins over both.
	Location *time.Location
}

func (c Clock) now() time.Time {
	if c.Now.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return c.Now
}

// civil is a date and time of day as read, before it is known which moment that
// was.
type civil struct {
	year, month, day  int
	hour, minute, sec int
	nano              int
	offset            int // seconds east of Greenwich
	has               has
	half              half
	zone              string // a zone name that still needs to be resolved
}

// has says which parts the text held.
type has uint8

const (
	hasYear has = 1 << iota
	hasMonth
	hasDay
	hasOffset
)

// half says whether AM or PM was read.
type half uint8

const (
	noHalf half = iota
	am
	pm
)

// unix turns the parts into nanoseconds since 1970 UTC. It reports false for
// dates that no calendar has.
func (c *civil) unix(clock Clock, loc *time.Location) (int64, bool) {
	if loc == nil {
		loc = clock.Location
	}
	if loc == nil {
		loc = time.UTC
	}
	if c.half != noHalf {
		if c.hour < 1 || c.hour > 12 {
			return 0, false
		}
		c.hour %= 12
		if c.half == pm {
			c.hour += 12
		}
	}
	if c.hour > 23 || c.minute > 59 || c.sec > 60 {
		return 0, false
	}
	switch {
	case c.has&(hasYear|hasMonth|hasDay) == 0:
		return c.recentDay(clock.now(), loc)
	case c.has&hasYear == 0:
		return c.nearestYear(clock.now(), loc)
	}
	if c.has&hasMonth == 0 {
		c.month = 1
	}
	if c.has&hasDay == 0 {
		c.day = 1
	}
	return c.moment(loc)
}

// recentDay puts a bare time of day on today, or on yesterday when that would be
// in the future.
func (c *civil) recentDay(now time.Time, loc *time.Location) (int64, bool) {
	here := now.In(loc)
	if c.has&hasOffset != 0 {
		here = now.UTC().Add(time.Duration(c.offset) * time.Second)
	}
	year, month, day := here.Date()
	c.year, c.month, c.day = year, int(month), day
	t, ok := c.moment(loc)
	if !ok || t <= now.UnixNano() {
		return t, ok
	}
	y := time.Date(year, month, day-1, 0, 0, 0, 0, time.UTC)
	c.year, c.month, c.day = y.Year(), int(y.Month()), y.Day()
	return c.moment(loc)
}

// nearestYear chooses the year that puts the date nearest to now: from 182 days
// before to 183 days after it.
func (c *civil) nearestYear(now time.Time, loc *time.Location) (int64, bool) {
	here := now.In(loc)
	if c.has&hasMonth == 0 {
		c.month = int(here.Month())
	}
	if c.has&hasDay == 0 {
		c.day = 1
	}
	var best, bestGap int64
	found := false
	for _, year := range [...]int{here.Year(), here.Year() - 1, here.Year() + 1} {
		c.year = year
		t, ok := c.moment(loc)
		if !ok {
			continue
		}
		ahead := t - now.UnixNano()
		if ahead >= -182*day && ahead <= 183*day {
			return t, true
		}
		// A leap day leaves a gap between the two ends.
		if gap := max(ahead, -ahead); !found || gap < bestGap {
			best, bestGap, found = t, gap, true
		}
	}
	return best, found
}

// day is one day in nanoseconds.
const day = int64(24 * time.Hour)

// moment is the exact time of complete parts.
func (c *civil) moment(loc *time.Location) (int64, bool) {
	// Nanoseconds of 64 bits reach from 1678 to 2261.
	if c.year < 1680 || c.year > 2260 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > daysIn(c.year, c.month) {
		return 0, false
	}
	if c.has&hasOffset == 0 && loc != time.UTC {
		return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.sec, c.nano, loc).UnixNano(), true
	}
	sec := daysSince1970(c.year, c.month, c.day)*86400 + int64(c.hour*3600+c.minute*60+c.sec)
	if c.has&hasOffset != 0 {
		sec -= int64(c.offset)
	}
	return sec*1e9 + int64(c.nano), true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysSince1970 counts days with the year starting in March, so that the leap
// day comes last.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	doy := (153*(month-3)+2)/5 + day - 1
	return int64(year*365+year/4-year/100+year/400+doy) - 719468
}
