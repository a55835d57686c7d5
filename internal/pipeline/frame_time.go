package pipeline

import (
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// syslogTime reads the date at the start of a syslog line and returns it with
// the number of bytes that it took, 0 if there is none:
//
//	Jan  2 15:04:05            RFC 3164; also with a fraction, and with a year
//	2006-01-02T15:04:05.999Z   rsyslog's own form, with any zone or none
//	@400000004c91b044077a9e94  multilog's TAI64N
//
// A date without a year gets the latest one that does not lie more than a day
// ahead of the clock: a log tells of the past. A date without a zone is in the
// clock's zone.
func (m *Machine) syslogTime(s string) (ns int64, n int) {
	if len(s) < 15 {
		return 0, 0
	}
	if s[0] >= '0' && s[0] <= '9' {
		return m.isoTime(s)
	}
	if s[0] == '@' {
		return tai64(s)
	}
	month := monthNumber(s)
	if month == 0 || s[3] != ' ' {
		return 0, 0
	}
	at := 4
	for at < len(s) && s[at] == ' ' && at < 6 {
		at++
	}
	day, at := digits(s, at, 2)
	if day < 1 || day > 31 || at >= len(s) || s[at] != ' ' {
		return 0, 0
	}
	at++
	year := 0
	if y, end := digits(s, at, 4); end == at+4 && end < len(s) && s[end] == ' ' {
		year, at = y, end+1
	}
	clock, at := clockTime(s, at)
	if at == 0 {
		return 0, 0
	}
	if year == 0 {
		if y, end := digits(s, at+1, 4); at < len(s) && s[at] == ' ' && end == at+5 && y >= 1970 && y < 2200 && end < len(s) && s[end] == ' ' {
			year, at = y, end
		}
	}
	stamp := syslogStamp{of: m.Clock, year: year, month: time.Month(month), day: day, clock: clock}
	if stamp != m.stamp {
		m.stamp, m.stampTime = stamp, nanos(m.date(year, stamp.month, day, clock))
	}
	return m.stampTime, at
}

// syslogStamp is a date as syslog writes it, with all that its meaning depends on: most
// lines have that of the line before.
type syslogStamp struct {
	of        dates.Clock
	year, day int
	month     time.Month
	clock     time.Duration
}

// tai64 reads @ and 24 hexadecimal digits: 2^62 and the seconds since 1970, and
// nanoseconds. The leap seconds between TAI and UTC stay in: writers do not agree
// on their number, it is 0, 10 or 37.
func tai64(s string) (ns int64, n int) {
	const width = 25
	if len(s) < width || len(s) > width && s[width] != ' ' {
		return 0, 0
	}
	seconds, err := strconv.ParseUint(s[1:17], 16, 63)
	if err != nil {
		return 0, 0
	}
	nano, err := strconv.ParseUint(s[17:width], 16, 32)
	if err != nil || nano >= uint64(time.Second) || seconds < 1<<62 || seconds >= 1<<62+1<<33 {
		return 0, 0
	}
	return int64(seconds-1<<62)*int64(time.Second) + int64(nano), width
}

// isoTime reads 2006-01-02T15:04:05 with an optional fraction and zone.
func (m *Machine) isoTime(s string) (ns int64, n int) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' {
		return 0, 0
	}
	year, a := digits(s, 0, 4)
	month, b := digits(s, 5, 2)
	day, c := digits(s, 8, 2)
	clock, at := clockTime(s, 11)
	if a != 4 || b != 7 || c != 10 || at == 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, 0
	}
	zone, width := zoneOffset(s[at:])
	if width == 0 {
		return nanos(m.date(year, time.Month(month), day, clock)), at
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Add(clock - zone)
	return nanos(t), at + width
}

// blankTime reads 2006-01-02 15:04:05 with a zone, as macOS writes it.
func (m *Machine) blankTime(s string) (ns int64, n int) {
	const length = len("2006-01-02 15:04:05")
	if len(s) <= length || s[10] != ' ' {
		return 0, 0
	}
	buf := [length]byte([]byte(s[:length]))
	buf[10] = 'T'
	if ns, n = m.isoTime(string(buf[:])); n != length {
		return 0, 0
	}
	fraction, at := time.Duration(0), length
	if s[at] == '.' || s[at] == ',' {
		unit := time.Second
		for at++; at < len(s) && s[at] >= '0' && s[at] <= '9'; at++ {
			unit /= 10
			fraction += time.Duration(s[at]-'0') * unit
		}
	}
	if zone, width := zoneOffset(s[at:]); width > 0 {
		_, local := time.Unix(0, ns).In(m.zone()).Zone()
		ns, at = ns+int64(time.Duration(local)*time.Second-zone), at+width
	}
	return ns + int64(fraction), at
}

// zone is where a time without a zone was written.
func (m *Machine) zone() *time.Location {
	if m.Clock.Location == nil {
		return time.UTC
	}
	return m.Clock.Location
}

// date puts the parts together in the clock's zone; year 0 is inferred.
func (m *Machine) date(year int, month time.Month, day int, clock time.Duration) time.Time {
	zone := m.zone()
	h, mi, s, ns := int(clock/time.Hour), int(clock/time.Minute)%60, int(clock/time.Second)%60, int(clock%time.Second)
	if year != 0 {
		return time.Date(year, month, day, h, mi, s, ns, zone)
	}
	now := m.Clock.Now.In(zone)
	for year = now.Year() + 1; ; year-- {
		t := time.Date(year, month, day, h, mi, s, ns, zone)
		fits := t.Day() == day // 29 February exists in leap years only
		if fits && !t.After(now.AddDate(0, 0, 1)) || year < now.Year()-8 {
			return t
		}
	}
}

// clockTime reads 15:04:05 with an optional fraction behind a point or comma.
func clockTime(s string, at int) (d time.Duration, end int) {
	h, a := digits(s, at, 2)
	if a != at+2 || a >= len(s) || s[a] != ':' || h > 23 {
		return 0, 0
	}
	mi, b := digits(s, a+1, 2)
	if b != a+3 || b >= len(s) || s[b] != ':' || mi > 59 {
		return 0, 0
	}
	sec, c := digits(s, b+1, 2)
	if c != b+3 || sec > 60 {
		return 0, 0
	}
	d = time.Duration(h)*time.Hour + time.Duration(mi)*time.Minute + time.Duration(sec)*time.Second
	if c+1 < len(s) && (s[c] == '.' || s[c] == ',') && s[c+1] >= '0' && s[c+1] <= '9' {
		unit := time.Second
		for c++; c < len(s) && s[c] >= '0' && s[c] <= '9'; c++ {
			unit /= 10
			d += time.Duration(s[c]-'0') * unit
		}
	}
	return d, c
}

// zoneOffset reads Z, +hh, +hhmm or +hh:mm; width 0 means none.
func zoneOffset(s string) (offset time.Duration, width int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case 'Z':
		return 0, 1
	case '+', '-':
	default:
		return 0, 0
	}
	h, at := digits(s, 1, 2)
	if at != 3 {
		return 0, 0
	}
	offset = time.Duration(h) * time.Hour
	next := at
	if next < len(s) && s[next] == ':' {
		next++
	}
	if mi, end := digits(s, next, 2); end == next+2 {
		offset, at = offset+time.Duration(mi)*time.Minute, end
	}
	if s[0] == '-' {
		offset = -offset
	}
	return offset, at
}

// digits reads up to limit digits from at.
func digits(s string, at, limit int) (n, end int) {
	end = at
	for end < len(s) && end < at+limit && s[end] >= '0' && s[end] <= '9' {
		n = n*10 + int(s[end]-'0')
		end++
	}
	return n, end
}

// monthNumber returns 1 to 12 for the English name that s begins with, or 0.
func monthNumber(s string) int {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if s[0] == names[i] && s[1] == names[i+1] && s[2] == names[i+2] {
			return i/3 + 1
		}
	}
	return 0
}

// nanos returns the time in nanoseconds since 1970 UTC, 0 for years that 64 bits of them
// do not reach: a log may say anything.
func nanos(t time.Time) int64 {
	if t.Year() < 1680 || t.Year() > 2260 {
		return 0
	}
	return t.UnixNano()
}
