package anomaly

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// randomFor returns the source of randomness of one tree.
func randomFor(seed uint64, tree int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(tree))) //nolint:gosec // a seed must give the same forest again
}

// grower grows trees, one after the other, in the same memory.
type grower struct {
	table  *Table
	random *rand.Rand
	depth  int // the greatest that a node may have
	nodes  tree
	splits []int32  // the features that can split the present node
	picked []uint64 // a bit for each row of the table
	rows   []int    // of the tree
}

func newGrower(t *Table, size int) *grower {
	return &grower{
		table:  t,
		depth:  bits.Len(uint(size - 1)),
		nodes:  make(tree, 0, 2*size),
		splits: make([]int32, len(t.Columns)),
		picked: make([]uint64, t.Rows()/64+1),
		rows:   make([]int, 0, size),
	}
}

// tree grows a tree from a sample of the rows.
func (g *grower) tree(random *rand.Rand) tree {
	g.random, g.nodes = random, append(g.nodes[:0], node{})
	g.sample()
	g.grow(0, g.rows, 0)
	return slices.Clone(g.nodes)
}

// sample picks as many different rows as there is room for, all sets equally likely
// (Floyd's algorithm; Bentley and Floyd, "A sample of brilliance", 1987).
func (g *grower) sample() {
	clear(g.picked)
	g.rows = g.rows[:0]
	n, size := g.table.Rows(), cap(g.rows)
	for i := n - size; i < n; i++ {
		row := g.random.IntN(i + 1)
		if g.picked[row/64]&(1<<(row%64)) != 0 {
			row = i
		}
		g.picked[row/64] |= 1 << (row % 64)
		g.rows = append(g.rows, row)
	}
}

// grow makes the node at a place in g.nodes from rows, whose order it changes, and
// returns the sum of their path lengths.
func (g *grower) grow(at int, rows []int, depth int) float64 {
	feature, values, ok := g.pick(rows, depth)
	if !ok {
		path := float64(depth) + expectedPath(len(rows))
		g.nodes[at] = newLeaf(int32(at), path)
		return path * float64(len(rows))
	}
	n := node{feature: feature, split: g.between(values), width: values.high - values.low, left: int32(len(g.nodes)) << 1}
	left, child := g.partition(rows, &n), len(g.nodes)
	g.nodes = append(g.nodes, node{}, node{})
	sum := g.grow(child, rows[:left], depth+1) + g.grow(child+1, rows[left:], depth+1)
	n.path = sum / float64(len(rows))
	g.nodes[at] = n
	return sum
}

// pick chooses a feature that differs among the rows; it is not ok when the node
// is to be a leaf.
func (g *grower) pick(rows []int, depth int) (feature int32, values span, ok bool) {
	if len(rows) < 2 || depth >= g.depth {
		return 0, span{}, false
	}
	for i := range g.splits {
		g.splits[i] = int32(i)
	}
	// Features that are the same in all rows are set aside as they are drawn.
	for n := len(g.splits); n > 0; n-- {
		i := g.random.IntN(n)
		feature = g.splits[i]
		if values = g.span(rows, feature); values.low < values.high {
			return feature, values, true
		}
		g.splits[i] = g.splits[n-1]
	}
	return 0, span{}, false
}

// span returns the range of a feature; low is above high when no row has a value.
func (g *grower) span(rows []int, feature int32) span {
	s := span{low: math.Inf(1), high: math.Inf(-1)}
	cells, width := g.table.Cells[feature:], len(g.table.Columns)
	for _, row := range rows {
		x := cells[row*width]
		if x < s.low {
			s.low = x
		}
		if x > s.high {
			s.high = x
		}
	}
	return span{low: max(s.low, -limit), high: min(s.high, limit)}
}

// between returns a value to split at, from low up to and without high, so that no
// side is empty.
func (g *grower) between(s span) float64 {
	x := s.low + g.random.Float64()*(s.high-s.low)
	if x >= s.high { // rounded up
		return s.low
	}
	return x
}

// partition moves the rows that go left to the front, returns their number and
// sends missing values to the larger side.
func (g *grower) partition(rows []int, n *node) int {
	cells, width := g.table.Cells[n.feature:], len(g.table.Columns)
	left, missing := 0, 0
	for _, row := range rows {
		switch x := cells[row*width]; {
		case x <= n.split:
			left++
		case math.IsNaN(x):
			missing++
		}
	}
	if left > len(rows)-missing-left {
		n.left |= 1
	}
	i := 0
	for j, row := range rows {
		if n.next(cells[row*width]) == n.left>>1 {
			rows[i], rows[j] = rows[j], rows[i]
			i++
		}
	}
	return i
}

// usualSpans returns the range of each column without its outer hundredths, from
// at most about 10,000 rows spread over the table. A column without values has
// NaN.
func usualSpans(t *Table) []span {
	const most = 10_000
	step := max(1, t.Rows()/most)
	spans := make([]span, len(t.Columns))
	values := make([]float64, 0, min(t.Rows(), most+most))
	for c := range spans {
		values = values[:0]
		for row := 0; row < t.Rows(); row += step {
			if x := t.Row(row)[c]; !math.IsNaN(x) {
				values = append(values, min(max(x, -limit), limit))
			}
		}
		if len(values) == 0 {
			spans[c] = span{math.NaN(), math.NaN()}
			continue
		}
		slices.Sort(values)
		cut := len(values) / 100
		spans[c] = span{values[cut], values[len(values)-1-cut]}
	}
	return spans
}
