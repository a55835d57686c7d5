package crs

import (
	"bytes"
	"hash/maphash"
)

// maxMemoKey is the length in bytes of the longest text that a memo keeps: longer
// ones seldom come again.
const maxMemoKey = 512

// memo remembers what matched in texts that came before. It never grows.
type memo struct {
	seed    maphash.Seed
	entries []entry
	spare   entry // for texts that are not kept
}

type entry struct {
	used     bool
	recent   bool
	key      []byte
	hits     []uint16
	triggers []uint16
	controls uint64
	sample   string
	name     string // of what the sample is of
	cut      bool
}

func (e *entry) isSilent() bool {
	return len(e.hits)+len(e.triggers) == 0 && !e.cut
}

func newMemo(size int) memo {
	return memo{seed: maphash.MakeSeed(), entries: make([]entry, powerOfTwo(size))}
}

func powerOfTwo(size int) int {
	for size&(size-1) != 0 {
		size &= size - 1
	}
	return max(size, 0)
}

// find returns the text's place, and whether it is there; nil when it has none. A
// text has two places: the one not used last is given up.
func (m *memo) find(key []byte) (e *entry, known bool) {
	if len(m.entries) < 2 || len(key) > maxMemoKey {
		return nil, false
	}
	at := maphash.Bytes(m.seed, key) & uint64(len(m.entries)-1)
	first, second := &m.entries[at], &m.entries[at^1]
	known = first.used && bytes.Equal(first.key, key)
	if !known && (second.used && bytes.Equal(second.key, key) || !second.recent) {
		first, second = second, first
		known = first.used && bytes.Equal(first.key, key)
	}
	first.recent, second.recent = true, false
	return first, known
}

// store keeps what the machine found.
func (m *memo) store(e *entry, key []byte, of *Machine) *entry {
	if e == nil {
		e = &m.spare
	} else {
		e.key = append(e.key[:0], key...)
	}
	e.used, e.controls, e.cut = true, of.controls, of.budget < 0
	e.sample, e.name = "", ""
	if len(of.found) > 0 {
		e.sample, e.name = string(of.text), string(of.textName)
	}
	e.hits = append(e.hits[:0], of.found...)
	e.triggers = append(e.triggers[:0], of.asked...)
	return e
}

// maxCleanKey is the length in bytes of the longest value that is remembered as
// clean.
const maxCleanKey = 48

// cleanMemo remembers values in which nothing was found. Most values never come again:
// of what comes for the first time only a part of the hash is kept.
type cleanMemo struct {
	seed    maphash.Seed
	seen    []uint32 // the values that came last, by place
	entries []cleanEntry
}

type cleanEntry struct {
	size int8 // -1 is none
	key  [maxCleanKey + 1]byte
	paid int // what judging it took off the budget
}

func newCleanMemo(size int) cleanMemo {
	m := cleanMemo{seed: maphash.MakeSeed(), entries: make([]cleanEntry, powerOfTwo(size))}
	m.seen = make([]uint32, len(m.entries))
	for i := range m.entries {
		m.entries[i].size = -1
	}
	return m
}

// place returns the value's place; nil when it was not there a moment ago.
func (m *cleanMemo) place(key []byte) *cleanEntry {
	hash := maphash.Bytes(m.seed, key)
	at := hash & uint64(len(m.entries)-1)
	if high := uint32(hash >> 32); m.seen[at] != high {
		m.seen[at] = high
		return nil
	}
	return &m.entries[at]
}

// is reports whether the entry is for this key.
func (e *cleanEntry) is(key []byte) bool {
	return int(e.size) == len(key) && string(e.key[:len(key)]) == string(key)
}

func (e *cleanEntry) set(key []byte, paid int) {
	e.size, e.paid = int8(copy(e.key[:], key)), paid // at most maxCleanKey and one
}
