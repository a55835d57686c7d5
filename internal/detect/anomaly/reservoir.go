package anomaly

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Reservoir keeps a uniform sample of the rows of a stream, so that a [Forest] can
// be trained on traffic of any length in bounded memory (algorithm R; Vitter,
// "Random sampling with a reservoir", 1985). A Reservoir must not be used by two
// goroutines at once.
type Reservoir struct {
	table  Table
	size   int
	seen   uint64
	random *rand.Rand
}

// NewReservoir returns a reservoir of size rows; a forest of 100 trees of 256 rows
// is well served by 25,600. The same seed and stream give the same sample.
func NewReservoir(columns []string, size int, seed uint64) (*Reservoir, error) {
	if len(columns) == 0 || len(columns) > maxColumns || size < 1 || size > MaxCells/len(columns) {
		return nil, fmt.Errorf("make a reservoir of %d rows of %d columns: want 1 to %d columns and at most %d values", size, len(columns), maxColumns, MaxCells)
	}
	return &Reservoir{
		table:  Table{Columns: slices.Clone(columns)},
		size:   size,
		random: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // a seed must give the same sample again
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

// Seen returns the number of rows that were shown.
func (r *Reservoir) Seen() uint64 { return r.seen }

// Table returns the sample, which the next Add may change.
func (r *Reservoir) Table() *Table { return &r.table }
