package document

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// Kind is what a Node holds.
type Kind uint8

// The kinds of a Node. The zero Kind is Null: also the zero Node is a null.
const (
	Null Kind = iota
	Scalar
	List
	Map
)

// Node is one value of a document with its place, for what no struct describes:
// mappings whose order matters, and values whose type depends on another key. A
// field of type Node takes any value. It is read-only and safe for concurrent
// use. A value with faults in it (equal keys, an alias that holds itself) is
// reported and leaves the field empty.
type Node struct {
	n       *yaml.Node
	file    string
	lenient bool
}

// DecodeNode reads data, which must hold one document, into a Node. See Decode
// for the limits and the error.
func DecodeNode(file string, data []byte, opts Options) (Node, error) {
	var n Node
	err := Decode(file, data, &n, opts)
	return n, err
}

// Pos returns where the value starts.
func (n Node) Pos() Pos {
	if n.n == nil {
		return Pos{File: n.file}
	}
	return Pos{File: n.file, Line: n.n.Line, Col: n.n.Column}
}

// Kind returns what the value is.
func (n Node) Kind() Kind {
	switch {
	case n.n == nil || isNull(n.n):
		return Null
	case n.n.Kind == yaml.MappingNode:
		return Map
	case n.n.Kind == yaml.SequenceNode:
		return List
	default:
		return Scalar
	}
}

// Text returns the text of a scalar as it was written, without its quotes, and
// "" for any other kind.
func (n Node) Text() string {
	if n.Kind() != Scalar {
		return ""
	}
	return n.n.Value
}

// Tag returns the tag that the value was written with ("!Ref"), "" when there
// was none.
func (n Node) Tag() string {
	if n.n == nil || n.n.Style&yaml.TaggedStyle == 0 {
		return ""
	}
	return n.n.Tag
}

// Any returns the value as a field of type any gets it.
func (n Node) Any() any {
	if n.n == nil {
		return nil
	}
	return n.decoder().any(n.n)
}

// Len returns the number of items of a list, and of keys of a mapping.
func (n Node) Len() int {
	switch n.Kind() {
	case List:
		return len(n.n.Content)
	case Map:
		return len(n.decoder().pairs(n.n))
	default:
		return 0
	}
}

// Items yields the items of a list, and nothing for any other kind.
func (n Node) Items() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.Kind() != List {
			return
		}
		for _, item := range n.n.Content {
			if !yield(n.child(item)) {
				return
			}
		}
	}
}

// Pairs yields the keys and values of a mapping in the order of the document, and
// nothing for any other kind.
func (n Node) Pairs() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		if n.Kind() != Map {
			return
		}
		for _, p := range n.decoder().pairs(n.n) {
			if !yield(p.key, n.child(p.value)) {
				return
			}
		}
	}
}

// Get returns the value of a key of a mapping.
func (n Node) Get(key string) (Node, bool) {
	for k, v := range n.Pairs() {
		if k == key {
			return v, true
		}
	}
	return Node{}, false
}

// KeyPos returns where a key of a mapping stands; the zero Pos when there is none.
func (n Node) KeyPos(key string) Pos {
	if n.Kind() != Map {
		return Pos{}
	}
	for _, p := range n.decoder().pairs(n.n) {
		if p.key == key {
			return Pos{File: n.file, Line: p.at.Line, Col: p.at.Column}
		}
	}
	return Pos{}
}

// Decode reads the value into what into points to, as the function Decode does.
func (n Node) Decode(into any) error {
	if n.n == nil {
		return nil
	}
	d := n.decoder()
	d.into(n.n, into)
	return d.faults.sorted()
}

func (n Node) decoder() *decoder { return newDecoder(n.file, Options{AllowUnknown: n.lenient}) }

func (n Node) child(c *yaml.Node) Node {
	if c.Kind == yaml.AliasNode {
		c = c.Alias
	}
	return Node{n: c, file: n.file, lenient: n.lenient}
}

// sound reports whether the node has no faults of its own. A node with faults is
// not handed out: an alias in it may lead into itself.
func (d *decoder) sound(n *yaml.Node) bool {
	before := len(d.faults)
	d.measure(n)
	return !d.stopped && len(d.faults) == before
}

// measure reads the node for its faults and limits only.
func (d *decoder) measure(n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for _, p := range d.pairs(n) {
			d.pair(p, func() { d.enter(p.value, d.measure) })
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			d.enter(item, d.measure)
		}
	default:
	}
}
