package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
)

// counter adds up groups. look may run in several goroutines at a time, for different
// row groups; whatever it returns, in one, in the order of the rows.
type counter struct {
	what  Stats
	cells map[string]*cell // by their key
	bytes int64            // of the texts of cells
	most  int64            // of bytes
	left  int64
}

func newCounter(what Stats, most int64) *counter {
	return &counter{what: what, most: most, cells: map[string]*cell{}}
}

// cell is a group. Its key is the bucket, a byte that says whether there is one, and
// for each field a byte that says whether there is a value, and its length and text.
type cell struct {
	row Row
	sum tally
}

// tally is what is known of the events of a group.
type tally struct {
	count, numbers   int64
	sum, least, most float64
}

func newTally() tally { return tally{least: math.Inf(1), most: math.Inf(-1)} }

// measure adds a number.
func (t *tally) measure(n float64) {
	t.numbers++
	t.sum += n
	t.least, t.most = min(t.least, n), max(t.most, n)
}

// join adds those of another tally.
func (t *tally) join(o *tally) {
	t.count, t.numbers, t.sum = t.count+o.count, t.numbers+o.numbers, t.sum+o.sum
	t.least, t.most = min(t.least, o.least), max(t.most, o.most)
}

// look counts the rows of a row group that match, and returns what adds them to the
// groups.
func (c *counter) look(l *look, g *group, v verdicts) (func() error, error) {
	d, ok, err := c.grid(l, g)
	if err != nil {
		return nil, err
	}
	if !ok {
		return func() error { return c.rows(l, g, v) }, nil
	}
	d.fill(v)
	return func() error {
		for i := range d.tallies {
			c.put(d.key(i), &d.tallies[i])
		}
		return nil
	}, nil
}

// rows counts row by row.
func (c *counter) rows(l *look, g *group, v verdicts) error {
	times, err := g.column(colTime)
	if err != nil {
		return err
	}
	by := make([]*reader, len(c.what.By))
	for i, f := range c.what.By {
		by[i] = g.reader(f, l)
	}
	of := g.reader(c.what.Of, l)
	keys, key := make([][]*string, len(by)), []byte(nil)
	return l.rows(v, g.rows, func(row int) error {
		for i, r := range by {
			if keys[i], err = r.texts(row); err != nil {
				return err
			}
		}
		one := newTally()
		one.count = 1
		if c.what.Of.Name != "" {
			n, ok, err := of.number(row)
			if err != nil {
				return err
			}
			if ok {
				one.measure(n)
			}
		}
		key = appendBucket(key[:0], bucketOf(times, row, c.what.Every))
		added := 0
		return c.add(l, key, keys, &one, &added)
	})
}

// add adds the row to the group of each combination of its values.
func (c *counter) add(l *look, key []byte, keys [][]*string, one *tally, added *int) error {
	if len(keys) == 0 {
		if *added++; *added%checkEvery == 0 { // one event may have very many combinations
			if err := context.Cause(l.ctx); err != nil {
				return err
			}
		}
		c.put(key, one)
		return nil
	}
	before := len(key)
	for _, text := range keys[0] {
		key = key[:before]
		if text == nil {
			key = append(key, 0)
		} else {
			key = appendKey(key, *text)
		}
		if err := c.add(l, key, keys[1:], one, added); err != nil {
			return err
		}
	}
	return nil
}

func appendKey(key []byte, text string) []byte {
	key = binary.AppendUvarint(append(key, 1), uint64(len(text)))
	return append(key, text...)
}

// bucket is a bucket of time, or none for want of one.
type bucket struct {
	begins  int64
	untimed bool
}

func bucketOf(times *vector, row int, every time.Duration) bucket {
	if every <= 0 {
		return bucket{}
	}
	at, ok := times.at(row)
	if !ok {
		return bucket{untimed: true}
	}
	return bucket{begins: floor(at.Int(), int64(every))}
}

func floor(n, step int64) int64 {
	rest := n % step
	if rest < 0 {
		rest += step
	}
	return n - rest
}

func appendBucket(key []byte, b bucket) []byte {
	key = binary.BigEndian.AppendUint64(key, uint64(b.begins)) // the bits are kept
	if b.untimed {
		return append(key, 1)
	}
	return append(key, 0)
}

// put adds a tally to the group of the key.
func (c *counter) put(key []byte, t *tally) {
	x := c.cells[string(key)]
	if x == nil {
		size := int64(2 * len(key)) // with all else that a group takes
		if len(c.cells) >= MaxGroups || c.bytes+size > c.most {
			c.left += t.count
			return
		}
		c.bytes += size
		own := string(key)
		x = &cell{row: rowOf(own, len(c.what.By)), sum: newTally()}
		c.cells[own] = x
	}
	x.sum.join(t)
}

// rowOf returns the row of a group with so many fields.
func rowOf(key string, fields int) Row {
	row := Row{Bucket: int64(binary.BigEndian.Uint64([]byte(key[:8]))), Untimed: key[8] != 0, Keys: make([]*string, fields)} // the bits are kept
	key = key[9:]
	for i := range row.Keys {
		some := key[0] != 0
		if key = key[1:]; !some {
			continue
		}
		n, size := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen64)]))
		text := key[size : size+int(n)]
		row.Keys[i], key = &text, key[size+int(n):]
	}
	return row
}

func (c *counter) table() Table {
	t := Table{Left: c.left, Rows: make([]Row, 0, len(c.cells))}
	for _, x := range c.cells {
		x.row.Count = x.sum.count
		switch {
		case c.what.Measure == "count" || c.what.Measure == "":
			x.row.Value = float64(x.row.Count)
		case x.sum.numbers == 0:
			x.row.Value = math.NaN()
		case c.what.Measure == "sum":
			x.row.Value = x.sum.sum
		case c.what.Measure == "avg":
			x.row.Value = x.sum.sum / float64(x.sum.numbers)
		case c.what.Measure == "min":
			x.row.Value = x.sum.least
		default:
			x.row.Value = x.sum.most
		}
		t.Rows = append(t.Rows, x.row)
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(compareBuckets(a, b), cmp.Compare(b.Value, a.Value), slices.CompareFunc(a.Keys, b.Keys, compareText))
	})
	return t
}

// compareBuckets puts events without a time first.
func compareBuckets(a, b Row) int {
	if a.Untimed != b.Untimed {
		if a.Untimed {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Bucket, b.Bucket)
}

func compareText(a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return strings.Compare(*a, *b)
	}
}
