package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// number writes n with a comma between thousands.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// quantity writes a count that may have a fraction, as queries return them: with
// at most two decimals, or six digits when it is below 1.
func quantity(f float64) string {
	if abs := math.Abs(f); f != 0 && abs < 1 || abs >= 1e15 || math.IsNaN(f) {
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	whole, fraction := math.Modf(math.Round(f*100) / 100)
	decimals := strconv.FormatFloat(math.Abs(fraction), 'f', 2, 64)
	return number(int64(whole)) + strings.TrimRight(decimals[1:], ".0")
}

// size writes a number of bytes in decimal units: 1 kB is 1,000 bytes.
func size(n int64) string {
	if n < 1000 {
		return number(n) + " B"
	}
	f, unit := float64(n), 0
	for f >= 999.95 && unit < 5 {
		f /= 1000
		unit++
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + [6]string{"B", "kB", "MB", "GB", "TB", "PB"}[unit]
}

// percent writes part of whole with one decimal, and never rounds to 0 or 100
// what is not.
func percent(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	p := math.Round(float64(part)/float64(whole)*1000) / 10
	switch {
	case part > 0 && p < 0.1:
		return "<0.1%"
	case part < whole && p > 99.9:
		return "99.9%"
	case p == math.Trunc(p):
		return strconv.FormatFloat(p, 'f', 0, 64) + "%"
	default:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	}
}

// duration writes nanoseconds in the two largest units that are not zero: 1h 30m.
func (t *texts) duration(ns int64) string {
	secs := ns / second
	var parts []string
	for _, u := range [4]struct {
		name string
		secs int64
	}{{t.Days, 86400}, {t.Hours, 3600}, {t.Minutes, 60}, {t.Seconds, 1}} {
		if n := secs / u.secs; n > 0 {
			parts = append(parts, fmt.Sprintf(u.name, number(n)))
			secs -= n * u.secs
		}
	}
	switch len(parts) {
	case 0:
		return fmt.Sprintf(t.Seconds, "0")
	case 1:
		return parts[0]
	default:
		return parts[0] + " " + parts[1]
	}
}

// events writes a number of events.
func (t *texts) events(n int64) string { return count(n, t.EventOne, t.EventMany) }

// more writes how many others there are.
func (t *texts) more(n int) string { return fmt.Sprintf(t.More, number(int64(n))) }

func count(n int64, one, many string) string {
	if n == 1 {
		return fmt.Sprintf(one, "1")
	}
	return fmt.Sprintf(many, number(n))
}

// clock writes times in one zone.
type clock struct {
	zone *time.Location
	none string // stands for a time that is not known
}

func newClock(zone *time.Location, t *texts) clock {
	if zone == nil {
		zone = time.UTC
	}
	return clock{zone: zone, none: t.NoTime}
}

// full writes date, time and zone.
func (c clock) full(ns int64) string { return c.write(ns, "2006-01-02 15:04:05 MST") }

// short writes date and time, for places where the zone stands nearby.
func (c clock) short(ns int64) string { return c.write(ns, "2006-01-02 15:04:05") }

func (c clock) write(ns int64, layout string) string {
	if ns == 0 {
		return c.none
	}
	return time.Unix(0, ns).In(c.zone).Format(layout)
}

// span writes a period; the second date is left out when it is the first one.
func (c clock) span(first, last int64, format string) string {
	from, to := c.short(first), c.short(last)
	if first == 0 || last == 0 || from == to {
		return from
	}
	if len(from) > 10 && len(to) > 10 && from[:10] == to[:10] {
		to = to[11:]
	}
	return fmt.Sprintf(format, from, to)
}

// zoneName returns the zone's short name at the time, as full writes it.
func (c clock) zoneName(ns int64) string {
	return time.Unix(0, ns).In(c.zone).Format("MST")
}

// offset returns the zone's distance from UTC at the time, in nanoseconds.
func (c clock) offset(ns int64) int64 {
	_, secs := time.Unix(0, ns).In(c.zone).Zone()
	return int64(secs) * second
}
