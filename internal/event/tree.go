package event

import "iter"

// ref is the index of a node; 0 is the root as a parent, and "none" as a child.
type ref uint16

// node is one value in the tree. Children of an object or array are a linked
// list in the order in which they were written.
type node struct {
	key      string
	str      string
	num      uint64
	first    ref
	last     ref
	next     ref
	kind     Kind
	attached bool // it hangs in the tree: linking it elsewhere must copy
}

func (e *Event) value(r ref) Value {
	n := &e.nodes[r]
	return Value{kind: n.kind, str: n.str, num: n.num, ref: r}
}

// newNode returns an empty node of the kind, or 0 when the event is full.
func (e *Event) newNode(kind Kind) ref {
	if len(e.nodes) >= MaxNodes {
		e.truncated = true
		return 0
	}
	e.nodes = append(e.nodes, node{kind: kind})
	return ref(len(e.nodes) - 1) // below MaxNodes
}

// Root returns the object that holds all attributes.
func (e *Event) Root() Value { return e.value(0) }

// NewObject returns an empty object that belongs to no attribute yet. When the
// event is full it is Null.
func (e *Event) NewObject() Value { return e.newContainer(Object) }

// NewArray returns an empty array that belongs to no attribute yet. When the
// event is full it is Null.
func (e *Event) NewArray() Value { return e.newContainer(Array) }

func (e *Event) newContainer(kind Kind) Value {
	r := e.newNode(kind)
	if r == 0 {
		return Value{}
	}
	return e.value(r)
}

// Len returns the number of elements of an array or keys of an object.
func (e *Event) Len(v Value) int {
	n := 0
	if v.kind == Array || v.kind == Object {
		for c := e.nodes[v.ref].first; c != 0; c = e.nodes[c].next {
			n++
		}
	}
	return n
}

// Items yields the keys and values of an object, or the elements of an array
// with empty keys, in the order in which they were written. Other kinds yield
// nothing. The container must not be changed meanwhile, but for overwriting the
// scalar just yielded.
func (e *Event) Items(v Value) iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.kind != Array && v.kind != Object {
			return
		}
		for c := e.nodes[v.ref].first; c != 0; c = e.nodes[c].next {
			if !yield(e.nodes[c].key, e.value(c)) {
				return
			}
		}
	}
}

// Members goes through the keys and values of an object, or the elements of an array,
// as Items does, for whoever looks at every event: what is skipped costs next to nothing.
type Members struct {
	e        *Event
	at, next ref
}

// Members stands before the first key of an object, or element of an array; other kinds
// have none. The container must not be changed meanwhile.
func (e *Event) Members(v Value) Members {
	if v.kind != Array && v.kind != Object {
		return Members{}
	}
	return Members{e: e, next: e.nodes[v.ref].first}
}

// Next moves on, and reports false behind the last one.
func (m *Members) Next() bool {
	if m.at = m.next; m.at == 0 {
		return false
	}
	m.next = m.e.nodes[m.at].next
	return true
}

// Key returns the key, "" in an array.
func (m *Members) Key() string { return m.e.nodes[m.at].key }

// Value returns the value.
func (m *Members) Value() Value { return m.e.value(m.at) }

// AnyKey reports whether the function says yes to a key of the event. It is asked of the
// keys at all depths, in any order, and perhaps of some that were removed.
func (e *Event) AnyKey(is func(key string) bool) bool {
	for i := range e.nodes {
		if key := e.nodes[i].key; key != "" && is(key) {
			return true
		}
	}
	return false
}

// Append adds v at the end of the array. See Set for what happens to containers.
func (e *Event) Append(array, v Value) {
	if array.kind == Array {
		e.addChild(array.ref, "", v)
	}
}

// SetKey writes v under the literal key of the object; dots in the key have no
// meaning. See Set for what happens to containers.
func (e *Event) SetKey(object Value, key string, v Value) {
	if object.kind != Object {
		return
	}
	if c := e.child(object.ref, key); c != 0 {
		e.assign(c, v)
		return
	}
	e.addChild(object.ref, key, v)
}

// AddMember adds v behind the last key of the object, without a look whether the key
// is there already: who builds an object in one go knows. A free object or array
// stays the one that is named by v: it can be filled afterwards.
func (e *Event) AddMember(object Value, key string, v Value) {
	if object.kind == Object {
		e.addChild(object.ref, key, v)
	}
}

// AddKey writes v under the literal key of the object, or beside what stands
// there: two values make an array, and further ones join it. When the event is too
// full for the array, what stands there stays alone.
func (e *Event) AddKey(object Value, key string, v Value) {
	if object.kind != Object {
		return
	}
	c := e.child(object.ref, key)
	if c == 0 {
		e.addChild(object.ref, key, v)
		return
	}
	if both := e.beside(e.value(c), v); both.kind == Array {
		e.assign(c, both)
	}
}

// beside adds v to the array have. If have is something else, it returns a free
// array of both.
func (e *Event) beside(have, v Value) Value {
	if have.kind == Array {
		e.Append(have, v)
		return Value{}
	}
	both := e.NewArray()
	e.Append(both, have)
	e.Append(both, v)
	return both
}

// Key returns the value under the literal key of the object.
func (e *Event) Key(object Value, key string) (Value, bool) {
	if object.kind == Object {
		if c := e.child(object.ref, key); c != 0 {
			return e.value(c), true
		}
	}
	return Value{}, false
}

func (e *Event) child(object ref, key string) ref {
	for c := e.nodes[object].first; c != 0; c = e.nodes[c].next {
		if e.nodes[c].key == key {
			return c
		}
	}
	return 0
}

// addChild links v behind the last child of parent.
func (e *Event) addChild(parent ref, key string, v Value) {
	c := v.ref
	switch {
	case v.kind != Array && v.kind != Object:
		if c = e.newNode(v.kind); c == 0 {
			return
		}
		e.assign(c, v)
	case e.nodes[c].attached:
		if c = e.copyTree(v).ref; c == 0 {
			return // the event is full
		}
	case e.holds(c, parent):
		return // an object inside itself would never end
	}
	e.nodes[c].key = key
	e.link(parent, c)
}

// link hangs the node behind the last child of parent.
func (e *Event) link(parent, c ref) {
	n, p := &e.nodes[c], &e.nodes[parent]
	n.next, n.attached = 0, true
	if p.last == 0 {
		p.first = c
	} else {
		e.nodes[p.last].next = c
	}
	p.last = c
}

// holds reports whether target is c or lies below it.
func (e *Event) holds(c, target ref) bool {
	if c == target {
		return true
	}
	for k := e.nodes[c].first; k != 0; k = e.nodes[k].next {
		if kind := e.nodes[k].kind; (kind == Object || kind == Array) && e.holds(k, target) {
			return true
		}
	}
	return false
}

// assign overwrites the node in place, so that its position among its siblings
// stays. A container that hangs elsewhere is copied, a free one is emptied. When the
// event is too full for the copy, the node stays as it was: false.
func (e *Event) assign(c ref, v Value) bool {
	if v.kind != Array && v.kind != Object {
		n := &e.nodes[c]
		n.kind, n.str, n.num, n.first, n.last = v.kind, v.str, v.num, 0, 0
		return true
	}
	if v.ref == c || e.holds(v.ref, c) {
		return true
	}
	from := v.ref
	if e.nodes[from].attached {
		if from = e.copyTree(v).ref; from == 0 {
			return false
		}
	}
	src, n := &e.nodes[from], &e.nodes[c]
	n.kind, n.str, n.num, n.first, n.last = v.kind, "", 0, src.first, src.last
	src.first, src.last = 0, 0
	return true
}

// copyTree returns a free copy of a container, cut where the event is full; Null
// when not even the container itself has room.
func (e *Event) copyTree(v Value) Value {
	dup := e.newContainer(v.kind)
	if dup.kind == Null {
		return dup
	}
	for c := e.nodes[v.ref].first; c != 0; c = e.nodes[c].next {
		key, child := e.nodes[c].key, e.value(c)
		if child.kind == Array || child.kind == Object {
			if child = e.copyTree(child); child.kind == Null {
				return dup
			}
		}
		e.addChild(dup.ref, key, child)
	}
	return dup
}

// unlink takes c out of its parent.
func (e *Event) unlink(parent, c ref) {
	p := &e.nodes[parent]
	var before ref
	for k := p.first; k != 0 && k != c; k = e.nodes[k].next {
		before = k
	}
	next := e.nodes[c].next
	if before == 0 {
		p.first = next
	} else {
		e.nodes[before].next = next
	}
	if p.last == c {
		p.last = before
	}
	e.nodes[c].next, e.nodes[c].attached = 0, false
}

// Merge writes every key of src into dst, both objects: objects merge key by
// key, anything else is overwritten. A src that hangs nowhere is consumed.
func (e *Event) Merge(dst, src Value) {
	if dst.kind != Object || src.kind != Object || dst.ref == src.ref {
		return
	}
	if e.nodes[src.ref].attached {
		src = e.copyTree(src)
	}
	if src.kind == Object {
		e.merge(dst.ref, src.ref)
	}
}

// merge moves the children of src, which nobody else uses, to dst.
func (e *Event) merge(dst, src ref) {
	c := e.nodes[src].first
	e.nodes[src].first, e.nodes[src].last = 0, 0
	for c != 0 {
		next := e.nodes[c].next
		have := e.child(dst, e.nodes[c].key)
		switch {
		case have == 0:
			e.link(dst, c)
		case e.nodes[have].kind == Object && e.nodes[c].kind == Object:
			e.merge(have, c)
		default:
			e.nodes[c].attached = false
			e.assign(have, e.value(c))
		}
		c = next
	}
}

// DeleteKey removes the literal key from the object and leaves the object, even
// an empty one. The value that stood there is free to be set elsewhere.
func (e *Event) DeleteKey(object Value, key string) {
	if object.kind != Object {
		return
	}
	if c := e.child(object.ref, key); c != 0 {
		e.unlink(object.ref, c)
	}
}
