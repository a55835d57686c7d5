package literal

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Limits that keep the literals of one expression few.
const (
	maxExact    = 128 // strings that a part of an expression is spelled out into
	maxClause   = 400 // alternatives that a clause may have
	maxClass    = 12  // characters of a class that is spelled out
	maxClauses  = 6   // clauses that are kept of one expression
	maxBranches = 32  // branches that one expression is divided into
)

// boundary stands for a word boundary in a literal. It is no byte of UTF-8.
const boundary = "\xff"

// A clause is a list of literals of which at least one occurs in every text that
// an expression matches. An expression may have several: then a text needs one
// literal of each.
type clause []string

// clausesOf returns the clauses of the expression, the most telling first; none
// when there is nothing worth having.
func clausesOf(re *syntax.Regexp) []clause {
	exact, all := literals(re)
	if exact != nil {
		all = append(all, exact)
	}
	kept := make([]clause, 0, len(all))
	for _, c := range all {
		if c.weight() > 0 {
			kept = append(kept, c.tidy())
		}
	}
	slices.SortStableFunc(kept, func(a, b clause) int { return -compareClauses(a, b) })
	kept = slices.CompactFunc(kept, slices.Equal[clause])
	for i := 1; i < len(kept) && kept[0].weight() >= 4; i++ {
		// Single letters are in every text: beside something better they only cost.
		if kept[i].common() {
			kept = slices.Delete(kept, i, i+1)
			i--
		}
	}
	return kept[:min(len(kept), maxClauses)]
}

// tidy returns the clause in lower case and in order, each literal once.
func (c clause) tidy() clause {
	c = slices.Clone(c)
	for i, s := range c {
		c[i] = lowerText(s)
	}
	slices.Sort(c)
	return slices.Compact(c)
}

// weight is the length of the shortest literal, and a half for each word boundary
// at its ends; 0 is a clause that says nothing. It is counted in halves.
func (c clause) weight() int {
	if len(c) == 0 || len(c) > maxClause {
		return 0
	}
	least := -1
	for _, s := range c {
		text := strings.ReplaceAll(s, boundary, "")
		n := 2 * len(text)
		if n > 0 {
			n += len(s) - len(text)
		}
		if least < 0 || n < least {
			least = n
		}
	}
	return least
}

// common reports whether some literal is a single letter or digit.
func (c clause) common() bool {
	return slices.ContainsFunc(c, func(s string) bool { return len(s) == 1 && isWord(s[0]) })
}

// compareClauses orders clauses by how few texts pass them.
func compareClauses(a, b clause) int {
	return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(len(b), len(a)))
}

// literals returns the complete list of texts that the expression matches, or
// nil when they are too many; and clauses.
func literals(re *syntax.Regexp) (exact clause, clauses []clause) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, nil
		}
		return clause{string(re.Rune)}, nil
	case syntax.OpCharClass:
		return classLiterals(re.Rune), nil
	case syntax.OpWordBoundary:
		return clause{boundary}, nil
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpNoWordBoundary:
		return clause{""}, nil
	case syntax.OpQuest:
		if e, _ := literals(re.Sub[0]); e != nil && len(e) < maxExact {
			return append(slices.Clone(e), ""), nil
		}
		return nil, nil
	case syntax.OpPlus, syntax.OpRepeat:
		if !once(re) {
			return nil, nil
		}
		_, c := literals(re.Sub[0])
		copies := repeated(re)
		if copies != nil && re.Op == syntax.OpRepeat && re.Min == re.Max {
			return copies, nil
		}
		return nil, add(c, copies)
	case syntax.OpConcat:
		return concatLiterals(re.Sub)
	case syntax.OpAlternate:
		return alternateLiterals(re.Sub)
	default:
		return nil, nil
	}
}

func classLiterals(ranges []rune) clause {
	var list clause
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] >= maxClass {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			list = append(list, string(r))
		}
	}
	if len(list) > maxClass {
		return nil
	}
	return list
}

func concatLiterals(subs []*syntax.Regexp) (exact clause, clauses []clause) {
	run, whole := clause{""}, true
	for _, s := range subs {
		e, c := literals(s)
		clauses = append(clauses, c...)
		if e != nil && len(e)*len(run) <= maxExact {
			run = product(run, e)
			continue
		}
		whole = false
		first := e
		if once(s) {
			// The first copies follow what stands before, the last ones precede what
			// comes behind.
			first = repeated(s)
		}
		if first != nil && len(first)*len(run) <= maxExact {
			clauses = add(clauses, product(run, first))
		} else {
			clauses = add(clauses, run)
		}
		if run = (clause{""}); first != nil {
			run = first
		}
	}
	if whole {
		return run, clauses
	}
	return nil, add(clauses, run)
}

// alternateLiterals joins the best clause of each branch into one.
func alternateLiterals(subs []*syntax.Regexp) (exact clause, clauses []clause) {
	var joined clause
	allExact, allCovered := true, true
	for _, s := range subs {
		e, c := literals(s)
		allExact = allExact && e != nil
		exact = append(exact, e...)
		c = add(c, e)
		if len(c) == 0 {
			allCovered = false
			continue
		}
		joined = append(joined, slices.MaxFunc(c, compareClauses)...)
	}
	if !allExact || len(exact) > maxClause {
		exact = nil
	}
	if allCovered && exact == nil {
		clauses = add(nil, joined)
	}
	return exact, clauses
}

// repeated returns the texts of the least number of copies that a repetition asks
// for, nil when they are too many.
func repeated(re *syntax.Regexp) clause {
	one, _ := literals(re.Sub[0])
	if one == nil {
		return nil
	}
	copies := one
	for n := 1; n < re.Min && n < 4; n++ {
		if len(copies)*len(one) > maxExact {
			return nil
		}
		copies = product(copies, one)
	}
	if re.Op == syntax.OpRepeat && re.Min == re.Max && re.Min > 4 {
		return nil
	}
	return copies
}

func add(list []clause, c clause) []clause {
	if c.weight() == 0 {
		return list
	}
	return append(list, c)
}

func product(left, right clause) clause {
	all := make(clause, 0, len(left)*len(right))
	for _, l := range left {
		for _, r := range right {
			all = append(all, l+r)
		}
	}
	return all
}

// Branches divides the expression into alternatives, so that each has clauses of
// its own: a text must pass those of one branch, and only that branch runs.
func Branches(re *syntax.Regexp) []*syntax.Regexp {
	if all := split(re); len(all) <= maxBranches {
		return all
	}
	return []*syntax.Regexp{re}
}

func split(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpAlternate:
		return splitAlternate(re)
	case syntax.OpConcat:
		return splitConcat(re)
	default:
		return []*syntax.Regexp{re}
	}
}

// splitConcat divides a sequence at its first alternation, and what comes of it at
// the next.
func splitConcat(re *syntax.Regexp) []*syntax.Regexp {
	for i, sub := range re.Sub {
		if sub.Op != syntax.OpAlternate {
			continue
		}
		parts := splitAlternate(sub)
		if len(parts) == 1 || len(parts) > maxBranches {
			continue
		}
		var all []*syntax.Regexp
		for _, part := range parts {
			subs := slices.Clone(re.Sub)
			subs[i] = part
			all = append(all, split(&syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags, Sub: subs})...)
			if len(all) > maxBranches {
				return []*syntax.Regexp{re}
			}
		}
		return all
	}
	return []*syntax.Regexp{re}
}

// splitAlternate divides an alternation; branches that are plain texts stay
// together, for their literals make one good clause.
func splitAlternate(re *syntax.Regexp) []*syntax.Regexp {
	var all, plain []*syntax.Regexp
	for _, sub := range re.Sub {
		if e, _ := literals(sub); e != nil {
			plain = append(plain, sub)
			continue
		}
		all = append(all, split(sub)...)
	}
	switch len(plain) {
	case 0:
	case 1:
		all = append(all, plain[0])
	default:
		all = append(all, &syntax.Regexp{Op: syntax.OpAlternate, Flags: re.Flags, Sub: plain})
	}
	return all
}
