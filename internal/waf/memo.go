package waf

import "hash/maphash"

// Limits of what a machine remembers: two megabytes of URLs and one and a half of
// headers, if all texts are long.
const (
	// maxQuietText is the length in bytes of the longest text that is remembered.
	maxQuietText  = 512
	quietTargets  = 1 << 12
	quietAgents   = 1 << 10
	quietReferers = 1 << 11
)

// quietMemo remembers texts in which a set of patterns finds nothing: browsers and
// pages come again and again. It never grows; each text has two places, of which the
// next one takes over that which was not asked for last. Where they are, nobody can
// know who writes into logs.
type quietMemo struct {
	seed    maphash.Seed
	entries []quietText
}

// quietText is a text and what it took off the budget to find nothing in it; in a
// screen, the anomaly score of what was found.
type quietText struct {
	text   []byte
	paid   int
	used   bool
	recent bool
}

// newQuietMemo returns a memo with room for size texts, a power of two and at least 2,
// or 0.
func newQuietMemo(size int) quietMemo {
	return quietMemo{seed: maphash.MakeSeed(), entries: make([]quietText, size)}
}

// find returns the place of the text, and whether it is there; nil when the text is
// too long to have one.
func (q *quietMemo) find(text string) (at *quietText, known bool) {
	if len(text) > maxQuietText || len(q.entries) == 0 {
		return nil, false
	}
	n := maphash.String(q.seed, text) & uint64(len(q.entries)-1)
	at, other := &q.entries[n], &q.entries[n^1]
	known = at.is(text)
	if !known && (other.is(text) || at.recent) {
		at, other = other, at
		known = at.is(text)
	}
	at.recent, other.recent = true, false
	return at, known
}

func (q *quietText) is(text string) bool { return q.used && string(q.text) == text }

// set makes it the place of the text.
func (q *quietText) set(text string, paid int) {
	q.text, q.paid, q.used = append(q.text[:0], text...), paid, true
}

// memory is what a machine remembers of the set that it served last.
type memory struct {
	of                     *Patterns
	none                   bool // it remembers nothing
	target, agent, referer quietMemo
}

// remember makes the memory one of the set.
func (y *memory) remember(p *Patterns) {
	if y.of == p {
		return
	}
	*y = memory{of: p, none: y.none}
	if !y.none {
		*y = memory{of: p, target: newQuietMemo(quietTargets), agent: newQuietMemo(quietAgents), referer: newQuietMemo(quietReferers)}
	}
}
