package waf

import (
	"regexp/syntax"
	"strings"
)

// filter tells from the literals in a text which branches may match it.
type filter struct {
	scan *scanner
	// byFirst holds the branches by the first of their clauses.
	byFirst [][]candidate
	// always holds the branches without clauses.
	always []uint16
}

// candidate is a branch whose first clause is passed, and what else it needs.
type candidate struct {
	branch uint16
	rest   []uint16
}

// newFilter builds the filter for the branches; one that is nil never matches.
// With an alphabet, a byte outside of it makes the text count as unknown.
func newFilter(trees []*syntax.Regexp, plain *alphabet) (*filter, error) {
	f := &filter{}
	var all []clause
	number := map[string]uint16{}
	for i, tree := range trees {
		if tree == nil {
			continue
		}
		clauses := clausesOf(tree)
		if len(clauses) == 0 {
			f.always = append(f.always, uint16(i)) // below maxAllBranches
			continue
		}
		ids := make([]uint16, 0, len(clauses))
		for _, c := range clauses {
			key := strings.Join(c, "\x00")
			id, ok := number[key]
			if !ok {
				id = uint16(len(all)) // below maxClauses times maxAllBranches
				number[key] = id
				all, f.byFirst = append(all, c), append(f.byFirst, nil)
			}
			ids = append(ids, id)
		}
		f.byFirst[ids[0]] = append(f.byFirst[ids[0]], candidate{branch: uint16(i), rest: ids[1:]})
	}
	var err error
	f.scan, err = newScanner(all, plain)
	return f, err
}

// words is how many words of bits the clauses take.
func (f *filter) words() int { return (len(f.byFirst) + 63) / 64 }

// passes reports whether the text has the other literals that the branch needs.
func (c *candidate) passes(bits []uint64) bool {
	for _, id := range c.rest {
		if bits[id>>6]>>(id&63)&1 == 0 {
			return false
		}
	}
	return true
}

// clean reports whether no branch can match the text, which consists of the
// alphabet. The bits are scratch memory, of at least words.
func (f *filter) clean(text string, bits []uint64) bool {
	if len(f.always) > 0 {
		return false
	}
	bits = bits[:f.words()]
	clear(bits)
	switch found, inside := f.scan.markString(text, bits); {
	case !inside:
		return false
	case !found:
		return true
	}
	for word, set := range bits {
		for ; set != 0; set &= set - 1 {
			for i := range f.byFirst[word<<6|trailingZeros(set)] {
				if f.byFirst[word<<6|trailingZeros(set)][i].passes(bits) {
					return false
				}
			}
		}
	}
	return true
}
