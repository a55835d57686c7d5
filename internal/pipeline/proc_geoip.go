package pipeline

import (
	"github.com/sasumata/sasumata/internal/event"
)

// geoIPParser is the geo-ip-parser processor: it writes where the address of the
// first source is below the target. Without Machine.Geo it does nothing.
type geoIPParser struct {
	sources []string
	target  string
}

var _ Processor = (*geoIPParser)(nil)

// Process looks up the first source that is present. The source stays; an empty
// one gives nothing.
func (p *geoIPParser) Process(e *event.Event, m *Machine) {
	v, _, ok := first(e, p.sources)
	if !ok || m.Geo == nil || v.Kind() != event.String {
		return
	}
	if place, ok := m.Geo.Lookup(e, v.Str()); ok {
		e.Set(p.target, place)
	}
}
