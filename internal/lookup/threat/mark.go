package threat

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
)

// The attributes that Mark writes; the names and their form are Datadog's.
const (
	AttrIndicators = "threat_intel.indicators_matched"
	AttrResults    = "threat_intel.results"
)

// maxMarks is how many feeds an event names, the gravest ones.
const maxMarks = 8

// Mark writes which feeds the event's client address stands on. What an event
// brings along in these attributes stays. The result reports whether it is on any.
// It costs no memory but that of the event's tree.
//
//	threat_intel:
//	  indicators_matched: [IP]
//	  results:
//	    - {indicator: 192.0.2.1, type: IP, category: tor, intention: suspicious,
//	       source: {name: .., url: ..}, additional_data: {feed: .., confidence: 90, level: 3}}
func (s *Set) Mark(e *event.Event) bool {
	if s.Len() == 0 {
		return false
	}
	text := e.Text(event.ClientIP)
	if text == "" {
		return false
	}
	a, ok := lookup.ParseAddr(text)
	if !ok {
		return false
	}
	matches := s.Lookup(a)
	if len(matches) == 0 {
		return false
	}
	results := list(e, AttrResults)
	for _, m := range matches[:min(len(matches), maxMarks)] {
		e.Append(results, m.object(e, text))
	}
	indicators := list(e, AttrIndicators)
	for _, have := range e.Items(indicators) {
		if have.Str() == "IP" {
			return true
		}
	}
	e.Append(indicators, event.StringValue("IP"))
	return true
}

// list returns the array at the path; what else stands there becomes its first
// element.
func list(e *event.Event, path string) event.Value {
	have, ok := e.Get(path)
	if ok && have.Kind() == event.Array {
		return have
	}
	e.Set(path, e.NewArray())
	array, _ := e.Get(path)
	if ok && have.IsScalar() {
		e.Append(array, have)
	}
	return array
}

func (m *Match) object(e *event.Event, indicator string) event.Value {
	source, more, result := e.NewObject(), e.NewObject(), e.NewObject()
	e.SetKey(source, "name", event.StringValue(m.Feed.Name))
	if url := m.Feed.about(); url != "" {
		e.SetKey(source, "url", event.StringValue(url))
	}
	e.SetKey(more, "feed", event.StringValue(m.Feed.ID))
	e.SetKey(more, "confidence", event.IntValue(int64(m.Feed.Confidence)))
	if m.Level > 0 {
		e.SetKey(more, "level", event.IntValue(int64(m.Level)))
	}
	e.SetKey(result, "indicator", event.StringValue(indicator))
	e.SetKey(result, "type", event.StringValue("IP"))
	e.SetKey(result, "category", event.StringValue(string(m.Feed.Category)))
	e.SetKey(result, "intention", event.StringValue(string(m.Feed.Intention)))
	e.SetKey(result, "source", source)
	e.SetKey(result, "additional_data", more)
	return result
}

// about returns where people read about the feed.
func (f *Feed) about() string {
	if f.Homepage != "" {
		return f.Homepage
	}
	return f.URL
}
