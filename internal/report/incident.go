package report

import (
	"math"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// What is kept of the first failed logins and attacks. Texts are cut as those of a
// profile are, or as unparsed lines: the memory of a summary is bounded whatever
// events say.
const (
	maxIncidents       = 100
	maxIncidentThreats = 16
)

// incident is one event that failed to log in or attacked.
type incident struct {
	time                  int64
	line                  int64
	ip, agent, request    string
	user                  string
	status                int64
	threats               []string
	country, city         string
	latitude, longitude   float64
	located, hasPlacement bool
}

// incident keeps the event while there is room.
func (s *Summary) incident(e *event.Event, failed bool) {
	s.incidentsSeen++
	if agent, ok := e.Get(event.HTTPUserAgent); ok {
		s.dims[Attackers].add(agent.Str(), failed, !failed)
	}
	if len(s.incidents) == maxIncidents {
		return
	}
	keep := func(text string, most int) string { return strings.Clone(cutBytes(text, most)) }
	in := incident{
		time: e.Time, line: e.Line, status: int64(statusOf(e)), user: keep(userOf(e), profileName),
		ip: keep(e.Text(event.ClientIP), profileName), agent: keep(e.Text(event.HTTPUserAgent), maxRaw), request: keep(requestOf(e), maxRaw),
		country: keep(countryOf(e), profileName), city: keep(e.Text(event.ClientGeo+".city.name"), profileName),
	}
	if failed {
		in.threats = append(in.threats, failedLogin)
	}
	eachText(e, event.SecurityCategories, func(kind string) {
		if len(in.threats) < maxIncidentThreats {
			in.threats = append(in.threats, keep(kind, profileName))
		}
	})
	in.latitude, in.longitude, in.located = place(e)
	in.hasPlacement = in.located || in.country != "" || in.city != ""
	s.incidents = append(s.incidents, in)
}

// requestOf returns the request line of an HTTP event, and the message of others.
func requestOf(e *event.Event) string {
	url := e.Text(event.HTTPURL)
	if url == "" {
		return e.Message
	}
	request := strings.TrimSpace(e.Text(event.HTTPMethod) + " " + url)
	if version := e.Text(event.HTTPVersion); version != "" {
		request += " HTTP/" + version
	}
	return request
}

// place returns where the client is, if the event says it in numbers that are a
// place on earth: JSON cannot write infinities.
func place(e *event.Event) (latitude, longitude float64, ok bool) {
	v, _ := e.Get(event.ClientGeo + ".location.latitude")
	latitude, hasLatitude := v.Number()
	v, _ = e.Get(event.ClientGeo + ".location.longitude")
	longitude, hasLongitude := v.Number()
	ok = hasLatitude && hasLongitude && math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180
	return latitude, longitude, ok
}
