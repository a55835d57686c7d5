package grok

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

// rule is one compiled match rule.
type rule struct {
	name   string
	prog   *program
	fields []field
	order  []int // fields as they are stored: named groups first
	// shared says that two fields can write the same path, so that each write
	// must look for the one before.
	shared bool
	shapes shapes
}

// definition is one line of a rule text.
type definition struct {
	name, pattern string
	line, col     int // of the pattern, from 1
	support       bool
}

// compiler compiles a rule text.
type compiler struct {
	userAgent func(e *event.Event, text string) event.Value
	macros    map[string]*definition
	errors    Errors
}

// builder builds one rule.
type builder struct {
	c          *compiler
	fields     []field
	exprs      int
	open       []*definition // macros being filled in, to find circles
	keepGroups bool          // plain groups become captures too
}

// lines splits a rule text into its definitions.
func (c *compiler) lines(text string, support bool) []*definition {
	var out []*definition
	for i, line := range strings.Split(text, "\n") {
		// Blanks at the end belong to the pattern.
		line = strings.TrimSuffix(line, "\r")
		body := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(body) == "" || body[0] == '#' {
			continue
		}
		name, rest := body, ""
		if blank := strings.IndexAny(body, " \t"); blank > 0 {
			name, rest = body[:blank], strings.TrimLeft(body[blank:], " \t")
		}
		d := &definition{name: name, pattern: rest, line: i + 1, support: support, col: len(line) - len(rest) + 1}
		if strings.Contains(name, "%{") || rest == "" {
			c.fault(d, &parseError{message: `want a name, a blank and a pattern`})
			continue
		}
		if len(rest) > maxPatternSize {
			c.fault(d, errTooLarge)
			continue
		}
		out = append(out, d)
	}
	return out
}

func (c *compiler) fault(d *definition, err error) {
	e := &Error{Rule: d.name, Line: d.line, Col: d.col, Message: err.Error(), InSupport: d.support}
	if pe, ok := errors.AsType[*parseError](err); ok {
		e.Col, e.Message, e.Suggestion = d.col+pe.at, pe.message, pe.suggestion
	}
	c.errors = append(c.errors, e)
}

// names returns the names of all macros.
func (c *compiler) names() []string { return slices.Sorted(maps.Keys(c.macros)) }

// rule compiles one definition.
func (c *compiler) rule(d *definition) (*rule, error) {
	b := &builder{c: c, open: []*definition{d}}
	x, err := (&regexParser{b: b, s: d.pattern}).pattern()
	if err != nil {
		return nil, err
	}
	prog, err := assemble(x, len(b.fields), true)
	if err != nil {
		return nil, err
	}
	return newRule(d.name, prog, b.fields), nil
}

// newRule works out in which order fields are stored.
func newRule(name string, prog *program, fields []field) *rule {
	r := &rule{name: name, prog: prog, fields: fields}
	paths := make(map[string]bool)
	for _, named := range [...]bool{true, false} {
		for i := range r.fields {
			f := &r.fields[i]
			if f.named != named {
				continue
			}
			r.order = append(r.order, i)
			if paths[f.path] || f.path == "" && len(r.fields) > 1 {
				r.shared = true
			}
			paths[f.path] = true
		}
	}
	return r
}

// capture adds a field and returns its index.
func (b *builder) capture(f field) int {
	b.fields = append(b.fields, f)
	return len(b.fields) - 1
}

// term builds one %{...}.
func (b *builder) term(t term, p *regexParser) (*expr, error) {
	f := field{path: t.path}
	for _, call := range t.filters {
		fl, err := b.filter(&call)
		if err != nil {
			return nil, err
		}
		f.filters = append(f.filters, fl)
	}
	if t.name == "boolean" && (t.parens || b.c.macros[t.name] == nil) {
		return b.boolean(&t, f)
	}
	// What a term holds is stored after the term itself.
	index := -1
	if f.path != "" || len(f.filters) > 0 {
		index = b.capture(f)
	}
	x, how, err := b.body(&t, p)
	if err != nil || index < 0 {
		return x, err
	}
	b.fields[index].convert, b.fields[index].layout = how.convert, how.layout
	return &expr{kind: xCapture, subs: []*expr{x}, capture: index}, nil
}

// body builds what a term matches, and says how it is read.
func (b *builder) body(t *term, p *regexParser) (*expr, field, error) {
	if !t.parens || len(t.args) == 0 {
		if d := b.c.macros[t.name]; d != nil {
			x, err := b.macro(d, p)
			return x, field{}, err
		}
	}
	return b.matcher(t)
}

// inside reports whether the definition is being filled in.
func (b *builder) inside(d *definition) bool {
	for _, o := range b.open {
		if o.line == d.line && o.support == d.support {
			return true
		}
	}
	return false
}

// macro fills in another rule.
func (b *builder) macro(d *definition, p *regexParser) (*expr, error) {
	if b.inside(d) {
		return nil, fmt.Errorf("rule %q contains itself", d.name)
	}
	if len(b.open) > maxMacroDepth {
		return nil, errTooDeep
	}
	b.open = append(b.open, d)
	x, err := (&regexParser{b: b, s: d.pattern, flags: p.flags, depth: p.depth}).pattern()
	b.open = b.open[:len(b.open)-1]
	if err != nil {
		return nil, fmt.Errorf("in rule %q: %s", d.name, err.Error())
	}
	return x, nil
}
