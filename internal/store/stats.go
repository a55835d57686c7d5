package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

const (
	// MaxGroups is the number of groups that are told apart. Events of further ones are
	// counted in Table.Left.
	MaxGroups = 100_000
	// maxGroupBytes is the size of their texts, of all measures that are counted together.
	maxGroupBytes = 256 << 20
	// maxBy is the number of fields of a group.
	maxBy = 4
)

// Stats says what is counted. The zero Stats counts all events.
type Stats struct {
	// Measure is count, sum, avg, min or max; "" is count.
	Measure string
	// Of is the field that is measured, of all but count.
	Of query.Field
	// By are the fields whose values tell groups apart.
	By []query.Field
	// Every is the length of a bucket of time; 0 is no buckets.
	Every time.Duration
}

// ParseStats reads a measure, as in "count by @http.status_code, host" or
// "avg(@duration) by service".
func ParseStats(text string) (Stats, error) {
	head, by, grouped := strings.Cut(strings.TrimSpace(text), " by ")
	name, of, measured := strings.Cut(strings.TrimSpace(head), "(")
	s := Stats{Measure: strings.TrimSpace(name)}
	var err error
	switch s.Measure {
	case "count":
		if measured && strings.TrimSpace(of) != "*)" && strings.TrimSpace(of) != ")" {
			return s, fmt.Errorf("%q: count has no field: write count by FIELD", text)
		}
	case "sum", "avg", "min", "max":
		inner, closed := strings.CutSuffix(strings.TrimSpace(of), ")")
		if !closed {
			return s, fmt.Errorf("%q: write %s(@field)", text, s.Measure)
		}
		if s.Of, err = ParseField(inner); err != nil {
			return s, err
		}
	default:
		return s, fmt.Errorf("%q: want count, sum(@field), avg(@field), min(@field) or max(@field), and by FIELD, FIELD behind it", text)
	}
	if !grouped {
		return s, nil
	}
	for name := range strings.SplitSeq(by, ",") {
		f, err := ParseField(name)
		if err != nil {
			return s, err
		}
		s.By = append(s.By, f)
	}
	if len(s.By) > maxBy {
		return s, fmt.Errorf("%q: groups of %d fields, at most %d are possible", text, len(s.By), maxBy)
	}
	return s, nil
}

// ParseField reads the name of a field as a search has it: @http.method, host, env.
func ParseField(name string) (query.Field, error) {
	name = strings.TrimSpace(name)
	if q, err := query.Parse(name + ":*"); err == nil {
		if n, ok := q.Root().(*query.Exists); ok && n.Field.Kind != query.Everything {
			return n.Field, nil
		}
	}
	return query.Field{}, fmt.Errorf("%q is no field: write @http.status_code for an attribute, or host, source, service, status", name)
}

// Table is what was counted: with buckets by time, and then the largest first.
type Table struct {
	Rows []Row
	// Left is the number of events in groups beyond MaxGroups, or beyond 256 MiB of
	// texts.
	Left int64
}

// Row is a group.
type Row struct {
	// Bucket is where its bucket of time begins, in nanoseconds since 1970 UTC; 0
	// without buckets. Untimed says that there are buckets and its events have no time.
	Bucket  int64
	Untimed bool
	// Keys are the values of the fields; nil is no value.
	Keys []*string
	// Count is the number of events, Value what was measured. Without any number to
	// measure, Value is NaN.
	Count int64
	Value float64
}

// Stats counts the events that the search wants. An event of which a field has several
// values, as arrays and tags have, counts for each of them.
func (s *Store) Stats(ctx context.Context, want Search, what Stats) (Table, Result, error) {
	tables, result, err := s.Counts(ctx, want, what)
	return tables[0], result, err
}

// Counts is Stats for several measures over the same events, which are looked for once.
func (s *Store) Counts(ctx context.Context, want Search, what ...Stats) ([]Table, Result, error) {
	x := s.scan(ctx, want)
	counters := make([]*counter, len(what))
	for i := range what {
		counters[i] = &counter{scan: x, what: what[i], most: maxGroupBytes / int64(len(what)), cells: map[string]*cell{}, event: event.New()}
	}
	err := x.parts(x.all, func(g *group, verdicts []verdict) error {
		for _, c := range counters {
			if err := c.begin(g); err != nil {
				return err
			}
		}
		return x.matching(g, verdicts, func(row int) error {
			for _, c := range counters {
				if err := c.count(row); err != nil {
					return err
				}
			}
			return nil
		})
	})
	tables := make([]Table, len(what))
	for i, c := range counters {
		tables[i] = c.table()
	}
	return tables, x.result, err
}

// counter adds up groups.
type counter struct {
	scan  *scan
	what  Stats
	cells map[string]*cell
	bytes int64 // of the texts of cells
	most  int64 // of bytes
	added int   // to cells, ever
	left  int64

	times *vector // of the row group under way, as are the readers
	by    []*reader
	of    *reader

	untimed bool // the row under way
	event   *event.Event
	key     []byte
	keys    [][]*string // of the row under way, for each field

	chosen [maxBy]*string
}

type cell struct {
	row     Row
	numbers int64
	sum     float64
	least   float64
	most    float64
}

// begin makes ready for the rows of a row group.
func (c *counter) begin(g *group) (err error) {
	if c.times, err = g.column(colTime); err != nil {
		return err
	}
	c.by = make([]*reader, len(c.what.By))
	for i, f := range c.what.By {
		c.by[i] = g.reader(f, c)
	}
	c.of = g.reader(c.what.Of, c)
	c.keys = make([][]*string, len(c.by))
	return nil
}

// count counts a row.
func (c *counter) count(row int) (err error) {
	bucket := int64(0)
	c.untimed = false
	if c.what.Every > 0 {
		at, ok := c.times.at(row)
		if c.untimed = !ok; ok {
			bucket = floor(at.Int(), int64(c.what.Every))
		}
	}
	for i, r := range c.by {
		if c.keys[i], err = r.texts(row); err != nil {
			return err
		}
	}
	number, counts := 0.0, true
	if c.what.Of.Name != "" {
		if number, counts, err = c.of.number(row); err != nil {
			return err
		}
	}
	c.key = binary.BigEndian.AppendUint64(c.key[:0], uint64(bucket))
	if c.untimed {
		c.key = append(c.key, 'u')
	}
	return c.add(bucket, 0, c.chosen[:0], number, counts)
}

func floor(n, step int64) int64 {
	rest := n % step
	if rest < 0 {
		rest += step
	}
	return n - rest
}

// add adds the row to the group of each combination of its values from the i-th field
// on; those before are chosen.
func (c *counter) add(bucket int64, i int, chosen []*string, number float64, counts bool) error {
	if i == len(c.keys) {
		if c.added++; c.added%checkEvery == 0 { // one event may have very many combinations
			if err := context.Cause(c.scan.ctx); err != nil {
				return err
			}
		}
		c.put(bucket, chosen, number, counts)
		return nil
	}
	before := len(c.key)
	for _, text := range c.keys[i] {
		c.key = c.key[:before]
		if text == nil {
			c.key = append(c.key, 0)
		} else {
			c.key = binary.AppendUvarint(append(c.key, 1), uint64(len(*text)))
			c.key = append(c.key, *text...)
		}
		if err := c.add(bucket, i+1, append(chosen, text), number, counts); err != nil {
			return err
		}
	}
	c.key = c.key[:before]
	return nil
}

func (c *counter) put(bucket int64, chosen []*string, number float64, counts bool) {
	x := c.cells[string(c.key)]
	if x == nil {
		size := int64(2 * len(c.key)) // as the key of the map, and in the row
		if len(c.cells) >= MaxGroups || c.bytes+size > c.most {
			c.left++
			return
		}
		c.bytes += size
		x = &cell{row: Row{Bucket: bucket, Untimed: c.untimed, Keys: make([]*string, len(chosen))}, least: math.Inf(1), most: math.Inf(-1)}
		for i, text := range chosen {
			if text != nil {
				own := strings.Clone(*text)
				x.row.Keys[i] = &own
			}
		}
		c.cells[string(c.key)] = x
	}
	x.row.Count++
	if counts {
		x.numbers++
		x.sum += number
		x.least, x.most = min(x.least, number), max(x.most, number)
	}
}

func (c *counter) table() Table {
	t := Table{Left: c.left, Rows: make([]Row, 0, len(c.cells))}
	for _, x := range c.cells {
		switch {
		case c.what.Measure == "count" || c.what.Measure == "":
			x.row.Value = float64(x.row.Count)
		case x.numbers == 0:
			x.row.Value = math.NaN()
		case c.what.Measure == "sum":
			x.row.Value = x.sum
		case c.what.Measure == "avg":
			x.row.Value = x.sum / float64(x.numbers)
		case c.what.Measure == "min":
			x.row.Value = x.least
		default:
			x.row.Value = x.most
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
