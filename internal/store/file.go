package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maker makes Parquet files, one after the other. It writes pages from the columns of a
// buffer as they are: the texts are known to be different, so that nothing need compare
// them again. The pages are those that parquet-go would write.
//
// It keeps the memory it works with, and is used by one goroutine.
type maker struct {
	out      bytes.Buffer
	protocol thrift.CompactProtocol
	packer   *zstd.Encoder

	// What is different, of a row group.
	numbers numbers
	words   texts
	ids     []int32

	// Of a page.
	header format.PageHeader
	levels []byte // 1 for each row that has a value
	before []byte // the levels as they are written
	floats []float64
	bits   []byte
	text   []byte
	ends   []uint32
	seen   []bool
	body   []byte
	packed []byte
}

func newMaker() *maker {
	return &maker{numbers: newNumbers(), words: newTexts()}
}

// keptBytes is how much memory in bytes a maker keeps between two files: a part of usual
// events needs half of that.
const keptBytes = 16 << 20

// trim gives up the memory if it is too much to keep.
func (m *maker) trim() {
	page := cap(m.levels) + cap(m.before) + 8*cap(m.floats) + cap(m.bits) + cap(m.text) + 4*cap(m.ends) + cap(m.seen) + cap(m.body) + cap(m.packed)
	if m.out.Cap()+page+8*cap(m.numbers.values)+4*cap(m.numbers.known)+4*cap(m.ids)+int(m.words.held()) > keptBytes {
		packer := m.packer
		*m = *newMaker()
		m.packer = packer
	}
}

// fileMagic stands at the beginning and at the end of a Parquet file.
const fileMagic = "PAR1"

// file makes a file of the columns of so many rows, in groups of groupRows. It is valid
// until the next one is made.
func (m *maker) file(all []*series, rows, groupRows int) ([]byte, error) {
	slices.SortFunc(all, func(x, y *series) int { return strings.Compare(x.name, y.name) })
	m.out.Reset()
	m.out.WriteString(fileMagic)
	meta := format.FileMetaData{
		Version:          2,
		Schema:           []format.SchemaElement{{Name: "event", NumChildren: thrift.New(int32(len(all)))}},
		NumRows:          int64(rows),
		KeyValueMetadata: []format.KeyValue{{Key: formatKey, Value: formatVersion}},
		CreatedBy:        "sasumata version " + formatVersion + "(build )",
	}
	columns := make([]column, len(all))
	for i, s := range all {
		columns[i] = column{series: s, typ: typeOf(s.kind), coding: m.coding(s)}
		meta.Schema = append(meta.Schema, columns[i].element())
		meta.ColumnOrders = append(meta.ColumnOrders, *columns[i].typ.ColumnOrder())
	}
	var indexes []pageIndex
	for from := 0; from < rows; from += groupRows {
		group, err := m.group(columns, from, min(from+groupRows, rows))
		if err != nil {
			return nil, err
		}
		group.Ordinal = int16(len(meta.RowGroups))
		meta.RowGroups = append(meta.RowGroups, group)
		for i := range columns {
			indexes = append(indexes, columns[i].pageIndex())
		}
	}
	if err := m.footer(&meta, indexes); err != nil {
		return nil, err
	}
	return m.out.Bytes(), nil
}

// element returns the column as the schema of the file has it.
func (c *column) element() format.SchemaElement {
	e := format.SchemaElement{Name: c.name, RepetitionType: thrift.New(format.Optional)}
	if n := c.typ.Length(); n > 0 {
		e.TypeLength.Set(int32(n))
	}
	if t := c.typ.PhysicalType(); t != nil {
		e.Type.Set(*t)
	}
	if t := c.typ.LogicalType(); t != nil {
		e.LogicalType = *t
	}
	if t := c.typ.ConvertedType(); t != nil {
		e.ConvertedType.Set(*t)
	}
	return e
}

// group writes a row group.
func (m *maker) group(columns []column, from, to int) (format.RowGroup, error) {
	group := format.RowGroup{NumRows: int64(to - from), FileOffset: int64(m.out.Len()), SortingColumns: []format.SortingColumn{}}
	for i := range columns {
		if err := m.write(&columns[i], from, to); err != nil {
			return group, fmt.Errorf("write the column %s: %w", columns[i].name, err)
		}
	}
	for i := range columns {
		c := &columns[i]
		meta := &c.chunk.MetaData
		if len(c.bloom) > 0 {
			at := m.out.Len()
			h := format.BloomFilterHeader{NumBytes: int32(len(c.bloom))}
			h.Algorithm.Value, h.Hash.Value, h.Compression.Value = &format.SplitBlockAlgorithm{}, &format.XxHash{}, &format.BloomFilterUncompressed{}
			if err := m.encode(&h); err != nil {
				return group, err
			}
			m.out.Write(c.bloom)
			meta.BloomFilterOffset, meta.BloomFilterLength = int64(at), int32(m.out.Len()-at)
		}
		group.TotalByteSize += meta.TotalUncompressedSize
		group.TotalCompressedSize += meta.TotalCompressedSize
		group.Columns = append(group.Columns, c.chunk)
	}
	return group, nil
}

// pageIndex says where the pages of a column of a row group are, and what is in them.
type pageIndex struct {
	values format.ColumnIndex
	places format.OffsetIndex
}

func (c *column) pageIndex() pageIndex {
	index := pageIndex{c.pages.ColumnIndex(), c.offsets}
	index.values.DefinitionLevelHistogram = c.presence
	return index
}

// footer ends the file: indexes are of all columns of each row group.
func (m *maker) footer(meta *format.FileMetaData, indexes []pageIndex) error {
	chunk := func(i int) *format.ColumnChunk {
		n := len(meta.ColumnOrders)
		return &meta.RowGroups[i/n].Columns[i%n]
	}
	for i := range indexes {
		at := m.out.Len()
		if err := m.encode(&indexes[i].values); err != nil {
			return err
		}
		chunk(i).ColumnIndexOffset, chunk(i).ColumnIndexLength = int64(at), int32(m.out.Len()-at)
	}
	for i := range indexes {
		at := m.out.Len()
		if err := m.encode(&indexes[i].places); err != nil {
			return err
		}
		chunk(i).OffsetIndexOffset, chunk(i).OffsetIndexLength = int64(at), int32(m.out.Len()-at)
	}
	at := m.out.Len()
	if err := m.encode(meta); err != nil {
		return err
	}
	m.out.Write(binary.LittleEndian.AppendUint32(nil, uint32(m.out.Len()-at)))
	m.out.WriteString(fileMagic)
	return nil
}

// encode writes what stands between pages.
func (m *maker) encode(v any) error {
	return thrift.NewEncoder(m.protocol.NewWriter(&m.out)).Encode(v)
}

// pack packs a piece of the file. It is valid until the next one is packed.
func (m *maker) pack(data []byte) ([]byte, error) {
	if m.packer == nil {
		// Left to itself, the fastest level leaves texts as they are in which nothing
		// repeats, such as ids in hexadecimal digits, which take half of that.
		packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithAllLitEntropyCompression(true),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(packWindow), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
		if err != nil {
			return nil, err
		}
		m.packer = packer
	}
	m.packed = m.packer.EncodeAll(data, m.packed[:0])
	return m.packed, nil
}

// packWindow is how far back in bytes repetitions are looked for: pages are smaller but
// for some with very long texts. A packer takes twice as much memory.
const packWindow = 1 << 20
