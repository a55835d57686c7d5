package match

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRegexp is the length in bytes of the longest expression.
const maxRegexp = 8 << 10

// regex is an expression and the literals that every match holds.
type regex struct {
	re   *regexp.Regexp
	need [][]byte // folded, in the order in which a match holds them
	// either are literals of which every match holds one, folded; nil when need says
	// more.
	either [][]byte
	// run is the number of characters that a line must have when the expression
	// asks for nothing else (.{1000,}), which no automaton counts cheaply.
	run     int
	anyByte bool // line breaks count too
}

// match searches the text, and its folded form for what is necessary.
func (r *regex) match(text, folded []byte) bool {
	if r.run > 0 {
		return r.hasRun(text)
	}
	return r.possible(folded) && r.re.Match(text)
}

// hasRun reports whether the text has a line of run characters.
func (r *regex) hasRun(text []byte) bool {
	for len(text) >= r.run {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 && !r.anyByte {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if len(line) >= r.run && utf8.RuneCount(line) >= r.run {
			return true
		}
	}
	return false
}

// newRegex compiles an expression. As in the engines that rules are written for,
// a $ also stands before a line break that ends the text.
func newRegex(expr, flags string) (*regex, error) {
	if len(expr) > maxRegexp {
		return nil, fmt.Errorf("the regular expression is longer than %d bytes", maxRegexp)
	}
	if flags != "" {
		expr = "(?" + flags + ")" + expr
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	r := &regex{}
	for _, s := range necessary(tree, nil) {
		r.need = append(r.need, []byte(s))
	}
	if len(r.longest()) < minRegexpLiteral {
		for _, s := range choices(tree) {
			r.either = append(r.either, []byte(s))
		}
	}
	tree, trimmed := trimOpen(tree)
	if tree.Op == syntax.OpRepeat && tree.Min > 0 && (tree.Max < 0 || tree.Max >= tree.Min) {
		r.anyByte = tree.Sub[0].Op == syntax.OpAnyChar
		if r.anyByte || tree.Sub[0].Op == syntax.OpAnyCharNotNL {
			r.run = tree.Min
		}
	}
	if relaxDollar(tree) || trimmed {
		expr = tree.String()
	}
	if r.re, err = regexp.Compile(expr); err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	return r, nil
}

// CheckRegexp returns why an expression cannot run, nil when it can.
func CheckRegexp(expr, flags string) error {
	_, err := newRegex(expr, flags)
	return err
}

// trimOpen takes away what begins or ends an expression and may match nothing,
// such as .*: a search finds the rest as well, and sooner.
func trimOpen(re *syntax.Regexp) (trimmed *syntax.Regexp, changed bool) {
	if re.Op != syntax.OpConcat {
		return re, false
	}
	sub := re.Sub
	for len(sub) > 1 && mayBeEmpty(sub[0]) {
		sub = sub[1:]
	}
	for len(sub) > 1 && mayBeEmpty(sub[len(sub)-1]) {
		sub = sub[:len(sub)-1]
	}
	if len(sub) == len(re.Sub) {
		return re, false
	}
	out := *re
	out.Sub = sub
	return &out, true
}

// mayBeEmpty reports whether the expression is a repetition that can be none.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0
	default:
		return false
	}
}

// relaxDollar turns each $ into \n?\z and reports whether there was one.
func relaxDollar(re *syntax.Regexp) bool {
	found := false
	for i, sub := range re.Sub {
		if sub.Op == syntax.OpEndText && sub.Flags&syntax.WasDollar != 0 {
			lineBreak := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{'\n'}}
			re.Sub[i] = &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{
				{Op: syntax.OpQuest, Sub: []*syntax.Regexp{lineBreak}},
				{Op: syntax.OpEndText},
			}}
			found = true
			continue
		}
		found = relaxDollar(sub) || found
	}
	return found
}

// necessary appends the literals that every match holds, folded.
func necessary(re *syntax.Regexp, found []string) []string {
	switch re.Op {
	case syntax.OpLiteral:
		for s := range strings.SplitSeq(string(re.Rune), string(utf8.RuneError)) {
			if s != "" {
				found = append(found, fold(s))
			}
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			found = necessary(sub, found)
		}
	case syntax.OpCapture, syntax.OpPlus:
		found = necessary(re.Sub[0], found)
	case syntax.OpRepeat:
		if re.Min > 0 {
			found = necessary(re.Sub[0], found)
		}
	default:
	}
	return found
}

// choices returns literals of which every match holds one, folded, each of at least
// minRegexpLiteral bytes: one for each alternative. It returns nil where one has none.
func choices(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return choices(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return choices(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if found := choices(sub); found != nil && (best == nil || len(shortestOf(found)) > len(shortestOf(best))) {
				best = found
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			if long := longestOf(necessary(sub, nil)); len(long) >= minRegexpLiteral {
				all = append(all, long)
			} else if found := choices(sub); found != nil {
				all = append(all, found...)
			} else {
				return nil
			}
		}
		return all
	default:
	}
	return nil
}

func longestOf(texts []string) string {
	return slices.MaxFunc(append(texts, ""), func(a, b string) int { return cmp.Compare(len(a), len(b)) })
}

func shortestOf(texts []string) string {
	return slices.MinFunc(texts, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
}

// longest returns the longest necessary literal, "" when there is none.
func (r *regex) longest() string {
	best := ""
	for _, lit := range r.need {
		if len(lit) > len(best) {
			best = string(lit)
		}
	}
	return best
}

// possible reports whether the folded text holds the necessary literals.
func (r *regex) possible(folded []byte) bool {
	if len(r.either) > 0 && !slices.ContainsFunc(r.either, func(lit []byte) bool { return bytes.Contains(folded, lit) }) {
		return false
	}
	for _, lit := range r.need {
		at := bytes.Index(folded, lit)
		if at < 0 {
			return false
		}
		folded = folded[at+len(lit):]
	}
	return true
}
