package document

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// YAML reads most JSON, but not all: tabs may not indent, and an escaped
// character beyond 16 bits is two halves in JSON. So JSON has a reader of its
// own, which makes the same nodes.

// jsonFault says where a text stops being JSON.
type jsonFault struct {
	line, col int
	reason    string
}

type jsonParser struct {
	s   string
	at  int
	bad *jsonFault

	line, col, seen int // seen is the byte that line and col are of
}

// parseJSON reads data as JSON documents (RFC 8259) with nothing but white space
// between them. Behind a fault it returns the documents before it.
func parseJSON(data []byte) (docs []*yaml.Node, bad *jsonFault) {
	p := &jsonParser{s: string(data), line: 1, col: 1}
	for p.next() != 0 || p.at < len(p.s) {
		doc := p.node(yaml.DocumentNode)
		v := p.value(MaxDepth)
		if p.bad != nil {
			return docs, p.bad
		}
		doc.Content = []*yaml.Node{v}
		docs = append(docs, doc)
	}
	return docs, nil
}

// place moves line and col to p.at, which never goes back.
func (p *jsonParser) place() (line, col int) {
	for p.seen < p.at {
		if p.s[p.seen] == '\n' {
			p.line++
			p.col = 0
		}
		_, n := utf8.DecodeRuneInString(p.s[p.seen:])
		p.seen += n
		p.col++
	}
	return p.line, p.col
}

func (p *jsonParser) node(kind yaml.Kind) *yaml.Node {
	line, col := p.place()
	return &yaml.Node{Kind: kind, Line: line, Column: col}
}

func (p *jsonParser) fail(reason string) *yaml.Node {
	if p.bad == nil {
		line, col := p.place()
		p.bad = &jsonFault{line: line, col: col, reason: reason}
	}
	return nil
}

func (p *jsonParser) space() {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
}

// next returns the next byte behind white space, 0 at the end.
func (p *jsonParser) next() byte {
	p.space()
	if p.at >= len(p.s) {
		return 0
	}
	return p.s[p.at]
}

func (p *jsonParser) value(depth int) *yaml.Node {
	if depth == 0 {
		return p.fail("nested deeper than " + strconv.Itoa(MaxDepth))
	}
	switch c := p.next(); c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.str()
	default:
		return p.plain()
	}
}

func (p *jsonParser) object(depth int) *yaml.Node {
	n := p.node(yaml.MappingNode)
	n.Tag = "!!map"
	p.at++
	if p.next() == '}' {
		p.at++
		return n
	}
	for {
		if p.next() != '"' {
			return p.fail("want a key in double quotes")
		}
		key := p.str()
		if p.bad != nil {
			return nil
		}
		if p.next() != ':' {
			return p.fail("want a colon behind the key")
		}
		p.at++
		v := p.value(depth - 1)
		if p.bad != nil {
			return nil
		}
		n.Content = append(n.Content, key, v)
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			return n
		default:
			return p.fail("want a comma or the end of the object")
		}
	}
}

func (p *jsonParser) array(depth int) *yaml.Node {
	n := p.node(yaml.SequenceNode)
	n.Tag = "!!seq"
	p.at++
	if p.next() == ']' {
		p.at++
		return n
	}
	for {
		v := p.value(depth - 1)
		if p.bad != nil {
			return nil
		}
		n.Content = append(n.Content, v)
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.at++
			return n
		default:
			return p.fail("want a comma or the end of the array")
		}
	}
}

// plain reads a number, a truth value or null.
func (p *jsonParser) plain() *yaml.Node {
	start := p.at
	end := start
	for end < len(p.s) && strings.IndexByte(" \t\r\n,]}:\"[{", p.s[end]) < 0 {
		end++
	}
	n := p.node(yaml.ScalarNode)
	n.Value = p.s[start:end]
	switch v := n.Value; {
	case v == "true", v == "false", v == "null", jsonNumber(v):
		p.at = end
		return n
	default:
		return p.fail("want a value")
	}
}

// jsonNumber reports whether s is a number as JSON writes it.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' {
		return false
	}
	return isFloat(s) && !strings.HasSuffix(s, ".") && !strings.Contains(s, ".e") && !strings.Contains(s, ".E")
}

// str reads a string; p.at stands on its opening quote.
func (p *jsonParser) str() *yaml.Node {
	n := p.node(yaml.ScalarNode)
	n.Style, n.Tag = yaml.DoubleQuotedStyle, "!!str"
	p.at++
	var b strings.Builder
	start := p.at
	for p.at < len(p.s) {
		switch c := p.s[p.at]; {
		case c == '"':
			n.Value = p.s[start:p.at]
			if b.Len() > 0 {
				b.WriteString(n.Value)
				n.Value = b.String()
			}
			p.at++
			return n
		case c < 0x20:
			return p.fail("want the closing quote before the end of the line (a control character must be escaped)")
		case c != '\\':
			p.at++
		default:
			b.WriteString(p.s[start:p.at])
			r, ok := p.escape()
			if !ok {
				return p.fail("want one of the escapes of JSON")
			}
			b.WriteRune(r)
			start = p.at
		}
	}
	return p.fail("want the closing quote before the end of the document")
}

// escape reads one escaped character; p.at stands on the backslash.
func (p *jsonParser) escape() (rune, bool) {
	if p.at+1 >= len(p.s) {
		return 0, false
	}
	c := p.s[p.at+1]
	if c == 'u' {
		return p.escapedUnit()
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return 0, false
	}
	p.at += 2
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

func (p *jsonParser) escapedUnit() (rune, bool) {
	r, ok := p.hex(p.at)
	if !ok {
		return 0, false
	}
	p.at += 6
	if utf16.IsSurrogate(r) {
		low, ok := p.hex(p.at)
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			p.at += 6
			return pair, true
		}
		return utf8.RuneError, true
	}
	return r, true
}

// hex returns the number of the escape \u0000 at the byte.
func (p *jsonParser) hex(at int) (rune, bool) {
	if at+6 > len(p.s) || p.s[at] != '\\' || p.s[at+1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(p.s[at+2:at+6], 16, 16)
	return rune(v), err == nil
}
