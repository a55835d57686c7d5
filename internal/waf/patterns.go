// Package waf recognises attacks on web applications in the requests that log
// events describe.
//
// Patterns are regular expressions (RE2) over the parts of a request. Before a
// pattern sees a part, the part is decoded the way that attackers encode:
// percent-encoding up to four times over, + as a space (in query and referer), %uHHHH,
// \xHH and \uHHHH, \" (as servers write it into logs), HTML entities, overlong
// UTF-8 and full-width letters; then A-Z becomes a-z. So patterns are written in
// lower case or upper case alike, and for the plain text only. A part that holds
// closed comments (/* */) or $IFS is matched a second time with each of them
// replaced by a space.
//
// Most requests are proven harmless without any regular expression: one pass
// over the raw bytes shows that nothing needs decoding and that no text occurs
// which some pattern needs (gate.go). For the rest, a pattern runs only when a
// text that it needs occurs in the decoded part (package literal).
package waf

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/waf/literal"
)

// MaxPatterns is the number of patterns that one set holds at the most.
const MaxPatterns = 2000

// maxAllBranches is the number of branches that they may have together, so that
// the numbers of clauses stay small.
const maxAllBranches = 16_000

// Pattern is one custom request pattern, as a person writes it.
type Pattern struct {
	// ID names the pattern in events and signals.
	ID string
	// Category is the kind of attack: sql_injection, xss, path_traversal ..
	Category string
	// Regex is a regular expression in the syntax of RE2. Case is ignored and the
	// dot also matches line ends.
	Regex string
	// Severity is info, low, medium, high or critical; empty is medium.
	Severity string
	// Where are the parts of the request that it looks at; 0 is path and args.
	Where Where
	// Pos is where it was written; zero when it came from no file.
	Pos document.Pos
}

// Patterns is a compiled set of patterns. It does not change, so that any number
// of goroutines may use it, each with a Machine of its own.
type Patterns struct {
	list     []compiled
	branches []branch
	filter   *literal.Filter // for all branches, in decoded text
	url      *gate
	agent    *gate
	refer    *gate
	words    int // of bits that the largest filter takes
}

type compiled struct {
	id, category, severity string
	rank                   uint8
	where                  Where
}

// branch is one alternative of a pattern's expression.
type branch struct {
	pattern uint16
	re      func() *regexp.Regexp // made when it is needed first: most never are
	cost    int                   // of one byte of text, in units of maxCost
}

// Compile builds the set. It reports every pattern that is wrong at once, each
// as a document.Fault, in a document.Faults.
func Compile(list []Pattern) (*Patterns, error) {
	if len(list) > MaxPatterns {
		return nil, fmt.Errorf("compile request patterns: %d patterns, at most %d are possible", len(list), MaxPatterns)
	}
	p := &Patterns{}
	trees, faults := p.compileAll(list)
	if len(faults) > 0 {
		return nil, faults
	}
	if err := p.buildFilters(trees); err != nil {
		return nil, fmt.Errorf("compile request patterns: %w", err)
	}
	return p, nil
}

// compileAll fills the list and the branches, and returns the expressions that
// belong to the branches and what is wrong with the others.
func (p *Patterns) compileAll(list []Pattern) ([]*syntax.Regexp, document.Faults) {
	var (
		trees  []*syntax.Regexp
		faults document.Faults
		seen   = make(map[string]bool, len(list))
	)
	for _, pattern := range list {
		c, parts, err := compile(pattern)
		if err == nil && seen[pattern.ID] {
			err = errors.New("the id is used twice")
		}
		for _, part := range parts {
			if emptyMatches(part) {
				err = errors.New("the regular expression matches the empty text, so it would match every request")
			}
			b := branch{pattern: uint16(len(p.list)), re: lazily(part, pattern.Regex)} // below MaxPatterns
			var tooLarge error
			if b.cost, tooLarge = cost(part); tooLarge != nil {
				err = tooLarge
			}
			p.branches, trees = append(p.branches, b), append(trees, part)
		}
		if err != nil {
			faults = append(faults, pattern.Pos.Fault("pattern %s: %v", pattern.ID, err))
			continue
		}
		seen[pattern.ID] = true
		p.list = append(p.list, c)
	}
	return trees, faults
}

// flags are how patterns are read: without letter case, and the dot matches all.
const flags = syntax.Perl | syntax.FoldCase | syntax.DotNL

// lazily returns the expression of a branch. The text of a tree is as good as the
// tree but for limits of the parser; beyond them the whole pattern does as well.
func lazily(part *syntax.Regexp, whole string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		re, err := regexp.Compile(part.String())
		if err != nil {
			re = regexp.MustCompile("(?is:" + whole + ")") // parsed before
		}
		return re
	})
}

// emptyMatches reports whether the expression matches the empty text.
func emptyMatches(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpBeginText, syntax.OpEndText, syntax.OpNoWordBoundary:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return emptyMatches(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || emptyMatches(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !emptyMatches(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, emptyMatches)
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	default: // classes and dots need a character, \b needs a letter
		return false
	}
}

// cost estimates what matching takes for each byte of text, 1 for a small
// expression: at the worst, the matcher visits its whole program.
func cost(re *syntax.Regexp) (int, error) {
	const small = 64 // instructions
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0, fmt.Errorf("regular expression: %w", err)
	}
	return 1 + len(prog.Inst)/small, nil
}

// Len returns the number of patterns.
func (p *Patterns) Len() int { return len(p.list) }

// compile checks the pattern and returns the branches of its expression.
func compile(pattern Pattern) (compiled, []*syntax.Regexp, error) {
	c := compiled{id: pattern.ID, category: pattern.Category, severity: pattern.Severity, where: pattern.Where}
	if c.id == "" || c.category == "" {
		return c, nil, errors.New("it needs an id and a category")
	}
	if c.severity == "" {
		c.severity = "medium"
	}
	if c.rank = severityRank(c.severity); c.rank == 0 {
		return c, nil, fmt.Errorf("unknown severity %q: info, low, medium, high or critical", c.severity)
	}
	if c.where == 0 {
		c.where = InPath | InArgs
	}
	tree, err := syntax.Parse(pattern.Regex, flags)
	if err != nil {
		return c, nil, fmt.Errorf("regular expression: %w", err)
	}
	lower := literal.LowerCase()
	tree = literal.Prune(tree, &lower)
	if tree == nil {
		return c, nil, errors.New("the regular expression matches no text in lower case")
	}
	return c, literal.Branches(tree), nil
}

func (p *Patterns) buildFilters(trees []*syntax.Regexp) error {
	if len(trees) > maxAllBranches {
		return fmt.Errorf("the expressions have %d branches, at most %d are possible", len(trees), maxAllBranches)
	}
	var err error
	sources := make([]literal.Source, len(trees))
	for i, tree := range trees {
		sources[i].Tree = tree
	}
	if p.filter, err = literal.New(sources, nil); err != nil {
		return err
	}
	if p.url, err = newGate(p, trees, inURL, plainURL()); err != nil {
		return err
	}
	if p.agent, err = newGate(p, trees, InUserAgent, plainHeader()); err != nil {
		return err
	}
	if p.refer, err = newGate(p, trees, InReferer, plainReferer()); err != nil {
		return err
	}
	p.words = max(p.filter.Words(), p.url.filter.Words(), p.agent.filter.Words(), p.refer.filter.Words())
	return nil
}

// severityRank orders the severities from 1; 0 is an unknown word.
func severityRank(severity string) uint8 {
	switch severity {
	case "info":
		return 1
	case "low":
		return 2
	case "medium":
		return 3
	case "high":
		return 4
	case "critical":
		return 5
	default:
		return 0
	}
}
