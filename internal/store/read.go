package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/sasumata/sasumata/internal/event"
)

// errGone says that the file of a part is not there any more.
var errGone = errors.New("the part was removed meanwhile")

// reading is a part that is open.
type reading struct {
	part *Part
	disk *os.File
	data *checked
	file *parquet.File
}

// guard turns whatever a reader of damaged bytes may do into an error.
func guard(part string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v", r)
	}
	if *err != nil && !errors.Is(*err, errGone) {
		if _, ok := errors.AsType[*DamageError](*err); !ok {
			*err = &DamageError{Part: part, Err: *err}
		}
	}
}

// openPart opens a part to read it.
func (s *Store) openPart(p *Part) (*reading, error) {
	f, err := s.open(p.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errGone
	}
	if err != nil {
		return nil, &DamageError{Part: p.Name, Err: err}
	}
	r := &reading{part: p, disk: f, data: newChecked(f, p)}
	if err := r.begin(); err != nil {
		_ = f.Close() // what went wrong is said already
		return nil, err
	}
	return r, nil
}

// begin reads the footer.
func (r *reading) begin() (err error) {
	p := r.part
	defer guard(p.Name, &err)
	r.file, err = parquet.OpenFile(r.data, p.Bytes, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(blockSize))
	if err != nil {
		return err
	}
	if version, _ := r.file.Lookup(formatKey); version != formatVersion {
		return fmt.Errorf("its format is %q, this version reads %q", version, formatVersion)
	}
	if n := r.file.NumRows(); n != p.Rows {
		return fmt.Errorf("it has %d events instead of %d", n, p.Rows)
	}
	return nil
}

func (r *reading) close() { _ = r.disk.Close() } // only read

// group is a row group of a part. Its columns are read when they are asked for.
type group struct {
	part    *Part
	chunks  map[string]*parquet.FileColumnChunk
	rows    int
	vectors map[string]*vector
	shapes  []*shape // by their number in spelt
	known   shapes
	spelt   *vector // the column of shapes
	ops     int     // of the shapes that are kept

	plans    map[*shape]*plan
	official *officials
}

// group returns the i-th row group.
func (r *reading) group(i int, known shapes) (g *group, err error) {
	defer guard(r.part.Name, &err)
	rg := r.file.RowGroups()[i]
	n := rg.NumRows()
	if n <= 0 || n > r.part.Rows {
		return nil, fmt.Errorf("a row group of %d events", n)
	}
	g = &group{part: r.part, known: known, rows: int(n), chunks: map[string]*parquet.FileColumnChunk{}, vectors: map[string]*vector{}, plans: map[*shape]*plan{}}
	columns := rg.Schema().Columns()
	for k, chunk := range rg.ColumnChunks() {
		c, ok := chunk.(*parquet.FileColumnChunk)
		if !ok || len(columns[k]) != 1 {
			return nil, errors.New("a column that is no column of events")
		}
		g.chunks[columns[k][0]] = c
	}
	if g.spelt, err = g.column(colShape); err != nil {
		return nil, err
	}
	if g.spelt == nil {
		return nil, errors.New("it has no column " + colShape)
	}
	g.shapes = make([]*shape, len(g.spelt.vals))
	return g, nil
}

// shape returns the shape of a row.
func (g *group) shape(row int) (*shape, error) {
	id := g.spelt.idx[row]
	if id < 0 {
		return nil, errShape
	}
	if s := g.shapes[id]; s != nil {
		return s, nil
	}
	s, err := g.known.shape(g.spelt.vals[id].Str())
	if err != nil {
		return nil, &DamageError{Part: g.part.Name, Err: err}
	}
	if len(g.shapes) <= manyShapes && g.ops+len(s.ops) <= keptOps {
		g.shapes[id], s.kept = s, true
		g.ops += len(s.ops)
	}
	return s, nil
}

// kind returns the kind of values of a column as shapes write it, 0 without one.
func (g *group) kind(name string) byte {
	c := g.chunks[name]
	if c == nil {
		return 0
	}
	switch c.Type().Kind() {
	case parquet.ByteArray:
		return 's'
	case parquet.Int64:
		return 'i'
	case parquet.Double:
		return 'd'
	case parquet.Boolean:
		return 'b'
	default:
		return 0
	}
}

// vector is a column of a row group: vals[idx[row]], or null where idx is negative.
// In a column with a dictionary each value stands once.
type vector struct {
	idx  []int32
	vals []event.Value
}

// at returns the value of a row; false where it is null.
func (v *vector) at(row int) (event.Value, bool) {
	if v == nil || v.idx[row] < 0 {
		return event.Value{}, false
	}
	return v.vals[v.idx[row]], true
}

// column reads a column; nil when there is none.
func (g *group) column(name string) (v *vector, err error) {
	if v, ok := g.vectors[name]; ok {
		return v, nil
	}
	c := g.chunks[name]
	if c == nil {
		g.vectors[name] = nil
		return nil, nil //nolint:nilnil // no column is no fault
	}
	defer guard(g.part.Name, &err)
	v = &vector{idx: make([]int32, 0, g.rows)}
	pages := c.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the column %s: %w", name, err)
		}
		err = v.add(page, g.rows)
		parquet.Release(page)
		if err != nil {
			return nil, fmt.Errorf("read the column %s: %w", name, err)
		}
	}
	if len(v.idx) != g.rows {
		return nil, fmt.Errorf("the column %s has %d values, want %d", name, len(v.idx), g.rows)
	}
	g.vectors[name] = v
	return v, nil
}

// add adds the values of a page.
func (v *vector) add(page parquet.Page, rows int) error {
	levels := page.DefinitionLevels()
	if len(v.idx)+len(levels) > rows {
		return errors.New("more values than rows")
	}
	if d := page.Dictionary(); d != nil {
		if v.vals == nil {
			if err := v.values(d.Page()); err != nil {
				return err
			}
		}
		data := page.Data()
		return v.rows(levels, data.Int32(), int32(len(v.vals)))
	}
	if v.vals == nil {
		v.vals = make([]event.Value, 0, rows)
	}
	first := len(v.vals)
	if err := v.values(page); err != nil {
		return err
	}
	next := int32(first)
	for _, level := range levels {
		if level == 0 {
			v.idx = append(v.idx, -1)
			continue
		}
		if int(next) >= len(v.vals) {
			return errors.New("fewer values than its levels say")
		}
		v.idx = append(v.idx, next)
		next++
	}
	return nil
}

func (v *vector) rows(levels []byte, indexes []int32, size int32) error {
	for _, level := range levels {
		if level == 0 {
			v.idx = append(v.idx, -1)
			continue
		}
		if len(indexes) == 0 || indexes[0] < 0 || indexes[0] >= size {
			return errors.New("a value outside of its dictionary")
		}
		v.idx = append(v.idx, indexes[0])
		indexes = indexes[1:]
	}
	return nil
}

// values adds the values of a page without its nulls.
func (v *vector) values(page parquet.Page) error {
	data := page.Data()
	switch page.Type().Kind() {
	case parquet.ByteArray:
		raw, offsets := data.ByteArray()
		if len(offsets) == 0 {
			return nil
		}
		all := string(raw) // one copy for all
		for i := range len(offsets) - 1 {
			v.vals = append(v.vals, event.StringValue(all[offsets[i]:offsets[i+1]]))
		}
	case parquet.Int64:
		for _, n := range data.Int64() {
			v.vals = append(v.vals, event.IntValue(n))
		}
	case parquet.Double:
		for _, f := range data.Double() {
			v.vals = append(v.vals, event.FloatValue(f))
		}
	case parquet.Boolean:
		bits := data.Boolean()
		for i := range page.NumValues() - page.NumNulls() {
			v.vals = append(v.vals, event.BoolValue(bits[i/8]>>(i%8)&1 == 1))
		}
	default:
		return fmt.Errorf("values of the type %s", page.Type())
	}
	return nil
}
