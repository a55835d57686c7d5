package store

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
)

const (
	// maxSteps is how many steps a buffer remembers, maxStepKeys the size in bytes of
	// their keys: who writes logs chooses both.
	maxSteps    = 16 << 10
	maxStepKeys = 512 << 10
)

// step is one of the way through the attributes of events, from the first of them to the
// last: a key and the kind of what stands there, behind certain others. It knows where
// such values go. Events that look the same go the same way, and most events of a source
// share a few.
type step struct {
	key    string
	path   string   // of what is inside an object, or of a value that goes into the overflow
	column *series  // of a value that has one
	next   [2]int32 // the steps that were taken most recently from here; 0 is none
	before int32    // the step from which one comes here
	shape  int32    // the number of the shape of events that end here
	part   uint32   // for which that number counts
	kind   byte     // as shapes write it; '}' is the end of an object
}

// layouts are the ways that were gone. The first step stands before all attributes.
type layouts struct {
	steps []step
	known map[string]int32 // by the step before, the kind and the key
	keys  int              // the size of the keys of known
	part  uint32           // counts the parts
}

func newLayouts() layouts {
	return layouts{steps: make([]step, 1, 64), known: map[string]int32{}, part: 1}
}

// attributes adds those of the event to the row.
func (b *buffer) attributes(e *event.Event) {
	l := &b.layouts
	steps, keys := len(l.steps), l.keys
	end := b.members(e, e.Root(), 0)
	s := b.text(textShape)
	if last := &l.steps[end]; last.part != l.part {
		shape := b.shape(end)
		last.part, last.shape = l.part, s.number(b, shape, s.texts.hash(shape))
	}
	s.addRow(b)
	s.ids = append(s.ids, l.steps[end].shape)
	switch {
	case len(l.steps) == steps:
	case len(l.steps) > maxSteps || l.keys > maxStepKeys:
		l.forget(steps)
	default:
		b.bytes += int64(len(l.steps)-steps)*costStep + 2*int64(l.keys-keys)
	}
}

// members adds the members of an object that is entered with the step in. It returns the
// last step.
func (b *buffer) members(e *event.Event, object event.Value, in int32) int32 {
	at := in
	for place := e.First(object); place != 0; place = e.Next(place) {
		key, v := e.Member(place)
		kind := letter(v)
		at = b.step(at, in, key, kind)
		switch kind {
		case '{':
			at = b.step(b.members(e, v, at), at, "", '}')
		case 'n':
		default:
			s := &b.layouts.steps[at]
			switch {
			case s.column == nil:
				b.spill(s.path, e, v)
			case kind == 's':
				s.column.addText(b, v.Str())
			default:
				s.column.addScalar(b, v)
			}
		}
	}
	return at
}

// step returns the step that comes behind another, in an object that was entered with the
// step in.
func (b *buffer) step(at, in int32, key string, kind byte) int32 {
	l := &b.layouts
	from := &l.steps[at]
	next := from.next[0]
	if l.steps[next].is(key, kind) {
		return next
	}
	if next = from.next[1]; l.steps[next].is(key, kind) {
		from.next[0], from.next[1] = next, from.next[0]
		return next
	}
	b.key = append(append(binary.NativeEndian.AppendUint32(b.key[:0], uint32(at)), kind), key...)
	next, ok := l.known[string(b.key)]
	if !ok {
		next = b.learn(at, in, kind)
		from = &l.steps[at]
	}
	from.next[0], from.next[1] = next, from.next[0]
	return next
}

// is reports whether the step is one for such a value. The first step is none.
func (s *step) is(key string, kind byte) bool { return s.kind == kind && s.key == key }

// stepKey is where the key of a step begins in what known has: behind the number of the
// step before, and the kind.
const stepKey = 4 + 1

// learn makes the step that b.key names.
func (b *buffer) learn(at, in int32, kind byte) int32 {
	l := &b.layouts
	known, next := string(b.key), int32(len(l.steps))
	s := step{key: known[stepKey:], before: at, kind: kind}
	l.known[known] = next
	l.keys += len(known)
	if kind != '}' && kind != 'n' {
		// One more byte than there is room for tells that it does not fit.
		path := append([]byte(l.steps[in].path), valid(s.key)...)
		if kind == '{' {
			path = append(path, '.')
		} else if kind != 'x' {
			s.column = b.column(path, kind)
		}
		if s.column == nil {
			s.path = string(path[:min(len(path), maxPath+1)])
		}
	}
	l.steps = append(l.steps, s)
	return next
}

// column returns the column for values with the path in this row; nil when they go into
// the overflow.
func (b *buffer) column(path []byte, kind byte) *series {
	if !plainPath(path) {
		return nil
	}
	b.key = append(append(append(b.key[:0], kind), '@'), path...)
	s := b.series(string(b.key[1:]))
	if n := len(s.rows); n > 0 && s.rows[n-1] == uint32(b.rows) {
		return nil
	}
	return s
}

// shape returns what an event looks like whose last step that is.
func (b *buffer) shape(end int32) []byte {
	l := &b.layouts
	way := b.way[:0]
	for at := end; at != 0; at = l.steps[at].before {
		way = append(way, at)
	}
	b.way = way
	text := b.list[:0]
	for _, at := range slices.Backward(way) {
		s := &l.steps[at]
		kind := s.kind
		if kind == '}' {
			text = append(text, kind)
			continue
		}
		if s.column == nil && kind != '{' && kind != 'n' {
			kind = 'x'
		}
		key := valid(s.key)
		text = append(append(strconv.AppendInt(text, int64(len(key)), 10), ':'), key...)
		text = append(text, kind)
	}
	b.list = text
	return text
}

// forget takes the last steps back, so that no more than so many are left.
func (l *layouts) forget(left int) {
	for i := left; i < len(l.steps); i++ {
		s := &l.steps[i]
		known := binary.NativeEndian.AppendUint32(nil, uint32(s.before))
		known = append(append(known, s.kind), s.key...)
		delete(l.known, string(known))
		l.keys -= len(known)
		if int(s.before) < left {
			from := &l.steps[s.before]
			from.next = [2]int32{}
		}
	}
	clear(l.steps[left:])
	l.steps = l.steps[:left]
}

// reset makes the layouts those of another part. Without the columns of the last part,
// all are forgotten.
func (l *layouts) reset(columns bool) {
	if !columns {
		clear(l.steps)
		l.steps, l.keys = l.steps[:1], 0
		clear(l.known)
	}
	l.part++
}

// size returns how much memory the layouts take, in bytes.
func (l *layouts) size() int64 { return int64(len(l.steps))*costStep + 2*int64(l.keys) }
