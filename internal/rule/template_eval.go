package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The limits of a formula.
const (
	maxFormulaBytes = 1 << 10
	maxFormulaDepth = 32
)

// formula is an arithmetic expression: a number, a variable, or an operator with
// operands.
type formula struct {
	op          byte // 0 for a number or variable
	number      float64
	variable    *variable
	left, right *formula
}

// eval returns the value; false when a variable is no number or a division is by
// zero.
func (f *formula) eval(s *Scope) (float64, bool) {
	if f.op == 0 {
		if f.variable != nil {
			return f.variable.number(s)
		}
		return f.number, true
	}
	a, ok := f.left.eval(s)
	if !ok {
		return 0, false
	}
	b, ok := f.right.eval(s)
	if !ok {
		return 0, false
	}
	switch f.op {
	case '+':
		a += b
	case '-':
		a -= b
	case '*':
		a *= b
	case '/':
		a /= b
	default:
		a = math.Mod(a, b)
	}
	return a, !math.IsNaN(a) && !math.IsInf(a, 0)
}

type formulaParser struct {
	text string
	at   int
	err  *ParseError
}

// parseFormula reads + - * / % with the usual precedence, parentheses, numbers
// and variables.
func parseFormula(text string) (*formula, *ParseError) {
	p := formulaParser{text: text}
	if len(text) > maxFormulaBytes {
		return nil, &ParseError{Message: fmt.Sprintf("the formula is longer than %d bytes", maxFormulaBytes)}
	}
	f := p.sum(0)
	if p.space(); p.err == nil && p.at < len(text) {
		p.fail("want an operator or the end, found %q", clip(text[p.at:]))
	}
	return f, p.err
}

func (p *formulaParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &ParseError{Offset: p.at, Message: fmt.Sprintf(format, args...)}
	}
}

func (p *formulaParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// operator takes one of the operators, 0 when none stands there.
func (p *formulaParser) operator(operators string) byte {
	p.space()
	if p.err != nil || p.at == len(p.text) || strings.IndexByte(operators, p.text[p.at]) < 0 {
		return 0
	}
	p.at++
	return p.text[p.at-1]
}

func (p *formulaParser) sum(depth int) *formula {
	return p.chain("+-", func() *formula {
		return p.chain("*/%", func() *formula { return p.operand(depth) })
	})
}

func (p *formulaParser) chain(operators string, operand func() *formula) *formula {
	f := operand()
	for op := p.operator(operators); op != 0; op = p.operator(operators) {
		f = &formula{op: op, left: f, right: operand()}
	}
	return f
}

func (p *formulaParser) operand(depth int) *formula {
	if depth >= maxFormulaDepth {
		p.fail("the formula nests deeper than %d", maxFormulaDepth)
		return &formula{}
	}
	switch p.operator("(-") {
	case '(':
		f := p.sum(depth + 1)
		if p.operator(")") == 0 {
			p.fail("want a closing parenthesis")
		}
		return f
	case '-':
		return &formula{op: '-', left: &formula{}, right: p.operand(depth + 1)}
	default:
		return p.value()
	}
}

// value reads a number or a variable.
func (p *formulaParser) value() *formula {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n+-*/%()", p.text[p.at]) < 0 {
		p.at++
	}
	text := p.text[start:p.at]
	if isNumber(text) {
		f, err := strconv.ParseFloat(text, 64)
		if err == nil {
			return &formula{number: f}
		}
	}
	v, ok := newVariable(text)
	if !ok || text[0] >= '0' && text[0] <= '9' {
		p.at = start
		p.fail("want a number or variable")
		return &formula{}
	}
	return &formula{variable: &v}
}
