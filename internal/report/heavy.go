package report

import (
	"cmp"
	"hash/maphash"
	"slices"
	"unicode/utf8"
)

// maxKey is how many bytes of a counted value are kept. Longer values are counted
// by their first maxKey bytes.
const maxKey = 256

// heavy counts how often each value came, for the values that come most, in
// memory that does not grow: the Space-Saving algorithm (Metwally and others,
// 2005). When a new value finds every slot taken, it takes over the slot with the
// smallest count, and that count becomes the new value's error. A value that makes
// up more than 1/capacity of the stream is never missed, and as long as nothing
// was evicted every count is exact.
//
// Which slot is taken over follows only from the order of the stream, never from
// the hash, so the same stream gives the same counts.
type heavy struct {
	seed    maphash.Seed
	heads   []int32 // chains of slots by hash; -1 ends a chain
	slots   []slot
	heap    []int32 // slots, the smallest count first
	limit   int
	evicted bool
}

type slot struct {
	key     []byte
	hash    uint64
	count   int64
	base    int64 // how much of count may belong to values that had the slot before
	failed  int64
	attacks int64
	next    int32
	at      int32 // place in the heap
}

func newHeavy(limit int) heavy {
	size := 16
	for size < 2*limit {
		size *= 2
	}
	h := heavy{seed: maphash.MakeSeed(), heads: make([]int32, size), limit: limit}
	for i := range h.heads {
		h.heads[i] = -1
	}
	return h
}

// add counts the value once; failed and attack say what kind of event it was. It
// returns the value's slot, and whether the slot was another value's before. An
// empty value is not counted: -1.
func (h *heavy) add(value string, failed, attack bool) (at int32, fresh bool) {
	if value == "" {
		return -1, false
	}
	value = cutBytes(value, maxKey)
	sum := maphash.String(h.seed, value)
	i := h.find(sum, value)
	if fresh = i < 0; fresh {
		i = h.claim(sum, value)
	}
	s := &h.slots[i]
	s.count++
	if failed {
		s.failed++
	}
	if attack {
		s.attacks++
	}
	h.sink(int(s.at))
	return i, fresh
}

// slot returns the slot of a value, -1 when it has none.
func (h *heavy) slot(value string) int32 {
	value = cutBytes(value, maxKey)
	return h.find(maphash.String(h.seed, value), value)
}

func (h *heavy) find(sum uint64, value string) int32 {
	i := h.heads[sum&uint64(len(h.heads)-1)]
	for i >= 0 && (h.slots[i].hash != sum || string(h.slots[i].key) != value) {
		i = h.slots[i].next
	}
	return i
}

// claim returns the slot for a value that has none.
func (h *heavy) claim(sum uint64, value string) int32 {
	var i int32
	if len(h.slots) < h.limit {
		i = int32(len(h.slots)) // below limit
		h.slots = append(h.slots, slot{at: i})
		h.heap = append(h.heap, i)
		h.rise(len(h.heap) - 1)
	} else {
		i = h.heap[0]
		h.unlink(i)
		h.evicted = true
	}
	s := &h.slots[i]
	s.key = append(s.key[:0], value...)
	s.hash, s.base, s.failed, s.attacks = sum, s.count, 0, 0
	head := &h.heads[sum&uint64(len(h.heads)-1)]
	s.next, *head = *head, i
	return i
}

func (h *heavy) unlink(i int32) {
	at := &h.heads[h.slots[i].hash&uint64(len(h.heads)-1)]
	for *at != i {
		at = &h.slots[*at].next
	}
	*at = h.slots[i].next
}

// rise moves a new slot, whose count is 0, towards the front of the heap.
func (h *heavy) rise(at int) {
	for at > 0 {
		up := (at - 1) / 2
		if h.slots[h.heap[up]].count <= h.slots[h.heap[at]].count {
			return
		}
		h.swap(at, up)
		at = up
	}
}

// sink moves a slot, whose count has grown, away from the front of the heap.
func (h *heavy) sink(at int) {
	for {
		low := 2*at + 1
		if low >= len(h.heap) {
			return
		}
		if r := low + 1; r < len(h.heap) && h.slots[h.heap[r]].count < h.slots[h.heap[low]].count {
			low = r
		}
		if h.slots[h.heap[at]].count <= h.slots[h.heap[low]].count {
			return
		}
		h.swap(at, low)
		at = low
	}
}

func (h *heavy) swap(a, b int) {
	h.heap[a], h.heap[b] = h.heap[b], h.heap[a]
	h.slots[h.heap[a]].at, h.slots[h.heap[b]].at = int32(a), int32(b) // below limit
}

// Count is how often one value came.
type Count struct {
	// Value is the value, cut to 256 bytes.
	Value string
	// Events is the number of events with the value. It is exact unless Approx.
	Events int64
	// Failed and Attacks are how many of them were failed logins and attacks.
	Failed, Attacks int64
	// Approx says that values were evicted: Events is at least the true number
	// since the value took its place, and no more than Events were missed.
	Approx bool
}

// top returns the n most frequent values: the guaranteed part of the count
// decides, then the value itself.
func (h *heavy) top(n int) []Count {
	out := make([]Count, 0, len(h.slots))
	for i := range h.slots {
		s := &h.slots[i]
		out = append(out, Count{
			Value: string(s.key), Events: s.count - s.base, Failed: s.failed, Attacks: s.attacks, Approx: s.base > 0,
		})
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Value, b.Value))
	})
	if len(out) > n {
		out = out[:n]
	}
	return slices.Clip(out)
}

// cutBytes cuts s to at most n bytes without halving a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := 0; i < utf8.UTFMax && n-i > 0; i++ {
		if utf8.RuneStart(s[n-i]) {
			return s[:n-i]
		}
	}
	return s[:n]
}
