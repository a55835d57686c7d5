package match

import "time"

// timePart returns a part of an ISO 8601 time in the offset that it is written
// with: 2026-11-21T10:05:00Z, 2026-11-21 10:05:00.5+02:00, 2026-11-21.
func timePart(text []byte, part string) (int, bool) {
	p := timeReader{s: text}
	year, ok := p.digits(4)
	if !ok {
		return 0, false
	}
	dash := p.skip('-')
	month, ok1 := p.digits(2)
	if dash && !p.skip('-') {
		return 0, false
	}
	day, ok2 := p.digits(2)
	if !ok1 || !ok2 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || year < 1 {
		return 0, false
	}
	hour, minute := 0, 0
	if len(p.s) > 0 {
		if !p.skip('T') && !p.skip(' ') && !p.skip('t') {
			return 0, false
		}
		if hour, minute, ok = p.clock(); !ok {
			return 0, false
		}
	}
	switch part {
	case "minute":
		return minute, true
	case "hour":
		return hour, true
	case "day":
		return day, true
	case "month":
		return month, true
	case "year":
		return year, true
	case "week":
		_, week := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).ISOWeek()
		return week, true
	default:
		return 0, false
	}
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

type timeReader struct{ s []byte }

func (p *timeReader) skip(c byte) bool {
	if len(p.s) > 0 && p.s[0] == c {
		p.s = p.s[1:]
		return true
	}
	return false
}

func (p *timeReader) digits(n int) (int, bool) {
	if len(p.s) < n {
		return 0, false
	}
	v := 0
	for _, c := range p.s[:n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	p.s = p.s[n:]
	return v, true
}

// clock reads a time of day and its offset, to the end of the text.
func (p *timeReader) clock() (hour, minute int, ok bool) {
	if hour, ok = p.digits(2); !ok || hour > 23 {
		return 0, 0, false
	}
	if len(p.s) > 0 && p.s[0] != 'Z' && p.s[0] != '+' && p.s[0] != '-' {
		colon := p.skip(':')
		if minute, ok = p.digits(2); !ok || minute > 59 {
			return 0, 0, false
		}
		if colon && p.skip(':') || !colon && len(p.s) > 0 && p.s[0] >= '0' && p.s[0] <= '9' {
			if second, ok := p.digits(2); !ok || second > 59 {
				return 0, 0, false
			}
			if p.skip('.') || p.skip(',') {
				n := 0
				for len(p.s) > 0 && p.s[0] >= '0' && p.s[0] <= '9' {
					p.s, n = p.s[1:], n+1
				}
				if n == 0 {
					return 0, 0, false
				}
			}
		}
	}
	return hour, minute, p.offset()
}

func (p *timeReader) offset() bool {
	if p.skip('Z') || p.skip('z') || len(p.s) == 0 {
		return len(p.s) == 0
	}
	if !p.skip('+') && !p.skip('-') {
		return false
	}
	hours, ok := p.digits(2)
	if !ok || hours > 23 {
		return false
	}
	if len(p.s) == 0 {
		return true
	}
	p.skip(':')
	minutes, ok := p.digits(2)
	if ok && minutes <= 59 && p.skip(':') {
		_, ok = p.digits(2)
	}
	return ok && minutes <= 59 && len(p.s) == 0
}
