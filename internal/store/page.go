package store

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// pageSize is the size in bytes from which on a page is full, before it is packed.
	pageSize = 256 << 10 * 98 / 100
	// chunkRows is how many rows are added to a page at a time.
	chunkRows = 1024
)

// extent is a piece of a column, of rows or of values.
type extent struct{ from, to int }

// page is one of a column.
type page struct{ rows, values extent }

// page returns the page that begins with the row, of a row group that ends before the
// row to and the value end.
func (c *column) page(row, to, end int) page {
	p := page{extent{row, row}, extent{c.at, c.at}}
	for texts := 0; p.rows.to < to; {
		p.rows.to = min(p.rows.to+chunkRows, to)
		for p.values.to < end && int(c.rows[p.values.to]) < p.rows.to {
			if c.kind == 's' && !c.dictionary {
				texts += len(c.texts.at(c.ids[p.values.to]))
			}
			p.values.to++
		}
		if 5*(p.rows.to-p.rows.from)+texts+c.width(p.values.to-p.values.from) >= pageSize {
			break
		}
	}
	return p
}

// width returns the size of so many values, without that of texts.
func (c *column) width(values int) int {
	switch {
	case c.dictionary || c.kind == 's':
		return 4 * values
	case c.kind == 'b':
		return (values + 7) / 8
	default:
		return 8 * values
	}
}

// writePage writes a page that begins with the row of its group.
func (m *maker) writePage(c *column, p *page, row int) error {
	m.levels = append(m.levels[:0], make([]byte, p.rows.to-p.rows.from)...)
	for _, row := range c.rows[p.values.from:p.values.to] {
		m.levels[int(row)-p.rows.from] = 1
	}
	var err error
	if m.before, err = (&rle.Encoding{BitWidth: 1}).EncodeLevels(m.before[:0], m.levels); err != nil {
		return err
	}
	least, greatest, err := m.encodeValues(c, p.values)
	if err != nil {
		return err
	}
	some := int64(p.values.to - p.values.from)
	none := int64(len(m.levels)) - some
	at := m.out.Len()
	m.header = format.PageHeader{Type: format.DataPageV2}
	m.header.DataPageHeaderV2.Set(format.DataPageHeaderV2{
		NumValues: int32(len(m.levels)), NumRows: int32(len(m.levels)), NumNulls: int32(none),
		Encoding: c.encoding.Encoding(), DefinitionLevelsByteLength: int32(len(m.before)),
		IsCompressed: thrift.New(true),
	})
	if err := m.putPage(c, m.before, c.encoding.Encoding()); err != nil {
		return err
	}
	c.widen(least, greatest)
	c.pages.IndexPage(int64(len(m.levels)), none, least, greatest)
	c.presence = append(c.presence, none, some)
	c.offsets.PageLocations = append(c.offsets.PageLocations, format.PageLocation{
		Offset: int64(at), CompressedPageSize: int32(m.out.Len() - at), FirstRowIndex: int64(row),
	})
	return nil
}

// encodeValues makes the body of a page, and returns the least and the greatest of the
// values; null where there are none. They are valid until the next page.
func (m *maker) encodeValues(c *column, which extent) (least, greatest parquet.Value, err error) {
	var data encoding.Values
	switch {
	case c.kind != 's':
		data = m.scalars(c, c.nums[which.from:which.to])
		if which.from < which.to {
			least, greatest, _ = c.typ.NewPage(0, which.to-which.from, data).Bounds()
		}
	case c.dictionary:
		least, greatest = m.wordBounds(c.words, c.places[which.from-c.begin:which.to-c.begin])
	default:
		data = m.collect(c, which.from, which.to)
		least, greatest = textBounds(m.text, m.ends)
		c.chunk.MetaData.SizeStatistics.UnencodedByteArrayDataBytes += int64(len(m.text))
	}
	if c.dictionary {
		m.body, err = c.encoding.EncodeInt32(m.body[:0], c.places[which.from-c.begin:which.to-c.begin])
	} else {
		m.body, err = c.typ.Encode(m.body[:0], data, c.encoding)
	}
	return least, greatest, err
}

// wordBounds returns the least and the greatest of some texts of a dictionary.
func (m *maker) wordBounds(words *texts, places []int32) (least, greatest parquet.Value) {
	if len(places) == 0 {
		return least, greatest
	}
	m.seen = append(m.seen[:0], make([]bool, words.len())...)
	low := words.at(places[0])
	high := low
	for _, place := range places {
		if m.seen[place] {
			continue
		}
		m.seen[place] = true
		low, high = narrow(low, high, words.at(place))
	}
	return parquet.ByteArrayValue(low), parquet.ByteArrayValue(high)
}

// textBounds returns the least and the greatest of texts that stand one behind the other.
func textBounds(data []byte, ends []uint32) (least, greatest parquet.Value) {
	if len(ends) == 1 {
		return least, greatest
	}
	low := data[:ends[1]]
	high := low
	for i, end := range ends[1:] {
		low, high = narrow(low, high, data[ends[i]:end])
	}
	return parquet.ByteArrayValue(low), parquet.ByteArrayValue(high)
}

func narrow(low, high, text []byte) (least, greatest []byte) {
	switch {
	case bytes.Compare(text, low) < 0:
		return text, high
	case bytes.Compare(text, high) > 0:
		return low, text
	default:
		return low, high
	}
}

// widen notes the least and the greatest of the values of the chunk.
func (c *column) widen(least, greatest parquet.Value) {
	if least.IsNull() {
		return
	}
	s := &c.chunk.MetaData.Statistics
	if s.MinValue == nil || c.typ.Compare(least, c.typ.Kind().Value(s.MinValue)) < 0 {
		s.MinValue = least.AppendBytes([]byte{})
	}
	if s.MaxValue == nil || c.typ.Compare(greatest, c.typ.Kind().Value(s.MaxValue)) > 0 {
		s.MaxValue = greatest.AppendBytes([]byte{})
	}
}

// putPage packs the body of a page and writes it behind its header and the levels.
func (m *maker) putPage(c *column, levels []byte, as format.Encoding) error {
	packed, err := m.pack(m.body)
	if err != nil {
		return err
	}
	if size := len(levels) + max(len(m.body), len(packed)); size > math.MaxInt32 {
		return fmt.Errorf("a page of %d bytes is too large", size)
	}
	m.header.UncompressedPageSize = int32(len(levels) + len(m.body))
	m.header.CompressedPageSize = int32(len(levels) + len(packed))
	m.header.CRC = int32(crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, packed))
	at := m.out.Len()
	if err := m.encode(&m.header); err != nil {
		return err
	}
	head := int64(m.out.Len() - at)
	m.out.Write(levels)
	m.out.Write(packed)
	meta := &c.chunk.MetaData
	meta.TotalUncompressedSize += head + int64(m.header.UncompressedPageSize)
	meta.TotalCompressedSize += head + int64(m.header.CompressedPageSize)
	for i := range meta.EncodingStats {
		if s := &meta.EncodingStats[i]; s.PageType == m.header.Type {
			s.Count++
			return nil
		}
	}
	meta.EncodingStats = append(meta.EncodingStats, format.PageEncodingStats{PageType: m.header.Type, Encoding: as, Count: 1})
	return nil
}
