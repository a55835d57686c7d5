package grok

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// queryFilter reads the query string of a URL, with or without its question mark.
// Keys and values are decoded; a repeated key gives an array.
type queryFilter struct{}

func (queryFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	out := x.e.NewObject()
	rest, more := strings.TrimPrefix(v.Str(), "?"), true
	for n := 0; more; n++ {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if x.m.steps -= 1 + n>>3; x.m.steps < 0 {
			break
		}
		key, value, _ := strings.Cut(pair, "=")
		if key = x.decode(key, true); key == "" {
			continue
		}
		x.e.AddKey(out, key, event.StringValue(x.decode(value, true)))
	}
	return out, out.Kind() == event.Object
}
