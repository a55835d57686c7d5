package sigma

import (
	"errors"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// Parse reads a file of rules. What could be read is in File; the error is
// document.Faults with every fault of every document, and File.Documents says
// which document has which.
func Parse(name string, data []byte, opts Options) (*File, error) {
	f := &File{Name: name}
	docs, err := document.DecodeAll(name, data, func() any { return new(document.Node) }, document.Options{})
	p := parser{file: f, opts: &opts}
	for _, doc := range docs {
		p.document(*doc.(*document.Node))
	}
	var faults document.Faults
	if errors.As(err, &faults) {
		p.assign(faults)
	}
	if len(f.Documents) == 0 && len(faults) == 0 {
		f.Documents = []Document{{
			Pos:    document.Pos{File: name, Line: 1, Col: 1},
			Faults: document.Faults{{File: name, Line: 1, Col: 1, Message: "the file holds no rule"}},
		}}
	}
	f.drop()
	var all document.Faults
	for _, d := range f.Documents {
		all = append(all, d.Faults...)
	}
	if len(all) == 0 {
		return f, nil
	}
	return f, all
}

// parser reads the documents of one file.
type parser struct {
	file   *File
	opts   *Options
	global source
	last   source
}

// assign gives the faults of the YAML itself to the documents they stand in.
func (p *parser) assign(faults document.Faults) {
	docs := p.file.Documents
	for _, f := range faults {
		at := -1
		for i := range docs {
			if docs[i].Pos.Line <= f.Line {
				at = i
			}
		}
		if at < 0 {
			docs = append([]Document{{Pos: f.Pos()}}, docs...)
			at = 0
		}
		docs[at].Faults = append(docs[at].Faults, f)
	}
	p.file.Documents = docs
}

// drop removes the rules of refused documents.
func (f *File) drop() {
	refused := map[document.Pos]bool{}
	for _, d := range f.Documents {
		refused[d.Pos] = len(d.Faults) > 0
	}
	f.Rules = slices.DeleteFunc(f.Rules, func(r *Rule) bool { return refused[r.Pos] })
	f.Correlations = slices.DeleteFunc(f.Correlations, func(c *Correlation) bool { return refused[c.Pos] })
	f.Filters = slices.DeleteFunc(f.Filters, func(x *Filter) bool { return refused[x.Pos] })
}

func (p *parser) document(n document.Node) {
	r := &reader{opts: p.opts}
	if n.Kind() != document.Map {
		r.fault(n.Pos(), "want a rule (key: value), found %s", kindName(n))
		p.done(n.Pos(), "", r)
		return
	}
	src := newSource(n)
	action := r.choice(src.section, "action", "global", "reset", "repeat", "correlation", "filter")
	switch action {
	case "global":
		p.global = src.over(p.global)
		return
	case "reset":
		p.global, p.last = source{}, source{}
		return
	case "repeat":
		src = src.over(p.last)
	default:
		src = src.over(p.global)
	}
	p.last = src
	var meta Meta
	switch {
	case src.has("correlation"):
		c := r.correlation(src)
		meta, p.file.Correlations = c.Meta, append(p.file.Correlations, c)
	case src.has("filter"):
		f := r.filter(src)
		meta, p.file.Filters = f.Meta, append(p.file.Filters, f)
	default:
		rule := r.rule(src)
		meta, p.file.Rules = rule.Meta, append(p.file.Rules, rule)
	}
	p.done(meta.Pos, meta.ID, r)
}

func (p *parser) done(pos document.Pos, id string, r *reader) {
	p.file.Documents = append(p.file.Documents, Document{Pos: pos, ID: id, Faults: r.faults, Warnings: r.warnings})
}

// rule reads a detection rule.
func (r *reader) rule(src source) *Rule {
	rule := &Rule{Meta: r.meta(src)}
	rule.Labels, rule.Definition = r.labels(src)
	r.mapping = renamingFor(r.opts.Mappings, rule.Labels)
	det, ok := src.parts["detection"]
	if !ok {
		r.missing(src, "detection", "a mapping of search identifiers and a condition")
		return rule
	}
	d := r.detections(det, "condition", "timeframe")
	if n, ok := det.values["timeframe"]; ok {
		r.fault(n.Pos(), "timeframe belongs to aggregations, which are no longer Sigma: write a correlation with a timespan")
	}
	rule.Expr = r.condition(det, &d, true)
	return rule
}

// condition reads the condition of detections; a list of conditions is OR.
func (r *reader) condition(det section, d *detections, list bool) *match.Expr {
	n, ok := det.values["condition"]
	if !ok || n.Kind() == document.Null {
		r.fault(det.pos, "the key \"condition\" is missing")
		return nil
	}
	nodes := []document.Node{n}
	if n.Kind() == document.List && list {
		nodes = slices.Collect(n.Items())
	}
	var args []*match.Expr
	for _, one := range nodes {
		if one.Kind() != document.Scalar {
			r.fault(one.Pos(), "condition: want text, found %s", kindName(one))
			continue
		}
		e, err := parseCondition(one.Text(), d)
		if err != nil {
			r.inCondition(one, err)
			continue
		}
		args = append(args, e)
	}
	if len(nodes) == 0 {
		r.fault(n.Pos(), "the condition is empty")
	}
	return match.Any(args...)
}

// inCondition keeps a fault at its place inside the text of a condition.
func (r *reader) inCondition(n document.Node, err error) {
	f := n.Pos().Fault("%v", err)
	if e, ok := errors.AsType[*conditionError](err); ok {
		f.Suggestion = e.suggestion
		f.Col += e.at
	}
	r.faults = append(r.faults, f)
}

func (r *reader) missing(src source, key, want string) {
	if n, ok := src.values[key]; ok {
		r.fault(n.Pos(), "%s: want %s, found %s", key, want, kindName(n))
		return
	}
	r.fault(src.pos, "the key %q is missing", key)
}

// labels reads the log source.
func (r *reader) labels(src source) (l match.Labels, definition string) {
	ls, ok := src.parts["logsource"]
	if !ok {
		r.missing(src, "logsource", "a mapping of product, category and service")
		return l, ""
	}
	l = match.Labels{Product: r.text(ls, "product"), Category: r.text(ls, "category"), Service: r.text(ls, "service")}
	for _, key := range ls.keys {
		switch key {
		case "product", "category", "service", "definition":
		default:
			f := ls.values[key].Pos().Fault("the log source has no key %q; it is ignored", key)
			f.Suggestion = document.Suggest(key, []string{"product", "category", "service", "definition"})
			r.warnings = append(r.warnings, f)
		}
	}
	if l == (match.Labels{}) {
		r.fault(ls.pos, "the log source names no product, category or service")
	}
	return l, r.text(ls, "definition")
}
