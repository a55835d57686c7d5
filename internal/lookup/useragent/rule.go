package useragent

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// rule is one expression and the templates of what it says: the family and four
// versions, or family, brand and model. Expressions are compiled when they are
// first tried: most never are.
type rule struct {
	out    [5]template
	strict lazy
	// loose is the expression without the upper limits of its long repetitions,
	// which make it slow. It matches wherever the strict one does, and exactly as
	// the strict one does in texts of at most limit bytes. Without such
	// repetitions limit is 0.
	loose lazy
	limit int
	parts *syntax.Regexp // until the index is built
}

// lazy is an expression that is compiled when it is first needed.
type lazy struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

// get returns the expression, nil if it does not compile.
func (l *lazy) get() *regexp.Regexp {
	l.once.Do(func() { l.re, _ = regexp.Compile(l.text) }) // it was parsed before, so it compiles
	return l.re
}

func newRule(text string, out [5]template) (*rule, error) {
	parts, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	r := &rule{out: out, parts: parts}
	r.strict.text = text
	if loose, limit := loosen(parts, 0); limit > 0 {
		// Printing the tree would be slow. So the text is changed, and counts if it
		// means the tree.
		r.loose.text = longLimit(text)
		if same, err := syntax.Parse(r.loose.text, syntax.Perl); err == nil && same.Equal(loose) {
			r.limit = limit
		}
	}
	return r, nil
}

// longLimit replaces {0,n} by * and {1,n} by +, where n is large.
func longLimit(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		text = text[i:]
		low, rest, _ := strings.Cut(text[1:], ",")
		high, rest, closed := strings.Cut(rest, "}")
		n, err := strconv.Atoi(high)
		switch {
		case !closed || err != nil || n < longRepeat || low != "0" && low != "1":
			b.WriteByte('{')
			text = text[1:]
		case low == "0":
			b.WriteByte('*')
			text = rest
		default:
			b.WriteByte('+')
			text = rest
		}
	}
}

// find returns the places of the match and its groups, nil without a match.
func (r *rule) find(text string) []int {
	if r.limit > 0 {
		loose := r.loose.get()
		if loose == nil {
			return r.findStrict(text)
		}
		if len(text) <= r.limit {
			return loose.FindStringSubmatchIndex(text)
		}
		if !loose.MatchString(text) {
			return nil
		}
	}
	return r.findStrict(text)
}

// findStrict is find by the expression as it is written.
func (r *rule) findStrict(text string) []int {
	if re := r.strict.get(); re != nil {
		return re.FindStringSubmatchIndex(text)
	}
	return nil
}

// longRepeat is the upper limit from which a repetition is loosened.
const longRepeat = 20

// loosen returns the expression with {n,m} of single characters as * or +, where m
// is large, and the lowest of limit and these m.
func loosen(re *syntax.Regexp, limit int) (*syntax.Regexp, int) {
	if re.Op == syntax.OpRepeat && re.Min <= 1 && re.Max >= longRepeat && single(re.Sub[0]) {
		op := syntax.OpStar
		if re.Min == 1 {
			op = syntax.OpPlus
		}
		if limit == 0 || re.Max < limit {
			limit = re.Max
		}
		return &syntax.Regexp{Op: op, Flags: re.Flags, Sub: re.Sub}, limit
	}
	if len(re.Sub) == 0 {
		return re, limit
	}
	same := *re
	same.Sub = slices.Clone(re.Sub)
	for i, sub := range re.Sub {
		same.Sub[i], limit = loosen(sub, limit)
	}
	return &same, limit
}

// single reports whether the expression matches one character.
func single(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpCharClass:
		return true
	case syntax.OpLiteral:
		return len(re.Rune) == 1
	default:
		return false
	}
}
