package falco

import (
	"errors"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// item is a rule as its files say it.
type item struct {
	name, desc, output, priority, source string
	condition                            string
	tags                                 []string
	enabled                              bool
	exceptions                           []exception
	pos                                  document.Pos
}

// exception is what a rule does not mean: values of fields, compared as comps say.
type exception struct {
	name   string
	fields []string
	comps  []string
	values [][]value
}

// value is a text, or several of which one has to fit.
type value struct {
	text string
	list []string
	many bool
}

type collection struct {
	order  []string
	rules  map[string]*item
	macros map[string]string
	lists  map[string][]string
}

func newCollection() *collection {
	return &collection{rules: map[string]*item{}, macros: map[string]string{}, lists: map[string][]string{}}
}

// read takes in what a file says.
func (c *collection) read(f File) (faults document.Faults) {
	root, err := document.DecodeNode(f.Name, f.Data, document.Options{AllowUnknown: true})
	if err != nil {
		if all, ok := errors.AsType[document.Faults](err); ok {
			return all
		}
		return document.Faults{{File: f.Name, Message: err.Error()}}
	}
	fault := func(n document.Node, message string) {
		at := n.Pos()
		faults = append(faults, document.Fault{File: f.Name, Line: at.Line, Col: at.Col, Message: message})
	}
	if root.Kind() != document.List {
		fault(root, "want a list of rules, macros and lists, as Falco has them")
		return faults
	}
	for n := range root.Items() {
		if len(c.rules)+len(c.macros)+len(c.lists) >= MaxItems {
			fault(n, "too many rules, macros and lists")
			return faults
		}
		var err error
		switch {
		case has(n, "rule"):
			err = c.rule(n)
		case has(n, "macro"):
			c.macro(n)
		case has(n, "list"):
			c.list(n)
		case has(n, "required_engine_version"), has(n, "required_plugin_versions"):
		default:
			err = errors.New("this is no rule, no macro and no list")
		}
		if err != nil {
			fault(n, err.Error())
		}
	}
	return faults
}

func has(n document.Node, key string) bool { _, ok := n.Get(key); return ok }

func text(n document.Node, key string) string { v, _ := n.Get(key); return strings.TrimSpace(v.Text()) }

func texts(n document.Node, key string) (all []string) {
	v, _ := n.Get(key)
	for one := range v.Items() {
		all = append(all, one.Text())
	}
	return all
}

// appends reports whether the item goes on what was said before about a key.
func appends(n document.Node, key string) bool {
	over, ok := n.Get("override")
	return text(n, "append") == "true" || ok && text(over, key) == "append"
}

func (c *collection) macro(n document.Node) {
	name := text(n, "macro")
	if old, ok := c.macros[name]; ok && appends(n, "condition") {
		c.macros[name] = old + " " + text(n, "condition")
		return
	}
	c.macros[name] = text(n, "condition")
}

func (c *collection) list(n document.Node) {
	name := text(n, "list")
	if appends(n, "items") {
		c.lists[name] = append(slices.Clone(c.lists[name]), texts(n, "items")...)
		return
	}
	c.lists[name] = texts(n, "items")
}

func (c *collection) rule(n document.Node) error {
	name := text(n, "rule")
	r, known := c.rules[name]
	changes := known && (text(n, "append") == "true" || has(n, "override") || !has(n, "condition"))
	if !changes {
		if !has(n, "condition") {
			return errors.New("a rule without a condition, and none of the name before it")
		}
		if !known {
			c.order = append(c.order, name)
		}
		r = &item{name: name, enabled: true, pos: n.Pos()}
		c.rules[name] = r
	}
	take := func(key string, into *string) {
		switch {
		case !has(n, key):
		case changes && appends(n, key) && key == "condition":
			*into = "(" + *into + ") " + text(n, key) // it begins with and, or
		case changes && appends(n, key):
			*into += " " + text(n, key)
		default:
			*into = text(n, key)
		}
	}
	take("desc", &r.desc)
	take("condition", &r.condition)
	take("output", &r.output)
	take("priority", &r.priority)
	take("source", &r.source)
	if has(n, "enabled") {
		r.enabled = text(n, "enabled") != "false"
	}
	if tags := texts(n, "tags"); len(tags) > 0 {
		if !changes || !appends(n, "tags") {
			r.tags = nil
		}
		r.tags = append(r.tags, tags...)
	}
	return r.except(n, changes)
}

// except adds exceptions; one of a name that is known gets more values.
func (r *item) except(n document.Node, changes bool) error {
	all, ok := n.Get("exceptions")
	if !ok {
		return nil
	}
	if !changes || !appends(n, "exceptions") {
		r.exceptions = nil
	}
	for one := range all.Items() {
		e := exception{name: text(one, "name"), fields: oneOrMany(one, "fields"), comps: oneOrMany(one, "comps")}
		at := slices.IndexFunc(r.exceptions, func(old exception) bool { return old.name == e.name })
		if at >= 0 && len(e.fields) == 0 {
			e.fields, e.comps = r.exceptions[at].fields, r.exceptions[at].comps
		}
		if len(e.fields) == 0 {
			return errors.New("an exception without fields")
		}
		single := false
		if f, ok := one.Get("fields"); ok {
			single = f.Kind() == document.Scalar
		}
		values, _ := one.Get("values")
		for v := range values.Items() {
			row, err := rowOf(v, single, len(e.fields))
			if err != nil {
				return err
			}
			e.values = append(e.values, row)
		}
		if at >= 0 {
			e.values = append(slices.Clone(r.exceptions[at].values), e.values...)
			r.exceptions[at] = e
			continue
		}
		r.exceptions = append(r.exceptions, e)
	}
	return nil
}

func oneOrMany(n document.Node, key string) []string {
	if v, ok := n.Get(key); ok && v.Kind() == document.Scalar {
		return []string{v.Text()}
	}
	return texts(n, key)
}

func rowOf(n document.Node, single bool, fields int) (row []value, err error) {
	if n.Kind() == document.Scalar {
		if fields != 1 {
			return nil, errors.New("an exception has a value for each of its fields")
		}
		return []value{{text: n.Text()}}, nil
	}
	if single {
		row = append(row, value{many: true})
		for one := range n.Items() {
			row[0].list = append(row[0].list, one.Text())
		}
		return row, nil
	}
	for one := range n.Items() {
		v := value{text: one.Text()}
		if one.Kind() == document.List {
			v.many = true
			for each := range one.Items() {
				v.list = append(v.list, each.Text())
			}
		}
		row = append(row, v)
	}
	if len(row) != fields {
		return nil, errors.New("an exception has a value for each of its fields")
	}
	return row, nil
}
