package anomaly

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// View is a way of looking at a series.
type View uint8

// The views of a [Detector].
const (
	Value   View = iota // the value itself
	Lowest              // the lowest of the last values: a lasting rise, or a drop
	Highest             // the highest of the last values: a lasting fall, or a spike
	Season              // the difference from the usual value at that time of day
)

// Reason is one view in which the latest observation left the range of the past.
type Reason struct {
	View   View
	Window int // the number of last values, for Lowest and Highest
	// Got is what the view saw; Low and High are the range of what it had seen.
	Got, Low, High float64
	// Excess is how far Got lay outside of the range, where 1 is the width of the
	// range, or of what is ordinary for the series if that is wider.
	Excess float64
}

// negligible is the excess below which a view is no reason.
const negligible = 0.01

// Reasons appends why the latest observation scored as it did to dst, the longest
// way out of a range first. There are at most eight. Views that left their range by
// less than a hundredth are no reason, nor are those that saw the value itself when
// that is one.
func (d *Detector) Reasons(dst []Reason) []Reason {
	from := len(dst)
	for i, s := range d.seen {
		value := &d.seen[0]
		if s.excess < negligible || (i > 0 && s.got == value.got && value.excess >= negligible) {
			continue
		}
		r := Reason{Got: s.got, Low: s.low, High: s.high, Excess: s.excess}
		switch i {
		case 0:
			r.View = Value
		case numViews - 1:
			r.View = Season
		default:
			r.View, r.Window = Lowest+View((i-1)%2), sustained()[(i-1)/2]
		}
		dst = append(dst, r)
	}
	slices.SortStableFunc(dst[from:], func(a, b Reason) int { return cmp.Compare(b.way(), a.way()) })
	return dst
}

// String says the reason in a sentence for people.
func (r Reason) String() string {
	var what string
	switch r.View {
	case Value:
		what = "the value"
	case Lowest:
		what = fmt.Sprintf("the lowest of the last %d values", r.Window)
	case Highest:
		what = fmt.Sprintf("the highest of the last %d values", r.Window)
	case Season:
		what = "the difference from what is usual at this time"
	default:
		what = "view " + strconv.Itoa(int(r.View))
	}
	side := "above"
	if r.Got < r.Low {
		side = "below"
	}
	return fmt.Sprintf("%s, %s, is %s the range so far, %s to %s, by %s",
		what, number(r.Got), side, number(r.Low), number(r.High), number(r.way()))
}

// way returns how far the view left its range, in the unit of the values.
func (r Reason) way() float64 { return max(r.Got-r.High, r.Low-r.Got) }

func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }
