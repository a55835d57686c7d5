package dates

import (
	"strconv"
	"time"
)

// ParseISO reads an ISO 8601 date and time: "T" or a blank between the two, a
// fraction of any length behind "." or ",", the zone as Z, +hh, +hhmm or +hh:mm.
// Seconds, time and zone may be missing; a missing zone is UTC. It returns
// nanoseconds since 1970 UTC.
func ParseISO(text string) (ns int64, ok bool) {
	return parseISO(text, Clock{})
}

func parseISO(text string, clock Clock) (int64, bool) {
	var c civil
	year, ok := two(text, 0)
	low, ok2 := two(text, 2)
	if !ok || !ok2 || len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	c.year = year*100 + low
	c.month, ok = two(text, 5)
	c.day, ok2 = two(text, 8)
	if !ok || !ok2 {
		return 0, false
	}
	c.has = hasYear | hasMonth | hasDay
	rest := text[10:]
	if rest == "" {
		return c.unix(clock, nil)
	}
	if rest[0]|0x20 != 't' && rest[0] != ' ' {
		return 0, false
	}
	rest, ok = c.clockTime(rest[1:])
	if !ok {
		return 0, false
	}
	if rest != "" && rest[0] == ' ' {
		rest = rest[1:]
	}
	if rest == "" {
		return c.unix(clock, nil)
	}
	n, seconds := offset(rest, false)
	if n != len(rest) {
		if off, known := abbreviation(letters(rest)); known && len(letters(rest)) == len(rest) {
			seconds = off
		} else {
			return 0, false
		}
	}
	c.offset = seconds
	c.has |= hasOffset
	return c.unix(clock, nil)
}

// clockTime reads hh:mm, hh:mm:ss and a fraction, and returns what follows.
func (c *civil) clockTime(text string) (rest string, ok bool) {
	var ok2 bool
	c.hour, ok = two(text, 0)
	c.minute, ok2 = two(text, 3)
	if !ok || !ok2 || text[2] != ':' {
		return "", false
	}
	text = text[5:]
	if text == "" || text[0] != ':' {
		return text, true
	}
	c.sec, ok = two(text, 1)
	if !ok {
		return "", false
	}
	text = text[3:]
	if text == "" || text[0] != '.' && text[0] != ',' {
		return text, true
	}
	n := digits(text[1:], len(text))
	if n == 0 {
		return "", false
	}
	c.nano = nanos(text[1 : 1+n])
	return text[1+n:], true
}

// ParseAny reads what a date-remapper accepts: epoch milliseconds as digits
// (a fraction makes it no date), ISO 8601 as ParseISO has it, RFC 1123 ("Mon, 02 Jan 2006
// 15:04:05 GMT") and RFC 3164 ("Jan  2 15:04:05"). A time without zone was written
// in clock.Location. It returns nanoseconds since 1970 UTC.
func ParseAny(text string, clock Clock) (ns int64, ok bool) {
	if text == "" || len(text) > 64 {
		return 0, false
	}
	if ns, ok := parseISO(text, clock); ok {
		return ns, true
	}
	if digitAt(text, 0) || text[0] == '-' && digitAt(text, 1) {
		if ns, ok := parseMillis(text); ok {
			return ns, true
		}
	}
	if ns, ok := parse1123(text, clock); ok {
		return ns, true
	}
	return parse3164(text, clock)
}

// maxMillis is the last millisecond that nanoseconds of 64 bits hold.
const maxMillis = int64(1<<63-1) / int64(time.Millisecond)

func parseMillis(text string) (int64, bool) {
	if len(text) > 19 {
		return 0, false
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms > maxMillis || ms < -maxMillis {
		return 0, false
	}
	return ms * int64(time.Millisecond), true
}

// parse1123 reads "[Mon, ]02 Jan 2006 15:04:05[ zone]".
func parse1123(text string, clock Clock) (int64, bool) {
	if n := weekday(text); n > 0 {
		if text = text[n:]; len(text) < 2 || text[:2] != ", " {
			return 0, false
		}
		text = text[2:]
	}
	var c civil
	if text = c.dayOfMonth(text); text == "" || text[0] != ' ' && text[0] != '-' {
		return 0, false
	}
	m, n := month(text[1:])
	if n == 0 {
		return 0, false
	}
	c.month = m
	text = text[1+n:]
	high, ok := two(text, 1)
	low, ok2 := two(text, 3)
	if !ok || !ok2 || len(text) < 6 || text[5] != ' ' {
		return 0, false
	}
	c.year = high*100 + low
	c.has = hasYear | hasMonth | hasDay
	rest, ok := c.clockTime(text[6:])
	if !ok {
		return 0, false
	}
	if rest != "" {
		if rest[0] != ' ' {
			return 0, false
		}
		off, ok := zoneOffset(rest[1:])
		if !ok {
			return 0, false
		}
		c.offset = off
		c.has |= hasOffset
	}
	return c.unix(clock, nil)
}

// dayOfMonth reads one or two digits, the first may be a blank, and returns what
// follows, "" when there are none.
func (c *civil) dayOfMonth(text string) string {
	if text != "" && text[0] == ' ' {
		text = text[1:]
	}
	n := digits(text, 2)
	for i := range n {
		c.day = c.day*10 + int(text[i]-'0')
	}
	if n == 0 {
		return ""
	}
	return text[n:]
}

// parse3164 reads "Jan  2 15:04:05", also with a year behind it.
func parse3164(text string, clock Clock) (int64, bool) {
	var c civil
	m, n := month(text)
	if n == 0 || n >= len(text) || text[n] != ' ' {
		return 0, false
	}
	c.month = m
	c.has = hasMonth | hasDay
	text = c.dayOfMonth(text[n+1:])
	if text == "" || text[0] != ' ' {
		return 0, false
	}
	rest, ok := c.clockTime(text[1:])
	if !ok {
		return 0, false
	}
	if len(rest) == 5 && rest[0] == ' ' && digits(rest[1:], 4) == 4 {
		high, _ := two(rest, 1)
		low, _ := two(rest, 3)
		c.year = high*100 + low
		c.has |= hasYear
		rest = ""
	}
	if rest != "" {
		return 0, false
	}
	return c.unix(clock, nil)
}
