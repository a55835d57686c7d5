package query

import (
	"fmt"
	"strings"
)

// parser reads one query by recursive descent: or, and, not, clause.
type parser struct {
	text    string
	at      int
	depth   int
	clauses int
	field   *Field // of the list that is being read
	hints   []Hint
}

func (p *parser) fail(at int, message, suggestion string) error {
	return &SyntaxError{Text: p.text, Col: column(p.text, at), Message: message, Suggestion: suggestion}
}

func (p *parser) query() (Node, error) {
	if len(p.text) > MaxLength {
		return nil, p.fail(MaxLength, fmt.Sprintf("the query is longer than %d bytes", MaxLength), "")
	}
	if p.skipBlanks(); p.at == len(p.text) {
		return &All{}, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fail(p.at, "the parenthesis was never opened", `write \) for a parenthesis in a text`)
	}
	return n, nil
}

// or reads clauses up to the end or a closing parenthesis, blanks included.
func (p *parser) or() (Node, error) {
	var nodes []Node
	var ops []string
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		op, length := p.operator()
		if op != opOr {
			break
		}
		ops = append(ops, " "+p.text[p.at:p.at+length]+" ")
		p.at += length
	}
	if len(nodes) == 1 {
		return nodes[0], nil
	}
	return &Or{Nodes: nodes, ops: ops}, nil
}

// and reads clauses up to an OR, the end or a closing parenthesis.
func (p *parser) and() (Node, error) {
	var nodes []Node
	var ops []string
	var starts []int
	for {
		p.skipBlanks()
		starts = append(starts, p.at)
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		p.skipBlanks()
		if p.at == len(p.text) || p.peek() == ')' {
			break
		}
		op, length := p.operator()
		if op == opOr {
			break
		}
		if op == opAnd {
			ops = append(ops, " "+p.text[p.at:p.at+length]+" ")
			p.at += length
		} else {
			ops = append(ops, " ")
		}
	}
	if len(nodes) == 1 {
		return nodes[0], nil
	}
	p.advise(nodes, starts)
	return &And{Nodes: nodes, ops: ops}, nil
}

// not reads one clause with its negations.
func (p *parser) not() (Node, error) {
	start := p.at
	if c := p.peek(); c == '-' || c == '!' {
		p.at++
		if p.at == len(p.text) || p.atBlank() > 0 || p.peek() == ')' {
			return nil, p.fail(start, fmt.Sprintf("the %q stands alone", c), "write it directly before a clause, or in quotes to look for it")
		}
		return p.negated(start, string(c))
	}
	op, length := p.operator()
	switch op {
	case opNot:
		p.at += length
		p.skipBlanks()
		return p.negated(start, "NOT ")
	case opAnd, opOr:
		word := p.text[p.at : p.at+length]
		return nil, p.fail(start, "want a clause before "+word, fmt.Sprintf("write %q to look for the word", word))
	default:
		return p.clause()
	}
}

func (p *parser) negated(start int, op string) (Node, error) {
	if err := p.enter(start); err != nil {
		return nil, err
	}
	n, err := p.not()
	p.depth--
	if err != nil {
		return nil, err
	}
	return &Not{Node: n, op: op}, nil
}

func (p *parser) enter(at int) error {
	if p.depth++; p.depth > MaxDepth {
		return p.fail(at, fmt.Sprintf("the query nests deeper than %d", MaxDepth), "")
	}
	return nil
}

// parentheses reads "( or )"; p.at stands on the opening one.
func (p *parser) parentheses() (Node, error) {
	start := p.at
	if err := p.enter(start); err != nil {
		return nil, err
	}
	p.at++
	if p.skipBlanks(); p.peek() == ')' {
		return nil, p.fail(p.at, "nothing stands between the parentheses", "")
	}
	if p.at == len(p.text) {
		return nil, p.fail(start, "the parenthesis is not closed", "")
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail(start, "the parenthesis is not closed", "add ) at the end")
	}
	p.at++
	p.depth--
	return n, nil
}

// count adds one clause.
func (p *parser) count(at int) error {
	if p.clauses++; p.clauses > MaxClauses {
		return p.fail(at, fmt.Sprintf("the query has more than %d clauses", MaxClauses), "")
	}
	return nil
}

// advise notes operators in lower case that stand between clauses, one of which
// at least names a field: between plain words they may well be words.
func (p *parser) advise(nodes []Node, starts []int) {
	for i := 1; i+1 < len(nodes); i++ {
		word, ok := nodes[i].(*FreeText)
		if !ok || isFreeText(nodes[i-1]) && isFreeText(nodes[i+1]) {
			continue
		}
		switch word.raw {
		case "and", "or", "not":
			p.hints = append(p.hints, Hint{
				Col:     column(p.text, starts[i]),
				Message: fmt.Sprintf("%q is a word to look for in the message; the operator is written %s", word.raw, strings.ToUpper(word.raw)),
			})
		}
	}
}

func isFreeText(n Node) bool {
	t, ok := n.(*FreeText)
	return ok && t.Field.Kind == Message
}
