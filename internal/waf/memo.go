package waf

import "hash/maphash"

// maxQuietText is the length in bytes of the longest text that is remembered.
const maxQuietText = 512

// quietMemo remembers texts in which nothing is found: browsers and
// pages come again and again. It never grows; each text has ways places, of which the
// next one takes over one that was not asked for lately. Where they are, nobody can
// know who writes into logs.
type quietMemo struct {
	seed    maphash.Seed
	entries []quietText
}

// ways is how many texts of one place in the table are remembered. With two, of a table
// that is half full one text in ten is lost again and again.
const ways = 4

// quietText is a text and what it took off the budget to find nothing in it; in a
// screen, the anomaly score of what was found.
type quietText struct {
	hash   uint64
	next   uint64 // hash of the text that set may put here
	text   []byte
	paid   int
	used   bool
	recent bool
}

// newQuietMemo returns a memo with room for size texts, a power of two and at least
// ways, or 0.
func newQuietMemo(size int) quietMemo {
	return quietMemo{seed: maphash.MakeSeed(), entries: make([]quietText, size)}
}

// find returns the place of the text, and whether it is there; nil when the text is
// too long to have one.
func (q *quietMemo) find(text string) (at *quietText, known bool) {
	if len(text) > maxQuietText || len(q.entries) == 0 {
		return nil, false
	}
	return choose(q.entries, maphash.String(q.seed, text), text)
}

// findBytes is find for bytes.
func (q *quietMemo) findBytes(text []byte) (at *quietText, known bool) {
	if len(text) > maxQuietText || len(q.entries) == 0 {
		return nil, false
	}
	return choose(q.entries, maphash.Bytes(q.seed, text), text)
}

// choose returns the place of the text with that hash, and whether it is there.
func choose[T string | []byte](entries []quietText, hash uint64, text T) (at *quietText, known bool) {
	n := hash & uint64(len(entries)-1) &^ (ways - 1)
	group := entries[n : n+ways]
	for i := range group {
		if at = &group[i]; at.hash == hash && at.used && string(at.text) == string(text) {
			at.recent = true
			return at, true
		}
	}
	for i := range group {
		if at = &group[i]; !at.recent {
			break
		}
		at.recent = false // all are: the last one goes
	}
	at.next = hash
	return at, false
}

// set makes it the place of the text that was looked for last.
func (q *quietText) set(text string, paid int) {
	q.text = append(q.text[:0], text...)
	q.keep(paid)
}

// setBytes is set for bytes.
func (q *quietText) setBytes(text []byte, paid int) {
	q.text = append(q.text[:0], text...)
	q.keep(paid)
}

func (q *quietText) keep(paid int) {
	q.paid, q.hash, q.used, q.recent = paid, q.next, true, true
}
