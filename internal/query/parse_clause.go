package query

import "strings"

// clause reads one clause or, inside a list, one value.
func (p *parser) clause() (Node, error) {
	start := p.at
	switch c := p.peek(); {
	case p.at == len(p.text) || c == ')':
		return nil, p.fail(start, "want a clause here", "")
	case c == '(':
		n, err := p.parentheses()
		if err != nil {
			return nil, err
		}
		return &Group{Node: n}, nil
	}
	if err := p.count(start); err != nil {
		return nil, err
	}
	if p.field != nil {
		return p.listed(start)
	}
	switch p.text[p.at] {
	case '"':
		return p.value(Field{Kind: Message, Name: "message"}, start)
	case '[', '{':
		return nil, p.fail(start, "a range needs a field", "write @field:[low TO high], or put the text in quotes")
	case '>', '<':
		return nil, p.fail(start, "a comparison needs a field", "write @field:>=1, or put the text in quotes")
	}
	if strings.HasPrefix(p.text[p.at:], "CIDR(") {
		return p.cidr(start)
	}
	w, err := p.word("")
	if err != nil {
		return nil, err
	}
	if w.colon >= 0 {
		return p.fielded(start, w)
	}
	raw := p.text[w.start:w.end]
	if strings.EqualFold(raw, "cidr") && w.end < len(p.text) && p.text[w.end] == '(' {
		return nil, p.fail(start, "CIDR is written in upper case", "write CIDR(@field, 10.0.0.0/8)")
	}
	if raw == "*" {
		p.at = w.end
		return &All{spelling{raw}}, nil
	}
	if path, ok := strings.CutPrefix(raw, "@"); ok && path != "" && !w.wild {
		p.at = w.end
		return &Exists{spelling{raw}, newField(unescape(path), true, false)}, nil
	}
	return p.value(Field{Kind: Message, Name: "message"}, start)
}

// fielded reads "field:value" or "field:(values)". The word holds the colon.
func (p *parser) fielded(start int, w bare) (Node, error) {
	f, err := p.fieldName(start, w.colon)
	if err != nil {
		return nil, err
	}
	p.at = w.colon + 1
	p.skipBlanks()
	blank := p.at > w.colon+1
	op, _ := p.operator()
	if p.at == len(p.text) || p.peek() == ')' || blank && op != noOperator || p.atSign() {
		return nil, p.fail(w.colon, "the value is missing", "write "+p.text[start:w.colon]+`:* to ask whether there is one, or :"" for empty text`)
	}
	if p.peek() != '(' {
		return p.afterColon(f, start, blank)
	}
	head := single(p.text[start:p.at])
	p.field = &f
	n, err := p.parentheses()
	p.field = nil
	if err != nil {
		return nil, err
	}
	list := &List{Field: f, Node: n, head: head}
	list.alts = newOneOf(list)
	return list, nil
}

// afterColon reads the one value of a field.
func (p *parser) afterColon(f Field, start int, blank bool) (Node, error) {
	w, err := p.word("")
	if err != nil {
		return nil, err
	}
	if blank && w.colon > w.start && p.peek() == '@' {
		return nil, p.fail(p.at, "the value is missing: another field stands here", "put a value with a colon in quotes")
	}
	return p.value(f, start)
}

// listed reads one value of a list.
func (p *parser) listed(start int) (Node, error) {
	if p.peek() == '@' {
		w, err := p.word("")
		if err != nil {
			return nil, err
		}
		if w.colon > w.start {
			return nil, p.fail(start, "a field stands among the values of another", "close the parenthesis before it, or put the value in quotes")
		}
	}
	if strings.HasPrefix(p.text[p.at:], "CIDR(") {
		return nil, p.fail(start, "CIDR stands among the values of a field", "write CIDR(@field, 10.0.0.0/8) as a clause of its own")
	}
	return p.value(*p.field, start)
}

// fieldName resolves the field in text[start:end].
func (p *parser) fieldName(start, end int) (Field, error) {
	raw := p.text[start:end]
	name, attribute := strings.CutPrefix(raw, "@")
	calculated := !attribute && strings.HasPrefix(raw, "#")
	if raw == "*" {
		return newField("*", false, false), nil
	}
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '\\':
			i++
		case '*', '?':
			at := end - len(name) + i
			return Field{}, p.fail(at, "a field has no wildcards", "write *:text to search every attribute")
		}
	}
	if name == "" || calculated && name == "#" {
		return Field{}, p.fail(start, "the field before the colon is missing", `write \: for a colon, or put the text in quotes`)
	}
	f := newField(unescape(name), attribute, calculated)
	if f.Kind == Everything { // "\*"
		f.Kind = TagOrAttribute
	}
	return f, nil
}
