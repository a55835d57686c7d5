package store

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/sasumata/sasumata/internal/event"
)

// file returns the buffer as a Parquet file, in row groups of so many rows.
func (b *buffer) file(groupRows int) ([]byte, error) {
	columns, err := b.choose()
	if err != nil {
		return nil, err
	}
	group := parquet.Group{}
	var filters []parquet.BloomFilterColumn
	for _, s := range columns {
		group[s.name] = encoded(s)
		if isName(s) {
			filters = append(filters, parquet.SplitBlockFilter(bloomBits, s.name))
		}
	}
	slices.SortFunc(columns, func(x, y *series) int { return strings.Compare(x.name, y.name) }) // as a Group has them
	var out bytes.Buffer
	w := parquet.NewGenericWriter[any](&out,
		parquet.NewSchema("event", group),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.BloomFilters(filters...),
		parquet.KeyValueMetadata(formatKey, formatVersion),
		parquet.CreatedBy("sasumata", formatVersion, ""),
	)
	cursors := make([]cursor, len(columns))
	for i, s := range columns {
		cursors[i] = newCursor(s, i)
	}
	for from := 0; from < b.rows; from += groupRows {
		to := min(from+groupRows, b.rows)
		for i, into := range w.ColumnWriters() {
			if err := cursors[i].write(into, from, to); err != nil {
				return nil, fmt.Errorf("write the column %s: %w", columns[i].name, err)
			}
		}
		if err := w.Flush(); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// choose returns the columns of the file: the official fields, the most frequent
// attributes, one kind each, and the overflow with the others.
func (b *buffer) choose() ([]*series, error) {
	chosen := []*series{&b.message}
	if len(b.times.rows) > 0 {
		chosen = append(chosen, &b.times)
	}
	var attributes []*series
	for _, s := range b.order {
		if s.name[0] == '@' {
			attributes = append(attributes, s)
		} else {
			chosen = append(chosen, s)
		}
	}
	slices.SortStableFunc(attributes, func(x, y *series) int {
		return cmp.Or(cmp.Compare(len(y.rows), len(x.rows)), strings.Compare(x.name, y.name))
	})
	taken := make(map[string]bool, maxColumns)
	left := map[string]*series{} // by kind and name
	for _, s := range attributes {
		name := strings.ToLower(s.name) // other programs fold the case of names
		if len(taken) == maxColumns || taken[name] {
			left[string(s.kind)+s.name] = s
			continue
		}
		taken[name] = true
		chosen = append(chosen, s)
	}
	more, err := b.more(left)
	if err == nil && len(more.rows) > 0 {
		chosen = append(chosen, more)
	}
	return chosen, err
}

// more returns the overflow: for each row that has any, one object of the values
// without a column, in the order of the event.
func (b *buffer) more(left map[string]*series) (*series, error) {
	out := &series{name: colMore, kind: 's'}
	affected := map[uint32]struct{}{}
	at := make(map[*series]int, len(left))
	for _, s := range left {
		for _, row := range s.rows {
			affected[row] = struct{}{}
		}
	}
	spelt := b.columns["s"+colShape]
	var known shapes
	over := b.over
	for row := range uint32(b.rows) {
		_, some := affected[row]
		if !some && (len(over) == 0 || over[0].row != row) {
			continue
		}
		text := []byte{'{'}
		layout, err := known.shape(spelt.texts[spelt.ids[row]])
		if err != nil {
			return nil, err
		}
		for _, l := range layout.leaves {
			if l.kind == 'x' {
				text = append(separate(text), over[0].text...)
				over = over[1:]
				continue
			}
			s := left[string(l.kind)+"@"+l.path]
			if s == nil {
				continue
			}
			text = append(event.AppendJSONString(separate(text), l.path), ':')
			text = s.appendJSON(text, at[s])
			at[s]++
		}
		out.rows = append(out.rows, row)
		out.ids = append(out.ids, uint32(len(out.texts)))
		out.texts = append(out.texts, string(append(text, '}')))
	}
	return out, nil
}

func separate(text []byte) []byte {
	if text[len(text)-1] != '{' {
		return append(text, ',')
	}
	return text
}

// appendJSON appends the value of the i-th row that has one.
func (s *series) appendJSON(dst []byte, i int) []byte {
	switch s.kind {
	case 's':
		return event.AppendJSONString(dst, s.texts[s.ids[i]])
	case 'd':
		return event.FloatValue(math.Float64frombits(s.nums[i])).AppendText(dst)
	case 'b':
		return event.BoolValue(s.nums[i] != 0).AppendText(dst)
	default:
		return event.IntValue(int64(s.nums[i])).AppendText(dst)
	}
}

// cursor writes a series as a column, from the first row to the last.
type cursor struct {
	s     *series
	index int
	at    int // in s.rows
	texts []parquet.Value
	chunk []parquet.Value
}

// chunkRows is how many rows of a column are handed on at a time.
const chunkRows = 1024

func newCursor(s *series, index int) cursor {
	c := cursor{s: s, index: index, chunk: make([]parquet.Value, 0, chunkRows)}
	if s.kind == 's' {
		c.texts = make([]parquet.Value, len(s.texts))
		for i, text := range s.texts {
			c.texts[i] = parquet.ValueOf(text).Level(0, 1, index)
		}
	}
	return c
}

func (c *cursor) write(into *parquet.ColumnWriter, from, to int) error {
	null := parquet.NullValue().Level(0, 0, c.index)
	for from < to {
		c.chunk = c.chunk[:0]
		for ; from < to && len(c.chunk) < chunkRows; from++ {
			if c.at == len(c.s.rows) || int(c.s.rows[c.at]) != from {
				c.chunk = append(c.chunk, null)
				continue
			}
			c.chunk = append(c.chunk, c.value())
			c.at++
		}
		if _, err := into.WriteRowValues(c.chunk); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) value() parquet.Value {
	if c.s.kind == 's' {
		return c.texts[c.s.ids[c.at]]
	}
	bits := c.s.nums[c.at]
	switch c.s.kind {
	case 'd':
		return parquet.DoubleValue(math.Float64frombits(bits)).Level(0, 1, c.index)
	case 'b':
		return parquet.BooleanValue(bits != 0).Level(0, 1, c.index)
	default:
		return parquet.Int64Value(int64(bits)).Level(0, 1, c.index)
	}
}
