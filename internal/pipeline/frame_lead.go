package pipeline

import "time"

// maxLead is how far into a line its date may begin.
const maxLead = 64

// leadingTime reads the date near the start of a text line: behind nothing, or
// behind a bracket, a level or a thread name. It knows the forms that programs
// write most:
//
//	2006-01-02 15:04:05,000 -0700    also with / or . between, with T, with AM
//	02/Jan/2006:15:04:05 -0700       also with - or blanks, and 01/02/2006
//	Mon Jan  2 15:04:05.000 2006     also without weekday, without year
//	Jan 2, 2006 3:04:05 PM
//	060102 15:04:05, 20060102 15:04:05, 01-02 15:04:05
//	1136214245.000, 1136214245000    first in the line or behind a bracket
//	15:04:05.000                     likewise: today, or yesterday
//
// What is missing comes from the machine's clock, as for syslog headers.
func (m *Machine) leadingTime(s string) (ns int64, ok bool) {
	var bare int64 // a time without a date, when no date follows
	for i := 0; i < len(s) && i < maxLead; i++ {
		edge := i == 0 || s[i-1] == '['
		if !edge && (alphanumeric(s[i-1]) || s[i-1] == '.' || s[i-1] == '-' || s[i-1] == '_') {
			continue
		}
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			ns, ok = m.numericDate(s[i:], edge)
		case c >= 'A' && c <= 'Z':
			ns, ok = m.wordDate(s[i:])
		default:
			continue
		}
		if ok {
			return ns, true
		}
		if edge && bare == 0 {
			bare, _ = m.timeOfDay(s[i:])
		}
	}
	return bare, bare != 0
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// numericDate reads a date that begins with a digit.
func (m *Machine) numericDate(s string, edge bool) (int64, bool) {
	first, n := digits(s, 0, 17)
	if n >= len(s) {
		return 0, false
	}
	switch sep := s[n]; {
	case n == 4 && (sep == '-' || sep == '/' || sep == '.' || sep == ':'):
		month, a := digits(s, 5, 2)
		if a >= len(s) || s[a] != sep {
			return 0, false
		}
		day, b := digits(s, a+1, 2)
		return m.withClock(s, b, first, month, day)
	case n <= 2 && (sep == '-' || sep == '/' || sep == '.' || sep == ' '):
		return m.dayFirst(s, first, n, edge)
	case n == 6 && sep == ' ':
		return m.withClock(s, n, 2000+first/10000, first/100%100, first%100)
	case n == 8 && (sep == ' ' || sep == 'T' || sep == '-'):
		return m.withClock(s, n, first/10000, first/100%100, first%100)
	case edge && (n == 10 || n == 13) && !alphanumeric(sep):
		return epoch(s, first, n)
	default:
		return 0, false
	}
}

// epoch reads seconds with a fraction, or milliseconds, since 1970.
func epoch(s string, number, n int) (int64, bool) {
	if n == 13 {
		return int64(number) * int64(time.Millisecond), true
	}
	ns, unit := int64(number)*int64(time.Second), int64(time.Second)
	if s[n] == '.' {
		for n++; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
			unit /= 10
			ns += int64(s[n]-'0') * unit
		}
	}
	return ns, true
}

// dayFirst reads dd/Mon/yyyy and its like; of two numbers with slashes the month
// is the first, with other marks the second, unless it cannot be one.
func (m *Machine) dayFirst(s string, first, n int, edge bool) (int64, bool) {
	sep := s[n]
	if month, end := monthWord(s, n+1); month != 0 {
		if end < len(s) && (s[end] == sep || s[end] == ' ') {
			if year, at := digits(s, end+1, 4); at == end+5 {
				return m.withClock(s, at, year, month, first)
			}
			return m.withClock(s, end, 0, month, first)
		}
		return 0, false
	}
	second, a := digits(s, n+1, 2)
	if a == n+1 || a >= len(s) {
		return 0, false
	}
	if sep == '-' && n == 2 && s[a] == ' ' && edge {
		return m.withClock(s, a, 0, first, second)
	}
	if s[a] != sep || sep == ' ' {
		return 0, false
	}
	year, b := digits(s, a+1, 4)
	if b != a+5 {
		return 0, false
	}
	day, month := first, second
	if sep == '/' && first <= 12 || second > 12 {
		day, month = second, first
	}
	return m.withClock(s, b, year, month, day)
}

// wordDate reads a date that begins with the name of a weekday or month.
func (m *Machine) wordDate(s string) (int64, bool) {
	if len(s) < 12 {
		return 0, false
	}
	if weekday(s) {
		at := 3
		for at < len(s) && (s[at]|0x20 >= 'a' && s[at]|0x20 <= 'z' || s[at] == ',') {
			at++
		}
		if at+12 > len(s) || s[at] != ' ' {
			return 0, false
		}
		if s = s[at+1:]; s[0] >= '0' && s[0] <= '9' {
			return m.numericDate(s, false)
		}
	}
	month, at := monthWord(s, 0)
	if month == 0 || at >= len(s) || s[at] != ' ' {
		return 0, false
	}
	for at < len(s) && s[at] == ' ' {
		at++
	}
	day, end := digits(s, at, 2)
	if end == at || end >= len(s) {
		return 0, false
	}
	if s[end] == ',' {
		end++
	}
	year := 0
	if y, next := digits(s, end+1, 4); next == end+5 && y >= 1970 {
		year, end = y, next
	}
	return m.withClock(s, end, year, month, day)
}

// withClock reads the time behind the date that ends at s[at], and the zone and
// year behind that.
func (m *Machine) withClock(s string, at, year, month, day int) (int64, bool) {
	for skipped := 0; at < len(s) && (s[at] == ' ' || s[at] == 'T' || s[at] == ':' || s[at] == '-' || s[at] == ','); at++ {
		if skipped++; skipped > 3 {
			return 0, false
		}
	}
	d, end := looseClock(s, at)
	if end == 0 || month < 1 || month > 12 || day < 1 || day > 31 || year != 0 && (year < 1970 || year > 2200) {
		return 0, false
	}
	if end+2 < len(s) && s[end] == ' ' && s[end+2] == 'M' && (s[end+1] == 'A' || s[end+1] == 'P') {
		hours := d / time.Hour
		if hours < 1 || hours > 12 {
			return 0, false
		}
		if hours == 12 {
			d -= 12 * time.Hour
		}
		if s[end+1] == 'P' {
			d += 12 * time.Hour
		}
		end += 3
	}
	zone, zoned := zoneBehind(s, &end)
	if year == 0 {
		if y, next := digits(s, end+1, 4); end < len(s) && s[end] == ' ' && next == end+5 && y >= 1970 && y < 2200 && (next == len(s) || !alphanumeric(s[next])) {
			year = y
		}
	}
	if zoned && year != 0 {
		return nanos(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Add(d - zone)), true
	}
	return nanos(m.date(year, time.Month(month), day, d)), true
}

// looseClock is clockTime with hours of one digit, also behind a blank.
func looseClock(s string, at int) (time.Duration, int) {
	if d, end := clockTime(s, at); end > 0 {
		return d, end
	}
	h, a := digits(s, at, 1)
	if a != at+1 || a >= len(s) || s[a] != ':' {
		return 0, 0
	}
	d, end := minutes(s, a)
	return d + time.Duration(h)*time.Hour, end
}

// minutes reads :04:05 with a fraction.
func minutes(s string, at int) (time.Duration, int) {
	const padded = len("00:04:05.000000000")
	var buf [padded]byte
	n := copy(buf[2:], s[at:])
	buf[0], buf[1] = '0', '0'
	d, end := clockTime(string(buf[:2+n]), 0)
	if end == 0 {
		return 0, 0
	}
	return d, at + end - 2
}

// zoneBehind reads an offset, UTC or GMT at *end, and moves it behind.
func zoneBehind(s string, end *int) (time.Duration, bool) {
	at := *end
	if at < len(s) && s[at] == ' ' {
		at++
	}
	if at+3 <= len(s) && (s[at:at+3] == "UTC" || s[at:at+3] == "GMT") && (at+3 == len(s) || !alphanumeric(s[at+3])) {
		*end = at + 3
		return 0, true
	}
	if at >= len(s) || s[at] == 'Z' && at != *end {
		return 0, false
	}
	zone, width := zoneOffset(s[at:])
	if width == 0 || at != *end && width < 5 {
		return 0, false
	}
	*end = at + width
	return zone, true
}

// timeOfDay puts a bare time on today, or on yesterday when that lies ahead.
func (m *Machine) timeOfDay(s string) (int64, bool) {
	d, end := clockTime(s, 0)
	if end == 0 || m.Clock.Now.IsZero() {
		return 0, false
	}
	zone := m.zone()
	year, month, day := m.Clock.Now.In(zone).Date()
	t := m.date(year, month, day, d)
	if t.After(m.Clock.Now) {
		t = m.date(year, month, day-1, d)
	}
	return t.UnixNano(), true
}

// monthWord reads the name of a month, short or long, and returns where it ends;
// some languages put a point behind it.
func monthWord(s string, at int) (month, end int) {
	if at+3 > len(s) {
		return 0, 0
	}
	name := [3]byte{s[at] &^ 0x20, s[at+1] | 0x20, s[at+2] | 0x20}
	if month = monthNumber(string(name[:])); month == 0 {
		return 0, 0
	}
	for end = at + 3; end < len(s) && end < at+9 && s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z'; {
		end++
	}
	if end < len(s) && s[end] == '.' {
		end++
	}
	return month, end
}

// weekday reports whether s begins with the name of a weekday.
func weekday(s string) bool {
	switch s[:3] {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	default:
		return false
	}
}
