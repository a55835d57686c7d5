package grok

import (
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// rubyFilter reads a hash as Ruby prints it: {:a=>1, "b"=>[2, nil], c: "d"}. It is
// lenient: hashes and arrays may lack their end, because log lines are cut.
// Numbers are doubles; nil is left out.
type rubyFilter struct{}

func (rubyFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	p := rubyParser{x: x, s: v.Str()}
	p.blanks()
	if p.peek() != '{' {
		return v, false
	}
	return p.hash(maxRubyDepth)
}

// maxRubyDepth is how deep hashes and arrays nest.
const maxRubyDepth = 32

type rubyParser struct {
	x    *extraction
	s    string
	at   int
	keys int
}

func (p *rubyParser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *rubyParser) blanks() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] >= '\t' && p.s[p.at] <= '\r') {
		p.at++
	}
}

// hash reads from "{" on.
func (p *rubyParser) hash(depth int) (event.Value, bool) {
	out := p.x.e.NewObject()
	p.at++
	for {
		p.blanks()
		switch p.peek() {
		case 0:
			return out, out.Kind() == event.Object
		case '}':
			p.at++
			return out, out.Kind() == event.Object
		case ',':
			p.at++
			continue
		}
		if p.keys++; p.x.m.steps < 0 {
			return out, false
		}
		p.x.m.steps -= 1 + p.keys>>3
		key, ok := p.key()
		if !ok {
			return out, false
		}
		p.blanks()
		switch {
		case strings.HasPrefix(p.s[p.at:], "=>"):
			p.at += 2
		case p.peek() == ':':
			p.at++
		default:
			return out, p.at >= len(p.s)
		}
		v, ok := p.value(depth)
		if !ok {
			return out, false
		}
		if v.Kind() != event.Null && out.Kind() == event.Object && key != "" {
			p.x.e.SetKey(out, key, v)
		}
	}
}

// key reads :symbol, :"symbol", "text" and name.
func (p *rubyParser) key() (string, bool) {
	if p.peek() == ':' {
		p.at++
	}
	if c := p.peek(); c == '"' || c == '\'' {
		return p.text(c), true
	}
	start := p.at
	for p.at < len(p.s) && strings.IndexByte("=:,}]{[ \t\n", p.s[p.at]) < 0 {
		p.at++
	}
	return p.s[start:p.at], p.at > start
}

func (p *rubyParser) value(depth int) (event.Value, bool) {
	p.blanks()
	switch c := p.peek(); c {
	case '{':
		if depth == 0 {
			return event.Value{}, false
		}
		return p.hash(depth - 1)
	case '[':
		if depth == 0 {
			return event.Value{}, false
		}
		return p.array(depth - 1)
	case '"', '\'':
		return event.StringValue(p.text(c)), true
	case ':':
		p.at++
		if c := p.peek(); c == '"' || c == '\'' {
			return event.StringValue(p.text(c)), true
		}
		return event.StringValue(p.bare()), true
	default:
		return word(p.bare()), true
	}
}

// array reads from "[" on.
func (p *rubyParser) array(depth int) (event.Value, bool) {
	out := p.x.e.NewArray()
	p.at++
	for {
		p.blanks()
		switch p.peek() {
		case 0:
			return out, out.Kind() == event.Array
		case ']':
			p.at++
			return out, out.Kind() == event.Array
		case ',':
			p.at++
			continue
		}
		start := p.at
		v, ok := p.value(depth)
		if p.x.m.steps--; !ok || p.x.m.steps < 0 {
			return out, false
		}
		if p.at == start {
			p.at++ // a stray closing bracket
			continue
		}
		p.x.e.Append(out, v)
	}
}

// bare reads text without quotes, up to a comma or a closing bracket. Objects that
// Ruby prints as #<Name ...> are one text.
func (p *rubyParser) bare() string {
	start, angles := p.at, 0
	for p.at < len(p.s) {
		switch c := p.s[p.at]; {
		case c == '<':
			angles++
		case c == '>' && angles > 0:
			angles--
		case angles == 0 && (c == ',' || c == '}' || c == ']'):
			return strings.TrimSpace(p.s[start:p.at])
		}
		p.at++
	}
	return strings.TrimSpace(p.s[start:p.at])
}

// text reads a quoted text; without its end it is the rest.
func (p *rubyParser) text(quote byte) string {
	p.at++
	start := p.at
	for p.at < len(p.s) && p.s[p.at] != quote {
		if p.s[p.at] == '\\' {
			return p.escaped(start, quote)
		}
		p.at++
	}
	s := p.s[start:p.at]
	p.at = min(p.at+1, len(p.s))
	return s
}

func (p *rubyParser) escaped(start int, quote byte) string {
	buf := p.x.m.buf[:0]
	buf = append(buf, p.s[start:p.at]...)
	for ; p.at < len(p.s) && p.s[p.at] != quote; p.at++ {
		c := p.s[p.at]
		if c == '\\' && p.at+1 < len(p.s) {
			p.at++
			switch c = p.s[p.at]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case 'e':
				c = 0x1b
			}
		}
		buf = append(buf, c)
	}
	p.at = min(p.at+1, len(p.s))
	p.x.m.keep(buf)
	return p.x.e.Intern(buf)
}

// word types a text without quotes.
func word(s string) event.Value {
	switch s {
	case "nil", "null", "":
		return event.Value{}
	case "true", "false":
		return event.BoolValue(s == "true")
	}
	if n, ok := parseFloat(s); ok {
		return event.FloatValue(n)
	}
	return event.StringValue(s)
}
