package geoip

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/lookup"
)

// Static answers from a fixed table. An address that is not in it is a place of
// which nothing is known: an empty object.
type Static struct {
	answers map[netip.Addr]answer
}

// answer is an object: a tree that events copy.
type answer []field

type field struct {
	key   string
	value event.Value
	below answer // when value is Null
}

// OpenStatic reads a table from a file; see ParseStatic.
func OpenStatic(path string) (*Static, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open geo table: %w", err)
	}
	return ParseStatic(path, data)
}

// ParseStatic reads a document (JSON or YAML) with an object for each address. It
// is the whole answer, in the form that Source describes; or, when it has the keys
// iso, lat or lon, the country's code and the place in degrees. The name file
// stands in errors.
func ParseStatic(file string, data []byte) (*Static, error) {
	var table map[string]map[string]any
	if err := document.Decode(file, data, &table, document.Options{}); err != nil {
		return nil, fmt.Errorf("read geo table: %w", err)
	}
	s := &Static{answers: make(map[netip.Addr]answer, len(table))}
	for text, object := range table {
		a, ok := lookup.ParseAddr(text)
		if !ok {
			return nil, fmt.Errorf("read geo table %s: %q is no address", file, text)
		}
		s.answers[a] = newAnswer(long(text, object))
	}
	return s, nil
}

// long turns the short form into the long one.
func long(text string, object map[string]any) map[string]any {
	iso, hasISO := object["iso"]
	lat, hasLat := object["lat"]
	lon, hasLon := object["lon"]
	if !hasISO && !hasLat && !hasLon {
		return object
	}
	full := map[string]any{"ipAddress": text}
	if hasISO {
		full["country"] = map[string]any{"iso_code": iso}
	}
	if hasLat && hasLon {
		full["location"] = map[string]any{"latitude": lat, "longitude": lon}
	}
	return full
}

func newAnswer(object map[string]any) answer {
	all := make(answer, 0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		f := field{key: key}
		switch v := object[key].(type) {
		case map[string]any:
			f.below = newAnswer(v)
		case string:
			f.value = event.StringValue(v)
		case int64:
			f.value = event.IntValue(v)
		case float64:
			f.value = event.FloatValue(v)
		case bool:
			f.value = event.BoolValue(v)
		default:
			continue // the form has no lists
		}
		all = append(all, f)
	}
	return all
}

func (a answer) object(e *event.Event) event.Value {
	object := e.NewObject()
	for i := range a {
		if a[i].value.Kind() == event.Null {
			e.SetKey(object, a[i].key, a[i].below.object(e))
		} else {
			e.SetKey(object, a[i].key, a[i].value)
		}
	}
	return object
}

// Lookup writes the table's answer, as Source says.
func (s *Static) Lookup(e *event.Event, text string) (event.Value, bool) {
	a, wrong, ok := address(e, text)
	if !ok {
		return wrong, wrong.Kind() == event.Object
	}
	return s.answers[a].object(e), true
}
