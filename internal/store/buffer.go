package store

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// What a buffer costs beside the texts in it, in bytes: an estimate for the limit.
const (
	costValue  = 6 // of each of two slices that grow
	costText   = 6
	costKnown  = 32
	costColumn = 600
)

// buffer holds the rows of a part until it is written.
type buffer struct {
	day    string
	source string
	mixed  bool

	rows    int
	bytes   int64
	first   int64
	last    int64
	untimed int64
	touched int64 // when the last row came, as the writer counts

	times   *series
	message *series
	fixed   [officialTexts]*series // by their number; nil before the first value
	columns map[string]*series     // by kind and path: "s@http.url", and the other official fields
	order   []*series
	over    []overflow

	shaper  shaper
	layouts map[string]*layout
	form    []byte        // of the event
	leaves  []event.Value // of the event
	record  []slot        // of a layout that is met for the first time
	key     []byte
	list    []byte
}

// The official fields that are texts.
const (
	textStatus = iota
	textService
	textHost
	textTrace
	textSpan
	textSource
	textTags
	textShape
	officialTexts
)

func officialNames() [officialTexts]string {
	return [...]string{colStatus, colService, colHost, colTrace, colSpan, colSource, colTags, colShape}
}

// series are the values of a column: of the rows that have one.
type series struct {
	name  string // of the column
	kind  byte
	plain bool // of kind s: hardly any text comes twice
	rows  []uint32
	texts texts   // of kind s: each once, or one for each row
	ids   []int32 // of kind s: the numbers of the texts
	nums  []int64 // of other kinds: the bits of the values
}

func newSeries(name string, kind byte) *series {
	s := &series{name: name, kind: kind}
	if kind == 's' {
		s.texts = newTexts()
	}
	return s
}

// overflow is a value that has no column.
type overflow struct {
	row  uint32
	text string // "path":value
}

func newBuffer(day, source string, mixed bool) *buffer {
	b := &buffer{day: day, source: source, mixed: mixed, columns: map[string]*series{}, first: math.MaxInt64, last: math.MinInt64}
	b.times, b.message = newSeries(colTime, 't'), newSeries(colMessage, 's')
	b.message.plain = true
	b.shaper.value, b.shaper.over = b.value, b.beside
	return b
}

// append adds the event as a row.
func (b *buffer) append(e *event.Event) {
	if e.Time != 0 {
		b.times.addNumber(b, e.Time)
		b.first, b.last = min(b.first, e.Time), max(b.last, e.Time)
	} else {
		b.untimed++
	}
	b.message.addText(b, e.Message)
	b.official(textStatus, e.Status)
	b.official(textService, e.Service)
	b.official(textHost, e.Host)
	b.official(textTrace, e.TraceID)
	b.official(textSpan, e.SpanID)
	if b.mixed {
		b.official(textSource, e.Source)
	}
	if len(e.Tags) > 0 {
		b.list = append(b.list[:0], '[')
		for i, tag := range e.Tags {
			if i > 0 {
				b.list = append(b.list, ',')
			}
			b.list = event.AppendJSONString(b.list, tag)
		}
		b.list = append(b.list, ']')
		b.text(textTags).addBytes(b, b.list)
	}
	b.attributes(e)
	b.rows++
}

func (b *buffer) official(number int, text string) {
	if text != "" {
		b.text(number).addText(b, text)
	}
}

// text returns the column of an official field.
func (b *buffer) text(number int) *series {
	s := b.fixed[number]
	if s == nil {
		name := officialNames()[number]
		b.key = append(append(b.key[:0], 's'), name...)
		s = b.series(name)
		b.fixed[number] = s
	}
	return s
}

// series returns the column that b.key names.
func (b *buffer) series(name string) *series {
	if s := b.columns[string(b.key)]; s != nil {
		return s
	}
	s := newSeries(strings.Clone(name), b.key[0])
	b.columns[string(b.key)] = s
	b.order = append(b.order, s)
	b.bytes += costColumn + int64(2*len(name))
	return s
}

// value adds a scalar to its column, unless this row has one there already.
func (b *buffer) value(path []byte, kind byte, v event.Value) bool {
	if !plainPath(path) {
		return false
	}
	b.key = append(append(append(b.key[:0], kind), '@'), path...)
	s := b.columns[string(b.key)]
	if s == nil {
		s = b.series(string(b.key[1:]))
	} else if n := len(s.rows); n > 0 && s.rows[n-1] == uint32(b.rows) {
		return false
	}
	s.add(b, v)
	b.record = append(b.record, slot{column: s})
	return true
}

// add adds a scalar of the column's kind.
func (s *series) add(b *buffer, v event.Value) {
	switch s.kind {
	case 's':
		s.addText(b, v.Str())
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

// beside adds a value to the overflow, of a layout that is met for the first time.
func (b *buffer) beside(path []byte, e *event.Event, v event.Value) {
	b.record = append(b.record, slot{path: bytes.Clone(path[:min(len(path), maxPath)])})
	b.spill(path, e, v)
}

// spill adds a value to the overflow.
func (b *buffer) spill(path []byte, e *event.Event, v event.Value) {
	// The name is for other programs: who reads the event has it from its shape.
	text := append(event.AppendJSONString(nil, valid(string(path[:min(len(path), maxPath)]))), ':')
	text = e.AppendJSON(text, v)
	b.over = append(b.over, overflow{row: uint32(b.rows), text: string(text)})
	b.bytes += int64(len(text)) + costText + costValue
}

// maxPath is the length in bytes of the longest name of a column, and of one in the
// overflow: a longer one is cut, or a long key would be written for each value below it.
const maxPath = 200

// plainPath reports whether the path may be the name of a column. Keys that nobody
// would type, from whoever writes logs, stay in the overflow.
func plainPath(path []byte) bool {
	if len(path) == 0 || len(path) > maxPath {
		return false
	}
	for _, c := range path {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (s *series) addNumber(b *buffer, bits int64) {
	s.rows = append(s.rows, uint32(b.rows))
	s.nums = append(s.nums, bits)
	b.bytes += 3 * costValue
}

// manyTexts is how many texts a column must have before it is judged whether they
// are worth comparing.
const manyTexts = 16 << 10

func (s *series) addText(b *buffer, text string) {
	s.rows = append(s.rows, uint32(b.rows))
	b.bytes += 2 * costValue
	if n := len(s.ids); n > 0 && string(s.texts.at(s.ids[n-1])) == text {
		s.ids = append(s.ids, s.ids[n-1]) // many a field seldom changes
		return
	}
	if s.plain {
		s.ids = append(s.ids, s.texts.add(valid(text)))
		b.bytes += int64(len(text)) + costText
		return
	}
	id, hash := s.texts.find(text)
	if id < 0 && !utf8.ValidString(text) {
		text = valid(text)
		id, hash = s.texts.find(text)
	}
	if id < 0 {
		id = s.texts.add(text)
		b.bytes += int64(len(text)) + costText
		if s.texts.len() > manyTexts && s.texts.len() > len(s.rows)/2 {
			s.plain, s.texts.known = true, nil
		} else {
			s.texts.note(id, hash)
			b.bytes += costKnown
		}
	}
	s.ids = append(s.ids, id)
}

// addBytes is addText for a text that the caller uses again.
func (s *series) addBytes(b *buffer, text []byte) {
	if n := len(s.ids); n > 0 && string(s.texts.at(s.ids[n-1])) == string(text) {
		s.rows, s.ids = append(s.rows, uint32(b.rows)), append(s.ids, s.ids[n-1])
		b.bytes += 2 * costValue
		return
	}
	s.addText(b, string(text))
}
