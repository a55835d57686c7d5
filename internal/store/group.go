package store

import (
	"fmt"
	"io"
)

// group is a row group of a part. Its columns are read when they are asked for. One
// goroutine at a time may use it, as long as the part is open; columns that were read
// stay until it is closed.
type group struct {
	part    *Part
	data    io.ReaderAt
	outline *groupOutline
	rows    int
	vectors map[string]*vector
	known   *shapes
	shapes  []*shape // by their number in the column of shapes; nil for those not read yet
	ops     int      // of the shapes that are kept

	plans    map[*shape]*plan
	official *officials
}

// group returns the i-th row group.
func (r *reading) group(i int) *group {
	o := &r.groups[i]
	return &group{part: r.part, data: r.data, outline: o, known: &r.store.shapes, rows: o.rows, vectors: map[string]*vector{}, plans: map[*shape]*plan{}}
}

// close gives back what the columns hold.
func (g *group) close() {
	for _, v := range g.vectors {
		if v != nil {
			v.close()
		}
	}
}

// kind returns the kind of values of a column as shapes write it, 0 without one.
func (g *group) kind(name string) byte {
	if g.outline == nil || g.outline.chunks[name] == nil {
		return 0
	}
	return g.outline.chunks[name].kind
}

// peek reads the dictionary of a column, or what there is to know before its rows are
// read; nil when there is no such column.
func (g *group) peek(name string) (v *vector, err error) {
	if v, ok := g.vectors[name]; ok {
		return v, nil
	}
	c := g.outline.chunks[name]
	if c == nil {
		g.vectors[name] = nil
		return nil, nil //nolint:nilnil // no column is no fault
	}
	defer guard(g.part.Name, &err)
	if v, err = openVector(c, g.rows, g.data); err != nil {
		return nil, fmt.Errorf("read the column %s: %w", name, err)
	}
	g.vectors[name] = v
	return v, nil
}

// column reads a column; nil when there is none.
func (g *group) column(name string) (v *vector, err error) {
	v, err = g.peek(name)
	if err != nil || v == nil {
		return nil, err
	}
	return v, g.finish(name, v)
}

// finish reads the rows of a column.
func (g *group) finish(name string, v *vector) (err error) {
	if v.pages == nil {
		return nil
	}
	defer guard(g.part.Name, &err)
	if err := v.finish(); err != nil {
		delete(g.vectors, name)
		v.close()
		return fmt.Errorf("read the column %s: %w", name, err)
	}
	return nil
}

// spelt returns the column of shapes.
func (g *group) spelt() (*vector, error) {
	v, err := g.column(colShape)
	if err == nil && g.shapes == nil {
		g.shapes = make([]*shape, v.size)
	}
	return v, err
}

// layouts returns all shapes that rows have, in any order; nil when there are too many
// to be read beforehand.
func (g *group) layouts() ([]*shape, error) {
	if known := g.outline.shapes.Load(); known != nil {
		return *known, nil
	}
	v, err := g.peek(colShape)
	if err != nil || !v.dict || v.size == 0 || v.size > outlinedShapes {
		return nil, err
	}
	all := make([]*shape, v.size)
	for i := range all {
		if all[i], err = g.known.shape(v.text(i)); err != nil {
			return nil, g.damaged(err)
		}
		if !all[i].kept {
			return nil, nil
		}
	}
	g.outline.shapes.Store(&all)
	return all, nil
}

// shape returns the shape of a row.
func (g *group) shape(row int) (*shape, error) {
	v, err := g.spelt()
	if err != nil {
		return nil, err
	}
	id := v.index(row)
	if id < 0 {
		return nil, g.damaged(errShape)
	}
	if s := g.shapes[id]; s != nil {
		return s, nil
	}
	s, err := g.known.shape(v.text(id))
	if err != nil {
		return nil, g.damaged(err)
	}
	if len(g.shapes) <= manyShapes && g.ops+len(s.ops) <= keptOps {
		g.shapes[id] = s
		g.ops += len(s.ops)
		if !s.kept { // it is nobody else's
			s.kept = true
		}
	}
	return s, nil
}

func (g *group) damaged(err error) error { return &DamageError{Part: g.part.Name, Err: err} }
