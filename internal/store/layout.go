package store

import (
	"encoding/binary"
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

const (
	// maxLayouts is how many layouts a buffer remembers, maxForm the size in bytes of the
	// largest form among them: who writes logs chooses both.
	maxLayouts = 1024
	maxForm    = 4096
)

// layout says where the values of events go that have the same keys and kinds of values:
// most events of a source share a few.
type layout struct {
	shape  string
	leaves []slot
	used   bool // for the part
}

// slot is where a value goes: into a column, or into the overflow under its path.
type slot struct {
	column *series
	path   []byte
}

// attributes adds those of the event to the row.
func (b *buffer) attributes(e *event.Event) {
	b.form, b.leaves = b.form[:0], b.leaves[:0]
	b.outline(e, e.Root())
	known := b.layouts[string(b.form)]
	if known == nil {
		b.learn(e)
		return
	}
	known.used = true
	for i := range known.leaves {
		if at := &known.leaves[i]; at.column != nil {
			at.column.add(b, b.leaves[i])
		} else {
			b.spill(at.path, e, b.leaves[i])
		}
	}
	b.text(textShape).addText(b, known.shape)
}

// outline writes the keys of an object and the kinds of its values to b.form, and
// collects the values that go somewhere.
func (b *buffer) outline(e *event.Event, object event.Value) {
	for key, v := range e.Items(object) {
		kind := letter(v)
		b.form = binary.AppendUvarint(b.form, uint64(len(key)))
		b.form = append(append(b.form, key...), kind)
		switch kind {
		case '{':
			b.outline(e, v)
			b.form = append(b.form, '}')
		case 'n':
		default:
			b.leaves = append(b.leaves, v)
		}
	}
}

// learn adds the attributes of an event with a layout that is not known, and remembers
// where they went.
func (b *buffer) learn(e *event.Event) {
	b.record = b.record[:0]
	b.shaper.event(e)
	b.text(textShape).addBytes(b, b.shaper.text)
	if len(b.layouts) >= maxLayouts || len(b.form) > maxForm {
		clear(b.record)
		return
	}
	known := &layout{shape: string(b.shaper.text), leaves: slices.Clone(b.record), used: true}
	if b.layouts == nil {
		b.layouts = map[string]*layout{}
	}
	b.layouts[string(b.form)] = known
	b.bytes += known.size(string(b.form))
}

// size is how much memory a layout takes whose form that is, in bytes.
func (l *layout) size(form string) int64 {
	return int64(3*len(form) + len(l.leaves)*costSlot)
}
