package store

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"
)

const (
	// fanIn is how many parts of about the same size are joined: an event is written
	// anew once for each size, so three times at the most.
	fanIn = 8
	// wholeRows and wholeBytes are where a part is large enough.
	wholeRows  = defaultPartRows / 2
	wholeBytes = 8 << 20
	// wholeMemory is the size in memory from which on a part is large enough: of parts
	// that compress well, no fewer could be made again and again.
	wholeMemory = defaultPartBytes / 2
	// settled is for how long nothing must have come for a day that is over, until
	// whatever is left of it is joined.
	settled = 10 * time.Minute
)

// Compaction says what Compact did: so many parts, with so many events, became others.
type Compaction struct {
	Before, After int
	Rows          int64
}

// Compact joins small parts of one day and source, whose events stay as they are. It
// does so for one day and source; the zero Compaction says that none needs it. Parts
// that were joined are files until Sweep.
func (s *Store) Compact(ctx context.Context, now time.Time) (Compaction, error) {
	small := s.small(now)
	if small == nil {
		return Compaction{}, nil
	}
	done := Compaction{Before: len(small)}
	for i := range small {
		done.Rows += small[i].Rows
	}
	fresh, err := s.replace(ctx, small, nil)
	done.After = len(fresh)
	return done, err
}

// small returns the parts that are to be joined next, nil when there are none.
func (s *Store) small(now time.Time) []Part {
	s.mu.Lock()
	unfit := make(map[string]bool, len(s.unfit))
	for name := range s.unfit {
		unfit[name] = true
	}
	s.mu.Unlock()
	var folders []string
	parts := map[string][]Part{}
	for _, p := range s.Parts() { // oldest first
		if sizeOf(&p) < 0 || unfit[p.Name] {
			continue
		}
		dir := path.Dir(p.Name)
		if parts[dir] == nil {
			folders = append(folders, dir)
		}
		parts[dir] = append(parts[dir], p)
	}
	for _, dir := range folders {
		if few := s.together(parts[dir], now); few != nil {
			return few
		}
	}
	return nil
}

// sizeOf returns the class of sizes that the part belongs to, -1 for those that are
// large enough.
func sizeOf(p *Part) int {
	switch {
	case p.Rows >= wholeRows || p.Bytes >= wholeBytes || p.Large:
		return -1
	case p.Rows >= wholeRows/fanIn || p.Bytes >= wholeBytes/fanIn:
		return 2
	case p.Rows >= wholeRows/fanIn/fanIn || p.Bytes >= wholeBytes/fanIn/fanIn:
		return 1
	default:
		return 0
	}
}

// together returns which of the small parts of a folder are to be joined.
func (s *Store) together(parts []Part, now time.Time) []Part {
	for size := range 3 {
		alike := slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return sizeOf(&p) != size })
		if len(alike) >= fanIn {
			return fitting(alike)
		}
	}
	if len(parts) > 1 && s.isOver(parts, now) {
		return fitting(parts)
	}
	return nil
}

// fitting returns as many of the parts as make one, nil when that would be a single one.
func fitting(parts []Part) []Part {
	rows, bytes := int64(0), int64(0)
	for i, p := range parts {
		rows, bytes = rows+p.Rows, bytes+p.Bytes
		if rows > defaultPartRows || bytes > 2*wholeBytes {
			parts = parts[:i]
			break
		}
	}
	if len(parts) < 2 {
		return nil
	}
	return parts
}

// isOver reports whether the day of the parts has passed, and nothing came for it for a
// while.
func (s *Store) isOver(parts []Part, now time.Time) bool {
	day, _, _ := strings.Cut(strings.TrimPrefix(parts[0].Name, "day="), "/")
	if day >= now.UTC().Format(time.DateOnly) { // also the name for no day
		return false
	}
	for _, p := range parts {
		info, err := s.stat(p.Name)
		if err != nil || now.Sub(info.ModTime()) < settled {
			return false
		}
	}
	return true
}
