package falco

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// node is a condition whose macros are put in.
type node struct {
	op   op
	args []*node
	// field, how and values are those of a test: proc.name in (bash, sh).
	field, how string
	values     []string
}

type op uint8

const (
	test op = iota
	and
	or
	not
	yes // always true
	no  // never true
)

// parser reads one condition. Macros are read where they stand.
type parser struct {
	of    *collection
	words []word
	at    int
	depth int
	nodes *int
}

type word struct {
	text   string
	quoted bool
}

// split takes a condition apart: parentheses, commas, operators, words and quoted texts.
func split(s string) (all []word, err error) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '(' || c == ')' || c == ',':
			all = append(all, word{text: string(c)})
			i++
		case c == '"' || c == '\'':
			text, length, err := quoted(s[i:])
			if err != nil {
				return nil, err
			}
			all = append(all, word{text: text, quoted: true})
			i += length
		case strings.IndexByte("=!<>", c) >= 0:
			length := 1
			if i+1 < len(s) && s[i+1] == '=' {
				length = 2
			}
			all = append(all, word{text: s[i : i+length]})
			i += length
		default:
			length := strings.IndexAny(s[i:], " \t\r\n(),=!<>\"'")
			if length < 0 {
				length = len(s) - i
			}
			all = append(all, word{text: s[i : i+length]})
			i += length
		}
	}
	return all, nil
}

// quoted returns the text of a literal, and its length as it is written.
func quoted(s string) (string, int, error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1, nil
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, errors.New("a quote does not end")
}

// parse returns the tree of a condition.
func (c *collection) parse(condition string) (*node, error) {
	nodes := 0
	return c.within(condition, 0, &nodes)
}

func (c *collection) within(condition string, depth int, nodes *int) (*node, error) {
	words, err := split(condition)
	if err != nil {
		return nil, err
	}
	p := &parser{of: c, words: words, depth: depth, nodes: nodes}
	n, err := p.either()
	if err == nil && p.at < len(words) {
		err = fmt.Errorf("want the end of the condition, have %q", words[p.at].text)
	}
	return n, err
}

// is goes on when the next word is this one.
func (p *parser) is(text string) bool {
	if p.at < len(p.words) && !p.words[p.at].quoted && p.words[p.at].text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) next() (word, error) {
	if p.at >= len(p.words) {
		return word{}, errors.New("the condition breaks off")
	}
	p.at++
	return p.words[p.at-1], nil
}

func (p *parser) either() (*node, error) { return p.several(or, "or", p.both) }
func (p *parser) both() (*node, error)   { return p.several(and, "and", p.negated) }

func (p *parser) several(kind op, joint string, read func() (*node, error)) (*node, error) {
	n, err := read()
	if err != nil {
		return nil, err
	}
	args := []*node{n}
	for p.is(joint) {
		if n, err = read(); err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	if len(args) == 1 {
		return n, nil
	}
	return &node{op: kind, args: args}, nil
}

func (p *parser) negated() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("parentheses and macros stand too deep within each other, or a macro in itself")
	}
	defer func() { p.depth-- }()
	if p.is("not") {
		n, err := p.negated()
		return &node{op: not, args: []*node{n}}, err
	}
	if p.is("(") {
		n, err := p.either()
		if err == nil && !p.is(")") {
			err = errors.New("a parenthesis does not end")
		}
		return n, err
	}
	return p.one()
}

// operators are the words between a field and its values.
func operators() []string {
	return []string{"=", "==", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob", "in", "intersects", "pmatch", "exists"}
}

// one reads a test, or a macro.
func (p *parser) one() (*node, error) {
	if *p.nodes++; *p.nodes > maxNodes {
		return nil, errors.New("the condition with its macros is too large")
	}
	field, err := p.next()
	if err != nil {
		return nil, err
	}
	if p.at >= len(p.words) || p.words[p.at].quoted || !slices.Contains(operators(), p.words[p.at].text) {
		macro, ok := p.of.macros[field.text]
		if !ok || field.quoted {
			return nil, fmt.Errorf("there is no macro %q", field.text)
		}
		n, err := p.of.within(macro, p.depth, p.nodes)
		if err != nil {
			return nil, fmt.Errorf("macro %s: %w", field.text, err)
		}
		return n, nil
	}
	n := &node{op: test, field: field.text}
	how, _ := p.next()
	n.how = how.text
	if n.how == "==" {
		n.how = "="
	}
	switch n.how {
	case "exists":
		return n, nil
	case "in", "intersects", "pmatch":
		n.values, err = p.list()
	default:
		var v word
		if v, err = p.next(); err == nil && !v.quoted && slices.Contains([]string{"(", ")", ","}, v.text) {
			err = fmt.Errorf("want a value behind %s %s, have %q", n.field, n.how, v.text)
		}
		n.values = []string{v.text}
	}
	*p.nodes += len(n.values)
	return n, err
}

// list reads values in parentheses; the name of a list stands for its items.
func (p *parser) list() (values []string, err error) {
	if !p.is("(") {
		w, err := p.next()
		if err != nil {
			return nil, err
		}
		return p.of.expand(nil, w.text, w.quoted, 0)
	}
	for !p.is(")") {
		w, err := p.next()
		if err != nil {
			return nil, err
		}
		if w.text == "," && !w.quoted {
			continue
		}
		if values, err = p.of.expand(values, w.text, w.quoted, 0); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// expand appends a value, or the items of a list of that name.
func (c *collection) expand(values []string, text string, quoted bool, depth int) ([]string, error) {
	items, ok := c.lists[text]
	if !ok || quoted {
		if len(values) >= maxNodes {
			return nil, errors.New("a list is too large")
		}
		return append(values, text), nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("the list %q stands in itself", text)
	}
	var err error
	for _, one := range items {
		if values, err = c.expand(values, one, false, depth+1); err != nil {
			return nil, err
		}
	}
	return values, nil
}
