package anomaly

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Limits of a forest.
const (
	maxTrees  = 1000
	maxSample = 1 << 14
)

// ForestConfig says how a [Forest] is grown. The zero value of a field stands for
// its default.
type ForestConfig struct {
	Trees  int    // number of trees; 100 by default, at most 1,000
	Sample int    // rows that a tree is grown from; 256 by default, at most 16,384
	Seed   uint64 // the same seed and table give the same forest
}

// withDefaults fills in the defaults and checks the result.
func (c ForestConfig) withDefaults() (ForestConfig, error) {
	if c.Trees == 0 {
		c.Trees = 100
	}
	if c.Sample == 0 {
		c.Sample = 256
	}
	switch {
	case c.Trees < 1 || c.Trees > maxTrees:
		return c, fmt.Errorf("%d trees, want 1 to %d", c.Trees, maxTrees)
	case c.Sample < 2 || c.Sample > maxSample:
		return c, fmt.Errorf("%d rows a tree, want 2 to %d", c.Sample, maxSample)
	}
	return c, nil
}

// Forest is an isolation forest (Liu, Ting and Zhou, "Isolation Forest", ICDM
// 2008). Each tree splits a small random sample of the training rows by random
// features at random values; what differs from the rest is alone after few splits.
// The score of a row is 2^(-E(h)/c): h is the length of its path in a tree, plus
// the expected remainder c(n) in a leaf of n rows, and c the expected length for
// the whole sample. Scores around 0.5 and below are usual, those near 1 stand out.
// A split does not count for a row that lies farther from it than any training row
// could (the acceptable range of Liu, Ting and Zhou, "On Detecting Clustered
// Anomalies Using SCiForest", ECML 2010), and takes away more of the path the farther
// the row is: in a forest trained on ordinary traffic, a value far beyond all that
// was seen would otherwise pass for the largest of them.
//
// A row whose feature is missing (NaN) takes the side of the majority; infinite
// values count as ±1e150. A forest takes at most 80 bytes for each row of each
// sample (2 MB by default), however large the table was that it was trained on,
// and never changes, so that any number of goroutines may use it.
type Forest struct {
	cfg     ForestConfig
	columns []string
	usual   []span // of each column
	norm    float64
	trees   []tree
}

// span is a range of values.
type span struct{ low, high float64 }

// tree is the nodes of an isolation tree; the first is the root, and children stand
// behind their parents.
type tree []node

// node is a split or a leaf. A leaf's only child is itself, and takes nothing away
// (see newLeaf): who walks several trees at once need not ask which have arrived.
type node struct {
	split   float64 // rows up to this value go left
	width   float64 // the width of the range that was split
	path    float64 // the mean path length of the training rows that came here
	feature int32   // or leaf
	// left is the left child, the right one is next to it; and in the lowest bit
	// whether rows go left that have no value.
	left int32
}

const (
	leaf = -1
	// nodeBytes is the memory of a node, rounded up.
	nodeBytes = 40
)

// newLeaf returns the leaf at a place of a tree. No value is more than its split, or
// farther from it than its width.
func newLeaf(at int32, path float64) node {
	return node{feature: leaf, path: path, split: math.Inf(1), width: math.Inf(1), left: at<<1 | 1}
}

// Columns returns the names of the features, which must not be changed.
func (f *Forest) Columns() []string { return f.columns }

// Size estimates the memory in bytes that the forest takes.
func (f *Forest) Size() int64 { return nodeBytes * 2 * int64(f.cfg.Sample) * int64(len(f.trees)) }

// Score returns how strange a row is, in (0,1]. The row must have a value for each
// of [Forest.Columns], in their order.
func (f *Forest) Score(row []float64) float64 {
	sum := 0.0
	for i := 0; i < len(f.trees); i += lanes {
		sum = f.add(sum, i, row)
	}
	return f.strangeness(sum)
}

// add adds the lengths of the row's paths in tree i and those that are walked
// together with it, in their order.
func (f *Forest) add(sum float64, i int, row []float64) float64 {
	if i+lanes <= len(f.trees) {
		for _, path := range paths((*[lanes]tree)(f.trees[i:]), row) {
			sum += path
		}
		return sum
	}
	for ; i < len(f.trees); i++ {
		sum += f.trees[i].path(row)
	}
	return sum
}

// strangeness is the score of a row whose paths have this sum.
func (f *Forest) strangeness(sum float64) float64 {
	return math.Exp2(-sum / (float64(len(f.trees)) * f.norm))
}

// path returns the length of a row's path.
func (t tree) path(row []float64) float64 {
	length, weight := t.walk(row)
	return length * weight
}

// lanes is how many trees are walked at once: a step of one waits for memory, and
// those of the others do not wait for it.
const lanes = 4

// paths returns the lengths of a row's paths in four trees. A leaf stays where it is.
func paths(trees *[lanes]tree, row []float64) (out [lanes]float64) {
	t, u, v, w := trees[0], trees[1], trees[2], trees[3]
	a, b, c, d := &t[0], &u[0], &v[0], &w[0]
	var outside [lanes]float64
	for a.feature&b.feature&c.feature&d.feature != leaf {
		i, j, k, l := row[max(a.feature, 0)], row[max(b.feature, 0)], row[max(c.feature, 0)], row[max(d.feature, 0)]
		if a.beyond(i) {
			outside[0] += a.far(i)
		}
		if b.beyond(j) {
			outside[1] += b.far(j)
		}
		if c.beyond(k) {
			outside[2] += c.far(k)
		}
		if d.beyond(l) {
			outside[3] += d.far(l)
		}
		a, b, c, d = &t[a.next(i)], &u[b.next(j)], &v[c.next(k)], &w[d.next(l)]
	}
	for i, n := range [lanes]*node{a, b, c, d} {
		out[i] = n.path
		if outside[i] != 0 {
			out[i] = n.path * (n.path / (n.path + outside[i]))
		}
	}
	return out
}

// walk returns the length of a row's path, and the share of it that counts: the
// steps of values that are outside take away more, the more they are.
func (t tree) walk(row []float64) (length, weight float64) {
	n, outside := &t[0], 0.0
	for n.feature != leaf {
		x := row[n.feature]
		outside += n.outside(x)
		n = &t[n.next(x)]
	}
	if outside == 0 {
		return n.path, 1
	}
	return n.path, n.path / (n.path + outside)
}

// outside returns how much a split takes away from the path of a value that is
// farther from it than any that was split here can be: one step, and another for
// each time that the distance doubles.
func (n *node) outside(x float64) float64 {
	if n.beyond(x) {
		return n.far(x)
	}
	return 0
}

// beyond reports whether the value is outside.
func (n *node) beyond(x float64) bool { return math.Abs(x-n.split) > n.width }

// far is outside's rare case.
func (n *node) far(x float64) float64 {
	return 1 + math.Log2(min(math.Abs(x-n.split), 2*limit)/n.width)
}

// next returns the child that a value belongs to.
func (n *node) next(x float64) int32 {
	right := int32(0)
	if x > n.split {
		right = 1
	}
	if math.IsNaN(x) {
		right = 1 - n.left&1
	}
	return n.left>>1 + right
}

// ScoreTable returns the score of each row. It uses all processors; the result
// does not depend on their number. The error says that the columns differ from
// those that the forest was trained on.
func (f *Forest) ScoreTable(t *Table) ([]float64, error) {
	if len(t.Columns) != len(f.columns) {
		return nil, fmt.Errorf("score a table of %d columns: the forest has %d", len(t.Columns), len(f.columns))
	}
	for i, name := range f.columns {
		if t.Columns[i] != name {
			return nil, fmt.Errorf("score a table: column %d is %s, the forest has %s", i+1, quote(t.Columns[i]), quote(name))
		}
	}
	scores := make([]float64, t.Rows())
	share(len(scores), func(from, to int) {
		// A few trees fit into the processor's cache, the forest does not.
		for tree := 0; tree < len(f.trees); tree += lanes {
			for i := from; i < to; i++ {
				scores[i] = f.add(scores[i], tree, t.Row(i))
			}
		}
		for i := from; i < to; i++ {
			scores[i] = f.strangeness(scores[i])
		}
	})
	return scores, nil
}

// TrainForest grows a forest from the rows of a table. The error says what is
// wrong with the configuration or that the table is empty. Training takes time
// proportional to the sample and not to the table, but for one pass over 10,000
// rows that learns what is usual in each column.
func TrainForest(t *Table, cfg ForestConfig) (*Forest, error) {
	cfg, err := cfg.withDefaults()
	switch {
	case err != nil:
		return nil, fmt.Errorf("train isolation forest: %w", err)
	case len(t.Columns) > maxColumns:
		return nil, fmt.Errorf("train isolation forest: %d columns, want at most %d", len(t.Columns), maxColumns)
	case t.Rows() == 0:
		return nil, errors.New("train isolation forest: the table has no rows")
	}
	f := &Forest{cfg: cfg, columns: t.Columns, usual: usualSpans(t), trees: make([]tree, cfg.Trees)}
	size := min(cfg.Sample, t.Rows())
	f.norm = max(1, expectedPath(size))
	share(len(f.trees), func(from, to int) {
		g := newGrower(t, size)
		for i := from; i < to; i++ {
			f.trees[i] = g.tree(randomFor(cfg.Seed, i))
		}
	})
	return f, nil
}

// expectedPath is c(n), the expected length of an unsuccessful search in a binary
// search tree of n keys, by which path lengths are measured.
func expectedPath(n int) float64 {
	switch {
	case n < 2:
		return 0
	case n == 2:
		return 1
	}
	const gamma = 0.57721566490153286
	return 2*(math.Log(float64(n-1))+gamma) - 2*float64(n-1)/float64(n)
}

// share cuts n pieces of work into one part for each processor and waits for all.
func share(n int, work func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() { work(n*i/parts, n*(i+1)/parts) })
	}
	wait.Wait()
}
