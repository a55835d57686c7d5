package waf

import (
	"hash/maphash"
	"math"
)

// maxQuietText is the length in bytes of the longest text that is remembered.
const maxQuietText = 512

// quietMemo remembers texts in which nothing is found: browsers and pages come again
// and again. It never grows; each text has ways places, of which a new one takes over
// the first that was not asked for lately. Where they are, nobody can know who writes
// into logs. Most texts never come again: of what comes for the first time only the hash
// is kept.
type quietMemo struct {
	seed   maphash.Seed
	groups []quietGroup
	texts  [][]byte // ways for each group
}

// ways is how many texts of one place in the table are remembered. With two, of a table
// that is half full one text in ten is lost again and again.
const ways = 4

// quietGroup is what is known of the texts of one place: a line of the processor's
// cache, so that a text that is not there costs no other.
type quietGroup struct {
	hash [ways]uint64
	// paid is what each took off the budget to find nothing in it; in a screen, the
	// anomaly score of what was found.
	paid [ways]int32
	// used says that the text is kept, too, and recent that it was asked for lately.
	used, recent [ways]bool
	_            [8]byte
}

// quietPlace is where a text that was looked for a second time may be remembered.
type quietPlace struct {
	text int // its index; -1 is nowhere
	hash uint64
}

func nowhere() quietPlace { return quietPlace{text: -1} }

// newQuietMemo returns a memo with room for size texts, a power of two and at least
// ways, or 0.
func newQuietMemo(size int) quietMemo {
	return quietMemo{seed: maphash.MakeSeed(), groups: make([]quietGroup, size/ways), texts: make([][]byte, size)}
}

// find returns whether the text is there, with what it took, and else its place.
func (q *quietMemo) find(text string) (paid int, known bool, at quietPlace) {
	if len(text) > maxQuietText || len(q.groups) == 0 {
		return 0, false, nowhere()
	}
	return choose(q, maphash.String(q.seed, text), text)
}

// findBytes is find for bytes.
func (q *quietMemo) findBytes(text []byte) (paid int, known bool, at quietPlace) {
	if len(text) > maxQuietText || len(q.groups) == 0 {
		return 0, false, nowhere()
	}
	return choose(q, maphash.Bytes(q.seed, text), text)
}

// choose looks for the text with that hash.
func choose[T string | []byte](q *quietMemo, hash uint64, text T) (paid int, known bool, at quietPlace) {
	n := int(hash & uint64(len(q.groups)-1)) // below their number
	g := &q.groups[n]
	for i := range ways {
		switch {
		case g.hash[i] != hash:
		case !g.used[i]:
			return 0, false, quietPlace{text: n*ways + i, hash: hash}
		case string(q.texts[n*ways+i]) == string(text):
			g.recent[i] = true
			return int(g.paid[i]), true, nowhere()
		}
	}
	old := 0
	for old < ways-1 && g.recent[old] {
		old++
	}
	if g.recent[old] {
		g.recent = [ways]bool{} // all are: the last one goes
	}
	g.hash[old], g.used[old], g.recent[old] = hash, false, false
	return 0, false, nowhere()
}

// set puts the text that was looked for last, and is not there, in its place. It counts
// as asked for lately when it comes again.
func (q *quietMemo) set(at quietPlace, text string, paid int) {
	if at.text >= 0 && paid <= math.MaxInt32 {
		q.texts[at.text] = append(q.texts[at.text][:0], text...)
		q.keep(at, paid)
	}
}

// setBytes is set for bytes.
func (q *quietMemo) setBytes(at quietPlace, text []byte, paid int) {
	if at.text >= 0 && paid <= math.MaxInt32 {
		q.texts[at.text] = append(q.texts[at.text][:0], text...)
		q.keep(at, paid)
	}
}

func (q *quietMemo) keep(at quietPlace, paid int) {
	g, i := &q.groups[at.text/ways], at.text%ways
	g.hash[i], g.paid[i], g.used[i], g.recent[i] = at.hash, int32(paid), true, false // within, see above
}
