package anomaly

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Contribution is the part that one feature has in the score of a row.
type Contribution struct {
	Column string
	Got    float64 // the row's value; NaN when it is missing
	// Low and High are the range of the training rows without the outer hundredths.
	Low, High float64
	// Share is how much the feature shortened the row's paths, in units of the
	// expected length: positive makes the row stranger, negative more usual.
	Share float64
}

// Explain appends the contribution of each feature to dst, the one that speaks
// most for strangeness first. Each split on the way of a row changes the length
// that is to be expected, and its feature is credited with the change (Saabas,
// "Interpreting random forests", 2014, applied to path lengths): the shares add up
// to the expected length of a training row less that of this one, as scores see
// them.
func (f *Forest) Explain(dst []Contribution, row []float64) []Contribution {
	from := len(dst)
	for i, name := range f.columns {
		dst = append(dst, Contribution{Column: name, Got: row[i], Low: f.usual[i].low, High: f.usual[i].high})
	}
	mine := dst[from:]
	unit := 1 / (float64(len(f.trees)) * f.norm)
	for _, t := range f.trees {
		_, weight := t.walk(row)
		n := &t[0]
		for n.feature != leaf {
			x := row[n.feature]
			next := &t[n.next(x)]
			mine[n.feature].Share += (n.path - next.path + n.outside(x)*weight) * unit
			n = next
		}
	}
	slices.SortStableFunc(mine, func(a, b Contribution) int { return cmp.Compare(b.Share, a.Share) })
	return dst
}

// String says the contribution in a sentence for people.
func (c Contribution) String() string {
	switch {
	case math.IsNaN(c.Got):
		return quote(c.Column) + " is missing"
	case math.IsNaN(c.Low):
		return fmt.Sprintf("%s is %s, usually it is missing", quote(c.Column), number(c.Got))
	default:
		return fmt.Sprintf("%s is %s, usual is %s to %s", quote(c.Column), number(c.Got), number(c.Low), number(c.High))
	}
}
