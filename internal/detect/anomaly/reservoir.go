package anomaly

import (
	"encoding"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

var (
	_ encoding.BinaryAppender    = (*Reservoir)(nil)
	_ encoding.BinaryUnmarshaler = (*Reservoir)(nil)
)

// Reservoir keeps a uniform sample of the rows of a stream, so that a [Forest] can
// be trained on traffic of any length in bounded memory (algorithm R; Vitter,
// "Random sampling with a reservoir", 1985). A Reservoir must not be used by two
// goroutines at once.
type Reservoir struct {
	table  Table
	size   int
	seen   uint64
	source *rand.PCG
	random *rand.Rand
}

// NewReservoir returns a reservoir of size rows; a forest of 100 trees of 256 rows
// is well served by 25,600. The same seed and stream give the same sample.
func NewReservoir(columns []string, size int, seed uint64) (*Reservoir, error) {
	if len(columns) == 0 || len(columns) > maxColumns || size < 1 || size > MaxCells/len(columns) {
		return nil, fmt.Errorf("make a reservoir of %d rows of %d columns: want 1 to %d columns and at most %d values", size, len(columns), maxColumns, MaxCells)
	}
	source := rand.NewPCG(seed, 0)
	return &Reservoir{
		table:  Table{Columns: slices.Clone(columns)},
		size:   size,
		source: source,
		random: rand.New(source), //nolint:gosec // a seed must give the same sample again
	}, nil
}

// Add shows the reservoir a row, which it copies. Rows of another length than the
// columns are refused: false.
func (r *Reservoir) Add(row []float64) bool {
	if len(row) != len(r.table.Columns) {
		return false
	}
	r.seen++
	if r.table.Rows() < r.size {
		r.table.Cells = append(r.table.Cells, row...)
		return true
	}
	if at := r.random.Uint64N(r.seen); at < uint64(r.size) {
		copy(r.table.Row(int(at)), row)
	}
	return true
}

// Forget makes the reservoir count as a sample of at most most rows: the rows that
// come weigh more than those that came before, and the sample follows a stream that
// changes. Of a sample that forgets down to k times the rows that come between two
// calls, a share of 1/e is older than k calls.
func (r *Reservoir) Forget(most uint64) { r.seen = min(r.seen, max(most, uint64(r.table.Rows()))) }

// Size estimates the memory in bytes that the reservoir takes when it is full.
func (r *Reservoir) Size() int64 { return 8 * int64(r.size) * int64(len(r.table.Columns)) }

// Seen returns of how many rows the reservoir counts as a sample: those that were
// shown, less what Forget took off.
func (r *Reservoir) Seen() uint64 { return r.seen }

// reservoirMagic begins the state of a reservoir; the last letter is the version.
const reservoirMagic = "SASRESVA"

// maxSeen is the most rows a state may say were seen: the count of a stream that
// no machine ends, and far from where one more row turns the count into zero.
const maxSeen = math.MaxInt64

// AppendBinary appends the sample and what decides about the next rows, but not
// their columns and size. It never fails.
func (r *Reservoir) AppendBinary(b []byte) ([]byte, error) {
	e := encoder(append(b, reservoirMagic...))
	e.word(r.seen)
	e.int(len(r.table.Cells))
	for _, x := range r.table.Cells {
		e.number(x)
	}
	return r.source.AppendBinary(e)
}

// UnmarshalBinary makes the reservoir, which has columns and a size, what it was
// when AppendBinary wrote the state. A state of another table is refused, and the
// reservoir stays as it was.
func (r *Reservoir) UnmarshalBinary(data []byte) error {
	in := decoder{data: data}
	in.magic(reservoirMagic)
	seen, n := in.word(), in.int(0, r.size*len(r.table.Columns))
	if in.err == nil && n%len(r.table.Columns) != 0 {
		in.err = fmt.Errorf("%d values in rows of %d", n, len(r.table.Columns))
	}
	var cells []float64
	for i := 0; i < n && in.err == nil; i++ {
		cells = append(cells, in.number(math.Inf(1), true))
	}
	rows := uint64(n / len(r.table.Columns))
	if in.err == nil && (seen < rows || seen > maxSeen || rows < uint64(r.size) && seen > rows) {
		in.err = fmt.Errorf("%d rows of %d", rows, seen)
	}
	source := new(rand.PCG)
	if in.err == nil {
		in.err = source.UnmarshalBinary(in.data)
	}
	if in.err != nil {
		return fmt.Errorf("read a reservoir: %w", in.err)
	}
	r.seen, r.table.Cells, r.source = seen, cells, source
	r.random = rand.New(source) //nolint:gosec // it goes on where it was
	return nil
}

// Table returns the sample, which the next Add may change.
func (r *Reservoir) Table() *Table { return &r.table }
