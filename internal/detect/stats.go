package detect

// counters returns the numbers that only grow, in the order in which a snapshot keeps
// them. The others are none: Groups, Bytes and Open say how it is now; Checked and
// Missed are of this process, and a snapshot has none of them.
func (s *Stats) counters() []*int64 {
	return []*int64{
		&s.Events, &s.Matched, &s.NoTime, &s.Backwards, &s.Evicted, &s.Cut,
		&s.Opened, &s.Escalated, &s.Closed, &s.Suppressed, &s.Excluded, &s.Relearnt, &s.Chained,
	}
}

// Since returns what was counted after the Stats before, of the same engine: one that
// was restored counts on. What is no counter stays as it is.
func (s Stats) Since(before Stats) Stats {
	earlier := before.counters()
	for i, n := range s.counters() {
		*n -= *earlier[i]
	}
	return s
}
