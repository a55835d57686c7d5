package match

import (
	"encoding/binary"
	"strings"
)

// noField stands for a path that no rule reads.
const noField = -1

// fields gives every path that a rule reads, and every beginning of one, a
// dense number. It is a trie over the segments of the paths, whose edges lie in
// one open-addressing table.
type fields struct {
	names []string // by number; the root is 0 and has no name
	edges []edge
	mask  uint32
}

type edge struct {
	parent, child int32
	segment       string
}

// newFields returns the trie of the paths. Equal paths get one number.
func newFields(paths []string) *fields {
	f := &fields{names: []string{""}}
	index := map[string]int32{"": 0}
	var all []edge
	for _, path := range paths {
		parent, from := int32(0), 0
		for from <= len(path) && path != "" {
			end := strings.IndexByte(path[from:], '.')
			if end < 0 {
				end = len(path)
			} else {
				end += from
			}
			child, ok := index[path[:end]]
			if !ok || child == 0 {
				child = int32(len(f.names))
				f.names = append(f.names, path[:end])
				index[path[:end]] = child
				all = append(all, edge{parent, child, path[from:end]})
			}
			parent, from = child, end+1
		}
	}
	size := uint32(16)
	for size < uint32(4*len(all)) {
		size *= 2
	}
	f.edges, f.mask = make([]edge, size), size-1
	for _, e := range all {
		at := edgeHash(e.parent, []byte(e.segment)) & f.mask
		for f.edges[at].child != 0 {
			at = (at + 1) & f.mask
		}
		f.edges[at] = e
	}
	return f
}

func edgeHash(parent int32, segment []byte) uint32 {
	var head, tail uint64
	switch n := len(segment); {
	case n >= 8:
		head, tail = binary.LittleEndian.Uint64(segment), binary.LittleEndian.Uint64(segment[n-8:])
	case n >= 4:
		head, tail = uint64(binary.LittleEndian.Uint32(segment)), uint64(binary.LittleEndian.Uint32(segment[n-4:]))
	case n > 0:
		head = uint64(segment[0]) | uint64(segment[n/2])<<8 | uint64(segment[n-1])<<16
	}
	h := (head ^ uint64(len(segment))<<56 ^ uint64(uint32(parent))<<40) * 0x9E3779B97F4A7C15
	h = (h ^ h>>29 ^ tail) * 0xBF58476D1CE4E5B9
	return uint32(h >> 32)
}

// child returns the number of the path that a segment below parent leads to.
func (f *fields) child(parent int32, segment []byte) int32 {
	at := edgeHash(parent, segment) & f.mask
	for {
		e := &f.edges[at]
		if e.child == 0 {
			return noField
		}
		if e.parent == parent && e.segment == string(segment) {
			return e.child
		}
		at = (at + 1) & f.mask
	}
}

// number returns the number of a whole path.
func (f *fields) number(path string) int32 {
	at := int32(0)
	for segment := range strings.SplitSeq(path, ".") {
		if at = f.child(at, []byte(segment)); at == noField {
			return noField
		}
	}
	return at
}
