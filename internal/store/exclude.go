package store

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/bloom"

	"github.com/sasumata/sasumata/internal/query"
)

// excludes reports whether no value of a column can be what the clause asks for, by
// its Bloom filter and the least and greatest of its numbers.
func (g *group) excludes(column string, n query.Node) (out bool, err error) {
	c := g.outline.chunks[column]
	if c == nil {
		return false, nil
	}
	defer guard(g.part.Name, &err)
	switch c.kind {
	case 's':
		return g.filtered(c, n)
	case 'i':
		return outside(c, n), nil
	default:
		return false, nil
	}
}

// filtered asks the Bloom filter for the texts of a term or a list of terms.
func (g *group) filtered(c *chunk, n query.Node) (bool, error) {
	texts := terms(n, nil)
	if texts == nil {
		return false, nil
	}
	at, err := c.filter(g.data)
	if err != nil || at == nil {
		return false, err
	}
	bits := io.NewSectionReader(g.data, at.offset, at.size)
	for _, text := range texts {
		found, err := bloom.CheckSplitBlock(bits, at.size, bloom.XXH64{}.Sum64([]byte(text)))
		if err != nil {
			return false, fmt.Errorf("read the Bloom filter: %w", err)
		}
		if found {
			return false, nil
		}
	}
	return true, nil
}

// terms returns the texts of which a value must be one for the node to match; nil when
// it is not that simple.
func terms(n query.Node, into []string) []string {
	switch n := n.(type) {
	case *query.Term:
		if n.Field.Folds() {
			return nil
		}
		return append(into, n.Value)
	case *query.Group:
		return terms(n.Node, into)
	case *query.List:
		return terms(n.Node, into)
	case *query.Or:
		for _, c := range n.Nodes {
			if into = terms(c, into); into == nil {
				return nil
			}
		}
		return into
	default:
		return nil
	}
}

// outside reports whether all whole numbers of a column lie outside of what a term, a
// range or a comparison asks for.
func outside(c *chunk, n query.Node) bool {
	low, high, ok := c.Bounds()
	if !ok {
		return false
	}
	// The nearest floats are in the same order as the numbers.
	least, most := float64(low.Int64()), float64(high.Int64())
	switch n := n.(type) {
	case *query.Term:
		f, number := n.Number()
		return number && (f < least || f > most)
	case *query.Range:
		return n.Numeric && (!n.Low.Any && n.Low.Number > most || !n.High.Any && n.High.Number < least)
	case *query.Comparison:
		if !n.Numeric || n.Bound.Any {
			return false
		}
		if n.Op == query.Less || n.Op == query.LessEqual {
			return n.Bound.Number < least
		}
		return n.Bound.Number > most
	default:
		return false
	}
}
