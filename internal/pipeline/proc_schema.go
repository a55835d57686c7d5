package pipeline

import (
	"strconv"

	"github.com/sasumata/sasumata/internal/event"
)

// schemaProcessor is the schema-processor: it states the event's class in the
// Open Cybersecurity Schema Framework (OCSF) and maps attributes to the class's.
type schemaProcessor struct {
	constants []constant
	steps     []Processor
}

type constant struct {
	path  string
	value event.Value
}

var _ Processor = (*schemaProcessor)(nil)

// Process writes the class and runs the mappers in order.
func (p *schemaProcessor) Process(e *event.Event, m *Machine) {
	for _, c := range p.constants {
		e.Set(c.path, c.value)
	}
	for _, s := range p.steps {
		s.Process(e, m)
	}
}

// ocsfCategory names a category of OCSF 1.x by its number: the class's divided by
// 1000.
func ocsfCategory(uid int64) string {
	switch uid {
	case 1:
		return "System Activity"
	case 2:
		return "Findings"
	case 3:
		return "Identity & Access Management"
	case 4:
		return "Network Activity"
	case 5:
		return "Discovery"
	case 6:
		return "Application Activity"
	case 7:
		return "Remediation"
	case 8:
		return "Unmanned Systems"
	default:
		return "Uncategorized"
	}
}

func (b *builder) schema(s *Spec) Processor {
	if s.Schema == nil {
		b.fault(s.Pos, "a schema-processor needs schema")
		return nil
	}
	b.oneOf(s, "schema", s.Schema.Type, "ocsf")
	category := s.Schema.ClassUID / 1000
	p := &schemaProcessor{constants: []constant{
		{"ocsf.class_uid", event.IntValue(s.Schema.ClassUID)},
		{"ocsf.class_name", event.StringValue(s.Schema.ClassName)},
		{"ocsf.category_uid", event.IntValue(category)},
		{"ocsf.category_name", event.StringValue(ocsfCategory(category))},
		{"ocsf.metadata.version", event.StringValue(s.Schema.Version)},
	}}
	if len(s.Schema.Profiles) > 0 {
		p.steps = append(p.steps, profiles(s.Schema.Profiles))
	}
	for _, mapper := range s.Mappers {
		if step := b.mapper(mapper); step != nil {
			p.steps = append(p.steps, step)
		}
	}
	return p
}

// profiles lists the OCSF profiles that the event follows.
type profiles []string

// Process writes the list.
func (p profiles) Process(e *event.Event, _ *Machine) {
	list := e.NewArray()
	for _, name := range p {
		e.Append(list, event.StringValue(name))
	}
	e.Set("ocsf.metadata.profiles", list)
}

func (b *builder) mapper(s *Spec) Processor {
	switch s.Type {
	case "schema-remapper":
		b.keys(s, "sources target targetFormat preserveSource overrideOnConflict")
		return &schemaRemapper{
			sources: b.sources(s), target: b.target(s),
			preserve: s.PreserveSource == nil || *s.PreserveSource,
			to:       format(b.oneOf(s, "targetFormat", s.TargetFormat, "auto", "string", "integer", "double")),
		}
	case "schema-category-mapper":
		b.keys(s, "categories targets fallback")
		return b.categoryMapper(s)
	default:
		b.fault(s.at("type"), "unknown mapper type %q, want schema-remapper or schema-category-mapper", s.Type)
		return nil
	}
}

// schemaRemapper copies the first source that is present over the target.
type schemaRemapper struct {
	sources  []string
	target   string
	preserve bool
	to       format
}

// Process copies, or moves, and casts.
func (p *schemaRemapper) Process(e *event.Event, _ *Machine) {
	v, source, ok := first(e, p.sources)
	if !ok {
		return
	}
	if !p.preserve && source != p.target {
		v, _ = e.Take(source)
	}
	e.Set(p.target, cast(e, v, p.to))
}

// categoryMapper writes the name and the number of the first category that
// matches.
type categoryMapper struct {
	name, id   string
	categories []category
	fallback   []fallback
}

// fallback is the value of a target when no category matches. For a target that
// has it, the first of the sources that is present says it better.
type fallback struct {
	target  string
	value   event.Value
	sources []string
}

func (b *builder) categoryMapper(s *Spec) Processor {
	p := &categoryMapper{categories: b.categories(s)}
	if s.Targets == nil {
		b.fault(s.Pos, "a schema-category-mapper needs targets")
		return nil
	}
	p.name, p.id = s.Targets.Name, s.Targets.ID
	if s.Fallback == nil {
		return p
	}
	for _, target := range sortedKeys(s.Fallback.Values) {
		v := scalar(s.Fallback.Values[target])
		if target == p.id && v.Kind() == event.String {
			if n, err := strconv.ParseInt(v.Str(), 10, 64); err == nil {
				v = event.IntValue(n)
			}
		}
		p.fallback = append(p.fallback, fallback{target, v, s.Fallback.Sources[target]})
	}
	return p
}

// Process writes the category or the fallback.
func (p *categoryMapper) Process(e *event.Event, _ *Machine) {
	matched := false
	for i := range p.categories {
		c := &p.categories[i]
		if matched = c.query.Match(e); matched {
			e.Set(p.name, c.name)
			if c.id.IsScalar() {
				e.Set(p.id, c.id)
			}
			break
		}
	}
	for i := range p.fallback {
		f := &p.fallback[i]
		if !matched {
			e.Set(f.target, f.value)
		}
		have, _ := e.Get(f.target)
		if len(f.sources) == 0 || have.Text() != f.value.Text() {
			continue
		}
		if better, _, ok := first(e, f.sources); ok {
			e.Set(f.target, better)
		}
	}
}
