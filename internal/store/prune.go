package store

import (
	"cmp"
	"slices"
)

// Retention says what may stay; zero values are no limit.
type Retention struct {
	// Before is the time in nanoseconds since 1970 UTC before which nothing is kept:
	// parts whose newest event is older go.
	Before int64
	// MaxBytes is the size that the parts may have together: the oldest go first.
	MaxBytes int64
}

// Plan returns the parts that a retention takes away, oldest first. Parts whose events
// have no time are taken for size alone, before all others.
func (s *Store) Plan(r Retention) []Part {
	parts := slices.Clone(s.Parts())
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(a.Last, b.Last) })
	total := int64(0)
	for _, p := range parts {
		total += p.Bytes
	}
	var gone []Part
	for _, p := range parts {
		old := r.Before != 0 && p.Untimed < p.Rows && p.Last < r.Before
		if !old && (r.MaxBytes == 0 || total <= r.MaxBytes) {
			continue
		}
		total -= p.Bytes
		gone = append(gone, p)
	}
	return gone
}
