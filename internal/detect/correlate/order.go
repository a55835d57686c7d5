package correlate

// unset is the time of what never occurred.
const unset = -1 << 63

func never(n int) []int64 {
	times := make([]int64, n)
	for i := range times {
		times[i] = unset
	}
	return times
}

// occur notes that the rules of an entry's slots occurred. For each chain,
// starts[i] is the latest time at which the first rule of a sequence occurred
// whose first i+1 rules have occurred in their order: the chain holds as long as
// the last of them is inside the window. So no event needs to be remembered.
func (r *rule) occur(last []int64, starts [][]int64, x *entry) {
	for slot := range last {
		if x.slots&(1<<slot) != 0 {
			last[slot] = max(last[slot], x.at)
		}
	}
	for c := range starts {
		s, slots := starts[c], r.chains[c].slots
		for i := len(slots) - 1; i >= 0; i-- { // backwards: one event is one step
			if x.slots&(1<<slots[i]) == 0 {
				continue
			}
			if i == 0 {
				s[0] = max(s[0], x.at)
			} else {
				s[i] = max(s[i], s[i-1])
			}
		}
	}
}

// inOrder evaluates a temporal condition over the window that began at from.
func (r *rule) inOrder(last []int64, starts [][]int64, from int64) (float64, bool) {
	var seen uint64
	count := 0
	for slot, at := range last {
		if at > from {
			seen |= 1 << slot
			count++
		}
	}
	switch {
	case r.logic != nil:
		return float64(count), r.logic.holds(seen)
	case r.chains != nil && len(r.Bounds) > 0:
		count = 0
		for _, start := range starts[0] {
			if start > from {
				count++
			}
		}
	case r.chains != nil:
		for c := range starts {
			if r.chainHolds(c, starts[c], seen, from) {
				return float64(count), true
			}
		}
		return float64(count), false
	case len(r.Bounds) == 0:
		return float64(count), count == len(last)
	}
	for _, b := range r.Bounds {
		if !b.Holds(float64(count)) {
			return float64(count), false
		}
	}
	return float64(count), true
}

func (r *rule) chainHolds(c int, starts []int64, seen uint64, from int64) bool {
	for _, slot := range r.chains[c].without {
		if seen&(1<<slot) != 0 {
			return false
		}
	}
	return len(starts) == 0 || starts[len(starts)-1] > from
}

// replay returns what the group knew at an earlier time.
func (g *group) replay(r *rule, at int64) (last []int64, starts [][]int64, from int64) {
	past := &group{}
	r.prepare(past)
	for i := range g.entries {
		if x := &g.entries[i]; x.at <= at {
			r.occur(past.last, past.starts, x)
		}
	}
	return past.last, past.starts, at - r.window
}
