package query

import (
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// test is what a clause asks of one value.
type test interface {
	// text asks it of a text.
	text(s string) bool
	// scalar asks it of an attribute: Bool, Int, Float or String.
	scalar(v event.Value) bool
}

// matchField asks the test of every value of the field until one passes.
func matchField(e *event.Event, f *Field, t test) bool {
	switch f.Kind {
	case Attribute:
		return matchPath(e, f.Name, t)
	case TagOrAttribute:
		passed, present := matchTag(e, f.Name, t)
		return passed || !present && matchPath(e, f.Name, t)
	case Calculated:
		v, ok := e.Key(e.Root(), f.Name)
		return ok && matchValue(e, v, t)
	case Timestamp:
		return e.Time != 0 && t.scalar(event.IntValue(e.Time/1e6))
	case Tags:
		return slices.ContainsFunc(e.Tags, t.text)
	case Message:
		return t.text(e.Message)
	case Host:
		return t.text(e.Host)
	case Source:
		return t.text(e.Source)
	case Status:
		return t.text(e.Status)
	case Service:
		return t.text(e.Service)
	case TraceID:
		return t.text(e.TraceID)
	case SpanID:
		return t.text(e.SpanID)
	default:
		return matchAny(e, e.Root(), t)
	}
}

// matchTag asks the test of the values of the tags with the key, letter case
// aside, and reports whether there is such a tag.
func matchTag(e *event.Event, key string, t test) (passed, present bool) {
	exists, _ := t.(*Exists)
	for _, tag := range e.Tags {
		if len(tag) <= len(key) || tag[len(key)] != ':' || !strings.EqualFold(tag[:len(key)], key) {
			continue
		}
		present = true
		if exists != nil || t.text(tag[len(key)+1:]) {
			return true, true
		}
	}
	return false, present
}

// matchPath asks the test of the values at the path. It finds what Event.Get
// finds, but asks the elements of arrays on the way one by one: Get would write
// them into the event.
func matchPath(e *event.Event, path string, t test) bool {
	found, passed := atPath(e, path, t)
	if found {
		return passed
	}
	if rest, ok := strings.CutPrefix(path, event.CustomPrefix); ok {
		_, passed = atPath(e, rest, t)
	}
	return passed
}

// atPath reports whether anything is at the path, and what the test says of it.
func atPath(e *event.Event, path string, t test) (found, passed bool) {
	v, found, array := e.Find(path)
	switch {
	case found:
		return true, matchValue(e, v, t)
	case array:
		return walk(e, e.Root(), path, t)
	default:
		return false, false
	}
}

func walk(e *event.Event, object event.Value, path string, t test) (found, passed bool) {
	for key, v := range e.Items(object) {
		if len(key) > len(path) || path[:len(key)] != key {
			continue
		}
		if len(key) == len(path) {
			return true, matchValue(e, v, t)
		}
		if path[len(key)] != '.' {
			continue
		}
		rest := path[len(key)+1:]
		switch v.Kind() {
		case event.Object:
			found, passed = walk(e, v, rest, t)
		case event.Array:
			found, passed = walkElements(e, v, rest, t)
		default:
			continue
		}
		if found {
			return found, passed
		}
	}
	return false, false
}

// walkElements goes on in every object of an array.
func walkElements(e *event.Event, array event.Value, path string, t test) (found, passed bool) {
	for _, v := range e.Items(array) {
		if v.Kind() != event.Object {
			continue
		}
		here, ok := walk(e, v, path, t)
		found = found || here
		if ok {
			return true, true
		}
	}
	return found, false
}

// matchValue asks the test of a value, or of the elements of an array.
func matchValue(e *event.Event, v event.Value, t test) bool {
	switch v.Kind() {
	case event.Array:
		for _, c := range e.Items(v) {
			if matchValue(e, c, t) {
				return true
			}
		}
		return false
	case event.Object:
		if _, ok := t.(*Exists); ok {
			for range e.Items(v) {
				return true
			}
		}
		return false
	case event.Null:
		return false
	default:
		return t.scalar(v)
	}
}

// matchAny asks the test of every scalar below a value.
func matchAny(e *event.Event, v event.Value, t test) bool {
	switch v.Kind() {
	case event.Array, event.Object:
		for _, c := range e.Items(v) {
			if matchAny(e, c, t) {
				return true
			}
		}
		return false
	case event.Null:
		return false
	default:
		return t.scalar(v)
	}
}
