package document

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// textDecoder is what a type implements that reads itself from a scalar.
type textDecoder interface {
	DecodeDocument(text string) error
}

// nodeDecoder is what a type implements that reads itself from any value.
type nodeDecoder interface {
	DecodeDocumentNode(n Node) error
}

// decoder reads one document, or the documents of one file. It counts what
// aliases add, follows no alias into itself, and stops when the document is not
// worth reading further.
type decoder struct {
	file   string
	opts   Options
	faults Faults
	types  map[reflect.Type]*structType

	depth    int
	inAlias  int // how many aliases were followed to get here
	aliased  int // values read through aliases so far
	followed map[*yaml.Node]bool
	stopped  bool
}

func newDecoder(file string, opts Options) *decoder {
	return &decoder{file: file, opts: opts, types: map[reflect.Type]*structType{}, followed: map[*yaml.Node]bool{}}
}

func (d *decoder) fault(line, col int, message string) {
	d.add(Fault{File: d.file, Line: line, Col: col, Message: message})
}

func (d *decoder) faultAt(n *yaml.Node, format string, args ...any) {
	d.fault(n.Line, n.Column, fmt.Sprintf(format, args...))
}

func (d *decoder) add(f Fault) {
	if len(d.faults) >= maxFaults {
		d.stopped = true
		return
	}
	f.Message = strings.Map(func(r rune) rune {
		r, _ = printable(r) // a message may quote the document, and goes to a terminal
		return r
	}, f.Message)
	d.faults = append(d.faults, f)
}

func (d *decoder) pos(n *yaml.Node) Pos { return Pos{File: d.file, Line: n.Line, Col: n.Column} }

// into decodes a document node. An empty document is a struct without its keys.
func (d *decoder) into(doc *yaml.Node, into any) {
	v, n := target(into), content(doc)
	if isNull(n) && v.Kind() == reflect.Struct && !readsItself(v) {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	}
	d.value(n, v)
}

func readsItself(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case *Node, nodeDecoder, textDecoder:
		return true
	default:
		return false
	}
}

func (d *decoder) value(n *yaml.Node, v reflect.Value) {
	d.enter(n, func(n *yaml.Node) { d.set(n, v) })
}

// set decodes a node that is no alias into v, which is settable.
func (d *decoder) set(n *yaml.Node, v reflect.Value) {
	if v.Type() == reflect.TypeFor[Node]() {
		if d.sound(n) {
			v.Set(reflect.ValueOf(Node{n: n, file: d.file, lenient: d.opts.AllowUnknown}))
		}
		return
	}
	if isNull(n) {
		return
	}
	if d.custom(n, v) {
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d.duration(n, v)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.set(n, v.Elem())
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		d.list(n, v)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			panic("BUG: document cannot decode into " + v.Type().String())
		}
		if a := d.any(n); a != nil {
			v.Set(reflect.ValueOf(a))
		}
	default:
		d.setScalar(n, v)
	}
}

// custom lets a type read itself and reports whether it does.
func (d *decoder) custom(n *yaml.Node, v reflect.Value) bool {
	switch t := v.Addr().Interface().(type) {
	case nodeDecoder:
		if d.sound(n) {
			d.reported(n, t.DecodeDocumentNode(Node{n: n, file: d.file, lenient: d.opts.AllowUnknown}))
		}
	case textDecoder:
		if n.Kind != yaml.ScalarNode {
			d.faultAt(n, "want text, found %s", describe(n))
		} else {
			d.reported(n, t.DecodeDocument(n.Value))
		}
	default:
		return false
	}
	return true
}

// reported turns the error of a type that reads itself into faults. A Fault
// without a line is at the value; its Col then counts inside the value's text.
func (d *decoder) reported(n *yaml.Node, err error) {
	if err == nil {
		return
	}
	if fs, ok := errors.AsType[Faults](err); ok {
		for _, f := range fs {
			d.add(f)
		}
		return
	}
	f, ok := errors.AsType[Fault](err)
	if !ok {
		f = Fault{Message: err.Error()}
	}
	if f.Line == 0 {
		within := f.Col
		f.File, f.Line, f.Col = d.file, n.Line, n.Column
		block := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		if within > 1 && !block && !strings.Contains(n.Value, "\n") {
			f.Col += within - 1
			if n.Style&quoted != 0 {
				f.Col++
			}
		}
	}
	d.add(f)
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.faultAt(n, "want a mapping (key: value), found %s", describe(n))
		return
	}
	t := d.structType(v.Type())
	for _, at := range t.pos {
		v.FieldByIndex(at).Set(reflect.ValueOf(d.pos(n)))
	}
	positions := map[string]Pos{}
	given := make([]string, len(t.fields))
	for _, p := range d.pairs(n) {
		positions[p.key] = d.pos(p.value)
		i, ok := t.byName[p.key]
		if !ok {
			d.unknown(p, t, v)
			continue
		}
		f := &t.fields[i]
		if given[i] != "" {
			d.faultAt(p.at, "the keys %q and %q mean the same", given[i], p.key)
			continue
		}
		if !isNull(p.value) {
			given[i] = p.key
		}
		d.pair(p, func() { d.field(f, p.value, v.FieldByIndex(f.index)) })
	}
	for i, f := range t.fields {
		if f.required && given[i] == "" {
			d.faultAt(n, "the key %q is missing", f.names[0])
		}
	}
	for _, at := range t.positions {
		v.FieldByIndex(at).Set(reflect.ValueOf(positions))
	}
}

func (d *decoder) field(f *field, n *yaml.Node, v reflect.Value) {
	d.enter(n, func(n *yaml.Node) {
		if f.single && v.Kind() == reflect.Slice && n.Kind != yaml.SequenceNode && !isNull(n) {
			one := reflect.MakeSlice(v.Type(), 1, 1)
			d.set(n, one.Index(0))
			v.Set(one)
			return
		}
		d.set(n, v)
	})
}

// unknown keeps the key where the struct wants it, or reports it.
func (d *decoder) unknown(p pair, t *structType, v reflect.Value) {
	switch {
	case t.extra != nil:
		extra := v.FieldByIndex(t.extra)
		if extra.IsNil() {
			extra.Set(reflect.MakeMap(extra.Type()))
		}
		d.pair(p, func() { d.entry(p, extra) })
	case !d.opts.AllowUnknown:
		f := d.pos(p.at).Fault("unknown key %q", shorten(p.key))
		f.Suggestion = cmp.Or(t.was[p.key], Suggest(p.key, t.names))
		d.add(f)
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.faultAt(n, "want a mapping (key: value), found %s", describe(n))
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, p := range d.pairs(n) {
		d.pair(p, func() { d.entry(p, v) })
	}
}

// entry decodes one pair into the map v.
func (d *decoder) entry(p pair, v reflect.Value) {
	key := reflect.New(v.Type().Key()).Elem()
	if t, ok := reflect.TypeAssert[textDecoder](key.Addr()); ok {
		if err := t.DecodeDocument(p.key); err != nil {
			d.reported(p.at, err)
			return
		}
	} else {
		key.SetString(p.key)
	}
	elem := reflect.New(v.Type().Elem()).Elem()
	d.value(p.value, elem)
	v.SetMapIndex(key, elem)
}

func (d *decoder) list(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.faultAt(n, "want a list, found %s", describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, list.Index(i))
	}
	v.Set(list)
}

// any returns the value of a node that is no alias.
func (d *decoder) any(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for _, p := range d.pairs(n) {
			var v any
			d.pair(p, func() { d.enter(p.value, func(n *yaml.Node) { v = d.any(n) }) })
			m[p.key] = v
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			d.enter(item, func(n *yaml.Node) { list[i] = d.any(n) })
		}
		return list
	default:
		return scalar(n)
	}
}
