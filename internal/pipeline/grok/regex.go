package grok

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of one rule. Macros let a short text stand for a long one.
const (
	maxExprs       = 50_000
	maxGroupDepth  = 100
	maxMacroDepth  = 64
	maxRepeat      = 1000
	maxLookBehind  = 256
	maxPatternSize = 64 << 10
)

var (
	errTooLarge = errors.New("the rule is too large")
	errTooDeep  = errors.New("groups nest too deep")
)

// regexParser reads the pattern of a rule: a Java regular expression with grok
// terms in it. It differs from Go's regexp/syntax, which reads the classes, by
// atomic groups, possessive quantifiers and looks.
type regexParser struct {
	b     *builder
	s     string
	at    int
	depth int // of groups
	flags regexFlags
}

type regexFlags struct {
	fold    bool // (?i)
	multi   bool // (?m)
	noDot   bool // (?-s): the dot does not match a line end
	comment bool // (?x)
}

// parseError carries the offset at which the pattern stopped making sense.
type parseError struct {
	at         int
	message    string
	suggestion string
}

func (e *parseError) Error() string { return e.message }

func (*regexParser) fail(at int, err error) error {
	if _, ok := errors.AsType[*parseError](err); ok {
		return err
	}
	return &parseError{at: at, message: err.Error()}
}

// pattern reads all of the text.
func (p *regexParser) pattern() (*expr, error) {
	x, err := p.alternatives()
	if err != nil {
		return nil, p.fail(p.at, err)
	}
	if p.at < len(p.s) {
		return nil, p.fail(p.at, errors.New(`a ")" without a "("`))
	}
	return x, nil
}

func (p *regexParser) alternatives() (*expr, error) {
	var subs []*expr
	for {
		x, err := p.sequence()
		if err != nil {
			return nil, err
		}
		subs = append(subs, x)
		if p.b.exprs++; p.b.exprs > maxExprs {
			return nil, p.fail(p.at, errTooLarge)
		}
		if p.at >= len(p.s) || p.s[p.at] != '|' {
			return alternate(subs), nil
		}
		p.at++
	}
}

func (p *regexParser) sequence() (*expr, error) {
	var subs []*expr
	for p.at < len(p.s) && p.s[p.at] != '|' && p.s[p.at] != ')' {
		if p.flags.comment && p.skipComment() {
			continue
		}
		start := p.at
		x, err := p.atom()
		if err != nil {
			return nil, p.fail(start, err)
		}
		if x == nil {
			continue // flags
		}
		if x, err = p.quantified(x); err != nil {
			return nil, p.fail(p.at, err)
		}
		if p.b.exprs++; p.b.exprs > maxExprs {
			return nil, p.fail(start, errTooLarge)
		}
		subs = append(subs, x)
	}
	return concat(subs), nil
}

// skipComment passes over blanks and # comments of the mode (?x).
func (p *regexParser) skipComment() bool {
	switch p.s[p.at] {
	case ' ', '\t', '\n', '\r', '\f', '\v':
		p.at++
		return true
	case '#':
		for p.at < len(p.s) && p.s[p.at] != '\n' {
			p.at++
		}
		return true
	default:
		return false
	}
}

// quantified reads the quantifier behind an atom, if there is one.
func (p *regexParser) quantified(x *expr) (*expr, error) {
	if p.at >= len(p.s) {
		return x, nil
	}
	lo, hi, n := 0, -1, 1
	switch p.s[p.at] {
	case '*':
	case '+':
		lo = 1
	case '?':
		hi = 1
	case '{':
		var ok bool
		if lo, hi, n, ok = bounds(p.s[p.at:]); !ok {
			return x, nil
		}
		if lo > maxRepeat || hi > maxRepeat || hi >= 0 && lo > hi {
			return nil, fmt.Errorf("bad repetition %s", p.s[p.at:p.at+n])
		}
	default:
		return x, nil
	}
	p.at += n
	mode := greedy
	if p.at < len(p.s) {
		switch p.s[p.at] {
		case '?':
			mode = lazy
			p.at++
		case '+':
			mode = possessive
			p.at++
		}
	}
	if p.at < len(p.s) && strings.IndexByte("*+?", p.s[p.at]) >= 0 {
		return nil, fmt.Errorf("nothing to repeat before %q", p.s[p.at:p.at+1])
	}
	return repeatExpr(x, lo, hi, mode), nil
}

// bounds reads {n}, {n,} and {n,m}; anything else is plain text.
func bounds(s string) (lo, hi, n int, ok bool) {
	end := strings.IndexByte(s, '}')
	if end < 0 || end > 12 {
		return 0, 0, 0, false
	}
	first, second, comma := strings.Cut(s[1:end], ",")
	lo, ok = count(first)
	if !ok {
		return 0, 0, 0, false
	}
	switch {
	case !comma:
		hi = lo
	case second == "":
		hi = -1
	default:
		if hi, ok = count(second); !ok {
			return 0, 0, 0, false
		}
	}
	return lo, hi, end + 1, true
}

func count(s string) (int, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// atom reads one thing that can be repeated; nil stands for a group that only
// sets flags.
func (p *regexParser) atom() (*expr, error) {
	switch c := p.s[p.at]; c {
	case '%':
		if strings.HasPrefix(p.s[p.at:], "%{") {
			return p.term()
		}
		p.at++
		return literalExpr("%"), nil
	case '(':
		return p.group()
	case '[':
		return p.bracket()
	case '.':
		p.at++
		if p.flags.noDot {
			return classExpr(dotClass()), nil
		}
		return classExpr(anyClass()), nil
	case '^':
		p.at++
		if p.flags.multi {
			return &expr{kind: xAssert, assert: lineStart}, nil
		}
		return &expr{kind: xAssert, assert: textStart}, nil
	case '$':
		p.at++
		if p.flags.multi {
			return &expr{kind: xAssert, assert: lineEnd}, nil
		}
		return &expr{kind: xAssert, assert: textEnd}, nil
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, fmt.Errorf("nothing to repeat before %q", string(rune(c)))
	default:
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		p.at += n
		if r == utf8.RuneError && n == 1 {
			return literalExpr(p.s[p.at-1 : p.at]), nil
		}
		return p.runeExpr(r), nil
	}
}

func (p *regexParser) runeExpr(r rune) *expr {
	if p.flags.fold && unicode.SimpleFold(r) != r {
		return classExpr(foldClass(r))
	}
	return literalExpr(string(r))
}

func (p *regexParser) term() (*expr, error) {
	start := p.at
	t, n, err := parseTerm(p.s[p.at:])
	if err != nil {
		return nil, p.fail(start+min(n, len(p.s)-start), err)
	}
	p.at += n
	x, err := p.b.term(t, p)
	if err != nil {
		out := &parseError{at: start, message: err.Error()}
		if pe, ok := errors.AsType[*parseError](err); ok {
			out.suggestion = pe.suggestion
		}
		return nil, out
	}
	return x, nil
}

// bracket reads "[...]".
func (p *regexParser) bracket() (*expr, error) {
	i := p.at + 1
	if i < len(p.s) && p.s[i] == '^' {
		i++
	}
	if i < len(p.s) && p.s[i] == ']' {
		i++
	}
	for ; i < len(p.s) && p.s[i] != ']'; i++ {
		switch {
		case p.s[i] == '\\':
			i++
		case strings.HasPrefix(p.s[i:], "[:"):
			if end := strings.Index(p.s[i:], ":]"); end > 0 {
				i += end + 1
			}
		}
	}
	if i >= len(p.s) {
		return nil, errors.New(`a "[" without a "]"`)
	}
	text := p.s[p.at : i+1]
	p.at = i + 1
	c, err := parseClass(goClass(text), p.flags.fold)
	if err != nil {
		return nil, fmt.Errorf("bad class %s", text)
	}
	return classExpr(c), nil
}
