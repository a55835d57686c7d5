package event

// Place is where a member of an object or an element of an array stands, for those who
// walk through every event: it costs less than Items. The zero Place is none.
type Place ref

// First returns the place of the first member of an object or element of an array; 0 when
// there is none, and for other kinds.
func (e *Event) First(v Value) Place {
	if v.kind != Array && v.kind != Object {
		return 0
	}
	return Place(e.nodes[v.ref].first)
}

// Next returns the place behind a place; 0 when it is the last.
func (e *Event) Next(p Place) Place { return Place(e.nodes[p].next) }

// Member returns the key and the value at a place; elements of arrays have no key.
func (e *Event) Member(p Place) (key string, v Value) {
	n := &e.nodes[p]
	return n.key, Value{kind: n.kind, str: n.str, num: n.num, ref: ref(p)}
}
