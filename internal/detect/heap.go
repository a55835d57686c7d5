package detect

import "math"

// timers is a heap of groups by the time at which each has to be looked at again, or
// by another number that says when their turn is. Groups with equal times come in the
// order in which they were made. A group knows its place.
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

// before reports whether the turn of a comes before that of b.
func (a *waiting) before(b *waiting) bool {
	if a.due != b.due {
		return a.due < b.due
	}
	return a.number < b.number
}

// set puts one at place i.
func (h *timers) set(i int, one waiting) {
	h.waiting[i] = one
	h.of(one.group).place = i
}

func (h *timers) push(g *group) {
	h.waiting = append(h.waiting, waiting{})
	h.up(len(h.waiting)-1, waiting{due: h.of(g).due, number: g.number, group: g})
}

// remove takes the group at place i out.
func (h *timers) remove(i int) {
	end := len(h.waiting) - 1
	last := h.waiting[end]
	h.waiting[end] = waiting{}
	h.waiting = h.waiting[:end]
	if i < end {
		h.settle(i, last)
	}
}

// fix puts the group at place i, whose time has changed, where it belongs.
func (h *timers) fix(i int) {
	one := h.waiting[i]
	one.due = h.of(one.group).due
	h.settle(i, one)
}

// children is how many groups come below one: more than two make a heap that is less
// deep, and they lie side by side.
const children = 4

// settle puts one where it belongs, above or below the free place i.
func (h *timers) settle(i int, one waiting) {
	if i > 0 && one.before(&h.waiting[(i-1)/children]) {
		h.up(i, one)
		return
	}
	for {
		first := children*i + 1
		if first >= len(h.waiting) {
			break
		}
		least := first
		for child := first + 1; child < min(first+children, len(h.waiting)); child++ {
			if h.waiting[child].before(&h.waiting[least]) {
				least = child
			}
		}
		if !h.waiting[least].before(&one) {
			break
		}
		h.set(i, h.waiting[least])
		i = least
	}
	h.set(i, one)
}

// up puts one where it belongs, at the free place i or above.
func (h *timers) up(i int, one waiting) {
	for i > 0 {
		parent := (i - 1) / children
		if !one.before(&h.waiting[parent]) {
			break
		}
		h.set(i, h.waiting[parent])
		i = parent
	}
	h.set(i, one)
}
