package dates

import (
	"fmt"
	"strconv"
	"time"
)

// Layout is a compiled date pattern. It may be used by several goroutines.
type Layout struct {
	parts []part
	loc   *time.Location
	// loose counts the numbers of one or two digits that another digit may
	// follow: only there has the same text several readings.
	loose   int
	regions regions
}

type partKind uint8

const (
	literal partKind = iota
	year4
	year2
	monthNumber
	monthWord
	dayNumber
	dayWord
	hour24
	hour12
	minute
	second
	fraction
	halfDay
	zoneOffsetPart
	zoneName
)

type part struct {
	kind  partKind
	exact bool // a number of exactly two digits
	n     int  // digits of a fraction; of a loose number its index plus one
	text  string
}

// Compile reads a Joda pattern, as in Datadog's date("pattern", "zone",
// "locale"). zone may be empty; a zone in the text wins over it. locale is
// accepted and ignored: names of months and days are read in English.
//
// Letters: y and yyyy four digits, yy 20xx, M d H h m s one or two digits, doubled
// exactly two, MMM and EEE names, S exactly as many digits, a AM or PM, Z and X an
// offset, z a zone name or offset, 'text' and everything that is no letter itself.
func Compile(pattern, zone, locale string) (*Layout, error) {
	_ = locale
	l := &Layout{}
	if zone != "" {
		loc, err := ParseZone(zone)
		if err != nil {
			return nil, fmt.Errorf("date pattern %q: %w", pattern, err)
		}
		l.loc = loc
	}
	if pattern == "" {
		return nil, fmt.Errorf("date pattern %q: the pattern is empty", pattern)
	}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n, err := quoted(pattern[i:])
			if err != nil {
				return nil, fmt.Errorf("date pattern %q: %w", pattern, err)
			}
			l.addLiteral(text)
			i += n
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			p, err := letter(c, n)
			if err != nil {
				return nil, fmt.Errorf("date pattern %q: %w", pattern, err)
			}
			l.parts = append(l.parts, p)
			i += n
		default:
			l.addLiteral(pattern[i : i+1])
			i++
		}
	}
	l.findLoose()
	return l, nil
}

func (l *Layout) addLiteral(text string) {
	if n := len(l.parts); n > 0 && l.parts[n-1].kind == literal {
		l.parts[n-1].text += text
		return
	}
	l.parts = append(l.parts, part{kind: literal, text: text})
}

// findLoose numbers the parts of one or two digits before which nothing stops
// the reading.
func (l *Layout) findLoose() {
	for i := range l.parts {
		p := &l.parts[i]
		if p.kind < monthNumber || p.kind > second || p.kind == monthWord || p.kind == dayWord || p.exact || i+1 == len(l.parts) {
			continue
		}
		next := l.parts[i+1]
		switch {
		case next.kind == literal && !digitAt(next.text, 0), next.kind == monthWord, next.kind == dayWord,
			next.kind == halfDay, next.kind == zoneOffsetPart, next.kind == zoneName:
			continue
		}
		if l.loose < 6 {
			l.loose++
			p.n = l.loose
		}
	}
}

// quoted reads 'text' at the start of s; ” inside is one quote.
func quoted(s string) (text string, n int, err error) {
	var buf []byte
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			buf = append(buf, s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			buf = append(buf, '\'')
			i++
			continue
		}
		if i == 1 {
			return "'", 2, nil
		}
		return string(buf), i + 1, nil
	}
	return "", 0, fmt.Errorf("a quote without an end: '%s", string(buf))
}

func letter(c byte, n int) (part, error) {
	number := func(kind partKind) (part, error) {
		if n > 2 {
			return part{}, fmt.Errorf("%s is too long: want one or two letters", repeat(c, n))
		}
		return part{kind: kind, exact: n == 2}, nil
	}
	switch c {
	case 'y', 'Y', 'u':
		if n == 2 {
			return part{kind: year2}, nil
		}
		if n > 4 {
			return part{}, fmt.Errorf("%s is too long: want yyyy or yy", repeat(c, n))
		}
		return part{kind: year4}, nil
	case 'M', 'L':
		if n > 2 {
			return part{kind: monthWord}, nil
		}
		return number(monthNumber)
	case 'd':
		return number(dayNumber)
	case 'E':
		return part{kind: dayWord}, nil
	case 'H', 'k':
		return number(hour24)
	case 'h', 'K':
		return number(hour12)
	case 'm':
		return number(minute)
	case 's':
		return number(second)
	case 'S':
		if n > 12 {
			return part{}, fmt.Errorf("%s is too long: want at most 12 digits of a second", repeat(c, n))
		}
		return part{kind: fraction, n: n}, nil
	case 'a':
		return part{kind: halfDay}, nil
	case 'Z':
		if n > 2 {
			return part{kind: zoneName}, nil
		}
		return part{kind: zoneOffsetPart}, nil
	case 'X', 'x':
		return part{kind: zoneOffsetPart}, nil
	case 'z', 'V':
		return part{kind: zoneName}, nil
	default:
		return part{}, fmt.Errorf("unknown letter %s: write plain text in quotes, as in 'T'", strconv.Quote(string(rune(c))))
	}
}

func repeat(c byte, n int) string {
	b := make([]byte, min(n, 32))
	for i := range b {
		b[i] = c
	}
	return string(b)
}
