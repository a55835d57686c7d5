package threat

import (
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
)

// The attributes that Mark writes; the names and their form are Datadog's.
const (
	AttrIndicators = attrBoth + ".indicators_matched"
	AttrResults    = attrBoth + ".results"

	attrBoth = "threat_intel"
)

// maxMarks is how many feeds an event names, the gravest ones.
const maxMarks = 8

// Mark writes which feeds the event's client address stands on. What an event
// brings along in these attributes stays: an object or a scalar stands before what
// Mark writes, in one array. The result reports whether it is on any.
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
	object, below := e.Root(), ""
	other, ok := e.Key(object, attrBoth)
	if ok = ok && (other.IsScalar() || other.Kind() == event.Array); ok {
		object, below = e.NewObject(), attrBoth+"."
	}
	write(e, object, below, matches[:min(len(matches), maxMarks)], text)
	if ok {
		e.AddKey(e.Root(), attrBoth, object) // queries look into all objects of an array
	}
	return true
}

// write writes the matches below an object, whose own path is left out of those of
// the attributes.
func write(e *event.Event, object event.Value, own string, matches []Match, indicator string) {
	results := list(e, object, AttrResults[len(own):])
	for i := range matches {
		e.Append(results, matches[i].object(e, indicator))
	}
	indicators := list(e, object, AttrIndicators[len(own):])
	for _, have := range e.Items(indicators) {
		if have.Str() == "IP" {
			return
		}
	}
	e.Append(indicators, event.StringValue("IP"))
}

// list returns the array at the path below the object; what else stands there
// becomes its first element. It is Null when the event is full.
func list(e *event.Event, object event.Value, path string) event.Value {
	have, ok := e.GetIn(object, path)
	if ok && have.Kind() == event.Array {
		return have
	}
	array := e.NewArray()
	if array.Kind() == event.Null {
		return array
	}
	if ok && have.Kind() != event.Null {
		e.Append(array, have)
	}
	e.SetIn(object, path, array)
	array, _ = e.GetIn(object, path)
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
