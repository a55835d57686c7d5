package store

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// What a buffer costs beside the texts in it, in bytes: an estimate for the limit.
const (
	costRow    = 12 // of two slices that grow; numbers take a half more
	costText   = 6
	costKnown  = 32
	costStep   = 150
	costColumn = 900
)

const (
	// manyTexts is how many texts a column must have before it is judged whether they
	// are worth comparing.
	manyTexts = 16 << 10
	// freshTexts and freshBytes are how many texts of a column wait to be compared, and
	// their size: one after the other, the processor finds the next while it waits for
	// memory because of the last.
	freshTexts = 256
	freshBytes = 32 << 10
)

// series are the values of a column: of the rows that have one.
type series struct {
	name  string // of the column
	kind  byte
	plain bool // of kind s: hardly any text comes twice
	rows  []uint32
	nums  []int64 // of other kinds than s: the bits of the values
	ids   []int32 // of kind s: the numbers of the texts
	texts texts   // of kind s: each once, or one for each row
	fresh texts   // of the last rows, which have no number yet
}

func newSeries(name string, kind byte) *series {
	s := &series{name: name, kind: kind, plain: name == colMessage}
	if kind == 's' {
		s.texts, s.fresh = newTexts(), texts{ends: []uint32{0}}
	}
	return s
}

// addScalar adds a number or truth value of the column's kind.
func (s *series) addScalar(b *buffer, v event.Value) {
	switch s.kind {
	case 'd':
		f, _ := v.Number()
		s.addNumber(b, int64(math.Float64bits(f))) // the bits are kept
	case 'b':
		n := int64(0)
		if v.Bool() {
			n = 1
		}
		s.addNumber(b, n)
	default:
		s.addNumber(b, v.Int())
	}
}

func (s *series) addNumber(b *buffer, bits int64) {
	s.addRow(b)
	s.nums = append(s.nums, bits)
}

func (s *series) addRow(b *buffer) {
	if len(s.rows) == 0 {
		b.begin(s)
	}
	s.rows = append(s.rows, uint32(b.rows))
	b.bytes += costRow
}

func (s *series) addText(b *buffer, text string) {
	s.addRow(b)
	if s.plain {
		s.addPlain(b, text)
		return
	}
	s.fresh.addString(text)
	s.wait(b, len(text))
}

// addPlain adds a text that is compared with the last one only.
func (s *series) addPlain(b *buffer, text string) {
	if n := len(s.ids); n > 0 && string(s.texts.at(s.ids[n-1])) == text {
		s.ids = append(s.ids, s.ids[n-1])
		return
	}
	s.ids = append(s.ids, s.texts.addString(valid(text)))
	b.bytes += int64(len(text)) + costText
}

// addBytes is addText for a text that the caller uses again.
func (s *series) addBytes(b *buffer, text []byte) {
	s.addRow(b)
	if s.plain {
		s.addPlain(b, string(text))
		return
	}
	s.fresh.add(text)
	s.wait(b, len(text))
}

// wait lets a text of so many bytes wait for its number.
func (s *series) wait(b *buffer, size int) {
	b.bytes += int64(size)
	if s.fresh.len() == freshTexts || len(s.fresh.data) >= freshBytes {
		s.settle(b)
	}
}

// freshText is a text that waits for its number.
type freshText struct {
	hash  uint32
	guess int32 // the text that it may be, -1 if none
	same  bool  // as the one before
}

// settle gives the texts of the last rows their numbers. It goes over them more than once:
// while the processor waits for memory because of a text, it can go on with the next.
func (s *series) settle(b *buffer) {
	fresh := b.fresh[:s.fresh.len()]
	if len(fresh) == 0 {
		return
	}
	last, before := int32(-1), []byte(nil)
	if n := len(s.ids); n > 0 {
		last = s.ids[n-1]
		before = s.texts.at(last)
	}
	for i := range fresh {
		f, text := &fresh[i], s.fresh.at(int32(i))
		f.same = (i > 0 || last >= 0) && bytes.Equal(text, before) // many a field seldom changes
		if before = text; !f.same {
			f.hash = s.texts.hash(text)
		}
	}
	for i := range fresh {
		if f := &fresh[i]; !f.same {
			f.guess = s.texts.guess(f.hash)
		}
	}
	for i := range fresh {
		f, text := &fresh[i], s.fresh.at(int32(i))
		switch {
		case f.same:
		case !s.plain && f.guess >= 0 && bytes.Equal(s.texts.at(f.guess), text):
			last = f.guess
		default:
			last = s.number(b, text, f.hash)
		}
		s.ids = append(s.ids, last)
	}
	b.bytes -= int64(len(s.fresh.data))
	s.fresh.reset()
}

// number returns the number of a text with the hash.
func (s *series) number(b *buffer, text []byte, hash uint32) int32 {
	if !s.plain {
		if id := s.texts.find(text, hash); id >= 0 {
			return id
		}
	}
	if !utf8.Valid(text) {
		text = []byte(valid(string(text)))
		return s.number(b, text, s.texts.hash(text))
	}
	b.bytes += int64(len(text)) + costText
	id := s.texts.add(text)
	switch {
	case s.plain:
	case s.texts.len() > manyTexts && s.texts.len() > len(s.ids)/2:
		s.plain, s.texts.known = true, nil
	default:
		s.texts.note(id, hash)
		b.bytes += costKnown
	}
	return id
}

// reset takes the values out of the column.
func (s *series) reset() {
	s.rows, s.nums, s.ids = emptied(s.rows), emptied(s.nums), emptied(s.ids)
	if s.kind == 's' {
		s.texts.reset()
		s.fresh.reset()
	}
	s.plain = s.name == colMessage
}

// held returns how much memory the column keeps, in bytes.
func (s *series) held() int64 {
	return int64(4*cap(s.rows)+8*cap(s.nums)+4*cap(s.ids)) + s.texts.held() + s.fresh.held()
}

// emptied returns the list without what is in it, for something that is about as long:
// memory that was hardly used is given up.
func emptied[T any](list []T) []T {
	if cap(list) > 4*len(list)+freshTexts {
		return nil
	}
	return list[:0]
}
