package sigma

import (
	"fmt"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// The limits of a condition.
const (
	maxConditionBytes = 64 << 10
	maxConditionDepth = 100
)

// conditionError is a fault inside a condition; at counts bytes from 0.
type conditionError struct {
	at         int
	message    string
	suggestion string
}

func (e *conditionError) Error() string { return e.message }

// condition reads "selection and not 1 of filter_*". Operators bind as not, and,
// or.
type condition struct {
	text  string
	at    int
	word  string // the current word, "" at the end
	start int    // where it stands
	depth int
	leaf  func(c *condition) (*match.Expr, error)
}

// parseCondition reads a condition over search identifiers.
func parseCondition(text string, d *detections) (*match.Expr, error) {
	return parseLogic(text, func(c *condition) (*match.Expr, error) { return c.identifier(d) })
}

func parseLogic(text string, leaf func(c *condition) (*match.Expr, error)) (*match.Expr, error) {
	if len(text) > maxConditionBytes {
		return nil, &conditionError{message: "the condition is too long"}
	}
	c := &condition{text: text, leaf: leaf}
	if err := c.next(); err != nil {
		return nil, err
	}
	if c.word == "" {
		return nil, c.fail("the condition is empty")
	}
	e, err := c.or()
	if err != nil {
		return nil, err
	}
	if c.word != "" {
		return nil, c.unexpected()
	}
	return e, nil
}

func (c *condition) fail(format string, args ...any) *conditionError {
	return &conditionError{at: c.start, message: fmt.Sprintf(format, args...)}
}

// next reads the next word: a parenthesis, a pipe, or a run of word bytes.
func (c *condition) next() error {
	for c.at < len(c.text) && strings.IndexByte(" \t\r\n", c.text[c.at]) >= 0 {
		c.at++
	}
	c.start = c.at
	for c.at < len(c.text) && isWordByte(c.text[c.at]) {
		c.at++
	}
	if c.at == c.start && c.at < len(c.text) {
		if strings.IndexByte("()|", c.text[c.at]) < 0 {
			return c.fail("a condition does not hold %q", []rune(c.text[c.at:])[0])
		}
		c.at++
	}
	c.word = c.text[c.start:c.at]
	return nil
}

// unexpected explains a word where an operator should stand.
func (c *condition) unexpected() error {
	switch upper := strings.ToUpper(c.word); {
	case c.word == upper && (upper == "AND" || upper == "OR" || upper == "NOT"):
		e := c.fail("operators are written in lower case, found %q", c.word)
		e.suggestion = strings.ToLower(c.word)
		return e
	case c.word == "|":
		return c.fail("aggregations behind a pipe are no longer Sigma: write a correlation (type event_count or value_count) over the rule")
	case c.word == "":
		return c.fail("the condition ends in the middle")
	default:
		return c.fail("want \"and\" or \"or\" before %q", c.word)
	}
}

func (c *condition) or() (*match.Expr, error) { return c.list("or", match.Any, c.and) }

func (c *condition) and() (*match.Expr, error) { return c.list("and", match.All, c.not) }

func (c *condition) list(word string, join func(...*match.Expr) *match.Expr, operand func() (*match.Expr, error)) (*match.Expr, error) {
	var args []*match.Expr
	for {
		arg, err := operand()
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		if c.word != word {
			return join(args...), nil
		}
		if err := c.next(); err != nil {
			return nil, err
		}
	}
}

func (c *condition) not() (*match.Expr, error) {
	if c.depth++; c.depth > maxConditionDepth {
		return nil, c.fail("the condition nests deeper than %d", maxConditionDepth)
	}
	defer func() { c.depth-- }()
	switch c.word {
	case "not":
		if err := c.next(); err != nil {
			return nil, err
		}
		arg, err := c.not()
		if err != nil {
			return nil, err
		}
		return match.None(arg), nil
	case "(":
		if err := c.next(); err != nil {
			return nil, err
		}
		e, err := c.or()
		if err != nil {
			return nil, err
		}
		if c.word != ")" {
			if c.word == "" {
				return nil, c.fail("a parenthesis is not closed")
			}
			return nil, c.unexpected()
		}
		return e, c.next()
	case "", ")", "|", "and", "or":
		if c.word == "" {
			return nil, c.fail("the condition ends in the middle")
		}
		return nil, c.fail("want a search identifier, found %q", c.word)
	default:
		return c.leaf(c)
	}
}

// identifier reads a name, or a quantifier over several.
func (c *condition) identifier(d *detections) (*match.Expr, error) {
	word, at := c.word, c.start
	if err := c.next(); err != nil {
		return nil, err
	}
	if c.word == "of" {
		return c.quantifier(word, at, d)
	}
	e, ok := d.exprs[word]
	if !ok {
		if upper := strings.ToUpper(word); upper == word && (upper == "NOT" || upper == "AND" || upper == "OR") {
			return nil, &conditionError{at, fmt.Sprintf("operators are written in lower case, found %q", word), strings.ToLower(word)}
		}
		return nil, &conditionError{at, fmt.Sprintf("no search identifier is named %q", word), document.Suggest(word, d.names)}
	}
	return e, nil
}

func (c *condition) quantifier(count string, at int, d *detections) (*match.Expr, error) {
	if err := c.next(); err != nil {
		return nil, err
	}
	pattern, patternAt := c.word, c.start
	if pattern == "" || strings.IndexByte("()|", pattern[0]) >= 0 {
		return nil, c.fail("want \"them\" or a pattern such as selection_* behind \"of\"")
	}
	if err := c.next(); err != nil {
		return nil, err
	}
	join := match.Any
	switch count {
	case "1", "any":
	case "all":
		join = match.All
	default:
		return nil, &conditionError{at, fmt.Sprintf("want 1, any or all before \"of\", found %q: Sigma has no other counts; name the combinations with and and or", count), ""}
	}
	names := d.selected(pattern)
	if len(names) == 0 {
		return nil, &conditionError{patternAt, fmt.Sprintf("no search identifier is of the pattern %q", pattern), document.Suggest(pattern, d.names)}
	}
	var args []*match.Expr
	for _, name := range names {
		args = append(args, d.exprs[name])
	}
	return join(args...), nil
}
