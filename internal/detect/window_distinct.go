package detect

import (
	"crypto/sha256"
	"hash/maphash"
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
	// places has the nodes by the hash of their values, counted from 1, once there are
	// more than few: an open-addressing table. Fewer are looked at one by one.
	places []int32
	seed   maphash.Seed
}

// few is how many nodes are looked at one by one: they lie side by side.
const few = 8

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
	return d.nodes[d.last].t + int64(len(d.places))
}

// add takes in a value at t, which must be inside the window.
func (d *distinct) add(value []byte, t int64) { d.put(newDigest(value), t) }

func (d *distinct) put(key digest, t int64) {
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
	if d.places == nil {
		for i := range d.nodes {
			if d.nodes[i].value == key {
				return int32(i)
			}
		}
		return -1
	}
	return d.places[d.slot(key)] - 1
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
	size := 4 * few
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

// clear takes the node out of the table and makes it free.
func (d *distinct) clear(i int32) {
	if d.places == nil {
		d.nodes[i].value = digest{}
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
func (d *distinct) sight(value []byte, query byte, t int64) (seen int64, known bool) {
	key := newDigest(value)
	key[15] ^= query & 7 << 4 // bits that lengths leave free
	if i := d.find(key); i >= 0 {
		seen, known = d.nodes[i].t, true
	}
	d.put(key, t)
	return seen, known
}

// advance forgets the values that were last seen at or before start, and those
// beyond the limit.
func (d *distinct) advance(start int64, limit int) {
	for d.first >= 0 && (d.nodes[d.first].t <= start || d.len() > limit) {
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
}
