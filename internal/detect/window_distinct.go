package detect

import "crypto/sha256"

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
	at    map[digest]int32
	nodes []sighting
	free  []int32
	first int32 // the eldest, -1 when there is none
	last  int32
}

type sighting struct {
	value      digest
	t          int64
	prev, next int32
}

func newDistinct() *distinct { return &distinct{at: make(map[digest]int32), first: -1, last: -1} }

// size estimates the memory in bytes.
func (d *distinct) size() int64 { return distinctBytes + int64(cap(d.nodes))*sightingBytes }

func (d *distinct) len() int { return len(d.at) }

// add takes in a value at t, which must be inside the window.
func (d *distinct) add(value []byte, t int64) { d.put(newDigest(value), t) }

func (d *distinct) put(key digest, t int64) {
	i, known := d.at[key]
	if known {
		if d.nodes[i].t >= t {
			return
		}
		d.unlink(i)
	} else {
		i = d.take()
		d.nodes[i].value = key
		d.at[key] = i
	}
	d.nodes[i].t = t
	d.link(i)
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
	if i, ok := d.at[key]; ok {
		seen, known = d.nodes[i].t, true
	}
	d.put(key, t)
	return seen, known
}

// advance forgets the values that were last seen at or before start, and those
// beyond the limit.
func (d *distinct) advance(start int64, limit int) {
	for d.first >= 0 && (d.nodes[d.first].t <= start || len(d.at) > limit) {
		i := d.first
		d.unlink(i)
		delete(d.at, d.nodes[i].value)
		d.free = append(d.free, i)
	}
}

func (d *distinct) take() int32 {
	if n := len(d.free); n > 0 {
		i := d.free[n-1]
		d.free = d.free[:n-1]
		return i
	}
	d.nodes = append(d.nodes, sighting{})
	return int32(len(d.nodes) - 1)
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
	clear(d.at)
	d.nodes, d.free, d.first, d.last = d.nodes[:0], d.free[:0], -1, -1
}
