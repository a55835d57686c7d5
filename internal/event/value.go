package event

import (
	"bytes"
	"math"
	"strconv"
)

// Kind is the type of a value. The zero Kind is Null.
type Kind uint8

// The kinds of JSON, with whole and fractional numbers apart.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Array
	Object
)

// Value is one attribute value. Scalars are complete in themselves; an array or
// object names a place in the event that it came from and is valid until that
// event is reset or the value is overwritten or consumed (see Event.Set).
type Value struct {
	str  string
	num  uint64
	ref  ref
	kind Kind
}

// StringValue returns a string value. The string is not copied.
func StringValue(s string) Value { return Value{kind: String, str: s} }

// IntValue returns a whole number.
func IntValue(n int64) Value { return Value{kind: Int, num: uint64(n)} } // the bits are kept, not the number

// FloatValue returns a fractional number.
func FloatValue(f float64) Value { return Value{kind: Float, num: math.Float64bits(f)} }

// BoolValue returns a truth value.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, num: 1}
	}
	return Value{kind: Bool}
}

// Kind returns the type of the value.
func (v Value) Kind() Kind { return v.kind }

// Str returns the text of a String, and "" for any other kind.
func (v Value) Str() string { return v.str }

// Int returns an Int, the whole part of a Float, and 0 for any other kind.
func (v Value) Int() int64 {
	switch v.kind {
	case Int:
		return int64(v.num) // the bits were an int64
	case Float:
		return int64(math.Float64frombits(v.num))
	default:
		return 0
	}
}

// Bool returns a Bool, and false for any other kind.
func (v Value) Bool() bool { return v.kind == Bool && v.num == 1 }

// IsScalar reports whether the value is neither array nor object nor null.
func (v Value) IsScalar() bool { return v.kind >= Bool && v.kind <= String }

// Number returns the value as a number: an Int, a Float, or a String that holds
// a decimal number. It does not trim. Other values, and texts of numbers that are
// too large, give 0 and false; a Float may be infinite or no number.
func (v Value) Number() (float64, bool) {
	switch v.kind {
	case Int:
		return float64(int64(v.num)), true // the bits were an int64
	case Float:
		return math.Float64frombits(v.num), true
	case String:
		if !startsLikeNumber(v.str) {
			return 0, false
		}
		f, err := strconv.ParseFloat(v.str, 64)
		if err != nil {
			return 0, false // with ErrRange, f is infinite
		}
		return f, true
	default:
		return 0, false
	}
}

// startsLikeNumber spares ParseFloat, which allocates an error for plain text,
// and keeps out its words (Inf, NaN, 0x, 1_000).
func startsLikeNumber(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || (c == 'e' || c == 'E') && i > 0 {
			continue
		}
		return false
	}
	return true
}

// AppendText appends the text of a scalar: true, 12, 2.5 (a Float without a
// fraction is written 2.0), or the string itself. Other kinds append nothing.
func (v Value) AppendText(dst []byte) []byte {
	switch v.kind {
	case Bool:
		return strconv.AppendBool(dst, v.num == 1)
	case Int:
		return strconv.AppendInt(dst, int64(v.num), 10) // the bits were an int64
	case Float:
		return appendFloat(dst, math.Float64frombits(v.num))
	case String:
		return append(dst, v.str...)
	default:
		return dst
	}
}

// Text returns what AppendText appends. It allocates for numbers.
func (v Value) Text() string {
	switch v.kind {
	case String:
		return v.str
	case Bool, Int, Float:
		var buf [32]byte
		return string(v.AppendText(buf[:0]))
	default:
		return ""
	}
}

// appendFloat writes the shortest text that reads back as the same number, with
// a fraction so that it stays a Float, and an exponent only for extremes.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...) // JSON has no such numbers
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if format == 'f' && bytes.IndexByte(dst[at:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}
