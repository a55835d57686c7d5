package event

import (
	"strconv"

	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// number reads a number; d.at stands on its sign or first digit.
func (d *jsonDecoder) number() (Value, bool) {
	next, whole, reason := jsonscan.Number(d.s, d.at)
	text := d.s[d.at:next]
	if d.at = next; reason != "" {
		return Value{}, d.fail(reason)
	}
	if whole && len(text) <= 20 { // as many as the lowest number has
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return IntValue(n), true
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return StringValue(text), true // beyond a float: the digits are the evidence
	}
	return FloatValue(f), true
}

// str reads a string; d.at stands on the opening quote. What held escapes comes to
// lie in the arena.
func (d *jsonDecoder) str() (string, bool) {
	start := d.at + 1
	next, escaped, reason := jsonscan.String(d.s, d.at)
	if d.at = next; reason != "" {
		return "", d.fail(reason)
	}
	raw := d.s[start : next-1]
	if !escaped {
		return raw, true
	}
	var small [256]byte
	return d.e.Intern(jsonscan.AppendUnescaped(small[:0], raw)), true
}
