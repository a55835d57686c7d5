// Package literal finds out, in one pass over a text, which regular expressions
// may match it at all: those of whose necessary literals one each occurs.
package literal

import (
	"fmt"
	"math"
	"math/bits"
	"regexp/syntax"
	"slices"
	"strings"
)

// Source is what a filter is made for: an expression, or a list of words of
// which one must occur. Case never counts.
type Source struct {
	// Tree is the expression, as Prune returns it; nil matches nothing.
	Tree *syntax.Regexp
	// Words are the words.
	Words []string
	// Always says that nothing is known: every text is a candidate.
	Always bool
	// Rare leaves out what nearly every text has, single letters and digits: looking
	// for them costs more than it saves.
	Rare bool
}

// Filter tells from the literals in a text which sources may match it. It does
// not change, so that any number of goroutines may use it.
type Filter struct {
	scan *scanner
	// byFirst holds the sources by the first of their clauses.
	byFirst [][]candidate
	// always holds the sources without clauses.
	always []uint16
}

// candidate is a source whose first clause is passed, and what else it needs.
type candidate struct {
	source uint16
	rest   []uint16
}

// New builds the filter for the sources. More than 65,535 of them, or of the
// different clauses that they need, are an error. With an alphabet, a byte outside of it makes a text count
// as unknown in Clean.
func New(sources []Source, plain *Alphabet) (*Filter, error) {
	f := &Filter{}
	var all []clause
	number := map[string]uint16{}
	for i, source := range sources {
		var clauses []clause
		switch {
		case source.Always:
		case len(source.Words) > 0:
			clauses = []clause{clause(source.Words).tidy()}
		case source.Tree == nil:
			continue
		default:
			if clauses = clausesOf(source.Tree); source.Rare {
				clauses = slices.DeleteFunc(clauses, clause.common)
			}
		}
		if len(clauses) == 0 {
			f.always = append(f.always, uint16(i)) // see New
			continue
		}
		ids := make([]uint16, 0, len(clauses))
		for _, c := range clauses {
			key := strings.Join(c, "\x00")
			id, ok := number[key]
			if !ok {
				id = uint16(len(all)) // see New
				number[key] = id
				all, f.byFirst = append(all, c), append(f.byFirst, nil)
			}
			ids = append(ids, id)
		}
		f.byFirst[ids[0]] = append(f.byFirst[ids[0]], candidate{source: uint16(i), rest: ids[1:]}) // see New
	}
	if len(sources) > math.MaxUint16 || len(all) > math.MaxUint16 {
		return nil, fmt.Errorf("look for %d literals of %d sources: at most %d are possible", len(all), len(sources), math.MaxUint16)
	}
	var err error
	f.scan, err = newScanner(all, plain)
	return f, err
}

// Only returns the words that consist of the alphabet, in either case.
func (a *Alphabet) Only(words []string) []string {
	var kept []string
next:
	for _, word := range words {
		for _, r := range lowerText(word) {
			if !a.has(r) {
				continue next
			}
		}
		kept = append(kept, word)
	}
	return kept
}

// Words is how many words of bits the clauses take.
func (f *Filter) Words() int { return (len(f.byFirst) + 63) / 64 }

// Mark sets the bit of each clause that has a literal in the text. The bits are
// those of Words, all zero.
func (f *Filter) Mark(text []byte, found []uint64) { f.scan.mark(text, found) }

// Candidates appends the sources that may match a text with these bits. Those
// for which nothing is known come first; one may come more than once.
func (f *Filter) Candidates(dst []uint16, found []uint64) []uint16 {
	dst = append(dst, f.always...)
	for word, set := range found {
		for ; set != 0; set &= set - 1 {
			list := f.byFirst[word<<6|bits.TrailingZeros64(set)]
			for i := range list {
				if list[i].passes(found) {
					dst = append(dst, list[i].source)
				}
			}
		}
	}
	return dst
}

// Any reports whether there is a candidate beside those for which nothing is
// known.
func (f *Filter) Any(found []uint64) bool {
	for word, set := range found {
		for ; set != 0; set &= set - 1 {
			list := f.byFirst[word<<6|bits.TrailingZeros64(set)]
			for i := range list {
				if list[i].passes(found) {
					return true
				}
			}
		}
	}
	return false
}

// Always returns the sources for which nothing is known.
func (f *Filter) Always() []uint16 { return f.always }

// passes reports whether the text has the other literals that the source needs.
func (c *candidate) passes(found []uint64) bool {
	for _, id := range c.rest {
		if found[id>>6]>>(id&63)&1 == 0 {
			return false
		}
	}
	return true
}

// Clean reports whether the text consists of the alphabet and no source can match
// it. The bits are scratch memory, of at least Words.
func (f *Filter) Clean(text string, found []uint64) bool {
	if len(f.always) > 0 {
		return false
	}
	found = found[:f.Words()]
	clear(found)
	switch some, inside := f.scan.markString(text, found); {
	case !inside:
		return false
	case !some:
		return true
	}
	return !f.Any(found)
}
