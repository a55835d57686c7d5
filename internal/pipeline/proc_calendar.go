package pipeline

import (
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// calendar is the calendar-processor, an addition of our own: it writes the hour
// (0 to 23) and the weekday (Monday ..) of the official date in a time zone, so
// that rules can ask for unusual hours.
type calendar struct {
	hour, weekday string
	zone          *time.Location // nil: that of the machine's clock
}

var _ Processor = (*calendar)(nil)

// Process writes target.hour and target.weekday; an event without a date is left
// alone.
func (p *calendar) Process(e *event.Event, m *Machine) {
	if e.Time == 0 {
		return
	}
	zone := p.zone
	if zone == nil {
		zone = m.Clock.Location
	}
	if zone == nil {
		zone = time.UTC
	}
	t := time.Unix(0, e.Time).In(zone)
	e.Set(p.hour, event.IntValue(int64(t.Hour())))
	e.Set(p.weekday, event.StringValue(t.Weekday().String()))
}
