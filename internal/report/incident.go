package report

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// maxIncidents is how many failed logins and attacks a summary keeps whole.
const maxIncidents = 100

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
	text := func(path string) string { return strings.Clone(cutBytes(e.Text(path), maxRaw)) }
	in := incident{
		time: e.Time, line: e.Line, ip: text(event.ClientIP), agent: text(event.HTTPUserAgent), user: strings.Clone(userOf(e)),
		request: strings.Clone(cutBytes(requestOf(e), maxRaw)), status: numberAt(e, event.HTTPStatusCode),
		country: strings.Clone(countryOf(e)), city: text(event.ClientGeo + ".city.name"),
	}
	if failed {
		in.threats = append(in.threats, failedLogin)
	}
	eachText(e, event.SecurityCategories, func(kind string) { in.threats = append(in.threats, strings.Clone(kind)) })
	if v, ok := e.Get(event.ClientGeo + ".location.latitude"); ok {
		in.latitude, _ = v.Number()
		if v, ok = e.Get(event.ClientGeo + ".location.longitude"); ok {
			in.longitude, in.located = numberOf(v), true
		}
	}
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

func numberAt(e *event.Event, path string) int64 {
	v, _ := e.Get(path)
	return int64(numberOf(v))
}

func numberOf(v event.Value) float64 {
	n, _ := v.Number()
	return n
}
