package rule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/document"
)

// The limits of a condition: longer ones are not written by people.
const (
	maxConditionBytes = 8 << 10
	maxConditionDepth = 32
)

// ParseError says where a condition or template stops making sense.
type ParseError struct {
	// Offset is the byte of the text at which it does, from 0.
	Offset int
	// Message says what is wrong.
	Message string
	// Suggestion is what was probably meant, "" when nothing is near.
	Suggestion string
}

// Error returns the column and the message, with the suggestion as a question.
func (e *ParseError) Error() string {
	text := fmt.Sprintf("column %d: %s", e.Offset+1, e.Message)
	if e.Suggestion != "" {
		text += fmt.Sprintf(" (did you mean %q?)", e.Suggestion)
	}
	return text
}

// ParseCondition reads a condition over the queries with the names:
//
//	condition := or ("THEN" or)*
//	or        := and ("||" and)*
//	and       := term ("&&" term)*
//	term      := "(" or ")" | name (">" | ">=") number
//
// Blanks are optional. The error joins a *ParseError for each fault: every
// unknown name, and the first place at which the text breaks the grammar.
func ParseCondition(text string, names []string) (*Condition, error) {
	p := conditionParser{text: text, names: names}
	if len(text) > maxConditionBytes {
		return nil, &ParseError{Message: fmt.Sprintf("the condition is longer than %d bytes", maxConditionBytes)}
	}
	c := &Condition{names: slices.Clone(names)}
	for p.broken == nil {
		c.steps = append(c.steps, p.or(0))
		if p.broken != nil || !p.word("THEN") {
			break
		}
	}
	if p.space(); p.broken == nil && p.at < len(text) {
		p.unexpected()
	}
	if p.broken != nil {
		p.faults = append(p.faults, p.broken)
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return c, nil
}

type conditionParser struct {
	text   string
	at     int
	names  []string
	faults []error
	broken error // the fault at which reading stopped
}

func (p *conditionParser) fail(offset int, suggestion, format string, args ...any) {
	if p.broken == nil {
		p.broken = &ParseError{Offset: offset, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}
	}
}

func (p *conditionParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take skips blanks and then the symbol, if it stands there.
func (p *conditionParser) take(symbol string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], symbol) {
		return false
	}
	p.at += len(symbol)
	return true
}

// word is take for a word, which must not go on.
func (p *conditionParser) word(w string) bool {
	mark := p.at
	if p.take(w) && (p.at == len(p.text) || !nameByte(p.text[p.at])) {
		return true
	}
	p.at = mark
	return false
}

func (p *conditionParser) or(depth int) *node {
	return p.joined(true, "||", func() *node {
		return p.joined(false, "&&", func() *node { return p.term(depth) })
	})
}

// joined reads operands that stand between symbols.
func (p *conditionParser) joined(or bool, symbol string, operand func() *node) *node {
	n := &node{or: or}
	for {
		n.children = append(n.children, operand())
		if p.broken != nil || !p.take(symbol) {
			break
		}
	}
	if len(n.children) == 1 {
		return n.children[0]
	}
	return n
}

func (p *conditionParser) term(depth int) *node {
	if p.take("(") {
		if depth >= maxConditionDepth {
			p.fail(p.at-1, "", "parentheses nest deeper than %d", maxConditionDepth)
			return nil
		}
		open := p.at
		n := p.or(depth + 1)
		if p.broken == nil && !p.take(")") {
			if p.space(); p.at < len(p.text) {
				p.unexpected()
			} else {
				p.fail(open-1, "", "the parenthesis is not closed")
			}
		}
		return n
	}
	return p.comparison()
}

func (p *conditionParser) comparison() *node {
	p.space()
	start := p.at
	for p.at < len(p.text) && nameByte(p.text[p.at]) {
		p.at++
	}
	name := p.text[start:p.at]
	if name == "" {
		p.fail(start, "", "want the name of a query, found %s", p.found())
		return nil
	}
	n := &node{query: slices.Index(p.names, name)}
	if n.query < 0 && isNumber(name) {
		p.fail(start, "", "want the name of a query, found the number %s: the name stands left of > or >=", name)
		return nil
	}
	if n.query < 0 {
		p.faults = append(p.faults, &ParseError{
			Offset: start, Message: fmt.Sprintf("no query has the name %q; there %s", name, listNames(p.names)),
			Suggestion: document.Suggest(name, p.names),
		})
	}
	p.operator(n, name)
	if p.broken == nil {
		p.number(n)
	}
	return n
}

func (p *conditionParser) operator(n *node, name string) {
	p.space()
	switch at := p.at; {
	case p.take(">="):
		n.op = atLeast
	case p.take("=>"):
		p.fail(at, ">=", "want > or >= behind %q, found =>", name)
	case p.take(">"):
		n.op = greater
	case p.take("<"), p.take("=="), p.take("="), p.take("!="):
		p.fail(at, "", "want > or >= behind %q: a rule is about too much, never about too little or an exact number", name)
	default:
		p.fail(at, name+" > 0", "want > or >= behind %q, found %s", name, p.found())
	}
}

func (p *conditionParser) number(n *node) {
	p.space()
	start := p.at
	for p.at < len(p.text) && (nameByte(p.text[p.at]) || p.text[p.at] == '+') {
		p.at++
	}
	digits := p.text[start:p.at]
	if !isNumber(digits) {
		p.at = start
		if digits == "" {
			p.fail(start, "", "want a number, found %s", p.found())
		} else {
			p.fail(start, "", "want a number, found %q", clip(digits))
		}
		return
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		p.fail(start, "", "the number %s is too large", clip(digits))
		return
	}
	n.number = f
}

// unexpected reports what stands where the condition should go on or end.
func (p *conditionParser) unexpected() {
	rest := p.text[p.at:]
	suggestion := ""
	switch upper := strings.ToUpper(rest); {
	case strings.HasPrefix(upper, "AND"), rest[0] == '&', rest[0] == ',':
		suggestion = "&&"
	case strings.HasPrefix(upper, "OR"), rest[0] == '|':
		suggestion = "||"
	case strings.HasPrefix(upper, "THEN"):
		suggestion = "THEN"
	}
	p.fail(p.at, suggestion, "want &&, || or the end, found %s", p.found())
}

// found describes what stands at the place.
func (p *conditionParser) found() string {
	if p.at >= len(p.text) {
		return "the end"
	}
	end := p.at
	for end < len(p.text) && nameByte(p.text[end]) {
		end++
	}
	if end == p.at {
		_, size := utf8.DecodeRuneInString(p.text[p.at:])
		end = p.at + size
	}
	return strconv.Quote(clip(p.text[p.at:end]))
}

// nameByte reports whether a byte may be part of a name or number: everything
// but blanks and what conditions are built from.
func nameByte(c byte) bool {
	return c > ' ' && strings.IndexByte("()<>=!&|+,\"'", c) < 0
}

// isNumber reports whether s is a plain decimal number.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	return whole != "" && strings.Trim(whole, "0123456789") == "" && (!point || fraction != "" && strings.Trim(fraction, "0123456789") == "")
}

// listNames says which names there are.
func listNames(names []string) string {
	if len(names) == 0 {
		return "are none"
	}
	return "is " + clip(strings.Join(names, ", "))
}

// clip shortens text for a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
