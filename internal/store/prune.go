package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/sasumata/sasumata/internal/disk"
)

// Retention says what may stay; zero values are no limit.
type Retention struct {
	// Before is the time in nanoseconds since 1970 UTC before which nothing is kept:
	// parts whose newest event is older go.
	Before int64
	// Sources are such times of single sources, in place of Before; 0 is no limit. Parts
	// of several sources go by Before.
	Sources map[string]int64
	// Services are such times of single services, which win over both. Plan leaves parts to
	// Expire that may hold events of one that has more time.
	Services map[string]int64
	// MaxBytes is the size that the parts may have together: the oldest go first.
	MaxBytes int64
}

// Plan returns the parts that a retention takes away, oldest first. Parts whose events
// have no time are taken for size alone, before all others.
func (s *Store) Plan(r Retention) []Part {
	parts := slices.Clone(s.Parts())
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(a.newest(), b.newest()) })
	old := func(p *Part) bool {
		for _, before := range r.Services { // which the part may have, and Expire looks for
			if !p.isOld(before) {
				return false
			}
		}
		return p.isOld(r.base(p))
	}
	left := int64(0) // behind those that are old
	for i := range parts {
		if !old(&parts[i]) {
			left += parts[i].Bytes
		}
	}
	gone := make([]Part, 0, len(parts))
	for i := range parts {
		switch {
		case old(&parts[i]):
		case r.MaxBytes != 0 && left > r.MaxBytes:
			left -= parts[i].Bytes
		default:
			continue
		}
		gone = append(gone, parts[i])
	}
	return gone
}

// MakeRoom returns the oldest parts that have to go for the disk to have so many bytes
// free, but none with an event that is younger than the time. When there are fewer, the
// files of parts that count no more go first, at once.
func (s *Store) MakeRoom(free int64, youngest time.Time) ([]Part, error) {
	now, err := disk.Free(s.dir)
	if err == nil && free > 0 && now < uint64(free) {
		if err := s.Sweep(time.Time{}, 0); err != nil {
			return nil, err
		}
		now, err = disk.Free(s.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("look how full the disk is: %w", err)
	}
	if free <= 0 || now >= uint64(free) {
		return nil, nil
	}
	total := int64(0)
	for _, p := range s.Parts() {
		total += p.Bytes
	}
	gone := s.Plan(Retention{MaxBytes: max(1, total-(free-int64(now)))})
	return slices.DeleteFunc(gone, func(p Part) bool { return p.Last >= youngest.UnixNano() }), nil
}
