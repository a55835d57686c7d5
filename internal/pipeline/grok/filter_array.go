package grok

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/event"
)

// arrayFilter splits a text into elements. The brackets are taken off when they
// are there; elements keep their blanks.
type arrayFilter struct {
	open, end string
	sep       string
	sub       filter
}

// newArray reads array([brackets, ][separator][, sub-filter]).
func (b *builder) newArray(c *call) (filter, error) {
	f := arrayFilter{open: "[", end: "]", sep: ","}
	args := c.args
	if n := len(args); n > 0 && args[n-1].kind == callArg {
		sub, err := b.elementFilter(args[n-1].call)
		if err != nil {
			return nil, err
		}
		f.sub, args = sub, args[:n-1]
	}
	text, err := texts(args, 0, 2)
	if err != nil {
		return nil, fmt.Errorf(`want array("brackets", "separator", filter): %w`, err)
	}
	switch len(text) {
	case 1:
		f.sep = text[0]
	case 2:
		switch utf8.RuneCountInString(text[0]) {
		case 0:
			f.open, f.end = "", ""
		case 1:
			f.open, f.end = text[0], text[0]
		default:
			half := len(text[0]) / 2
			if utf8.RuneCountInString(text[0]) == 2 {
				_, half = utf8.DecodeRuneInString(text[0])
			}
			f.open, f.end = text[0][:half], text[0][half:]
		}
		f.sep = text[1]
	}
	f.sep = control(f.sep)
	if f.sep == "" {
		return nil, errors.New("array: the separator is empty")
	}
	return f, nil
}

// elementFilter is a filter, or the name of a rule that each element must match.
func (b *builder) elementFilter(c *call) (filter, error) {
	d := b.c.macros[c.name]
	if d == nil || c.parens {
		return b.filter(c)
	}
	if b.inside(d) {
		return nil, fmt.Errorf("rule %q contains itself", d.name)
	}
	inner := &builder{c: b.c, open: append(slices.Clip(b.open), d)}
	if len(inner.open) > maxMacroDepth {
		return nil, errTooDeep
	}
	x, err := (&regexParser{b: inner, s: d.pattern}).pattern()
	if err != nil {
		return nil, fmt.Errorf("in rule %q: %s", d.name, err.Error())
	}
	prog, err := assemble(x, len(inner.fields), true)
	if err != nil {
		return nil, err
	}
	return ruleFilter{newRule(d.name, prog, inner.fields)}, nil
}

// control turns \n, \t and \r, written out, into the characters.
func control(s string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}

func (f arrayFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	s := v.Str()
	if f.open != "" && len(s) >= len(f.open)+len(f.end) && strings.HasPrefix(s, f.open) && strings.HasSuffix(s, f.end) {
		s = s[len(f.open) : len(s)-len(f.end)]
	}
	out := x.e.NewArray()
	if s == "" {
		return out, out.Kind() == event.Array
	}
	for more := true; more; {
		var one string
		one, s, more = strings.Cut(s, f.sep)
		x.m.steps--
		if x.m.steps < 0 || x.e.Truncated() {
			break
		}
		el := event.StringValue(one)
		if f.sub != nil {
			var ok bool
			if el, ok = f.sub.apply(x, el); !ok {
				continue
			}
		}
		x.e.Append(out, el)
	}
	return out, out.Kind() == event.Array
}

// ruleFilter parses a text with a rule.
type ruleFilter struct{ rule *rule }

func (f ruleFilter) apply(x *extraction, v event.Value) (event.Value, bool) {
	if v.Kind() != event.String {
		return v, false
	}
	sub := x.m.inner()
	how := sub.match(f.rule.prog, v.Str())
	var out event.Value
	if how == matched {
		sub.x = extraction{e: x.e, m: sub, clock: x.clock}
		out = sub.x.build(f.rule, v.Str())
	}
	x.m.steps = sub.steps
	return out, how == matched
}

// inner returns the machine for rules inside filters: the slots of the outer
// match are still needed.
func (m *Machine) inner() *Machine {
	if m.sub == nil {
		m.sub = &Machine{budget: m.budget}
	}
	m.sub.steps = m.steps
	return m.sub
}
