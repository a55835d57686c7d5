package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go"

	"github.com/sasumata/sasumata/internal/event"
)

// vector is a column of a row group. Of a column with a dictionary, each value stands
// once, and index says which one a row has; of others the values stand one after the
// other. One goroutine at a time may use it.
type vector struct {
	kind byte // as shapes write it
	rows int
	dict bool
	// idx is which value each row has, negative where it has none; nil when every row
	// has the value of its own number.
	idx    []int32
	size   int // number of values
	ints   []int64
	floats []float64
	bools  []bool
	texts  []textPage

	near  int           // the page of texts that was used last
	pages parquet.Pages // what was not read yet; nil when all was
}

// textPage is a run of texts, one after the other.
type textPage struct {
	page  parquet.Page // that raw and ends belong to; nil when they are nobody's
	raw   []byte
	ends  []uint32 // the beginning of the first, and where each ends
	first int      // number of the first
	text  string   // a copy of raw, once one of them is wanted
}

// openVector reads the dictionary of a column, if it has one: often it says enough.
func openVector(c *chunk, rows int, from io.ReaderAt) (*vector, error) {
	v := &vector{kind: c.kind, rows: rows}
	pages := c.PagesFrom(from)
	v.pages = pages
	d, err := pages.ReadDictionary()
	if err == nil && d != nil {
		v.dict = true
		err = v.values(d.Page())
	}
	if err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

// close gives back what belongs to parquet-go. Texts that were handed out stay.
func (v *vector) close() {
	if v.pages != nil {
		_ = v.pages.Close() // only read
		v.pages = nil
	}
	for i := range v.texts {
		v.texts[i].release()
	}
}

func (t *textPage) release() {
	if t.page != nil {
		parquet.Release(t.page)
		t.page, t.raw, t.ends = nil, nil, nil
	}
}

// finish reads what was not read yet.
func (v *vector) finish() error {
	if v.pages == nil {
		return nil
	}
	pages := v.pages
	v.pages = nil
	defer pages.Close()
	read := 0
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		n, err := v.add(page, read)
		if err != nil {
			return err
		}
		read += n
	}
	if read != v.rows {
		return fmt.Errorf("it has %d values, want %d", read, v.rows)
	}
	return nil
}

// add adds a page, whose first row is the one of that number. It returns how many rows
// the page has.
func (v *vector) add(page parquet.Page, at int) (n int, err error) {
	levels := page.DefinitionLevels()
	defer func() {
		if len(v.texts) == 0 || v.texts[len(v.texts)-1].page != page {
			parquet.Release(page)
		}
	}()
	n = len(levels)
	if n > v.rows-at {
		return 0, errors.New("more values than rows")
	}
	if (page.Dictionary() != nil) != v.dict {
		return 0, errors.New("some of its pages have a dictionary")
	}
	first := v.size
	var indexes []int32
	if v.dict {
		data := page.Data()
		indexes = data.Int32()
	} else {
		if err := v.values(page); err != nil {
			return 0, err
		}
		if len(v.texts) > 0 {
			v.texts[len(v.texts)-1].page = page
		}
	}
	full := bytes.IndexByte(levels, 0) < 0
	if full && v.idx == nil && !v.dict && v.size-first == n {
		return n, nil // as yet, it need not be made
	}
	v.begin(at)
	switch {
	case v.dict && full && len(indexes) >= n:
		v.idx = append(v.idx, indexes[:n]...)
	case v.dict:
		err = v.spread(levels, indexes)
	default:
		err = v.count(levels, first)
	}
	if err == nil && v.dict && !inside(v.idx[at:], v.size) {
		err = errors.New("a value outside of its dictionary")
	}
	return n, err
}

// begin makes idx, for the rows that need none up to there.
func (v *vector) begin(at int) {
	if v.idx != nil {
		return
	}
	v.idx = make([]int32, 0, v.rows)
	if !v.dict {
		for i := range at {
			v.idx = append(v.idx, int32(i))
		}
	}
}

// spread adds an index for each row that has a value.
func (v *vector) spread(levels []byte, indexes []int32) error {
	for _, level := range levels {
		if level == 0 {
			v.idx = append(v.idx, -1)
			continue
		}
		if len(indexes) == 0 {
			return errors.New("fewer values than its levels say")
		}
		v.idx = append(v.idx, indexes[0])
		indexes = indexes[1:]
	}
	return nil
}

// count adds the number of the next value for each row that has one.
func (v *vector) count(levels []byte, next int) error {
	for _, level := range levels {
		if level == 0 {
			v.idx = append(v.idx, -1)
			continue
		}
		if next >= v.size {
			return errors.New("fewer values than its levels say")
		}
		v.idx = append(v.idx, int32(next))
		next++
	}
	return nil
}

// inside reports whether all indexes are below size; -1 is no value.
func inside(idx []int32, size int) bool {
	most := int32(-1)
	least := int32(0)
	for _, i := range idx {
		most, least = max(most, i), min(least, i)
	}
	return int(most) < size && least >= -1
}

// values adds the values of a page without its nulls.
func (v *vector) values(page parquet.Page) error {
	data := page.Data()
	n := int(page.NumValues() - page.NumNulls())
	switch page.Type().Kind() {
	case parquet.ByteArray:
		raw, ends := data.ByteArray()
		if len(ends) == 0 {
			ends = []uint32{0}
		}
		if !slices.IsSorted(ends) || int(ends[len(ends)-1]) > len(raw) {
			return errors.New("texts that are not where they should be")
		}
		n = len(ends) - 1
		v.texts = append(v.texts, textPage{raw: raw, ends: ends, first: v.size})
	case parquet.Int64:
		v.ints = append(v.ints, data.Int64()...)
		n = len(v.ints) - v.size
	case parquet.Double:
		v.floats = append(v.floats, data.Double()...)
		n = len(v.floats) - v.size
	case parquet.Boolean:
		bits := data.Boolean()
		for i := range n {
			v.bools = append(v.bools, bits[i/8]>>(i%8)&1 == 1)
		}
	default:
		return fmt.Errorf("values of the type %s", page.Type())
	}
	if v.size += n; !v.dict && v.size > v.rows {
		return errors.New("more values than rows")
	}
	return nil
}

// index returns which value a row has, negative for none.
func (v *vector) index(row int) int {
	if v.idx == nil {
		return row
	}
	return int(v.idx[row])
}

// value returns the value of a number.
func (v *vector) value(i int) event.Value {
	switch v.kind {
	case 's':
		return event.StringValue(v.text(i))
	case 'i':
		return event.IntValue(v.ints[i])
	case 'd':
		return event.FloatValue(v.floats[i])
	default:
		return event.BoolValue(v.bools[i])
	}
}

// text returns the text of a number. It is a piece of a text that holds those of its
// page.
func (v *vector) text(i int) string {
	t := &v.texts[v.near]
	if i < t.first || i-t.first >= len(t.ends)-1 {
		v.near = sort.Search(len(v.texts), func(k int) bool { return v.texts[k].first > i }) - 1
		t = &v.texts[v.near]
	}
	if t.text == "" && len(t.raw) > 0 {
		t.text = string(t.raw)
	}
	return t.text[t.ends[i-t.first]:t.ends[i-t.first+1]]
}

// at returns the value of a row; false where it is null. A vector that is nil has only
// nulls.
func (v *vector) at(row int) (event.Value, bool) {
	if v == nil {
		return event.Value{}, false
	}
	i := v.index(row)
	if i < 0 {
		return event.Value{}, false
	}
	return v.value(i), true
}
