package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// interval is what a range and a comparison ask.
type interval struct {
	low, high         Bound
	lowOpen, highOpen bool
	numeric           bool
}

func (r *interval) text(s string) bool {
	if r.low.Any && r.high.Any {
		return s != ""
	}
	if !r.numeric {
		return r.holds(s)
	}
	f, ok := parseNumber(s)
	return ok && r.contains(f)
}

func (r *interval) scalar(v event.Value) bool {
	switch {
	case r.low.Any && r.high.Any:
		return true
	case v.Kind() == event.String:
		return r.text(v.Str())
	case r.numeric:
		f, ok := v.Number()
		return ok && r.contains(f)
	default:
		var buf [32]byte
		return r.holds(string(v.AppendText(buf[:0])))
	}
}

func (r *interval) contains(f float64) bool {
	return (r.low.Any || f > r.low.Number || !r.lowOpen && f == r.low.Number) &&
		(r.high.Any || f < r.high.Number || !r.highOpen && f == r.high.Number)
}

func (r *interval) holds(s string) bool {
	return (r.low.Any || s > r.low.Text || !r.lowOpen && s == r.low.Text) &&
		(r.high.Any || s < r.high.Text || !r.highOpen && s == r.high.Text)
}

// maxNumber is the length in bytes of the longest text that is read as a number.
const maxNumber = 64

// parseNumber reads a decimal number, with an exponent of up to two digits. The
// check before strconv spares its error, which allocates, and its other
// notations (0x1p4, Inf, 1_000).
func parseNumber(s string) (float64, bool) {
	if s == "" || len(s) > maxNumber {
		return 0, false
	}
	i := 0
	if s[0] == '-' || s[0] == '+' {
		i++
	}
	whole := digitsAt(s, i)
	i += whole
	fraction := 0
	if i < len(s) && s[i] == '.' {
		fraction = digitsAt(s, i+1)
		i += 1 + fraction
	}
	if whole+fraction == 0 {
		return 0, false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		n := digitsAt(s, i)
		if n == 0 || n > 2 {
			return 0, false
		}
		i += n
	}
	if i != len(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// digitsAt counts the digits from the offset on.
func digitsAt(s string, at int) int {
	n := 0
	for at+n < len(s) && s[at+n] >= '0' && s[at+n] <= '9' {
		n++
	}
	return n
}

// parseTime reads a time as milliseconds since 1970 UTC: the number itself, or a
// date of RFC 3339, where the zone (then UTC) and the time may be left out.
func parseTime(s string) (float64, bool) {
	if f, ok := parseNumber(s); ok {
		return f, true
	}
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixMilli()), true
		}
	}
	return 0, false
}
