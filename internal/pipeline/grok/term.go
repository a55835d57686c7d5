package grok

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// term is one %{matcher(args):path:filter(args)}.
type term struct {
	call
	hasPath bool // there was a colon behind the matcher
	path    string
	filters []call
}

// call is a name with arguments.
type call struct {
	name string
	args []arg
	// parens tells name() from name.
	parens bool
	// at is the offset of the name from the start of the term.
	at int
}

// arg is one argument: a text, a number or a call.
type arg struct {
	kind argKind
	text string // the text; of a number its spelling; of a call its name
	call *call
}

type argKind uint8

const (
	textArg argKind = iota
	numberArg
	callArg
)

// termParser reads a term; it stands behind "%{".
type termParser struct {
	s  string
	at int
}

var errTermEnd = errors.New(`a term without an end: want "}"`)

// parseTerm reads the term that starts at the "%{" of s and returns its length.
func parseTerm(s string) (t term, length int, err error) {
	p := termParser{s: s, at: 2}
	// "%{?>name" is a slip that Datadog's own pipelines hold; it means "%{name".
	if strings.HasPrefix(s[2:], "?>") {
		p.at += 2
	}
	if t.call, err = p.call(":}(", 0); err != nil {
		return t, p.at, err
	}
	if p.peek() == ':' {
		p.at++
		t.hasPath = true
		t.path = strings.TrimSpace(p.until(":}"))
	}
	for p.peek() == ':' {
		p.at++
		c, err := p.call(":}(", 0)
		if err != nil {
			return t, p.at, err
		}
		if c.name != "" {
			t.filters = append(t.filters, c)
		}
	}
	if p.peek() != '}' {
		return t, p.at, errTermEnd
	}
	return t, p.at + 1, nil
}

// peek returns the next byte, 0 at the end.
func (p *termParser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *termParser) until(stop string) string {
	start := p.at
	for p.at < len(p.s) && strings.IndexByte(stop, p.s[p.at]) < 0 {
		p.at++
	}
	return p.s[start:p.at]
}

func (p *termParser) blanks() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\t') {
		p.at++
	}
}

// maxCallDepth is how deep filters nest in arguments.
const maxCallDepth = 8

func (p *termParser) call(stop string, depth int) (call, error) {
	p.blanks()
	c := call{at: p.at}
	c.name = strings.TrimSpace(p.until(stop))
	if p.peek() != '(' {
		return c, nil
	}
	if depth >= maxCallDepth {
		return c, errors.New("arguments nest too deep")
	}
	p.at++
	c.parens = true
	for {
		p.blanks()
		switch p.peek() {
		case 0:
			return c, errors.New(`arguments without an end: want ")"`)
		case ')':
			p.at++
			p.blanks()
			return c, nil
		case ',':
			p.at++
			continue
		}
		a, err := p.arg(depth)
		if err != nil {
			return c, err
		}
		c.args = append(c.args, a)
		p.blanks()
		if n := p.peek(); n != ',' && n != ')' && n != 0 {
			return c, fmt.Errorf(`want "," or ")" behind an argument, not %q`, string(rune(n)))
		}
	}
}

func (p *termParser) arg(depth int) (arg, error) {
	switch c := p.peek(); c {
	case '"', '\'':
		text, err := p.text(c)
		return arg{kind: textArg, text: text}, err
	default:
		start := p.at
		inner, err := p.call(",()", depth+1)
		if err != nil {
			return arg{}, err
		}
		if !inner.parens {
			if _, err := strconv.ParseFloat(inner.name, 64); err == nil {
				return arg{kind: numberArg, text: inner.name}, nil
			}
		}
		if inner.name == "" || p.at == start {
			return arg{}, errors.New("an empty argument")
		}
		return arg{kind: callArg, text: inner.name, call: &inner}, nil
	}
}

// text reads a quoted text. A backslash frees a backslash or the quote and stands
// for itself before anything else: the text is often a regular expression.
func (p *termParser) text(quote byte) (string, error) {
	var b strings.Builder
	for p.at++; p.at < len(p.s); p.at++ {
		c := p.s[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String(), nil
		case c == '\\' && p.at+1 < len(p.s) && (p.s[p.at+1] == '\\' || p.s[p.at+1] == quote):
			p.at++
			b.WriteByte(p.s[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a text without an end: want " + string(rune(quote)))
}
