package store

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/sasumata/sasumata/internal/event"
)

// TestFiles compares files with those that parquet-go writes of the same columns: they are
// the same byte by byte.
func TestFiles(t *testing.T) {
	m := newMaker() // one for all of them
	f := func(name string, rows, groupRows int, next func(i int) *event.Event) {
		t.Helper()
		b := newBuffer("2026-01-01", mixedName, true)
		for i := range rows {
			b.append(next(i))
		}
		columns, err := b.choose()
		if err != nil {
			t.Fatal(err)
		}
		want := byParquetGo(t, slices.Clone(columns), b.rows, groupRows)
		got, err := m.file(columns, b.rows, groupRows)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes are not the %d of parquet-go", name, len(got), len(want))
		}
	}
	r := newRequests()
	request := func(int) *event.Event { return r.next() }
	for _, rows := range []int{1, 2, chunkRows, chunkRows + 1, 20_000} {
		f("requests", rows, defaultPartRows, request)
		f("requests in groups", rows, 700, request)
	}
	g := generator{rand.New(rand.NewPCG(3, 4))}
	f("anything", 3000, defaultPartRows, func(int) *event.Event { return g.event(t) })
	f("anything in groups", 3000, 999, func(int) *event.Event { return g.event(t) })
	e := event.New()
	attribute := func(name string, v func(i int) event.Value) {
		t.Helper()
		for _, groupRows := range []int{defaultPartRows, 10_000} {
			f(name, 50_000, groupRows, func(i int) *event.Event {
				e.Reset()
				e.Set(name, v(i))
				return e
			})
		}
	}
	attribute("client_id", func(i int) event.Value { return event.StringValue(fmt.Sprintf("%x", i*i)) })
	attribute("user", func(i int) event.Value { return event.StringValue(fmt.Sprint(i % 100)) })
	attribute("path", func(i int) event.Value { return event.StringValue(fmt.Sprint("/", i/3%17_000)) })
	attribute("invalid", func(i int) event.Value { return event.StringValue(fmt.Sprintf("\xff%d", i/3%17_000)) })
	attribute("blocks", func(i int) event.Value { return event.StringValue(strings.Repeat("a", i/20_000)) })
	attribute("number", func(i int) event.Value { return event.IntValue(int64(i) * int64(i) * math.MaxInt32) })
	attribute("few", func(i int) event.Value { return event.IntValue(int64(-i % 7)) })
	attribute("fraction", func(i int) event.Value { return event.FloatValue(float64(i) / 7) })
	attribute("fractions", func(i int) event.Value { return event.FloatValue(float64(i%9-4) / 3) })
	attribute("truth", func(i int) event.Value { return event.BoolValue(i%3 == 0) })
	attribute("late", func(i int) event.Value {
		if i < 40_000 {
			return event.Value{}
		}
		return event.IntValue(int64(i))
	})
}

// byParquetGo makes a file of the columns with the writer of parquet-go.
func byParquetGo(t *testing.T, columns []*series, rows, groupRows int) []byte {
	t.Helper()
	m, group := newMaker(), parquet.Group{}
	var filters []parquet.BloomFilterColumn
	for _, s := range columns {
		how := m.coding(s)
		n := parquet.Encoded(parquet.Optional(parquet.Leaf(typeOf(s.kind))), how.encoding)
		if how.filtered {
			filters = append(filters, parquet.SplitBlockFilter(bloomBits, s.name))
		}
		group[s.name] = n
	}
	slices.SortFunc(columns, func(x, y *series) int { return strings.Compare(x.name, y.name) })
	var out bytes.Buffer
	w := parquet.NewGenericWriter[any](&out,
		parquet.NewSchema("event", group),
		parquet.Compression(&packing{maker: m}),
		parquet.BloomFilters(filters...),
		parquet.KeyValueMetadata(formatKey, formatVersion),
		parquet.CreatedBy("sasumata", formatVersion, ""),
		parquet.DataPageStatistics(false),
	)
	at := make([]int, len(columns))
	for from := 0; from < rows; from += groupRows {
		to := min(from+groupRows, rows)
		for i, into := range w.ColumnWriters() {
			for row := from; row < to; row += chunkRows {
				if _, err := into.WriteRowValues(columns[i].values(i, &at[i], row, min(row+chunkRows, to))); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// values returns the values of some rows, the first of which is the value *at.
func (s *series) values(column int, at *int, from, to int) []parquet.Value {
	var all []parquet.Value
	for row := from; row < to; row++ {
		if *at == len(s.rows) || int(s.rows[*at]) != row {
			all = append(all, parquet.NullValue().Level(0, 0, column))
			continue
		}
		var v parquet.Value
		switch s.kind {
		case 's':
			v = parquet.ByteArrayValue(bytes.Clone(s.texts.at(s.ids[*at])))
		case 'd':
			v = parquet.DoubleValue(math.Float64frombits(uint64(s.nums[*at])))
		case 'b':
			v = parquet.BooleanValue(s.nums[*at] != 0)
		default:
			v = parquet.Int64Value(s.nums[*at])
		}
		all = append(all, v.Level(0, 1, column))
		*at++
	}
	return all
}

// FuzzFile compares files of any events with those of parquet-go: as many rows of each
// line as it has bytes, in groups.
func FuzzFile(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":"x","d":2.5},"e":true}`+"\n"+`{"a":"y","b.c":"z","f":[1,null]}`, uint16(30))
	f.Add("{\"user\":\"\xff\xfe\"}\n{\"user\":\"\"}", uint16(2))
	f.Fuzz(func(t *testing.T, lines string, groupRows uint16) {
		b := newBuffer("2026-01-01", "nginx", false)
		for line := range strings.Lines(lines[:min(len(lines), 1000)]) {
			e := event.New()
			if v, n, err := e.DecodeJSON(line, event.JSONOptions{Exact: true}); err == nil && v.Kind() == event.Object {
				e = fromJSON(t, line[:n])
			}
			for range line {
				b.append(e)
			}
			e.Message, e.Time = line, int64(len(line))
			b.append(e)
		}
		columns, err := b.choose()
		if err != nil {
			t.Fatal(err)
		}
		if b.rows == 0 {
			return
		}
		group := 1 + int(groupRows)
		if slices.ContainsFunc(columns, isName) {
			group = b.rows // parquet-go gives a group without values the length of the filter before
		}
		want := byParquetGo(t, slices.Clone(columns), b.rows, group)
		got, err := newMaker().file(columns, b.rows, group)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes are not the %d of parquet-go, error %v", len(got), len(want), err)
		}
	})
}

// TestBuffersAreUsedAgain writes parts with buffers and memory that were used before, and
// without: the files are the same.
func TestBuffersAreUsedAgain(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(5, 6))}
	r := newRequests()
	w := &Writer{opts: WriterOptions{Memory: 8 << 20}, maker: newMaker()}
	again := 0
	for i := range 60 {
		at := partition{"2026-01-01", g.pick("a", "b", mixedName)}
		used, fresh := w.buffer(at), newBuffer(at.day, at.source, at.source == mixedName)
		if used.held > 0 {
			again++
		}
		next := func() *event.Event { return g.event(t) }
		if i%3 == 0 {
			next = r.next
		}
		for range 1 + g.IntN(1500) {
			e := next()
			used.append(e)
			fresh.append(e)
		}
		got, err := used.file(w.maker, defaultPartRows)
		if err != nil {
			t.Fatal(err)
		}
		want, err := fresh.file(newMaker(), defaultPartRows)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("part %d: %d bytes, another buffer makes %d", i, len(got), len(want))
		}
		w.keep(used)
	}
	if again < 30 {
		t.Errorf("%d buffers were used again", again)
	}
	for range 3000 {
		b := newBuffer("2026-01-01", fmt.Sprint(g.IntN(1e9)), false)
		for range 20 {
			b.append(g.event(t))
		}
		w.keep(b)
	}
	held := int64(0)
	for _, b := range w.spare {
		held += b.held
	}
	if held > w.opts.Memory || held < w.opts.Memory/2 {
		t.Errorf("%d buffers are kept, of %d bytes", len(w.spare), held)
	}
}

// packing packs as a maker does.
type packing struct {
	zstd.Codec
	maker *maker
}

func (p *packing) Encode(_, src []byte) ([]byte, error) {
	packed, err := p.maker.pack(src)
	return bytes.Clone(packed), err
}
