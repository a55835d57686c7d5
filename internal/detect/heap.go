package detect

import "math"

// timers is a heap of groups by the time at which each has to be looked at again.
// Groups with equal times come in the order in which they were made. A group knows
// its place.
type timers struct {
	groups []*group
	of     func(*group) *timer
}

// timer is the place of a group in timers.
type timer struct {
	due   int64
	place int
}

// first returns when the first group is due, after all times when there is none.
func (h *timers) first() int64 {
	if len(h.groups) == 0 {
		return math.MaxInt64
	}
	return h.of(h.groups[0]).due
}

func (h *timers) less(i, j int) bool {
	a, b := h.of(h.groups[i]), h.of(h.groups[j])
	if a.due != b.due {
		return a.due < b.due
	}
	return h.groups[i].number < h.groups[j].number
}

func (h *timers) swap(i, j int) {
	h.groups[i], h.groups[j] = h.groups[j], h.groups[i]
	h.of(h.groups[i]).place, h.of(h.groups[j]).place = i, j
}

func (h *timers) push(g *group) {
	i := len(h.groups)
	h.of(g).place = i
	h.groups = append(h.groups, g)
	h.up(i)
}

// remove takes the group at place i out.
func (h *timers) remove(i int) {
	last := len(h.groups) - 1
	h.swap(i, last)
	h.groups[last] = nil
	h.groups = h.groups[:last]
	if i < last {
		h.fix(i)
	}
}

// fix puts the group at place i where its time belongs.
func (h *timers) fix(i int) {
	if !h.down(i) {
		h.up(i)
	}
}

func (h *timers) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *timers) down(i int) bool {
	moved := false
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.groups); child++ {
			if h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return moved
		}
		h.swap(i, least)
		i, moved = least, true
	}
}
