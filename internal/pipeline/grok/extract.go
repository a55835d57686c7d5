package grok

import (
	"math"
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/pipeline/dates"
)

// extraction turns the captures of one match into attributes.
type extraction struct {
	e     *event.Event
	m     *Machine
	clock dates.Clock

	// Of the match at hand: its fields with a value, and these.
	fields []uint16
	values []event.Value
}

// build returns a free object with all fields of the rule. Empty captures, null
// results and fields whose filter failed are left out.
func (x *extraction) build(r *rule, text string) event.Value {
	x.fields, x.values = x.fields[:0], x.values[:0]
	plain := true // all are scalars
	for _, i := range r.order {
		from, to := x.m.slots[2*i], x.m.slots[2*i+1]
		if from < 0 || to <= from {
			continue
		}
		f := &r.fields[i]
		v, ok := f.read(text[from:to], x.clock)
		for _, fl := range f.filters {
			if !ok {
				break
			}
			v, ok = fl.apply(x, v)
		}
		if ok && v.Kind() != event.Null {
			x.fields, x.values = append(x.fields, uint16(i)), append(x.values, v) // fewer than maxNodes/2
			plain = plain && v.IsScalar() && f.path != ""
		}
	}
	var known *shape
	if plain {
		if known = r.shapes.find(x.fields); known != nil && known.tree != nil {
			if out, ok := x.e.Shaped(known.tree, x.values); ok {
				return out
			}
		}
	}
	out := x.e.NewObject()
	for n, i := range x.fields {
		x.store(out, r.fields[i].path, x.values[n], r.shared)
	}
	if plain && known == nil && out.Kind() == event.Object {
		r.learn(x.e, out, x.fields)
	}
	return out
}

// store writes one field. The same path twice makes an array; an object without
// path is merged.
func (x *extraction) store(out event.Value, path string, v event.Value, shared bool) {
	switch {
	case v.Kind() == event.Null, v.Kind() == event.Object && x.e.Len(v) == 0:
		return
	case path == "":
		x.e.Merge(out, v)
		return
	case !shared:
		x.e.SetIn(out, path, v)
		return
	}
	x.e.AddIn(out, path, v)
}

// read turns captured text into a value.
func (f *field) read(text string, clock dates.Clock) (event.Value, bool) {
	switch f.convert {
	case toInteger:
		return integerValue(text)
	case toNumber:
		n, ok := parseFloat(text)
		return event.FloatValue(n), ok
	case toIntegerExt:
		if v, ok := parseInt(text); ok {
			return event.IntValue(v), true
		}
		n, ok := parseFloat(text)
		return whole(n), ok
	case toDate:
		ns, ok := f.layout.Parse(text, clock)
		return event.IntValue(millis(ns)), ok
	case toConstant:
		return f.constant, true
	default:
		return event.StringValue(text), true
	}
}

// millis cuts nanoseconds to milliseconds, towards the past.
func millis(ns int64) int64 {
	ms := ns / 1e6
	if ns%1e6 < 0 {
		ms--
	}
	return ms
}

// integerValue reads a whole number; one that does not fit 64 bits becomes a
// fraction number rather than nothing.
func integerValue(text string) (event.Value, bool) {
	if v, ok := parseInt(text); ok {
		return event.IntValue(v), true
	}
	n, ok := parseFloat(text)
	return event.FloatValue(n), ok
}

// parseInt reads an optional sign and digits. It allocates nothing, not even when
// it fails.
func parseInt(s string) (int64, bool) {
	neg, i := false, 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg, i = s[0] == '-', 1
	}
	if i == len(s) {
		return 0, false
	}
	var v uint64
	for ; i < len(s); i++ {
		if !digit(s[i]) || v > math.MaxInt64/10 {
			return 0, false
		}
		v = v*10 + uint64(s[i]-'0')
	}
	switch {
	case neg && v <= 1<<63:
		return -int64(v), true // 1<<63 wraps to the least number, as it should
	case !neg && v <= math.MaxInt64:
		return int64(v), true
	default:
		return 0, false
	}
}

// maxNumber is the longest text that is read as a number.
const maxNumber = 400

// parseFloat reads a decimal number, with or without exponent. Words (Inf, NaN)
// and hexadecimal numbers are none; numbers too large for 64 bits neither.
func parseFloat(s string) (float64, bool) {
	if !floatSyntax(s) {
		return 0, false
	}
	if v, ok := parseInt(s); ok && v > -1<<53 && v < 1<<53 && s[0] != '-' {
		return float64(v), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func floatSyntax(s string) bool {
	if len(s) > maxNumber {
		return false
	}
	i, n := 0, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for ; i < len(s) && digit(s[i]); i++ {
		n++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && digit(s[i]); i++ {
			n++
		}
	}
	if n == 0 {
		return false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		if i++; i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		start := i
		for i < len(s) && digit(s[i]) {
			i++
		}
		if i == start {
			return false
		}
	}
	return i == len(s)
}

// whole returns a number without fraction as an integer when it fits.
func whole(f float64) event.Value {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return event.IntValue(int64(f))
	}
	return event.FloatValue(f)
}
