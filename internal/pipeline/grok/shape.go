package grok

import (
	"slices"
	"sync/atomic"

	"github.com/sasumata/sasumata/internal/event"
)

// maxShapes is how many sets of fields of one rule have a shape that is remembered.
const maxShapes = 8

// shapes are the trees of attributes that matches of a rule give, by the fields that
// have a value. Goroutines share them; the first that come are kept.
type shapes [maxShapes]atomic.Pointer[shape]

// shape is the tree of a set of fields.
type shape struct {
	fields []uint16
	tree   *event.Shape // nil when the fields' values do not stand side by side
}

// find returns the shape of the fields, nil when it is not known.
func (all *shapes) find(fields []uint16) *shape {
	for i := range all {
		s := all[i].Load()
		if s == nil || slices.Equal(s.fields, fields) {
			return s
		}
	}
	return nil
}

// learn remembers the tree that the fields gave, if there is room.
func (r *rule) learn(e *event.Event, out event.Value, fields []uint16) {
	for i := range r.shapes {
		if r.shapes[i].Load() != nil {
			continue
		}
		paths := make([]string, len(fields))
		for k, n := range fields {
			paths[k] = r.fields[n].path
		}
		s := &shape{fields: slices.Clone(fields)}
		s.tree, _ = e.NewShape(out, paths)
		r.shapes[i].CompareAndSwap(nil, s)
		return
	}
}
