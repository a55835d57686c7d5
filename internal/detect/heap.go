package detect

import "math"

// timers is a heap of groups by the time at which each has to be looked at again.
// Groups with equal times come in the order in which they were made. A group knows
// its place.
type timers struct {
	waiting []waiting
	of      func(*group) *timer
}

// waiting is a group with what decides about its place: comparing two must not touch
// the groups, which lie all over the memory.
type waiting struct {
	due    int64
	number uint64
	group  *group
}

// timer is the place of a group in timers.
type timer struct {
	due   int64
	place int
}

// first returns when the first group is due, after all times when there is none.
func (h *timers) first() int64 {
	if len(h.waiting) == 0 {
		return math.MaxInt64
	}
	return h.waiting[0].due
}

func (h *timers) less(i, j int) bool {
	a, b := &h.waiting[i], &h.waiting[j]
	if a.due != b.due {
		return a.due < b.due
	}
	return a.number < b.number
}

func (h *timers) swap(i, j int) {
	h.waiting[i], h.waiting[j] = h.waiting[j], h.waiting[i]
	h.of(h.waiting[i].group).place, h.of(h.waiting[j].group).place = i, j
}

func (h *timers) push(g *group) {
	i := len(h.waiting)
	h.of(g).place = i
	h.waiting = append(h.waiting, waiting{due: h.of(g).due, number: g.number, group: g})
	h.up(i)
}

// remove takes the group at place i out.
func (h *timers) remove(i int) {
	last := len(h.waiting) - 1
	h.swap(i, last)
	h.waiting[last] = waiting{}
	h.waiting = h.waiting[:last]
	if i < last {
		h.settle(i)
	}
}

// fix puts the group at place i, whose time has changed, where it belongs.
func (h *timers) fix(i int) {
	h.waiting[i].due = h.of(h.waiting[i].group).due
	h.settle(i)
}

func (h *timers) settle(i int) {
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
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.waiting); child++ {
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
