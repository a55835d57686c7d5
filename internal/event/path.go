package event

import "strings"

// CustomPrefix may stand before any path and means nothing, unless the event has
// such an object: Datadog shows attributes below "custom", and loggers wrap them in
// it.
const CustomPrefix = "custom."

// Get returns the value at the dotted path. Keys that hold dots themselves are
// found in every mixture with nested ones. A path through an array of objects
// yields the array of the values found in its elements. A leading "custom." is
// tried as written and then left out.
//
// Cost: one comparison for each sibling on the way; nothing is allocated but for
// paths through arrays.
func (e *Event) Get(path string) (Value, bool) {
	if v, ok := e.lookup(0, path); ok {
		return v, true
	}
	if rest, ok := strings.CutPrefix(path, CustomPrefix); ok {
		return e.lookup(0, rest)
	}
	return Value{}, false
}

// GetIn is Get below an object of the event.
func (e *Event) GetIn(object Value, path string) (Value, bool) {
	if object.kind != Object {
		return Value{}, false
	}
	return e.lookup(object.ref, path)
}

// Text returns the text of the scalar at the path, "" when there is none.
func (e *Event) Text(path string) string {
	v, _ := e.Get(path)
	return v.Text()
}

func (e *Event) lookup(object ref, path string) (Value, bool) {
	for c := e.nodes[object].first; c != 0; {
		n := &e.nodes[c]
		if rest, ok := below(n.key, path); ok {
			if rest == "" {
				return Value{kind: n.kind, str: n.str, num: n.num, ref: c}, true
			}
			switch n.kind {
			case Object:
				if v, ok := e.lookup(c, rest[1:]); ok {
					return v, true
				}
			case Array:
				if v, ok := e.fanOut(c, rest[1:]); ok {
					return v, true
				}
			default:
			}
		}
		c = e.nodes[c].next // fanOut may have moved the nodes
	}
	return Value{}, false
}

// Find is Get for a path through objects: it changes nothing and costs the least.
// When an array stands on the way, it stops and reports that: Get collects what is
// in its elements. A leading "custom." is taken as written.
func (e *Event) Find(path string) (v Value, ok, array bool) { return e.descend(0, path) }

func (e *Event) descend(object ref, path string) (v Value, ok, array bool) {
	for c := e.nodes[object].first; c != 0; {
		n := &e.nodes[c]
		if rest, fits := below(n.key, path); fits {
			if rest == "" {
				return e.value(c), true, false
			}
			switch n.kind {
			case Object:
				if v, ok, array = e.descend(c, rest[1:]); ok || array {
					return v, ok, array
				}
			case Array:
				return Value{}, false, true
			default:
			}
		}
		c = n.next
	}
	return Value{}, false, false
}

// below reports whether the key is the path or one of its beginnings; rest is
// empty, or starts with the dot.
func below(key, path string) (rest string, ok bool) {
	// What stands behind the key is looked at first: it rules out most keys without
	// a comparison of texts.
	if len(key) > len(path) || len(key) < len(path) && path[len(key)] != '.' || path[:len(key)] != key {
		return "", false
	}
	return path[len(key):], true
}

func (e *Event) fanOut(array ref, path string) (Value, bool) {
	var found Value
	for c := e.nodes[array].first; c != 0; c = e.nodes[c].next {
		if e.nodes[c].kind != Object {
			continue
		}
		v, ok := e.lookup(c, path)
		if !ok {
			continue
		}
		if found.kind == Null {
			if found = e.NewArray(); found.kind == Null {
				return found, false
			}
		}
		e.Append(found, v)
	}
	return found, found.kind == Array
}

// Set writes v at the dotted path, making the objects on the way; a scalar or
// array on the way is replaced by an object. It reports false when the event is
// full.
//
// An array or object that hangs in the event already is copied; a free one
// (NewObject, NewArray, Take) is consumed: read it back with Get if it is still
// needed.
func (e *Event) Set(path string, v Value) bool { return e.set(0, path, v) }

// SetIn is Set below an object of the event.
func (e *Event) SetIn(object Value, path string, v Value) bool {
	return object.kind == Object && e.set(object.ref, path, v)
}

// AddIn is AddKey at a dotted path below an object of the event.
func (e *Event) AddIn(object Value, path string, v Value) {
	if object.kind != Object {
		return
	}
	have, ok := e.lookup(object.ref, path)
	if ok {
		if v = e.beside(have, v); v.kind != Array {
			return
		}
	}
	e.set(object.ref, path, v)
}

func (e *Event) set(object ref, path string, v Value) bool {
	for {
		dot := strings.IndexByte(path, '.')
		whole, first := e.find(object, path, dot)
		switch {
		case whole != 0:
			return e.assign(whole, v)
		case dot < 0:
			before := len(e.nodes)
			e.addChild(object, path, v)
			return !e.truncated || len(e.nodes) > before
		case first == 0:
			free := e.NewObject()
			if free.kind == Null {
				return false
			}
			e.addChild(object, path[:dot], free)
			first = free.ref
		case e.nodes[first].kind != Object:
			n := &e.nodes[first]
			n.kind, n.str, n.num, n.first, n.last = Object, "", 0, 0, 0
		}
		object, path = first, path[dot+1:]
	}
}

// find returns the child whose key is the whole path, and else the one whose key
// is its beginning up to the dot.
func (e *Event) find(object ref, path string, dot int) (whole, first ref) {
	for c := e.nodes[object].first; c != 0; c = e.nodes[c].next {
		switch key := e.nodes[c].key; len(key) {
		case len(path):
			if key == path {
				return c, 0
			}
		case dot:
			if key == path[:dot] {
				first = c
			}
		}
	}
	return 0, first
}

// Delete removes the value at the path, and every object that it leaves empty.
// Through an array of objects it removes the value from each element. It reports
// whether there was a value.
func (e *Event) Delete(path string) bool {
	if e.remove(0, path) {
		return true
	}
	rest, ok := strings.CutPrefix(path, CustomPrefix)
	return ok && e.remove(0, rest)
}

func (e *Event) remove(object ref, path string) bool {
	for c := e.nodes[object].first; c != 0; c = e.nodes[c].next {
		rest, ok := below(e.nodes[c].key, path)
		if !ok {
			continue
		}
		if rest == "" {
			e.unlink(object, c)
			return true
		}
		removed := false
		switch e.nodes[c].kind {
		case Object:
			removed = e.remove(c, rest[1:])
		case Array:
			for k := e.nodes[c].first; k != 0; k = e.nodes[k].next {
				if e.nodes[k].kind == Object && e.remove(k, rest[1:]) {
					removed = true
				}
			}
		default:
		}
		if removed {
			if e.nodes[c].kind == Object && e.nodes[c].first == 0 {
				e.unlink(object, c)
			}
			return true
		}
	}
	return false
}

// Take removes the value at the path and returns it, free to be set elsewhere
// without a copy.
func (e *Event) Take(path string) (Value, bool) {
	v, ok := e.Get(path)
	if ok {
		e.Delete(path)
	}
	return v, ok
}
