package crs

import "hash/maphash"

// maxMemoKey is the length in bytes of the longest text that a memo keeps.
const maxMemoKey = 1 << 10

// memo remembers what matched in texts that came before. A text has one place, so
// the memo never grows.
type memo struct {
	seed    maphash.Seed
	entries []entry
	spare   entry // for texts that are not kept
}

type entry struct {
	used     bool
	key      string
	hits     []uint16
	triggers []uint16
	controls uint64
	cut      bool
}

func newMemo(size int) memo {
	for size&(size-1) != 0 {
		size &= size - 1
	}
	return memo{seed: maphash.MakeSeed(), entries: make([]entry, size)}
}

// find returns the text's place, nil when it has none.
func (m *memo) find(key []byte) *entry {
	if len(m.entries) == 0 || len(key) > maxMemoKey {
		return nil
	}
	return &m.entries[maphash.Bytes(m.seed, key)&uint64(len(m.entries)-1)]
}

// store keeps what the machine found.
func (m *memo) store(e *entry, key []byte, of *Machine) *entry {
	if e == nil {
		e = &m.spare
	} else {
		e.key = string(key)
	}
	e.used, e.controls, e.cut = true, of.controls, of.budget < 0
	e.hits = append(e.hits[:0], of.found...)
	e.triggers = append(e.triggers[:0], of.asked...)
	return e
}
