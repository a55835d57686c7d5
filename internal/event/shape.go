package event

// Shape is a tree of attributes of which many events have one, with or without other
// values: it is put together once and copied then. It does not change, so that any
// number of goroutines may use it.
type Shape struct {
	nodes  []node // the first is the tree, the references count from it
	leaves []ref  // whose values differ
}

// NewShape returns the shape of an object or array of the event. The values at the
// paths are left open; ok is false unless each path leads to a scalar of its own.
func (e *Event) NewShape(v Value, open []string) (s *Shape, ok bool) {
	if v.kind != Object && v.kind != Array {
		return nil, false
	}
	s = &Shape{}
	leaf := make(map[ref]ref, len(open)) // by the node of the event
	for _, path := range open {
		at, found := e.GetIn(v, path)
		if _, twice := leaf[at.ref]; !found || twice || !at.IsScalar() {
			return nil, false
		}
		leaf[at.ref] = 0
	}
	s.add(e, v.ref, leaf)
	for _, path := range open {
		at, _ := e.GetIn(v, path)
		s.leaves = append(s.leaves, leaf[at.ref])
	}
	return s, true
}

// add copies the node and what is below it, and notes where the open ones are.
func (s *Shape) add(e *Event, from ref, leaf map[ref]ref) ref {
	at := ref(len(s.nodes)) // as many as the event has at the most
	n := e.nodes[from]
	n.first, n.last, n.next, n.attached = 0, 0, 0, at != 0
	if _, open := leaf[from]; open {
		n.str, n.num, leaf[from] = "", 0, at
	}
	s.nodes = append(s.nodes, n)
	for c := e.nodes[from].first; c != 0; c = e.nodes[c].next {
		child := s.add(e, c, leaf)
		if last := s.nodes[at].last; last != 0 {
			s.nodes[last].next = child
		} else {
			s.nodes[at].first = child
		}
		s.nodes[at].last = child
	}
	return at
}

// Shaped returns a free tree of the shape with these scalars in the places that were
// left open, in the order of their paths; ok is false when the event has no room for it.
func (e *Event) Shaped(s *Shape, values []Value) (v Value, ok bool) {
	at := ref(len(e.nodes)) // below MaxNodes
	if len(e.nodes)+len(s.nodes) > MaxNodes {
		return Value{}, false
	}
	e.nodes = append(e.nodes, s.nodes...)
	fresh := e.nodes[at:]
	for i := range fresh {
		n := &fresh[i]
		if n.first != 0 {
			n.first, n.last = n.first+at, n.last+at
		}
		if n.next != 0 {
			n.next += at
		}
	}
	for i, leaf := range s.leaves {
		n, v := &fresh[leaf], &values[i]
		n.kind, n.str, n.num = v.kind, v.str, v.num
	}
	return e.value(at), true
}
