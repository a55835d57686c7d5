package correlate

import (
	"slices"
	"sort"
)

// prepare makes what the type of correlation keeps in a group.
func (r *rule) prepare(g *group) {
	switch r.Type {
	case "value_count":
		g.texts = map[string]int32{}
	case "temporal", "temporal_ordered":
		g.last = never(len(r.Rules))
		for _, c := range r.chains {
			g.starts = append(g.starts, never(len(c.slots)))
		}
	}
}

// add puts an entry into the group and moves the window.
func (e *Engine) add(r *rule, g *group, x entry) {
	if g.last != nil {
		r.occur(g.last, g.starts, &x)
	}
	if g.last == nil || e.opts.Lateness > 0 {
		at := len(g.entries)
		for at > 0 && g.entries[at-1].at > x.at {
			at--
		}
		g.entries = slices.Insert(g.entries, at, x)
		size := x.size()
		g.bytes += size
		e.bytes += size
		switch {
		case at < g.win || x.at <= g.newest-r.window:
			g.win++
		default:
			g.enter(r, &x)
		}
	}
	if g.last != nil && x.at < g.newest {
		g.last, g.starts, _ = g.replay(r, g.newest)
	}
	g.newest = max(g.newest, x.at)
	for g.win < len(g.entries) && g.entries[g.win].at <= g.newest-r.window {
		g.leave(&g.entries[g.win])
		g.win++
	}
	old := 0
	for old < g.win && g.entries[old].at <= g.newest-r.window-e.opts.Lateness {
		old++
	}
	e.forget(g, old)
}

// enter adds an entry to the numbers of the window.
func (g *group) enter(r *rule, x *entry) {
	g.count++
	g.total.add(x.num)
	if g.texts != nil && x.has {
		g.texts[x.text]++
	}
	if x.has && (r.Type == "value_percentile" || r.Type == "value_median") {
		at := sort.SearchFloat64s(g.sorted, x.num)
		g.sorted = slices.Insert(g.sorted, at, x.num)
	}
}

// leave takes an entry out of the numbers of the window.
func (g *group) leave(x *entry) {
	g.count--
	g.total.add(-x.num)
	if g.count == 0 {
		g.total = total{}
	}
	if g.texts != nil && x.has {
		if g.texts[x.text]--; g.texts[x.text] <= 0 {
			delete(g.texts, x.text)
		}
	}
	if len(g.sorted) > 0 && x.has {
		if at := sort.SearchFloat64s(g.sorted, x.num); at < len(g.sorted) {
			g.sorted = slices.Delete(g.sorted, at, at+1)
		}
	}
}

// total is a sum that loses nothing to rounding that matters (Neumaier).
type total struct{ sum, lost float64 }

func (t *total) add(x float64) {
	s := t.sum + x
	if abs(t.sum) >= abs(x) {
		t.lost += (t.sum - s) + x
	} else {
		t.lost += (x - s) + t.sum
	}
	t.sum = s
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// satisfied evaluates the condition at a time: that of the newest event, or of a
// late one.
func (r *rule) satisfied(g *group, at int64) (value float64, ok bool) {
	if g.last != nil {
		if at < g.newest {
			return r.inOrder(g.replay(r, at))
		}
		return r.inOrder(g.last, g.starts, at-r.window)
	}
	if at < g.newest {
		if value, ok = r.measure(g.before(r, at)); ok {
			return value, true
		}
	}
	return r.measure(g)
}

// before returns the numbers of the window that ends at an earlier time.
func (g *group) before(r *rule, at int64) *group {
	past := &group{}
	r.prepare(past)
	for i := range g.entries {
		if x := &g.entries[i]; x.at > at-r.window && x.at <= at {
			past.enter(r, x)
		}
	}
	return past
}

// measure compares the number of the window with the bounds.
func (r *rule) measure(g *group) (float64, bool) {
	var n float64
	switch r.Type {
	case "event_count":
		n = float64(g.count)
	case "value_count":
		n = float64(len(g.texts))
	case "value_sum":
		n = g.total.sum + g.total.lost
	case "value_avg":
		if g.count == 0 {
			return 0, false
		}
		n = (g.total.sum + g.total.lost) / float64(g.count)
	case "value_percentile", "value_median":
		if len(g.sorted) == 0 {
			return 0, false
		}
		rank := r.Percentile
		if r.Type == "value_median" {
			rank = 50
		}
		n = percentile(g.sorted, rank)
	}
	for _, b := range r.Bounds {
		if !b.Holds(n) {
			return n, false
		}
	}
	return n, true
}

// percentile interpolates between the two numbers that are nearest to the rank.
func percentile(sorted []float64, rank float64) float64 {
	at := rank / 100 * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
