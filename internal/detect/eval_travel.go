package detect

import (
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/event"
)

// What a journey has to be so that nobody can make it: Datadog's numbers.
const (
	impossibleKilometres = 500.0
	impossibleSpeed      = 1000.0 // kilometres an hour
)

// The bounds of what is kept about a user's places.
const (
	// maxPlaces is how many usual places of a user are kept.
	maxPlaces = 32
	// samePlace is up to how far apart two places are one, in kilometres: what
	// databases of addresses are wrong by.
	samePlace = 100.0
	// longestJourney is how long after a login a journey from there can be
	// impossible: half the way round the earth at the speed, rounded up.
	longestJourney = 24 * int64(time.Hour)
	// rememberPlaces is how long an idle user's usual places are kept.
	rememberPlaces = 28 * day
)

// travel is the method impossible_travel: two logins of a user after each other
// are a match if they are more than 500 km apart and the way between them was
// faster than 1000 km/h. It reads location.latitude and location.longitude below
// the metric; an event without them does not count.
//
// With baselineUserLocations, the places of the first day (or of
// baselineUserLocationsDuration days) are usual, and nothing is found on that day;
// a journey between two usual places never is.
//
// A late event is compared with the latest login and does not replace it, unless
// it is more than a day late.
type travel struct {
	learn     int64 // 0 learns no places
	latitude  []string
	longitude []string
}

func (c *compiled) newTravel() *travel {
	m := &travel{}
	if o := c.rule.Options.ImpossibleTravel; o != nil && o.BaselineUserLocations {
		m.learn = max(o.BaselineUserLocationsDuration, 1) * day
		c.pool, c.learns = poolBaselines, true
	}
	for i := range c.queries {
		m.latitude = append(m.latitude, c.queries[i].metric.name+".location.latitude")
		m.longitude = append(m.longitude, c.queries[i].metric.name+".location.longitude")
	}
	return m
}

// place is a point on the earth in degrees.
type place struct{ latitude, longitude float64 }

// itinerary is where a user was.
type itinerary struct {
	first, last int64 // times of the first and the latest login
	at          place // of the latest
	usual       []place
	method      *travel
}

func (v *travel) start(c *compiled, _ int64) *group {
	room := &struct {
		group
		itinerary
	}{group{rule: c}, itinerary{first: maxTime, last: minTime, method: v}}
	room.state = &room.itinerary
	return &room.group
}

func (i *itinerary) size() int64 { return 64 + int64(cap(i.usual))*16 }

func (i *itinerary) until() int64 {
	if i.method.learn > 0 {
		return i.last + rememberPlaces
	}
	return i.last + longestJourney
}

func (i *itinerary) code(c *codec) {
	c.time(&i.first)
	c.time(&i.last)
	c.place(&i.at)
	coded(c, &i.usual, maxPlaces, c.place)
}

func (*itinerary) fits(*compiled) bool { return true }

func (v *travel) count(en *Engine, g *group, e *event.Event, t int64, queries uint64, m *match) {
	it, ok := g.state.(*itinerary)
	if !ok {
		return
	}
	for i := range g.rule.queries {
		if queries&(1<<i) == 0 {
			continue
		}
		if at, ok := readPlace(e, v.latitude[i], v.longitude[i]); ok {
			v.login(en, it, g.rule, i, at, t, m)
			return
		}
	}
}

func (v *travel) login(en *Engine, it *itinerary, c *compiled, query int, at place, t int64, m *match) {
	before, when := it.at, it.last
	known := when > minTime
	it.first = min(it.first, t)
	if t >= when || when-t > longestJourney {
		it.at, it.last = at, t
	}
	if v.learn > 0 && t-it.first < v.learn {
		it.learn(at)
		return
	}
	if !known || !impossible(before, at, t-when) || it.knows(before) && it.knows(at) {
		return
	}
	w := &en.work
	w.results = w.results[:0]
	for i := range c.queries {
		w.results = append(w.results, number(i == query))
	}
	m.kase = c.decide(w.results, true)
	w.best = append(w.best[:0], w.results...)
	m.at, m.first, m.n = max(t, when), min(t, when), 2
}

// impossible reports whether nobody gets from one place to the other in the time.
func impossible(a, b place, duration int64) bool {
	km := kilometres(a, b)
	hours := math.Abs(float64(duration)) / float64(time.Hour)
	return km > impossibleKilometres && km > impossibleSpeed*hours
}

// kilometres returns the distance along the surface (haversine).
func kilometres(a, b place) float64 {
	const radius, rad = 6371.0, math.Pi / 180
	dLat, dLon := (b.latitude-a.latitude)*rad, (b.longitude-a.longitude)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.latitude*rad)*math.Cos(b.latitude*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * radius * math.Asin(math.Sqrt(min(max(h, 0), 1)))
}

// learn makes a place usual.
func (i *itinerary) learn(p place) {
	if len(i.usual) < maxPlaces && !i.knows(p) {
		i.usual = append(i.usual, p)
	}
}

func (i *itinerary) knows(p place) bool {
	for _, u := range i.usual {
		if kilometres(u, p) <= samePlace {
			return true
		}
	}
	return false
}

// readPlace reads a latitude and a longitude, as numbers or as text.
func readPlace(e *event.Event, latitude, longitude string) (place, bool) {
	lat, ok := degrees(e, latitude, 90)
	if !ok {
		return place{}, false
	}
	lon, ok := degrees(e, longitude, 180)
	return place{lat, lon}, ok
}

func degrees(e *event.Event, path string, most float64) (float64, bool) {
	v, ok := e.Get(path)
	if !ok {
		return 0, false
	}
	n, ok := v.Number()
	return n, ok && n >= -most && n <= most
}
