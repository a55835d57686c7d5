package store

import (
	"math"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// maxGrid is how many groups there could be in a row group, for each of its rows.
const maxGrid = 4

// grid counts the rows of a row group without looking at any text: each value of a
// field has a number, as has each bucket of time, and those of a row together make the
// number of its group.
type grid struct {
	dims    []dimension
	buckets []bucket
	of      *vector   // what is measured, unless numbers is nil
	numbers []float64 // those of its values; NaN for those that are none

	number []int32 // of the group of each row
	size   int     // how many numbers there are
	// slots are the places of the groups in found and tallies, from 1; 0 is none yet.
	slots   []int32
	found   []int32
	tallies []tally
	scratch []byte
}

// dimension is a field. Value 0 is none.
type dimension struct {
	size     int // 0 when all rows have the constant, or nothing where that is ""
	text     func(i int) string
	constant string
}

// grid returns one for the row group; false when values of a field stand in several
// places, or when there could be far more groups than rows.
func (c *counter) grid(l *look, g *group) (d *grid, ok bool, err error) {
	d = &grid{number: make([]int32, g.rows), size: 1}
	for _, f := range c.what.By {
		r := g.reader(f, l)
		v, ok, err := r.whole()
		if !ok || err != nil || v != nil && !d.fits(v.size+1) {
			return nil, false, err
		}
		if v == nil { // the same for all
			d.dims = append(d.dims, dimension{constant: r.constant()})
			continue
		}
		d.dims = append(d.dims, dimension{size: v.size + 1, text: func(i int) string { return r.text(v.value(i - 1)) }})
		d.extend(v.size+1, func(row int) int32 { return int32(v.index(row)) + 1 })
	}
	if c.what.Of.Name != "" {
		r := g.reader(c.what.Of, l)
		v, ok, err := r.whole()
		if !ok || err != nil {
			return nil, false, err
		}
		d.of, d.numbers = v, r.numbers(v)
	}
	d.buckets = []bucket{{}}
	if c.what.Every > 0 {
		times, err := g.column(colTime)
		if err != nil || !d.time(times, c.what.Every) {
			return nil, false, err
		}
	}
	d.slots = make([]int32, d.size)
	return d, true, nil
}

// fits reports whether the numbers may be so many times as many.
func (d *grid) fits(times int) bool { return d.size*times <= maxGrid*len(d.number) }

// extend adds to the numbers of the rows.
func (d *grid) extend(size int, of func(row int) int32) {
	d.size *= size
	for row := range d.number {
		d.number[row] = d.number[row]*int32(size) + of(row)
	}
}

// time adds the buckets; false when there are too many.
func (d *grid) time(times *vector, every time.Duration) bool {
	of := make([]int32, len(d.number))
	known := map[bucket]int32{}
	d.buckets = nil
	last, id := bucket{}, int32(-1)
	for row := range of {
		at, ok := times.at(row)
		if id < 0 || ok == last.untimed || ok && (at.Int() < last.begins || uint64(at.Int())-uint64(last.begins) >= uint64(every)) {
			last = bucketOf(times, row, every)
			if id, ok = known[last]; !ok {
				id = int32(len(d.buckets))
				known[last] = id
				d.buckets = append(d.buckets, last)
			}
		}
		of[row] = id
	}
	if !d.fits(len(d.buckets)) {
		return false
	}
	d.extend(len(d.buckets), func(row int) int32 { return of[row] })
	return true
}

// fill counts the rows that match.
func (d *grid) fill(v verdicts) {
	for row, n := range d.number {
		if v.rows != nil && v.rows[row] != yes {
			continue
		}
		at := d.slots[n]
		if at == 0 {
			d.found, d.tallies = append(d.found, n), append(d.tallies, newTally())
			at = int32(len(d.tallies))
			d.slots[n] = at
		}
		t := &d.tallies[at-1]
		t.count++
		if d.numbers == nil {
			continue
		}
		if i := d.of.index(row); i >= 0 {
			if n := d.numbers[i]; !math.IsNaN(n) {
				t.measure(n)
			}
		}
	}
}

// key returns the key of a group that was found, until the next call.
func (d *grid) key(i int) []byte {
	n := int(d.found[i])
	d.scratch = appendBucket(d.scratch[:0], d.buckets[n%len(d.buckets)])
	n /= len(d.buckets)
	var at [maxBy]int
	for k := len(d.dims) - 1; k >= 0; k-- {
		if size := d.dims[k].size; size > 0 {
			at[k] = n % size
			n /= size
		}
	}
	for k, dim := range d.dims {
		switch {
		case at[k] > 0:
			d.scratch = appendKey(d.scratch, dim.text(at[k]))
		case dim.constant != "":
			d.scratch = appendKey(d.scratch, dim.constant)
		default:
			d.scratch = append(d.scratch, 0)
		}
	}
	return d.scratch
}

// whole returns the column that has the field of all rows, nil when all have the
// constant; false when there is no such column.
func (r *reader) whole() (v *vector, ok bool, err error) {
	name := officialColumn(r.field.Kind)
	switch r.field.Kind {
	case query.Source:
		if !r.g.part.Mixed {
			return nil, true, nil
		}
		name = colSource
	case query.Tags, query.TagOrAttribute:
		if r.g.outline.chunks[colTags] != nil {
			return nil, false, nil
		}
		if r.field.Kind == query.Tags {
			return nil, true, nil
		}
	default:
	}
	if name == "" {
		p, ok, err := r.g.same(r.field)
		if !ok || err != nil || p.what == nowhere {
			return nil, ok, err
		}
		name = p.column
	}
	v, err = r.g.column(name)
	return v, err == nil, err
}

// constant returns what all rows have in a field without a column, "" for nothing.
func (r *reader) constant() string {
	if r.field.Kind == query.Source {
		return r.g.part.Source
	}
	return ""
}

// numbers returns the numbers of the values of a column, NaN for those that are none.
func (r *reader) numbers(v *vector) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, v.size)
	for i := range out {
		f, ok := r.number1(v.value(i))
		if out[i] = f; !ok {
			out[i] = math.NaN()
		}
	}
	return out
}

// number1 returns the number that a value is: of a timestamp, the milliseconds that a
// search compares.
func (r *reader) number1(value event.Value) (float64, bool) {
	if r.field.Kind == query.Timestamp {
		value = event.IntValue(value.Int() / 1e6)
	}
	return value.Number()
}

// numberIn returns the number that a row has in a column.
func (r *reader) numberIn(v *vector, row int) (float64, bool) {
	value, ok := v.at(row)
	if !ok {
		return 0, false
	}
	return r.number1(value)
}
