package pipeline

import "github.com/sasumata/sasumata/internal/event"

// standardAttributes is the standard-attributes-processor, an addition of our
// own: loggers that wrap what the program gave them below a key of their own
// (custom, attributes, fields, context ..) are unwrapped, so that custom.usr.id
// is found as usr.id without a remapper for each.
type standardAttributes struct{}

var _ Processor = (*standardAttributes)(nil)

// maxWrappers is how deep wrappers may nest.
const maxWrappers = 3

// Process moves every standard attribute group (usr, evt, network, http) that
// lies below another object to the root. What the root has already stays.
func (*standardAttributes) Process(e *event.Event, _ *Machine) {
	for key, v := range e.Items(e.Root()) {
		if v.Kind() == event.Object && !isStandardGroup(key) && holdsGroup(e, v, maxWrappers) {
			unwrap(e, v, maxWrappers)
			if e.Len(v) == 0 {
				e.DeleteKey(e.Root(), key)
			}
			return // the root changed; loggers wrap once
		}
	}
}

// holdsGroup reports whether a standard group lies below the object.
func holdsGroup(e *event.Event, object event.Value, depth int) bool {
	for key, v := range e.Items(object) {
		if v.Kind() != event.Object {
			continue
		}
		if isStandardGroup(key) || depth > 1 && holdsGroup(e, v, depth-1) {
			return true
		}
	}
	return false
}

// unwrap moves the groups below the object to the root and removes the objects
// that it empties.
func unwrap(e *event.Event, object event.Value, depth int) {
	for _, group := range [...]string{"usr", "evt", "network", "http"} {
		if v, ok := e.Key(object, group); ok && v.Kind() == event.Object {
			e.DeleteKey(object, group)
			lift(e, group, v)
		}
	}
	if depth <= 1 {
		return
	}
	for key, v := range e.Items(object) {
		if v.Kind() == event.Object && holdsGroup(e, v, depth-1) {
			unwrap(e, v, depth-1)
			if e.Len(v) == 0 {
				e.DeleteKey(object, key)
				return
			}
		}
	}
}

func lift(e *event.Event, group string, v event.Value) {
	have, ok := e.Key(e.Root(), group)
	if !ok {
		e.SetKey(e.Root(), group, v)
		return
	}
	if have.Kind() != event.Object {
		return
	}
	for key, child := range e.Items(v) {
		if _, taken := e.Key(have, key); !taken {
			e.SetKey(have, key, child)
		}
	}
}

// isStandardGroup reports the roots of Datadog's standard attributes that
// programs set themselves.
func isStandardGroup(key string) bool {
	switch key {
	case "usr", "evt", "network", "http":
		return true
	default:
		return false
	}
}
