package sigma

import (
	"errors"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// maxDetectionDepth is how deep lists may nest in a detection.
const maxDetectionDepth = 20

// detections are the named search identifiers of a rule, in their order.
type detections struct {
	names []string
	exprs map[string]*match.Expr
}

// reader reads one document.
type reader struct {
	opts     *Options
	mapping  *renaming
	faults   document.Faults
	warnings document.Faults
}

func (r *reader) fault(pos document.Pos, format string, args ...any) {
	r.faults = append(r.faults, pos.Fault(format, args...))
}

func (r *reader) warn(pos document.Pos, format string, args ...any) {
	r.warnings = append(r.warnings, pos.Fault(format, args...))
}

// report keeps an error as a fault at the position, unless it brings its own.
func (r *reader) report(pos document.Pos, err error) {
	if fs, ok := errors.AsType[document.Faults](err); ok {
		r.faults = append(r.faults, fs...)
		return
	}
	f, ok := errors.AsType[document.Fault](err)
	if !ok {
		f = pos.Fault("%v", err)
	} else if f.Line == 0 {
		f.File, f.Line, f.Col = pos.File, pos.Line, pos.Col
	}
	r.faults = append(r.faults, f)
}

// detections reads the search identifiers below a key; skip are its other keys.
func (r *reader) detections(s section, skip ...string) detections {
	d := detections{exprs: map[string]*match.Expr{}}
	for _, name := range s.keys {
		body := s.values[name]
		if slices.Contains(skip, name) {
			continue
		}
		d.names = append(d.names, name)
		d.exprs[name] = r.detection(body, maxDetectionDepth)
		if strings.Trim(name, identifierBytes) != "" {
			r.warn(body.Pos(), "no condition can name %q: identifiers are of letters, digits, _ and -", name)
		}
	}
	if len(d.names) == 0 {
		r.fault(s.pos, "want a search identifier such as selection")
	}
	return d
}

// detection reads one search identifier: a mapping is AND, a list of mappings
// OR, and plain values are keywords.
func (r *reader) detection(n document.Node, depth int) *match.Expr {
	if depth == 0 {
		r.fault(n.Pos(), "lists nest deeper than %d", maxDetectionDepth)
		return nil
	}
	switch n.Kind() {
	case document.Map:
		if n.Len() == 0 {
			r.fault(n.Pos(), "the detection is empty")
			return nil
		}
		var args []*match.Expr
		for key, body := range n.Pairs() {
			args = append(args, r.item(key, body))
		}
		return match.All(args...)
	case document.Scalar:
		return r.item("", n)
	case document.List:
		if n.Len() == 0 {
			r.fault(n.Pos(), "the detection is empty")
			return nil
		}
		plain := true
		for one := range n.Items() {
			plain = plain && (one.Kind() == document.Scalar || one.Kind() == document.Null)
		}
		if plain {
			return r.item("", n)
		}
		var args []*match.Expr
		for one := range n.Items() {
			args = append(args, r.detection(one, depth-1))
		}
		return match.Any(args...)
	default:
		r.fault(n.Pos(), "the detection is empty")
		return nil
	}
}

// item reads one line of a detection: field|modifier|.. and its values.
func (r *reader) item(key string, n document.Node) *match.Expr {
	parts := strings.Split(key, "|")
	it := item{field: parts[0], mods: parts[1:], r: r}
	known := modifiers()
	for _, mod := range it.mods {
		if !slices.Contains(known, mod) {
			f := n.Pos().Fault("unknown modifier %q", mod)
			f.Suggestion = document.Suggest(mod, known)
			r.faults = append(r.faults, f)
			return nil
		}
	}
	var values []value
	nodes := []document.Node{n}
	if n.Kind() == document.List {
		nodes = slices.Collect(n.Items())
		if len(nodes) == 0 {
			nodes = []document.Node{{}}
		}
	}
	before := len(r.faults)
	for _, one := range nodes {
		pos := one.Pos()
		if pos.Line == 0 {
			pos = n.Pos()
		}
		v, err := newValue(one)
		if err == nil {
			var got []value
			if got, err = it.apply([]value{v}); err == nil {
				values = append(values, got...)
				err = r.check(pos, &it, &got[0])
			}
		}
		if err != nil {
			r.report(pos, err)
		}
	}
	if len(r.faults) > before {
		return nil
	}
	return r.link(n, &it, values)
}

// check finds faults of a single value that only show when it is built.
func (r *reader) check(pos document.Pos, it *item, v *value) error {
	if v.kind == textValue && it.field == "" && plain(v.pattern) == "" {
		r.warn(pos, "this keyword occurs in every event")
	}
	_, err := v.expr(it.field)
	return err
}

// link joins the tests of the values, by OR or all.
func (r *reader) link(n document.Node, it *item, values []value) *match.Expr {
	var args []*match.Expr
	for i := range values {
		v := &values[i]
		absent := v.kind == nullValue || v.kind == existsValue && !v.yes
		e, err := r.mapping.over(it.field, absent, v.expr)
		if err != nil {
			r.report(n.Pos(), err)
			return nil
		}
		args = append(args, e)
	}
	e := match.Any(args...)
	if it.all {
		e = match.All(args...)
		if len(values) == 1 && values[0].kind != groupValue {
			r.warn(n.Pos(), "the modifier \"all\" has no effect on a single value")
		}
	}
	if it.negated {
		e = match.None(e)
	}
	return e
}

// kinds of words in a condition.
func isWordByte(c byte) bool { return strings.IndexByte(identifierBytes, c) >= 0 || c == '*' }

const identifierBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// selected returns the identifiers that a pattern, or "them", stands for.
func (d *detections) selected(pattern string) []string {
	hidden := strings.HasPrefix(pattern, "_")
	var names []string
	for _, name := range d.names {
		if strings.HasPrefix(name, "_") && !hidden {
			continue
		}
		if pattern == "them" || wildcardMatch(pattern, name) {
			names = append(names, name)
		}
	}
	return names
}

// wildcardMatch reports whether name is of a pattern in which '*' is any run.
func wildcardMatch(pattern, name string) bool {
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return pattern == name
	}
	first, last := pieces[0], pieces[len(pieces)-1]
	if !strings.HasPrefix(name, first) || len(name) < len(first)+len(last) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		_, after, ok := strings.Cut(name, piece)
		if !ok {
			return false
		}
		name = after
	}
	return true
}
