package store

import (
	"bytes"
	"hash/maphash"
	"math"
)

// texts are the texts of a column, one behind the other in one piece of memory: a part
// has hundreds of thousands, which would be as many objects to look after.
type texts struct {
	data []byte
	ends []uint32 // the i-th text is data[ends[i]:ends[i+1]]
	// known finds texts: it is a hash table with open addressing whose slots hold
	// half of the hash, and below it the number of the text from 1; 0 is free.
	known []uint64
	seed  maphash.Seed
}

// fewTexts is the size of the smallest table of known texts.
const fewTexts = 16

func newTexts() texts { return texts{ends: []uint32{0}, seed: maphash.MakeSeed()} }

// len returns how many there are.
func (t *texts) len() int { return len(t.ends) - 1 }

// at returns the i-th text, as long as none is added.
func (t *texts) at(i int32) []byte { return t.data[t.ends[i]:t.ends[i+1]] }

// add adds a text and returns its number.
func (t *texts) add(text []byte) int32 {
	t.data = append(t.data, text...)
	return t.end()
}

// addString adds a text and returns its number.
func (t *texts) addString(text string) int32 {
	t.data = append(t.data, text...)
	return t.end()
}

// end ends a text that was added to the data.
func (t *texts) end() int32 {
	if len(t.data) > math.MaxUint32 {
		panic("BUG: the texts of a column of one part are larger than 4 GiB")
	}
	t.ends = append(t.ends, uint32(len(t.data)))
	return int32(t.len() - 1)
}

// hash returns the hash of a text.
func (t *texts) hash(text []byte) uint32 { return uint32(maphash.Bytes(t.seed, text) >> 32) }

// find returns the number of a text with the hash, -1 if none was noted.
func (t *texts) find(text []byte, hash uint32) int32 {
	if len(t.known) == 0 {
		return -1
	}
	for i := t.place(hash); t.known[i] != 0; i = t.next(i) {
		slot := t.known[i]
		if id := int32(uint32(slot)) - 1; uint32(slot>>32) == hash && bytes.Equal(t.at(id), text) {
			return id
		}
	}
	return -1
}

// guess returns a text that has the hash, or -1: then there may be one all the same.
func (t *texts) guess(hash uint32) int32 {
	if len(t.known) == 0 {
		return -1
	}
	if slot := t.known[t.place(hash)]; uint32(slot>>32) == hash {
		return int32(uint32(slot)) - 1 // -1 where nothing is
	}
	return -1
}

// note makes the text with the number and the hash one that is found. It must not be
// known yet.
func (t *texts) note(id int32, hash uint32) {
	if 2*t.len() > len(t.known) {
		old := t.known
		t.known = make([]uint64, max(fewTexts, 2*len(old)))
		for _, slot := range old {
			if slot != 0 {
				t.put(slot)
			}
		}
	}
	t.put(uint64(hash)<<32 | uint64(id+1))
}

func (t *texts) put(slot uint64) {
	i := t.place(uint32(slot >> 32))
	for t.known[i] != 0 {
		i = t.next(i)
	}
	t.known[i] = slot
}

// place returns where the search for a hash begins.
func (t *texts) place(hash uint32) int { return int(hash) & (len(t.known) - 1) }

func (t *texts) next(i int) int { return (i + 1) & (len(t.known) - 1) }

// reset forgets all texts.
func (t *texts) reset() {
	if len(t.known) > 16*len(t.ends)+fewTexts {
		t.known = nil
	}
	clear(t.known)
	t.data, t.ends = emptied(t.data), append(emptied(t.ends), 0)
}

// held returns how much memory the texts keep, in bytes.
func (t *texts) held() int64 { return int64(cap(t.data) + 4*cap(t.ends) + 8*cap(t.known)) }
