package store

import (
	"math"
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// column is one of a file that is made.
type column struct {
	*series
	coding

	typ parquet.Type
	at  int // the first value that is not written

	// Of a row group:
	words    *texts  // the dictionary of texts
	places   []int32 // in the dictionary, of the values
	begin    int     // the value that places begin with
	bloom    []byte
	chunk    format.ColumnChunk
	pages    parquet.ColumnIndexer
	offsets  format.OffsetIndex
	presence []int64 // of each page how many rows have no value, and how many have one
}

// write writes the rows of a column.
func (m *maker) write(c *column, from, to int) error {
	end := c.at + sort.Search(len(c.rows)-c.at, func(i int) bool { return int(c.rows[c.at+i]) >= to })
	c.chunk = format.ColumnChunk{MetaData: format.ColumnMetaData{
		Type:         format.Type(c.typ.Kind()),
		Encoding:     []format.Encoding{c.encoding.Encoding(), format.RLE},
		PathInSchema: []string{c.name},
		Codec:        format.Zstd,
		NumValues:    int64(to - from),
	}}
	meta := &c.chunk.MetaData
	c.pages, c.offsets, c.presence = c.typ.NewColumnIndexer(parquet.DefaultColumnIndexSizeLimit), format.OffsetIndex{}, nil
	if c.dictionary {
		meta.Encoding = append(meta.Encoding, format.Plain)
		if err := m.writeDictionary(c, end); err != nil {
			return err
		}
	}
	slices.Sort(meta.Encoding)
	if err := m.filter(c, end, to-from); err != nil {
		return err
	}
	meta.DataPageOffset = int64(m.out.Len())
	for row := from; row < to; {
		p := c.page(row, to, end)
		if err := m.writePage(c, &p, row-from); err != nil {
			return err
		}
		row, c.at = p.rows.to, p.values.to
	}
	size := &meta.SizeStatistics
	size.DefinitionLevelHistogram = make([]int64, 2)
	for i, n := range c.presence {
		size.DefinitionLevelHistogram[i%2] += n
	}
	meta.Statistics.NullCount = size.DefinitionLevelHistogram[0]
	return nil
}

// writeDictionary writes the different values of a row group, up to the value end, and
// notes which of them each value is.
func (m *maker) writeDictionary(c *column, end int) error {
	var data encoding.Values
	c.begin = c.at
	different := 0
	switch {
	case c.kind != 's':
		m.numbers.reset(end - c.at)
		m.ids = m.ids[:0]
		for _, n := range c.nums[c.at:end] {
			m.ids = append(m.ids, m.numbers.number(n))
		}
		c.places, different = m.ids, len(m.numbers.values)
		data = m.scalars(c, m.numbers.values)
	case c.at == 0 && end == len(c.ids) && !c.plain:
		c.words, c.places = &c.texts, c.ids
	default: // of a part, or texts that nobody compared
		m.words.reset()
		m.ids = m.ids[:0]
		for _, id := range c.ids[c.at:end] {
			text := c.texts.at(id)
			hash := m.words.hash(text)
			place := m.words.find(text, hash)
			if place < 0 {
				place = m.words.add(text)
				m.words.note(place, hash)
			}
			m.ids = append(m.ids, place)
		}
		c.words, c.places = &m.words, m.ids
	}
	if c.kind == 's' {
		different = c.words.len()
		data = encoding.ByteArrayValues(c.words.data, c.words.ends)
	}
	c.chunk.MetaData.DictionaryPageOffset = int64(m.out.Len())
	var err error
	if m.body, err = c.typ.Encode(m.body[:0], data, &parquet.Plain); err != nil {
		return err
	}
	m.header = format.PageHeader{Type: format.DictionaryPage}
	m.header.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(different), Encoding: format.Plain})
	return m.putPage(c, nil, format.Plain)
}

// filter makes the Bloom filter of a row group of so many rows, up to the value end.
func (m *maker) filter(c *column, end, rows int) error {
	if !c.filtered {
		return nil
	}
	f := parquet.SplitBlockFilter(bloomBits, c.name)
	var data encoding.Values
	if c.dictionary {
		rows, data = c.words.len(), encoding.ByteArrayValues(c.words.data, c.words.ends)
	} else {
		data = m.collect(c, c.at, end)
	}
	var err error
	c.bloom, err = c.typ.Encode(make([]byte, f.Size(int64(rows))), data, f.Encoding())
	return err
}

// scalars returns the bits of numbers as values of the column.
func (m *maker) scalars(c *column, bits []int64) encoding.Values {
	switch c.kind {
	case 'd':
		m.floats = m.floats[:0]
		for _, n := range bits {
			m.floats = append(m.floats, math.Float64frombits(uint64(n)))
		}
		return encoding.DoubleValues(m.floats)
	case 'b':
		m.bits = append(m.bits[:0], make([]byte, (len(bits)+7)/8)...)
		for i, n := range bits {
			m.bits[i/8] |= byte(n) << (i % 8)
		}
		return encoding.BooleanValues(m.bits)
	default:
		return encoding.Int64Values(bits)
	}
}

// collect returns the texts from one value to another.
func (m *maker) collect(c *column, from, to int) encoding.Values {
	m.text, m.ends = m.text[:0], append(m.ends[:0], 0)
	for _, id := range c.ids[from:to] {
		m.text = append(m.text, c.texts.at(id)...)
		m.ends = append(m.ends, uint32(len(m.text)))
	}
	return encoding.ByteArrayValues(m.text, m.ends)
}
