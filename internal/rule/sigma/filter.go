package sigma

import (
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// filter reads a filter document.
func (r *reader) filter(src source) *Filter {
	f := &Filter{Meta: r.meta(src)}
	f.Labels, _ = r.labels(src)
	r.mapping = renamingFor(r.opts.Mappings, f.Labels)
	part, ok := src.parts["filter"]
	if !ok {
		r.missing(src, "filter", "a mapping of rules, search identifiers and a condition")
		return f
	}
	rules, ok := part.values["rules"]
	switch {
	case !ok || rules.Kind() == document.Null:
		r.fault(part.pos, "the key \"rules\" is missing: name the rules, or write \"any\"")
	case rules.Kind() == document.Scalar && (strings.EqualFold(rules.Text(), "any") || strings.EqualFold(rules.Text(), "all")):
		f.Any = true
	default:
		f.Rules = r.list(part, "rules")
		f.Any = rules.Kind() == document.List && len(f.Rules) == 0
	}
	d := r.detections(part, "rules", "condition")
	f.Expr = r.condition(part, &d, false)
	if n, ok := part.values["condition"]; ok {
		f.Inverts = strings.HasPrefix(strings.TrimSpace(n.Text()), "not")
		if !f.Inverts {
			r.warn(n.Pos(), "the condition is added to the rules with \"and\": without \"not\" it keeps only the events that it describes")
		}
	}
	return f
}

// appliesTo reports whether the filter is for the rule.
func (f *Filter) appliesTo(r *Rule) bool {
	within := func(filter, rule string) bool { return filter == "" || filter == rule }
	if !within(f.Labels.Product, r.Labels.Product) || !within(f.Labels.Category, r.Labels.Category) ||
		!within(f.Labels.Service, r.Labels.Service) {
		return false
	}
	if f.Any {
		return true
	}
	for _, name := range f.Rules {
		if name == r.ID || name == r.Name {
			return name != ""
		}
	}
	return false
}

// filtered returns the rule's condition with the filters that are for it.
func filtered(r *Rule, filters []*Filter) *match.Expr {
	args := []*match.Expr{r.Expr}
	for _, f := range filters {
		if f.appliesTo(r) {
			args = append(args, f.Expr)
		}
	}
	return match.All(args...)
}
