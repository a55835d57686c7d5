package match

import (
	"bytes"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/event/jsonscan"
)

// maxKept is the size in bytes above which the memory of a view is given back
// after one event.
const maxKept = 1 << 20

// View is one event as rules see it: for each path that a rule reads, the
// scalars found there. Its memory serves one event after the other.
type View struct {
	fields *fields
	gen    uint32
	slots  []slot
	seen   []int32 // numbers of the fields with a slot of this event
	vals   []value
	text   []byte // unescaped texts
	folded []byte
	cut    bool
	merge  bool // a path that is written in several ways has the values of all
	all    bool // some rule reads values wherever they are
}

// slot is what one event has at one path.
type slot struct {
	gen         uint32
	present     bool
	null        bool
	first, last int32 // values; -1 is none
	// shape says which dots of the path lay inside a key (1) and which divided
	// keys (0), the first dot in the highest bit: of two ways to write a path,
	// the longest key counts.
	shape uint64
}

// value is a scalar of the event.
type value struct {
	raw, low []byte
	text     string // while it is borrowed; raw then has nothing
	next     int32
	kind     event.Kind
	state    uint8
}

const (
	escaped  uint8 = 1 << iota // raw holds JSON escapes
	borrowed                   // nobody asked for the text yet: it is not copied
	isFolded
	searched // for the literals of its field, during a look-up
)

func newView(s *Set) *View {
	return &View{fields: s.fields, gen: 1, slots: make([]slot, len(s.fields.names)), vals: make([]value, 0, 64), merge: s.merge, all: s.anywhere}
}

func (v *View) reset() {
	v.gen++
	if v.gen == 0 {
		clear(v.slots)
		v.gen = 1
	}
	v.seen, v.vals, v.cut = v.seen[:0], v.vals[:0], false
	v.text, v.folded = keep(v.text), keep(v.folded)
}

func keep(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	return b[:0]
}

// place is where the decoder stands: a path and how it was written.
type place struct {
	field int32
	shape uint64
}

// below returns the place that a key leads to.
func (v *View) below(p place, key []byte) place {
	if p.field == noField {
		return p
	}
	child := v.fields.child(p.field, key)
	if child != noField {
		return place{child, p.shape << 1} // no segment of a path has a dot
	}
	dot := bytes.IndexByte(key, '.')
	if dot < 0 {
		return place{noField, p.shape << 1}
	}
	p.shape <<= 1
	for {
		segment := key
		if dot >= 0 {
			segment = key[:dot]
		}
		p.field = v.fields.child(p.field, segment)
		if p.field == noField || dot < 0 {
			return p
		}
		p.shape = p.shape<<1 | 1
		key = key[dot+1:]
		dot = bytes.IndexByte(key, '.')
	}
}

// slot returns the slot to write at the place, nil when another way to write
// the path counts more.
func (v *View) slot(p place) *slot {
	if p.field <= 0 {
		return nil
	}
	s := &v.slots[p.field]
	switch {
	case s.gen != v.gen:
		v.seen = append(v.seen, p.field)
	case s.shape == p.shape || v.merge:
		return s
	case s.shape > p.shape:
		return nil
	}
	*s = slot{gen: v.gen, present: true, first: -1, last: -1, shape: p.shape}
	return s
}

// add keeps a scalar at the place.
func (v *View) add(p place, raw []byte, kind event.Kind, state uint8) {
	s := v.slot(p)
	if kind == event.Null {
		if s != nil {
			s.null = true
		}
		return
	}
	if len(v.vals) >= MaxValues {
		v.cut = true
		return
	}
	v.vals = append(v.vals, value{raw: raw, next: -1, kind: kind, state: state})
	v.chain(s)
}

// addText is add for a text of an event.
func (v *View) addText(p place, text string) {
	s := v.slot(p)
	if len(v.vals) >= MaxValues {
		v.cut = true
		return
	}
	v.vals = append(v.vals, value{text: text, next: -1, kind: event.String, state: borrowed})
	v.chain(s)
}

// chain makes the latest value the last one of the slot, if it has one.
func (v *View) chain(s *slot) {
	n := int32(len(v.vals) - 1)
	if s == nil {
		return
	}
	if s.first < 0 {
		s.first = n
	} else {
		v.vals[s.last].next = n
	}
	s.last = n
}

// at returns what the event has at the field, nil when nothing.
func (v *View) at(field int32) *slot {
	if field < 0 {
		return nil
	}
	if s := &v.slots[field]; s.gen == v.gen {
		return s
	}
	return nil
}

// textOf returns the text of a value.
func (v *View) textOf(x *value) []byte {
	if x.state&escaped != 0 {
		at := len(v.text)
		v.text = jsonscan.AppendUnescaped(v.text, x.raw)
		x.raw = v.text[at:len(v.text):len(v.text)]
		x.state &^= escaped
	}
	if x.state&borrowed != 0 {
		x.raw, x.text = v.copied(x.text), ""
		x.state &^= borrowed
	}
	return x.raw
}

// foldedOf returns the text of a value with letter case removed.
func (v *View) foldedOf(x *value) []byte {
	if x.state&isFolded == 0 {
		if x.state&borrowed != 0 && needsFold([]byte(x.text)) {
			at := len(v.folded)
			v.folded = appendFolded(v.folded, []byte(x.text))
			x.low = v.folded[at:len(v.folded):len(v.folded)]
			x.state |= isFolded
			return x.low
		}
		x.low = v.textOf(x)
		if needsFold(x.low) {
			at := len(v.folded)
			v.folded = appendFolded(v.folded, x.low)
			x.low = v.folded[at:len(v.folded):len(v.folded)]
		}
		x.state |= isFolded
	}
	return x.low
}

// longest returns how many bytes the folded text of the value has at most: the lower
// case of a letter of two bytes can have three.
func (x *value) longest() int {
	if x.kind != event.String {
		return len(x.raw)
	}
	n := len(x.raw) + len(x.text)
	return n + n/2
}

// Text returns the text of the first scalar at the path, which some rule of the
// set must read. The bytes are valid until the next event.
func (v *View) Text(path string) ([]byte, bool) {
	s := v.at(v.fields.number(path))
	if s == nil || s.first < 0 {
		return nil, false
	}
	return v.textOf(&v.vals[s.first]), true
}

// Number returns the first scalar at the path as a number, as Text does.
func (v *View) Number(path string) (float64, bool) {
	text, ok := v.Text(path)
	if !ok {
		return 0, false
	}
	return parseNumber(text)
}

// fill adds the attributes of an event.
func (v *View) fill(e *event.Event) { v.members(e, e.Root(), place{}, MaxDepth) }

func (v *View) members(e *event.Event, object event.Value, p place, depth int) {
	if depth == 0 {
		v.cut = true
		return
	}
	keyed := object.Kind() == event.Object
	for m := e.Members(object); m.Next(); {
		at := p
		if keyed {
			if at = v.member(p, m.Key()); at.field == noField && !v.all {
				continue // no rule reads it, nor anything below
			}
		}
		x := m.Value()
		switch x.Kind() {
		case event.Object, event.Array:
			v.slot(at)
			v.members(e, x, at, depth-1)
		case event.String:
			v.addText(at, x.Str())
		default:
			from := len(v.text)
			v.text = x.AppendText(v.text)
			v.add(at, v.text[from:len(v.text):len(v.text)], x.Kind(), 0)
		}
	}
}

// member is below for the key of an event.
func (v *View) member(p place, key string) place {
	if p.field == noField {
		return p
	}
	if child := v.fields.child(p.field, []byte(key)); child != noField {
		return place{child, p.shape << 1}
	}
	if strings.IndexByte(key, '.') < 0 {
		return place{field: noField}
	}
	return v.below(p, v.copied(key))
}

// copied returns the bytes of a string, in the memory of the view.
func (v *View) copied(s string) []byte {
	from := len(v.text)
	v.text = append(v.text, s...)
	return v.text[from:len(v.text):len(v.text)]
}
