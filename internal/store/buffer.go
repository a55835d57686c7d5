package store

import (
	"math"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// buffer holds the rows of a part until it is written.
type buffer struct {
	day    string
	source string
	mixed  bool

	rows    int
	bytes   int64
	held    int64 // the memory that it was made with
	first   int64
	last    int64
	untimed int64
	touched int64 // when the last row came, as the writer counts

	times   *series
	message *series
	fixed   [officialTexts]*series // by their number; nil before the first value
	columns map[string]*series     // by kind and path: "s@http.url", and the other official fields
	order   []*series              // that have values, by the first of them
	over    []overflow

	layouts layouts
	key     []byte
	list    []byte
	way     []int32
	fresh   [freshTexts]freshText
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

// overflow is a value that has no column.
type overflow struct {
	row  uint32
	text string // "path":value
}

func newBuffer(day, source string, mixed bool) *buffer {
	b := &buffer{day: day, source: source, mixed: mixed, columns: map[string]*series{}, layouts: newLayouts(), first: math.MaxInt64, last: math.MinInt64}
	b.times, b.message = newSeries(colTime, 't'), newSeries(colMessage, 's')
	return b
}

// reset empties the buffer for another part of the same source: it keeps the columns that
// the last one had, and their memory.
func (b *buffer) reset() {
	all := len(b.columns)
	for key, s := range b.columns {
		if len(s.rows) == 0 {
			delete(b.columns, key)
		}
	}
	b.layouts.reset(len(b.columns) == all)
	for number, s := range b.fixed {
		if s != nil && len(s.rows) == 0 {
			b.fixed[number] = nil
		}
	}
	b.held = b.layouts.size()
	for _, s := range b.order {
		s.reset()
		b.held += costColumn + s.held()
	}
	b.rows, b.bytes, b.untimed, b.first, b.last = 0, 0, 0, math.MaxInt64, math.MinInt64
	b.order, b.over = b.order[:0], emptied(b.over)
	b.key, b.list, b.way = nil, nil, nil // one event may have made them large
}

// size is how much memory the buffer takes.
func (b *buffer) size() int64 { return max(b.bytes, b.held) }

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
	return s
}

// begin notes that the column has its first value.
func (b *buffer) begin(s *series) {
	b.order = append(b.order, s)
	b.bytes += costColumn + int64(2*len(s.name))
}

// spill adds a value to the overflow.
func (b *buffer) spill(path string, e *event.Event, v event.Value) {
	// The name is for other programs: who reads the event has it from its shape.
	text := append(event.AppendJSONString(nil, valid(path[:min(len(path), maxPath)])), ':')
	text = e.AppendJSON(text, v)
	b.over = append(b.over, overflow{row: uint32(b.rows), text: string(text)})
	b.bytes += int64(len(text)) + costText + costRow
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
