package pipeline

import (
	"fmt"
	"strconv"
	"strings"
)

// maxExprDepth bounds how deep parentheses may nest.
const maxExprDepth = 100

// parseExpr reads a formula: numbers, attribute names, + - * / and parentheses.
// Names may hold letters, digits and any of _ . @ # $ - so a minus between two
// names needs blanks around it.
func parseExpr(text string) (*expr, error) {
	p := exprParser{s: text}
	x, err := p.sum(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.s) {
		return nil, fmt.Errorf("column %d: unexpected %q", p.at+1, p.s[p.at:p.at+1])
	}
	return x, nil
}

type exprParser struct {
	s  string
	at int
}

func (p *exprParser) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\t' || p.s[p.at] == '\n') {
		p.at++
	}
}

func (p *exprParser) operator(ops string) (byte, bool) {
	if p.space(); p.at < len(p.s) && strings.IndexByte(ops, p.s[p.at]) >= 0 {
		p.at++
		return p.s[p.at-1], true
	}
	return 0, false
}

func (p *exprParser) sum(depth int) (*expr, error) {
	return p.chain("+-", func() (*expr, error) {
		return p.chain("*/", func() (*expr, error) { return p.operand(depth) })
	})
}

// chain reads operands joined by the operators, from left to right.
func (p *exprParser) chain(ops string, operand func() (*expr, error)) (*expr, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op, ok := p.operator(ops)
		if !ok {
			return left, nil
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = &expr{op: op, left: left, right: right}
	}
}

func (p *exprParser) operand(depth int) (*expr, error) {
	if depth > maxExprDepth {
		return nil, fmt.Errorf("column %d: parentheses nest deeper than %d", p.at+1, maxExprDepth)
	}
	if _, ok := p.operator("("); ok {
		x, err := p.sum(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := p.operator(")"); !ok {
			return nil, fmt.Errorf("column %d: want a closing parenthesis", p.at+1)
		}
		return x, nil
	}
	p.space()
	start := p.at
	if p.at < len(p.s) && p.s[p.at] == '-' {
		p.at++
	}
	for p.at < len(p.s) && isNameByte(p.s[p.at]) {
		p.at++
	}
	word := p.s[start:p.at]
	if word == "" || word == "-" {
		return nil, fmt.Errorf("column %d: want a number or an attribute name", start+1)
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		return &expr{number: f}, nil
	}
	if word[0] == '-' {
		return &expr{op: '-', left: &expr{}, right: &expr{path: word[1:]}}, nil
	}
	return &expr{path: strings.TrimPrefix(word, "@")}, nil
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("_.-@#$", c) >= 0 || c >= 0x80
}
