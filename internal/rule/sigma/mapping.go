package sigma

import (
	"fmt"
	"maps"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// Mapping renames the fields of the rules for a log source to attributes of our
// events. A field that it does not name keeps its name.
type Mapping struct {
	document.Pos
	// Name says what the mapping is for.
	Name string `doc:"name,required"`
	// Description says where the attributes come from.
	Description string `doc:"description"`
	// Sources are the log sources of the rules that it is for; a rule's source
	// must be within one of them.
	Sources []MappingSource `doc:"logsources,single,required"`
	// Fields give the attributes for a field: one, or several of which any may
	// hold the value.
	Fields map[string]Attributes `doc:"fields"`
	// Prefixes are put before a field that Fields does not name: each gives one
	// attribute that may hold the value, "" the name as it is.
	Prefixes []string `doc:"prefixes"`
}

// MappingSource is a log source; an empty label takes any.
type MappingSource struct {
	Product  string `doc:"product"`
	Category string `doc:"category"`
	Service  string `doc:"service"`
}

// Attributes are the paths that a field may have in events.
type Attributes []string

// DecodeDocumentNode reads one path or a list of paths.
func (a *Attributes) DecodeDocumentNode(n document.Node) error {
	var list struct {
		Paths []string
	}
	switch n.Kind() {
	case document.Scalar:
		list.Paths = []string{n.Text()}
	case document.List:
		if err := n.Decode(&list.Paths); err != nil {
			return err
		}
	default:
		return n.Pos().Fault("want an attribute or a list of attributes")
	}
	if len(list.Paths) == 0 {
		return n.Pos().Fault("want at least one attribute")
	}
	*a = list.Paths
	return nil
}

// ParseMapping reads a mapping. The error is document.Faults.
func ParseMapping(file string, data []byte) (Mapping, error) {
	var m Mapping
	err := document.Decode(file, data, &m, document.Options{})
	return m, err
}

// takes reports whether the mapping is for rules with the labels.
func (m *Mapping) takes(l match.Labels) bool {
	for _, s := range m.Sources {
		if (s.Product == "" || s.Product == l.Product) && (s.Category == "" || s.Category == l.Category) &&
			(s.Service == "" || s.Service == l.Service) {
			return true
		}
	}
	return false
}

// renaming is what mappings say for one rule; nil renames nothing.
type renaming struct {
	fields   map[string]Attributes
	prefixes []string
}

// renamingFor returns the renaming for rules with the labels. Of two mappings
// that name a field, or prefixes, the later counts.
func renamingFor(mappings []Mapping, l match.Labels) *renaming {
	var r *renaming
	for i := range mappings {
		m := &mappings[i]
		if !m.takes(l) {
			continue
		}
		if r == nil {
			r = &renaming{fields: map[string]Attributes{}}
		}
		maps.Copy(r.fields, m.Fields)
		if len(m.Prefixes) > 0 {
			r.prefixes = m.Prefixes
		}
	}
	return r
}

// all returns the attributes of a field.
func (r *renaming) all(field string) []string {
	if r == nil {
		return []string{field}
	}
	if attributes, ok := r.fields[field]; ok {
		return attributes
	}
	if len(r.prefixes) == 0 {
		return []string{field}
	}
	paths := make([]string, len(r.prefixes))
	for i, prefix := range r.prefixes {
		paths[i] = prefix + field
	}
	return paths
}

// one returns the first attribute of a field.
func (r *renaming) one(field string) string { return r.all(field)[0] }

// over returns the test that build makes of a field over all its attributes.
// Absent says that the test holds for what is missing, so it must hold for each.
func (r *renaming) over(field string, absent bool, build func(attribute string) (*match.Expr, error)) (*match.Expr, error) {
	if field == "" {
		return build("")
	}
	var args []*match.Expr
	for _, attribute := range r.all(field) {
		e, err := build(attribute)
		if err != nil {
			return nil, fmt.Errorf("%w", err)
		}
		args = append(args, e)
	}
	if absent {
		return match.All(args...), nil
	}
	return match.Any(args...), nil
}
