package store

import "slices"

// verdict is what columns say of a row: whether it matches, as far as can be told
// without making its event. They are in order: And takes the least, Or the greatest.
type verdict uint8

const (
	no verdict = iota
	maybe
	yes
)

// not returns the verdict on the opposite.
func (v verdict) not() verdict { return yes - v }

func verdictOf(matches bool) verdict {
	if matches {
		return yes
	}
	return no
}

// verdicts are those on the rows of a group: one for each, or where rows is nil the
// same for all of them.
type verdicts struct {
	all  verdict
	rows []verdict
}

func uniform(v verdict) verdicts { return verdicts{all: v} }

// none reports whether surely no row matches.
func (v verdicts) none() bool { return v.rows == nil && v.all == no }

// first returns the first row that matches, 0 for none.
func (v verdicts) first() int { return max(slices.Index(v.rows, yes), 0) }

// count returns how many of the rows match.
func (v verdicts) count(rows int) (n int64) {
	if v.rows == nil && v.all == yes {
		return int64(rows)
	}
	for _, w := range v.rows {
		n += int64(w >> 1) // yes is 2
	}
	return n
}

// each returns them row by row.
func (v verdicts) each(rows int) []verdict {
	if v.rows == nil {
		v.rows = constant(rows, v.all)
	}
	return v.rows
}

func constant(rows int, v verdict) []verdict {
	out := make([]verdict, rows)
	if v != no {
		for i := range out {
			out[i] = v
		}
	}
	return out
}

func (v verdicts) not() verdicts {
	v.all = v.all.not()
	for i := range v.rows {
		v.rows[i] = v.rows[i].not()
	}
	return v
}

// join joins verdicts by And (where no decides) or Or (where yes does).
func (v verdicts) join(other verdicts, decides verdict) verdicts {
	both := func(a, b verdict) verdict {
		if decides == no {
			return min(a, b)
		}
		return max(a, b)
	}
	if v.rows == nil {
		v, other = other, v
	}
	switch {
	case v.rows == nil:
		v.all = both(v.all, other.all)
	case other.rows == nil && other.all == decides.not(): // which changes nothing
	case other.rows == nil:
		for i := range v.rows {
			v.rows[i] = both(v.rows[i], other.all)
		}
	case decides == no:
		for i, w := range other.rows {
			v.rows[i] = min(v.rows[i], w)
		}
	default:
		for i, w := range other.rows {
			v.rows[i] = max(v.rows[i], w)
		}
	}
	return v
}

// among says of rows that are not in live that they do not match.
func (v verdicts) among(live []bool) verdicts {
	if live == nil || v.none() {
		return v
	}
	v.rows = v.each(len(live))
	for i, l := range live {
		if !l {
			v.rows[i] = no
		}
	}
	return v
}
