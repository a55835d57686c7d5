package query

import (
	"net/netip"
	"strings"
	"unicode"
)

// value reads what follows the colon, or a whole clause of free text. start is
// where the clause began.
func (p *parser) value(f Field, start int) (Node, error) {
	switch p.peek() {
	case '"':
		text, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.term(f, start, text)
	case '[', '{':
		return p.interval(f, start)
	case '>', '<':
		return p.comparison(f, start)
	}
	w, err := p.word("")
	if err != nil {
		return nil, err
	}
	if w.end == w.start {
		return nil, p.fail(p.at, "want a value here", "")
	}
	p.at = w.end
	raw := p.text[w.start:w.end]
	switch parts := pieces(raw); {
	case !w.wild:
		return p.unquoted(f, start, raw)
	case len(parts) == 1 && parts[0].Star:
		if f.Kind == Everything || f.Kind == Message && w.start == start && p.field == nil {
			return &All{p.spelled(start)}, nil
		}
		return &Exists{p.spelled(start), f}, nil
	case f.Kind == Message || f.Kind == Everything:
		return newFreeText(p.spelled(start), f, parts), nil
	default:
		return newWildcard(p.spelled(start), f, parts), nil
	}
}

// spelled returns the clause that began at start and ends here.
func (p *parser) spelled(start int) spelling { return spelling{single(p.text[start:p.at])} }

func (p *parser) unquoted(f Field, start int, raw string) (Node, error) {
	n, err := p.term(f, start, unescape(raw))
	if t, ok := n.(*Term); ok {
		t.Quoted = false
	}
	return n, err
}

// term makes the clause for a text without wildcards.
func (p *parser) term(f Field, start int, text string) (Node, error) {
	switch f.Kind {
	case Message, Everything:
		if text == "" && f.Kind == Message {
			return &Term{spelling: p.spelled(start), Field: f, Quoted: true}, nil
		}
		return newFreeText(p.spelled(start), f, []Piece{{Literal: text}}), nil
	case Timestamp:
		ms, ok := parseTime(text)
		if !ok {
			return nil, p.fail(start, "timestamp wants milliseconds or a date", "write 2006-01-02T15:04:05Z")
		}
		return &Term{spelling: p.spelled(start), Field: f, Value: text, Quoted: true, number: literal{isNumber: true, f: ms}}, nil
	default:
		return &Term{spelling: p.spelled(start), Field: f, Value: text, Quoted: true, number: newLiteral(text)}, nil
	}
}

// interval reads "[low TO high]".
func (p *parser) interval(f Field, start int) (Node, error) {
	at := p.at
	if f.Kind == Everything {
		return nil, p.fail(at, "a range needs one field", "write @field:[low TO high]")
	}
	r := &Range{Field: f, LowOpen: p.text[at] == '{'}
	p.at++
	var err error
	if r.Low, err = p.bound(f, at); err != nil {
		return nil, err
	}
	if p.skipBlanks(); p.at == len(p.text) {
		return nil, p.fail(at, "the range is not closed", "write [low TO high]")
	}
	w, err := p.word("[]{}")
	if err != nil {
		return nil, err
	}
	switch word := p.text[w.start:w.end]; {
	case strings.EqualFold(word, "TO") && word != "TO":
		return nil, p.fail(p.at, "TO is written in upper case", "")
	case word != "TO":
		return nil, p.fail(p.at, "want TO between the bounds of a range", "write [low TO high], or put the text in quotes")
	}
	p.at = w.end
	if r.High, err = p.bound(f, at); err != nil {
		return nil, err
	}
	p.skipBlanks()
	switch p.peek() {
	case ']':
	case '}':
		r.HighOpen = true
	default:
		return nil, p.fail(at, "the range is not closed", "write [low TO high]")
	}
	p.at++
	r.spelling = p.spelled(start)
	r.Numeric = (r.Low.Any || r.Low.Numeric) && (r.High.Any || r.High.Numeric)
	r.within = interval{
		numeric: r.Numeric, low: r.Low, high: r.High, lowOpen: r.LowOpen, highOpen: r.HighOpen,
	}
	return r, nil
}

// bound reads one bound of the range that began at the offset.
func (p *parser) bound(f Field, open int) (Bound, error) {
	p.skipBlanks()
	at := p.at
	if p.peek() == '"' {
		text, err := p.quoted()
		if err != nil {
			return Bound{}, err
		}
		return p.newBound(f, at, text)
	}
	w, err := p.word("[]{}")
	if err != nil {
		return Bound{}, err
	}
	raw := p.text[w.start:w.end]
	switch {
	case p.at == len(p.text):
		return Bound{}, p.fail(open, "the range is not closed", "write [low TO high]")
	case raw == "" || raw == "TO":
		return Bound{}, p.fail(at, "the bound of the range is missing", "write * for no bound")
	case raw == "*":
		p.at = w.end
		return Bound{Any: true}, nil
	case w.wild:
		return Bound{}, p.fail(at, "a bound has no wildcards", "write * alone for no bound")
	}
	p.at = w.end
	return p.newBound(f, at, unescape(raw))
}

func (p *parser) newBound(f Field, at int, text string) (Bound, error) {
	if f.Kind == Timestamp {
		ms, ok := parseTime(text)
		if !ok {
			return Bound{}, p.fail(at, "timestamp wants milliseconds or a date", "write 2006-01-02T15:04:05Z")
		}
		return Bound{Text: text, Number: ms, Numeric: true}, nil
	}
	n, ok := parseNumber(text)
	return Bound{Text: text, Number: n, Numeric: ok}, nil
}

// comparison reads ">=n".
func (p *parser) comparison(f Field, start int) (Node, error) {
	at := p.at
	if f.Kind == Everything {
		return nil, p.fail(at, "a comparison needs one field", "write @field:>=1")
	}
	c := &Comparison{Field: f, Op: Less}
	if p.text[p.at] == '>' {
		c.Op = Greater
	}
	if p.at++; p.peek() == '=' {
		p.at++
		c.Op++
	}
	p.skipBlanks()
	w, err := p.word("<>")
	if err != nil {
		return nil, err
	}
	mark := p.at
	op, _ := p.operator()
	switch {
	case p.peek() == '"':
		text, err := p.quoted()
		if err != nil {
			return nil, err
		}
		c.Bound, err = p.newBound(f, mark, text)
		if err != nil {
			return nil, err
		}
	case w.end == w.start || op != noOperator || w.colon > 0 && p.peek() == '@':
		return nil, p.fail(at, "nothing follows the "+c.Op.String(), "write a number or a date behind it")
	case w.wild:
		return nil, p.fail(mark, "a comparison has no wildcards", "")
	default:
		p.at = w.end
		if c.Bound, err = p.newBound(f, mark, unescape(p.text[w.start:w.end])); err != nil {
			return nil, err
		}
	}
	c.spelling = p.spelled(start)
	c.Numeric = c.Bound.Numeric
	c.within = interval{numeric: c.Numeric}
	open := c.Op == Less || c.Op == Greater
	if c.Op <= LessEqual {
		c.within.low, c.within.high, c.within.highOpen = Bound{Any: true}, c.Bound, open
	} else {
		c.within.low, c.within.high, c.within.lowOpen = c.Bound, Bound{Any: true}, open
	}
	return c, nil
}

// cidr reads "CIDR(field, prefix, ..)".
func (p *parser) cidr(start int) (Node, error) {
	p.at += len("CIDR(")
	end := strings.IndexByte(p.text[p.at:], ')')
	if end < 0 {
		return nil, p.fail(start, "the parenthesis is not closed", "add ) at the end")
	}
	end += p.at
	n := &CIDR{}
	for first := true; ; first = false {
		p.skipBlanks()
		at := p.at
		to := end
		if comma := strings.IndexByte(p.text[at:end], ','); comma >= 0 {
			to = at + comma
		}
		if err := p.cidrArgument(n, first, at, strings.TrimRightFunc(p.text[at:to], unicode.IsSpace)); err != nil {
			return nil, err
		}
		if p.at = to; to == end {
			break
		}
		p.at++
	}
	if len(n.Prefixes) == 0 {
		return nil, p.fail(end, "the network is missing", "write CIDR(@field, 10.0.0.0/8)")
	}
	p.at = end + 1
	n.spelling = p.spelled(start)
	return n, nil
}

func (p *parser) cidrArgument(n *CIDR, first bool, at int, arg string) (err error) {
	if first {
		if arg == "" || strings.ContainsAny(arg, `"():/`) || strings.ContainsFunc(arg, unicode.IsSpace) {
			return p.fail(at, "want a field first", "write CIDR(@field, 10.0.0.0/8)")
		}
		n.Field, err = p.fieldName(at, at+len(arg))
		if err == nil && n.Field.Kind == Everything {
			err = p.fail(at, "want one field", "write CIDR(@field, 10.0.0.0/8)")
		}
		return err
	}
	if err := p.count(at); err != nil {
		return err
	}
	prefix, ok := parsePrefix(arg)
	if !ok {
		return p.fail(at, "not a network", "write an address and the number of its bits: 10.0.0.0/8")
	}
	n.Prefixes = append(n.Prefixes, prefix)
	return nil
}

// parsePrefix reads a network, or an address as the network of itself. IPv4
// networks written as IPv6 become IPv4; bits beyond the prefix are cleared.
func parsePrefix(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.WithZone("").Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), true
}
