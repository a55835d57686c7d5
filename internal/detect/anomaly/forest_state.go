package anomaly

import (
	"encoding"
	"fmt"
)

var (
	_ encoding.BinaryAppender    = (*Forest)(nil)
	_ encoding.BinaryUnmarshaler = (*Forest)(nil)
)

// forestMagic begins the model of a forest; the last letter is the version.
const forestMagic = "SASFORSA"

// AppendBinary appends the forest: the same forest, the same bytes. It never fails.
func (f *Forest) AppendBinary(b []byte) ([]byte, error) {
	e := encoder(append(b, forestMagic...))
	e.int(f.cfg.Sample)
	e.word(f.cfg.Seed)
	e.number(f.norm)
	e.int(len(f.columns))
	for i, name := range f.columns {
		e.text(name)
		e.number(f.usual[i].low)
		e.number(f.usual[i].high)
	}
	e.int(len(f.trees))
	for _, t := range f.trees {
		e.int(len(t))
		for i := range t {
			e.node(&t[i])
		}
	}
	return e, nil
}

func (e *encoder) node(n *node) {
	e.int(int(n.feature))
	e.number(n.path)
	if n.feature == leaf {
		return
	}
	e.number(n.split)
	e.number(n.width)
	e.int(int(n.left))
}

// UnmarshalBinary makes the forest what it was when AppendBinary wrote the model.
// A model that could not be scored is refused, and the forest stays as it was. It
// must not be called while others use the forest.
func (f *Forest) UnmarshalBinary(data []byte) error {
	in := decoder{data: data}
	in.magic(forestMagic)
	restored := Forest{cfg: ForestConfig{Sample: in.int(2, maxSample), Seed: in.word()}}
	if restored.norm = in.number(maxSample, false); in.err == nil && restored.norm < 1 {
		in.err = fmt.Errorf("expected path of %v", restored.norm)
	}
	// Nothing is allocated ahead of the bytes that it is made from.
	for range in.int(1, maxColumns) {
		restored.columns = append(restored.columns, in.text())
		restored.usual = append(restored.usual, span{in.number(limit, true), in.number(limit, true)})
		if u := restored.usual[len(restored.usual)-1]; in.err == nil && u.low > u.high {
			in.err = fmt.Errorf("a range from %v to %v", u.low, u.high)
		}
		if in.err != nil {
			break
		}
	}
	restored.cfg.Trees = in.int(1, maxTrees)
	for i := 0; i < restored.cfg.Trees && in.err == nil; i++ {
		restored.trees = append(restored.trees, in.tree(len(restored.columns)))
	}
	if err := in.end(); err != nil {
		return fmt.Errorf("read an isolation forest: %w", err)
	}
	*f = restored
	return nil
}

// tree reads a tree, each of whose splits leads onward to nodes that are there.
func (d *decoder) tree(columns int) tree {
	size := d.int(1, 2*maxSample)
	var t tree
	for i := 0; i < size && d.err == nil; i++ {
		feature, path := int32(d.int(leaf, columns-1)), d.number(maxSample, false)
		if d.err == nil && path < 0 {
			d.err = fmt.Errorf("path of %v", path)
		}
		n := newLeaf(int32(i), path)
		if feature != leaf {
			n = node{feature: feature, path: path, split: d.number(limit, false), width: d.number(2*limit, false), left: int32(d.int(0, 4*maxSample))}
			if left := int(n.left >> 1); d.err == nil && (left <= i || left+1 >= size || n.width <= 0) {
				d.err = fmt.Errorf("split %d of width %v leads to %d of %d nodes", i, n.width, left, size)
			}
		}
		t = append(t, n)
	}
	return t
}
