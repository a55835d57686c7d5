package signal

import (
	"math"
	"strconv"
)

// Unusual is one number by which what a signal is about differs from what is usual.
type Unusual struct {
	// Feature is what the number is called, as the rule writes it: requests,
	// errors/requests, hour.
	Feature string
	// Value is the number, Low to High what is usual.
	Value, Low, High float64
}

// AppendText appends the number and what is usual in a few words, in English or
// Japanese.
func (u Unusual) AppendText(dst []byte, japanese bool) []byte {
	dst = append(dst, u.Feature...)
	is, from, to, end := " is ", " (usually ", " to ", ")"
	if japanese {
		is, from, to, end = " は ", "（通常は ", "～", "）"
	}
	dst = appendAmount(append(dst, is...), u.Value)
	dst = appendAmount(append(dst, from...), u.Low)
	if string(appendAmount(nil, u.Low)) != string(appendAmount(nil, u.High)) {
		dst = appendAmount(append(dst, to...), u.High)
	}
	return append(dst, end...)
}

// UnusualText says all of them in one line, in English or Japanese; "" for none.
func UnusualText(list []Unusual, japanese bool) string {
	var text []byte
	for i, u := range list {
		switch {
		case i == 0:
		case japanese:
			text = append(text, "、"...)
		default:
			text = append(text, ", "...)
		}
		text = u.AppendText(text, japanese)
	}
	return string(text)
}

// appendAmount appends a number with the digits that people read: whole from a
// hundred on, else three digits.
func appendAmount(dst []byte, x float64) []byte {
	if math.Abs(x) >= 100 && math.Abs(x) < 1e15 {
		return strconv.AppendFloat(dst, x, 'f', 0, 64)
	}
	return strconv.AppendFloat(dst, x, 'g', 3, 64)
}
