package grok

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// typed turns a reading into a value. What was quoted is text. Otherwise whole and
// other numbers, true and false, and a number of seconds ("10.5s", as
// milliseconds) count as such; Null stands for nothing.
func (r reading) typed() event.Value {
	s := strings.TrimSpace(strings.TrimRight(r.text, ","))
	switch {
	case s == "" || s == "null" && !r.quoted:
		return event.Value{}
	case r.quoted:
		return event.StringValue(s)
	case s == "true" || s == "false":
		return event.BoolValue(s == "true")
	}
	if c := s[0]; !digit(c) && c != '-' && c != '+' && c != '.' {
		return event.StringValue(s)
	}
	if v, ok := numeral(s); ok {
		return v
	}
	if ms, ok := seconds(s); ok {
		return event.IntValue(ms)
	}
	return event.StringValue(s)
}

// numeral reads a number. Digits behind a zero are an octal number to Java: they
// count when they could be one (012, as twelve) and are text when not (08).
func numeral(s string) (event.Value, bool) {
	if n, ok := parseInt(s); ok {
		d := strings.TrimLeft(s, "+-")
		if len(d) > 1 && d[0] == '0' && strings.ContainsAny(d, "89") {
			return event.Value{}, false
		}
		return event.IntValue(n), true
	}
	if strings.IndexByte(s, '.') < 0 && !strings.ContainsAny(s, "eE") {
		return event.Value{}, false // too long for a whole number
	}
	if d := strings.TrimLeft(s, "+-"); len(d) > 1 && d[0] == '0' && digit(d[1]) {
		return event.Value{}, false // a serial number (004018281E114), no quantity
	}
	f, ok := parseFloat(s)
	return event.FloatValue(f), ok
}

// seconds reads "10.5s" as milliseconds; what is finer is cut off.
func seconds(s string) (int64, bool) {
	if s[len(s)-1] != 's' {
		return 0, false
	}
	whole, frac, _ := strings.Cut(s[:len(s)-1], ".")
	v, ok := parseInt(whole)
	if !ok || !digit(s[0]) || v > 1<<50 || len(s)-1 > len(whole) && frac == "" {
		return 0, false
	}
	ms := int64(0)
	for i := range max(len(frac), 3) {
		d := int64(0)
		if i < len(frac) {
			if !digit(frac[i]) {
				return 0, false
			}
			d = int64(frac[i] - '0')
		}
		if i < 3 {
			ms = ms*10 + d
		}
	}
	return v*1000 + ms, true
}
