package useragent

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Limits that keep the literals of an expression few and telling.
const (
	maxGroups  = 8   // groups of one expression; they are bits of a byte
	maxExact   = 48  // texts that a part of an expression is spelled out into
	maxMembers = 512 // literals of a group
	maxClass   = 12  // characters of a class that is spelled out
	minLiteral = 2   // bytes of a literal
)

// begin stands in literals for the beginning of the text. The byte itself is in
// none.
const begin = 0

// parts is what is known of the texts, in lower case, that an expression
// matches.
type parts struct {
	// exact lists all of them; nil when they are too many.
	exact []string
	// groups are lists of literals: every text holds one of each list.
	groups [][]string
}

// required returns groups of literals, the most telling first. Every text that
// the expression matches holds, in lower case, one literal of each group.
func required(re *syntax.Regexp) [][]string {
	p := study(re)
	groups := p.all()
	for i := range groups {
		groups[i] = shorten(groups[i])
	}
	slices.SortStableFunc(groups, func(a, b []string) int {
		return cmp.Or(cmp.Compare(shortest(b), shortest(a)), cmp.Compare(len(a), len(b)))
	})
	return groups[:min(len(groups), maxGroups)]
}

// all returns the groups, with the exact texts as one of them.
func (p parts) all() [][]string {
	groups := slices.Clone(p.groups)
	if telling(p.exact) {
		groups = append(groups, p.exact)
	}
	return groups
}

// best returns the most telling group, or nil.
func (p parts) best() []string {
	var best []string
	for _, g := range p.all() {
		if best == nil || shortest(g) > shortest(best) || shortest(g) == shortest(best) && len(g) < len(best) {
			best = g
		}
	}
	return best
}

func telling(group []string) bool { return len(group) > 0 && shortest(group) >= minLiteral }

func shortest(group []string) int {
	n := len(group[0])
	for _, s := range group {
		n = min(n, len(s))
	}
	return n
}

func study(re *syntax.Regexp) parts {
	switch re.Op {
	case syntax.OpLiteral:
		return literal(re.Rune)
	case syntax.OpCharClass:
		return parts{exact: class(re.Rune)}
	case syntax.OpBeginText:
		return parts{exact: []string{string(rune(begin))}}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return parts{exact: []string{""}}
	case syntax.OpCapture:
		return study(re.Sub[0])
	case syntax.OpQuest:
		if p := study(re.Sub[0]); p.exact != nil && len(p.exact) < maxExact {
			return parts{exact: distinct(append(slices.Clone(p.exact), ""))}
		}
		return parts{}
	case syntax.OpPlus:
		return parts{groups: study(re.Sub[0]).all()}
	case syntax.OpRepeat:
		if re.Min == 0 {
			return parts{}
		}
		return parts{groups: study(re.Sub[0]).all()}
	case syntax.OpConcat:
		return sequence(re.Sub)
	case syntax.OpAlternate:
		return alternatives(re.Sub)
	default:
		return parts{}
	}
}

// literal splits a literal at what is not ASCII.
func literal(runes []rune) parts {
	var p parts
	var b strings.Builder
	whole := true
	flush := func() {
		if g := []string{b.String()}; telling(g) {
			p.groups = append(p.groups, g)
		}
		b.Reset()
	}
	for _, r := range runes {
		c, ok := lower(r)
		if !ok {
			whole = false
			flush()
			continue
		}
		b.WriteByte(c)
	}
	if whole {
		return parts{exact: []string{b.String()}}
	}
	flush()
	return p
}

// lower returns the byte that fold makes of a character, if it is in literals.
func lower(r rune) (byte, bool) {
	switch {
	case r >= 'A' && r <= 'Z':
		return byte(r) | 0x20, true
	case r == begin:
		return 0, false
	case r < 0x80:
		return byte(r), true
	case r == '\u212a':
		return 'k', true
	case r == '\u017f':
		return 's', true
	default:
		return 0, false
	}
}

func class(ranges []rune) []string {
	var list []string
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] >= 2*maxClass {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			c, ok := lower(r)
			if !ok {
				return nil
			}
			list = append(list, string(rune(c)))
		}
	}
	if list = distinct(list); len(list) > maxClass {
		return nil
	}
	return list
}

// sequence joins the exact texts of neighbours as long as they are few.
func sequence(subs []*syntax.Regexp) parts {
	var p parts
	run, whole := []string{""}, true
	flush := func() {
		if telling(run) {
			p.groups = append(p.groups, run)
		}
		run, whole = []string{""}, false
	}
	for _, sub := range subs {
		q := study(sub)
		p.groups = append(p.groups, q.groups...)
		switch {
		case q.exact == nil:
			flush()
		case len(run)*len(q.exact) > maxExact:
			flush()
			run = q.exact
		default:
			run = product(run, q.exact)
		}
	}
	if whole {
		p.exact = run
		return p
	}
	flush()
	return p
}

func product(a, b []string) []string {
	all := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return distinct(all)
}

// alternatives are one group: the best of each.
func alternatives(subs []*syntax.Regexp) parts {
	var exact, group []string
	isExact, isGroup := true, true
	for _, sub := range subs {
		p := study(sub)
		if isExact = isExact && p.exact != nil; isExact {
			exact = append(exact, p.exact...)
		}
		best := p.best()
		if isGroup = isGroup && best != nil; isGroup {
			group = append(group, best...)
		}
	}
	if exact = distinct(exact); isExact && len(exact) <= maxExact {
		return parts{exact: exact}
	}
	if group = distinct(group); isGroup && len(group) <= maxMembers {
		return parts{groups: [][]string{group}}
	}
	return parts{}
}

// shorten leaves out the literals that hold another one: where they are, it is.
func shorten(group []string) []string {
	return slices.DeleteFunc(slices.Clone(group), func(s string) bool {
		return slices.ContainsFunc(group, func(other string) bool { return other != s && strings.Contains(s, other) })
	})
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
