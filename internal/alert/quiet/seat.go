package quiet

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// seat returns what is known of an entity. When there are too many, the one that was quiet
// for the longest is forgotten.
func (d *Desk) seat(name string, now time.Time) *deskSeat {
	seat := d.Entities[name]
	if seat == nil {
		if len(d.Entities) >= maxDeskEntities {
			d.forget()
		}
		seat = &deskSeat{Habits: map[string]*habit{}}
		d.Entities[name] = seat
	}
	seat.Seen = now
	return seat
}

// forget gives up a tenth of the entities: those that were quiet for the longest and have
// nothing to tell.
func (d *Desk) forget() {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(d.Entities)), func(name string) bool { return d.Entities[name].Pending != nil })
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(d.Entities[a].Seen.Compare(d.Entities[b].Seen), strings.Compare(a, b))
	})
	for _, name := range names[:min(len(names), maxDeskEntities/10)] {
		d.Pairs -= len(d.Entities[name].Habits)
		delete(d.Entities, name)
	}
}

// remember notes a habit, as long as there is room.
func (d *Desk) remember(seat *deskSeat, rule string, h *habit) {
	if d.Pairs >= maxDeskPairs {
		d.forget()
	}
	seat.Habits[rule] = h
	d.Pairs++
}
