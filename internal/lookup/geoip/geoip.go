// Package geoip tells where an address is and whose it is: from databases in
// MaxMind's format (City, Country, ASN, ISP, Domain and Enterprise, of MaxMind or
// others), or from a file with fixed answers.
//
// Databases are read into memory and swapped as a whole, so a file may be
// replaced or broken while it is in use.
package geoip

import (
	"net/netip"
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
)

// Source answers for a text that ought to be an address. The answer is a free
// object of the event, in the form of Datadog's geo IP parser: city{name}
// continent{code,name} country{iso_code,name} subdivision{iso_code,name}
// location{latitude,longitude} timezone as{number,name,route,domain,type}
// ipAddress, without the parts that are unknown. A text that is no address gives
// {invalidAddress}, and an empty one nothing.
//
// A Source may be asked by any number of goroutines.
type Source interface {
	Lookup(e *event.Event, text string) (event.Value, bool)
}

var (
	_ Source = (*Databases)(nil)
	_ Source = (*Static)(nil)
)

// Place is what is known of an address. Unknown parts are empty.
type Place struct {
	Continent   Named
	Country     Named
	Subdivision Named
	// City is the city's English name.
	City string
	// Latitude and Longitude are in degrees; they count if Located is set.
	Latitude, Longitude float64
	Located             bool
	// TimeZone is a name of the IANA database, such as Europe/Paris.
	TimeZone string
	// AS is whose network it is.
	AS AS
}

// Named is a continent, country or subdivision: its code (EU, FR, FR-IDF) and its
// English name.
type Named struct{ Code, Name string }

// AS is the autonomous system that announces an address.
type AS struct {
	// Number is 0 when unknown.
	Number uint32
	// Name is the organisation's name.
	Name string
	// Route is the network that the database has the number for.
	Route netip.Prefix
	// Domain is the organisation's, where the database has it.
	Domain string
	// Type is the kind of user that the database names, such as hosting.
	Type string
}

// value writes the place into a free object of the event.
func (p *Place) value(e *event.Event, text string) event.Value {
	object := e.NewObject()
	setIn(e, object, "city", "name", p.City)
	setNamed(e, object, "continent", "code", p.Continent)
	setNamed(e, object, "country", "iso_code", p.Country)
	setNamed(e, object, "subdivision", "iso_code", p.Subdivision)
	if p.Located {
		location := e.NewObject()
		e.SetKey(location, "latitude", event.FloatValue(p.Latitude))
		e.SetKey(location, "longitude", event.FloatValue(p.Longitude))
		e.SetKey(object, "location", location)
	}
	setText(e, object, "timezone", p.TimeZone)
	p.AS.add(e, object)
	setText(e, object, "ipAddress", text)
	return object
}

// add writes the autonomous system below the object. The number has the form
// AS64496, and is followed by what goes with it.
func (a *AS) add(e *event.Event, object event.Value) {
	if a.Number == 0 && a.Name == "" && a.Domain == "" && a.Type == "" {
		return
	}
	as := e.NewObject()
	var buf [64]byte
	if a.Number != 0 {
		number := strconv.AppendUint(append(buf[:0], "AS"...), uint64(a.Number), 10)
		e.SetKey(as, "number", event.StringValue(e.Intern(number)))
	}
	setText(e, as, "name", a.Name)
	if a.Route.IsValid() {
		e.SetKey(as, "route", event.StringValue(e.Intern(a.Route.AppendTo(buf[:0]))))
	}
	setText(e, as, "domain", a.Domain)
	setText(e, as, "type", a.Type)
	e.SetKey(object, "as", as)
}

func setNamed(e *event.Event, object event.Value, key, code string, n Named) {
	if n == (Named{}) {
		return
	}
	child := e.NewObject()
	setText(e, child, code, n.Code)
	setText(e, child, "name", n.Name)
	e.SetKey(object, key, child)
}

func setIn(e *event.Event, object event.Value, key, name, text string) {
	if text != "" {
		child := e.NewObject()
		setText(e, child, name, text)
		e.SetKey(object, key, child)
	}
}

func setText(e *event.Event, object event.Value, key, text string) {
	if text != "" {
		e.SetKey(object, key, event.StringValue(text))
	}
}

// address reads the text. When it is no address, answer is what to say instead.
func address(e *event.Event, text string) (a netip.Addr, answer event.Value, ok bool) {
	if text == "" {
		return a, answer, false
	}
	if a, ok = lookup.ParseAddr(text); ok {
		return a, answer, true
	}
	answer = e.NewObject()
	setText(e, answer, "invalidAddress", text)
	return a, answer, false
}
