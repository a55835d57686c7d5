package detect

// entry is what one query added up at one instant.
type entry struct {
	t int64
	n int64   // events
	v float64 // sum or maximum of the metric
}

// series is the events of one query over time, one entry for each instant. It is
// exact over the last two windows before the latest event: the second one is what
// late events are counted against.
//
// A series holds at most a limit of entries; beyond it the two oldest of the
// window are merged, which keeps their numbers and makes both expire with the
// elder. As the limit is above what any condition compares with, no decision
// changes: when the eldest entries expire, more than enough younger ones are left.
type series struct {
	entries []entry
	head    int   // the entries before are gone
	lo      int   // the first entry inside the window that ends at the latest event
	count   int64 // events from lo on
}

// add counts one event at t. Whoever calls it also calls advance.
func (s *series) add(t int64, v float64, isMax bool) {
	i := len(s.entries)
	if i > s.head && s.entries[i-1].t >= t {
		for i > s.head && s.entries[i-1].t > t {
			i--
		}
		if i > s.head && s.entries[i-1].t == t {
			s.merge(i-1, entry{t: t, n: 1, v: v}, isMax)
			return
		}
		younger := len(s.entries) - i
		s.grow()
		s.entries = append(s.entries, entry{})
		i = len(s.entries) - 1 - younger
		copy(s.entries[i+1:], s.entries[i:])
		s.entries[i] = entry{t: t, n: 1, v: v}
		if i >= s.lo {
			s.count++
		} else {
			s.lo++
		}
		return
	}
	s.grow()
	s.entries = append(s.entries, entry{t: t, n: 1, v: v})
	s.count++
}

// merge adds an entry to the one at i.
func (s *series) merge(i int, e entry, isMax bool) {
	at := &s.entries[i]
	at.n += e.n
	if isMax {
		at.v = max(at.v, e.v)
	} else {
		at.v += e.v
	}
	if i >= s.lo {
		s.count += e.n
	}
}

// grow makes room for one entry: by moving the entries over those that are gone,
// if these are as many, and otherwise by allocation.
func (s *series) grow() {
	if len(s.entries) < cap(s.entries) || s.head < len(s.entries)/2 || s.head == 0 {
		return
	}
	n := copy(s.entries, s.entries[s.head:])
	s.entries = s.entries[:n]
	s.lo -= s.head
	s.head = 0
}

// advance moves the window to (latest-window, latest], forgets what is older than
// two windows, and keeps to the limit.
func (s *series) advance(latest, window int64, limit int, isMax bool) {
	for s.lo < len(s.entries) && s.entries[s.lo].t <= latest-window {
		s.count -= s.entries[s.lo].n
		s.lo++
	}
	for s.head < s.lo && s.entries[s.head].t <= latest-2*window {
		s.head++
	}
	for len(s.entries)-s.head > limit {
		if s.head < s.lo {
			s.head++
			continue
		}
		eldest := s.entries[s.head]
		s.count -= eldest.n
		s.head++
		s.lo++
		s.merge(s.head, eldest, isMax)
		s.entries[s.head].t = eldest.t
	}
	if s.head == len(s.entries) {
		s.entries, s.head, s.lo = s.entries[:0], 0, 0
	}
}

// between returns the entries inside (end-window, end].
func (s *series) between(end, window int64) []entry {
	from, to := s.lo, len(s.entries)
	for from > s.head && s.entries[from-1].t > end-window {
		from--
	}
	for from < to && s.entries[from].t <= end-window {
		from++
	}
	for to > from && s.entries[to-1].t > end {
		to--
	}
	return s.entries[from:to]
}

func events(entries []entry) int64 {
	var n int64
	for i := range entries {
		n += entries[i].n
	}
	return n
}

func sum(entries []entry) float64 {
	var v float64
	for i := range entries {
		v += entries[i].v
	}
	return v
}

// largest returns the maximum, 0 when there is nothing.
func largest(entries []entry) float64 {
	if len(entries) == 0 {
		return 0
	}
	v := entries[0].v
	for i := range entries {
		v = max(v, entries[i].v)
	}
	return v
}

func (s *series) reset() { s.entries, s.head, s.lo, s.count = s.entries[:0], 0, 0, 0 }
