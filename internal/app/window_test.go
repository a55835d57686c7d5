package app

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestEventsWithoutATimeAreOutsideOfAWindow(t *testing.T) {
	untimed, early := event.New(), event.New()
	early.Time = -5
	for _, w := range []Window{{Since: -10}, {Until: 10}, {Since: -10, Until: 10}} {
		if w.holds(untimed) || !w.holds(early) {
			t.Errorf("%+v: an event without a time %v, one of 1969 %v", w, w.holds(untimed), w.holds(early))
		}
	}
}
