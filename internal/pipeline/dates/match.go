package dates

import "strings"

// Parse reads text, all of it, and returns nanoseconds since 1970 UTC. It reports
// false when the text does not have the layout or is no date of the calendar.
func (l *Layout) Parse(text string, clock Clock) (ns int64, ok bool) {
	for short := range uint(1) << l.loose {
		var c civil
		if end := l.scan(text, 0, short, &c); end == len(text) {
			return l.unix(&c, clock)
		}
	}
	return 0, false
}

func (l *Layout) unix(c *civil, clock Clock) (int64, bool) {
	loc := l.loc
	if c.zone != "" {
		if off, ok := zoneOffset(c.zone); ok {
			c.offset = off
			c.has |= hasOffset
		} else if loc = l.regions.load(c.zone); loc == nil {
			return 0, false
		}
	}
	return c.unix(clock, loc)
}

// Match returns the end of the longest text that has the layout's structure,
// starts at pos and ends at limit or before, and -1 when there is none. Only the
// structure counts (digits, names of months, signs): a 13th month matches, and
// Parse refuses it.
//
// Numbers of one or two digits take two when they can. Where another digit may
// follow (yyyyMd), the other readings are found by calling Match again with a
// smaller limit.
func (l *Layout) Match(text string, pos, limit int) (end int) {
	text = text[:min(limit, len(text))]
	best := -1
	for short := range uint(1) << l.loose {
		var c civil
		best = max(best, l.scan(text, pos, short, &c))
	}
	return best
}

// scan reads the parts at pos and returns the end, or -1. Each bit of short says
// that the loose number of that index takes one digit where it could take two.
func (l *Layout) scan(text string, pos int, short uint, c *civil) int {
	for i := range l.parts {
		p := &l.parts[i]
		switch p.kind {
		case literal:
			if !strings.HasPrefix(text[pos:], p.text) {
				return -1
			}
			pos += len(p.text)
		case monthWord:
			m, n := month(text[pos:])
			if n == 0 {
				return -1
			}
			c.month = m
			c.has |= hasMonth
			pos += n
		case dayWord:
			n := weekday(text[pos:])
			if n == 0 {
				return -1
			}
			pos += n
		case year4:
			high, ok := two(text, pos)
			low, ok2 := two(text, pos+2)
			if !ok || !ok2 {
				return -1
			}
			c.year = high*100 + low
			c.has |= hasYear
			pos += 4
		case fraction:
			n := digits(text[pos:], p.n)
			if n != p.n {
				return -1
			}
			c.nano = nanos(text[pos : pos+n])
			pos += n
		case halfDay:
			if pos+2 > len(text) || text[pos+1]|0x20 != 'm' {
				return -1
			}
			switch text[pos] | 0x20 {
			case 'a':
				c.half = am
			case 'p':
				c.half = pm
			default:
				return -1
			}
			pos += 2
		case zoneOffsetPart:
			n, seconds := offset(text[pos:], false)
			if n == 0 {
				return -1
			}
			c.offset = seconds
			c.has |= hasOffset
			pos += n
		case zoneName:
			n := l.scanZone(text[pos:], i, c)
			if n == 0 {
				return -1
			}
			pos += n
		default:
			v, n := number(text, pos, p, short)
			if n == 0 {
				return -1
			}
			c.set(p.kind, v)
			pos += n
		}
	}
	return pos
}

// scanZone reads a zone name, region or offset. The part behind decides whether
// the offset of "GMT+02:00" belongs to the name.
func (l *Layout) scanZone(text string, i int, c *civil) int {
	if n, seconds := offset(text, false); n > 1 || n == 1 && len(letters(text)) == 1 {
		c.offset = seconds
		c.has |= hasOffset
		return n
	}
	n := len(letters(text))
	if n == 0 {
		return 0
	}
	for n < len(text) && (text[n] == '/' || text[n] == '_') {
		more := len(letters(text[n+1:]))
		if more == 0 {
			break
		}
		n += 1 + more
	}
	if i+1 >= len(l.parts) || l.parts[i+1].kind != zoneOffsetPart {
		if n < len(text) && (text[n] == '+' || text[n] == '-') {
			if more, _ := offset(text[n:], true); more > 0 {
				n += more
			}
		}
	}
	// A name beside an offset says the same less exactly.
	if c.has&hasOffset == 0 {
		c.zone = text[:n]
	}
	return n
}

// number reads the one or two digits of a part.
func number(text string, pos int, p *part, short uint) (v, n int) {
	if v, ok := two(text, pos); ok && (p.n == 0 || short&(1<<(p.n-1)) == 0) {
		return v, 2
	}
	if p.exact || p.kind == year2 || !digitAt(text, pos) {
		return 0, 0
	}
	return int(text[pos] - '0'), 1
}

func (c *civil) set(kind partKind, v int) {
	switch kind {
	case year2:
		c.year = 2000 + v
		c.has |= hasYear
	case monthNumber:
		c.month = v
		c.has |= hasMonth
	case dayNumber:
		c.day = v
		c.has |= hasDay
	case hour24, hour12:
		c.hour = v
	case minute:
		c.minute = v
	case second:
		c.sec = v
	default:
	}
}

// digits counts the digits at the start of text, at most limit.
func digits(text string, limit int) int {
	n := 0
	for n < limit && digitAt(text, n) {
		n++
	}
	return n
}

// nanos reads the digits behind a decimal point as nanoseconds; what is finer is
// cut off.
func nanos(frac string) int {
	v := 0
	for i := range 9 {
		v *= 10
		if i < len(frac) {
			v += int(frac[i] - '0')
		}
	}
	return v
}

// StartsWith reports whether a text with the layout can start with the byte.
func (l *Layout) StartsWith(b byte) bool {
	letter := b|0x20 >= 'a' && b|0x20 <= 'z'
	switch p := &l.parts[0]; p.kind {
	case literal:
		return p.text[0] == b
	case monthWord, dayWord, halfDay:
		return letter
	case zoneOffsetPart, zoneName:
		return letter || b == '+' || b == '-'
	default:
		return b >= '0' && b <= '9'
	}
}

// Ambiguous reports whether the same text can have the layout in several lengths:
// where a number of one or two digits stands before another digit. An offset is
// always read as far as it goes.
func (l *Layout) Ambiguous() bool { return l.loose > 0 }
