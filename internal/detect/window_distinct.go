package detect

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// digest tells values apart: the value itself if it has less than 16 bytes, or
// else the beginning of its SHA-256, which nobody can make collide.
type digest [16]byte

func newDigest(value []byte) digest {
	var d digest
	if len(value) < len(d) {
		copy(d[:], value)
		d[15] = byte(len(value))
		return d
	}
	h := sha256.Sum256(value)
	copy(d[:], h[:])
	d[15] = 0xff
	return d
}

// digests are those of the last long values: several rules count the same ones of an
// event.
type digests struct {
	texts [4][]byte
	of    [4]digest
	next  int
}

// digest returns that of a value that the event has for a query.
func (w *scratch) digest(i int) digest {
	value, m := w.counted.text(i), &w.digests
	if len(value) < len(digest{}) {
		return newDigest(value)
	}
	for at := range m.texts {
		if string(m.texts[at]) == string(value) {
			return m.of[at]
		}
	}
	at := m.next
	m.next = (at + 1) % len(m.texts)
	m.texts[at], m.of[at] = append(m.texts[at][:0], value...), newDigest(value)
	return m.of[at]
}

// distinct is the different values of one query inside the window, each with the
// latest time at which it was seen: a list in the order of these times, and the
// place of each value in it.
//
// It is exact for the window that ends at the latest event. Beyond the limit, which
// is above what any condition compares with, the value that was not seen for the
// longest time is forgotten.
type distinct struct {
	nodes []sighting
	free  []int32
	n     int32 // values in the list
	first int32 // the eldest, -1 when there is none
	last  int32
	// marks has a byte for each of the first nodes, made of its value; 0 is a free node.
	// Eight are compared at once, and for a new value no node has to be read.
	marks [few / 8]uint64
	// places has the nodes by the hash of their values, counted from 1, once there are
	// more than few: an open-addressing table.
	places []int32
	seed   maphash.Seed
}

// few is up to how many nodes are found by their marks.
const few = 32

// free reports whether the digest is that of a node that is free: no text has it.
func (d digest) free() bool { return d == digest{} }

type sighting struct {
	value      digest
	t          int64
	prev, next int32
}

func newDistinct() *distinct {
	d := emptyDistinct()
	return &d
}

func emptyDistinct() distinct { return distinct{first: -1, last: -1} }

// size estimates the memory in bytes.
func (d *distinct) size() int64 { return distinctBytes + int64(cap(d.nodes))*sightingBytes }

func (d *distinct) len() int { return int(d.n) }

// words reads what a value needs of the list, so that it is fetched.
func (d *distinct) words() int64 {
	if d == nil || d.last < 0 {
		return 0
	}
	return d.nodes[d.last].t + int64(d.marks[0])
}

// add takes in a value at t, which must be inside the window.
func (d *distinct) add(key digest, t int64) {
	i := d.find(key)
	switch {
	case i < 0:
		i = d.take(key)
	case d.nodes[i].t >= t:
		return
	case i == d.last:
		d.nodes[i].t = t // it stays the last
		return
	default:
		d.unlink(i)
	}
	d.nodes[i].t = t
	d.link(i)
}

// find returns the node of the value, -1 when there is none.
func (d *distinct) find(key digest) int32 {
	if d.places != nil {
		return d.places[d.slot(key)] - 1
	}
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	mark := key.mark() * ones
	for i := 0; i < len(d.nodes); i += 8 {
		other := d.marks[i/8] ^ mark // a byte that is 0 is one that is equal
		for equal := (other - ones) &^ other & highs; equal != 0; equal &= equal - 1 {
			if at := i + bits.TrailingZeros64(equal)/8; at < len(d.nodes) && d.nodes[at].value == key {
				return int32(at)
			}
		}
	}
	return -1
}

// mark returns a byte that is not 0, for which different values differ in most cases.
func (d *digest) mark() uint64 {
	const mixed = 0x9E3779B97F4A7C15
	head, tail := binary.LittleEndian.Uint64(d[:8]), binary.LittleEndian.Uint64(d[8:])
	return ((head*mixed^tail)*mixed)>>57 | 0x80
}

// setMark sets the mark of a node, unless they are too many for marks.
func (d *distinct) setMark(i int32, mark uint64) {
	if d.places == nil {
		shift := i & 7 * 8
		d.marks[i/8] = d.marks[i/8]&^(0xff<<shift) | mark<<shift
	}
}

// home returns the place of the table at which the search for the value begins. Texts
// that somebody chose begin at places that he cannot.
func (d *distinct) home(key digest) int {
	return int(maphash.Bytes(d.seed, key[:]) & uint64(len(d.places)-1)) // below the length
}

// slot returns the place of the value in the table, or the empty one where it belongs.
func (d *distinct) slot(key digest) int {
	mask := len(d.places) - 1
	for at := d.home(key); ; at = (at + 1) & mask {
		if i := d.places[at]; i == 0 || d.nodes[i-1].value == key {
			return at
		}
	}
}

// index makes the table anew, so that half of it stays empty.
func (d *distinct) index() {
	size := 2 * few
	for size < 2*len(d.nodes) {
		size *= 2
	}
	d.places, d.seed = make([]int32, size), maphash.MakeSeed()
	for i := range d.nodes {
		if !d.nodes[i].value.free() {
			d.places[d.slot(d.nodes[i].value)] = int32(i + 1)
		}
	}
}

// remember makes the marks or the table anew.
func (d *distinct) remember() {
	if d.places = nil; len(d.nodes) > few {
		d.index()
		return
	}
	clear(d.marks[:])
	for i := range d.nodes {
		if value := &d.nodes[i].value; !value.free() {
			d.setMark(int32(i), value.mark())
		}
	}
}

// clear takes the node out of the table and makes it free.
func (d *distinct) clear(i int32) {
	if d.places == nil {
		d.nodes[i].value = digest{}
		d.setMark(i, 0)
		return
	}
	mask := len(d.places) - 1
	hole := d.slot(d.nodes[i].value)
	for at := hole; ; {
		at = (at + 1) & mask
		next := d.places[at]
		if next == 0 {
			break
		}
		// What belongs between the hole and here stays; else it would not be found.
		if home := d.home(d.nodes[next-1].value); (at-home)&mask >= (at-hole)&mask {
			d.places[hole] = next
			hole = at
		}
	}
	d.places[hole] = 0
	d.nodes[i].value = digest{}
}

// between returns how many of the values were last seen in (from, to].
func (d *distinct) between(from, to int64) int {
	n := 0
	for i := d.last; i >= 0 && d.nodes[i].t > from; i = d.nodes[i].prev {
		if d.nodes[i].t <= to {
			n++
		}
	}
	return n
}

// sight is add for values that queries share a memory for; it also returns when the
// value was seen before.
func (d *distinct) sight(key digest, query byte, t int64) (seen int64, known bool) {
	key[15] ^= query & 7 << 4 // bits that lengths leave free
	if i := d.find(key); i >= 0 {
		seen, known = d.nodes[i].t, true
	}
	d.add(key, t)
	return seen, known
}

// advance forgets the values that were last seen at or before start, and those
// beyond the limit.
func (d *distinct) advance(start int64, limit int) {
	for d.first >= 0 && (d.len() > limit || start > minTime && d.nodes[d.first].t <= start) {
		i := d.first
		d.unlink(i)
		d.clear(i)
		d.n--
		d.free = append(d.free, i)
	}
}

// take returns a node that is not in the list, for a value that has none.
func (d *distinct) take(key digest) int32 {
	d.n++
	i := int32(len(d.nodes))
	if n := len(d.free); n > 0 {
		i = d.free[n-1]
		d.free = d.free[:n-1]
	} else {
		d.nodes = append(d.nodes, sighting{})
	}
	d.nodes[i].value = key
	switch {
	case len(d.nodes) > few && 4*len(d.nodes) > 3*len(d.places):
		d.index()
	case d.places != nil:
		d.places[d.slot(key)] = i + 1
	default:
		d.setMark(i, key.mark())
	}
	return i
}

// link puts the node behind the last one that is not younger.
func (d *distinct) link(i int32) {
	n := &d.nodes[i]
	after := d.last
	for after >= 0 && d.nodes[after].t > n.t {
		after = d.nodes[after].prev
	}
	n.prev = after
	if after >= 0 {
		n.next = d.nodes[after].next
		d.nodes[after].next = i
	} else {
		n.next = d.first
		d.first = i
	}
	if n.next >= 0 {
		d.nodes[n.next].prev = i
	} else {
		d.last = i
	}
}

func (d *distinct) unlink(i int32) {
	n := &d.nodes[i]
	if n.prev >= 0 {
		d.nodes[n.prev].next = n.next
	} else {
		d.first = n.next
	}
	if n.next >= 0 {
		d.nodes[n.next].prev = n.prev
	} else {
		d.last = n.prev
	}
}

func (d *distinct) reset() {
	if d.nodes = d.nodes[:0]; d.n > 0 {
		clear(d.places)
	}
	d.free, d.n, d.first, d.last = d.free[:0], 0, -1, -1
	clear(d.marks[:])
}
