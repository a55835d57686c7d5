package seclang

import "strings"

// operator reads "!@rx ^a", where @rx may be left out. The text is what stands
// between the quotation marks; \" in it is one.
func (p *parser) operator(t text) Operator {
	o := Operator{Pos: t.pos(), Name: "rx"}
	rest := t
	if strings.HasPrefix(rest.s, "!") {
		o.Negated, rest = true, rest.cut(1, len(rest.s))
	}
	if strings.HasPrefix(rest.s, "@") {
		name, arg := word(rest)
		o.Name, rest = strings.ToLower(name.s[1:]), arg
		if !isOperator(o.Name) {
			p.unknown(name, "operator", name.s[1:], operatorNames())
			return o
		}
	}
	o.Argument = strings.TrimSpace(strings.ReplaceAll(rest.s, `\"`, `"`))
	if !expands(o.Name) {
		return o
	}
	var err error
	if o.Macro, err = parseMacro(o.Argument); err != nil {
		p.fault(rest.pos(), "@%s: %v", o.Name, err)
	}
	return o
}

// expands reports whether the operator's argument may hold %{...}.
func expands(operator string) bool {
	switch operator {
	case "beginswith", "contains", "endswith", "eq", "ge", "gt", "le", "lt", "streq", "strmatch", "within":
		return true
	default:
		return false
	}
}
