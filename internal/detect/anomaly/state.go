package anomaly

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errShort says that a state ends too early.
var errShort = errors.New("it is cut short")

// encoder writes a state: little-endian words of 64 bits, texts with their length.
type encoder []byte

func (e *encoder) word(x uint64)    { *e = binary.LittleEndian.AppendUint64(*e, x) }
func (e *encoder) int(x int)        { e.long(int64(x)) }
func (e *encoder) long(x int64)     { e.word(uint64(x)) } // in two's complement
func (e *encoder) number(x float64) { e.word(math.Float64bits(x)) }
func (e *encoder) text(s string) {
	e.int(len(s))
	*e = append(*e, s...)
}

// decoder reads what an encoder wrote, or what somebody else put in its place. The
// first fault stays in err; what is read after it is zero.
type decoder struct {
	data []byte
	err  error
}

func (d *decoder) word() uint64 {
	if d.err == nil && len(d.data) < 8 {
		d.err = errShort
	}
	if d.err != nil {
		return 0
	}
	x := binary.LittleEndian.Uint64(d.data)
	d.data = d.data[8:]
	return x
}

// int reads a whole number within limits.
func (d *decoder) int(low, high int) int { return int(d.long(int64(low), int64(high))) }

// long is int for numbers that int does not hold everywhere.
func (d *decoder) long(low, high int64) int64 {
	x := int64(d.word())
	if d.err == nil && (x < low || x > high) {
		d.err = fmt.Errorf("%d is not within %d and %d", x, low, high)
	}
	if d.err != nil {
		return low
	}
	return x
}

// number reads a number between ±most; NaN only where it may stand.
func (d *decoder) number(most float64, mayMiss bool) float64 {
	x := math.Float64frombits(d.word())
	if d.err == nil && !(math.Abs(x) <= most) && !(mayMiss && math.IsNaN(x)) {
		d.err = fmt.Errorf("number %v is not within ±%v", x, most)
	}
	if d.err != nil {
		return 0
	}
	return x
}

func (d *decoder) text() string {
	n := d.int(0, maxLine)
	if d.err == nil && len(d.data) < n {
		d.err = errShort
	}
	if d.err != nil {
		return ""
	}
	s := string(d.data[:n])
	d.data = d.data[n:]
	return s
}

// magic reads the mark that a state begins with.
func (d *decoder) magic(want string) {
	if len(d.data) < len(want) || string(d.data[:len(want)]) != want {
		d.err = fmt.Errorf("it does not begin with %q", want)
		return
	}
	d.data = d.data[len(want):]
}

// end checks that everything was read.
func (d *decoder) end() error {
	if d.err == nil && len(d.data) > 0 {
		d.err = fmt.Errorf("%d bytes follow its end", len(d.data))
	}
	return d.err
}
