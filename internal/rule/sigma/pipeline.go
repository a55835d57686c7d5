package sigma

import (
	"github.com/sasumata/sasumata/internal/document"
)

// transformation is one step of a processing pipeline.
type transformation struct {
	document.Pos
	Type       string                `doc:"type,required"`
	ID         string                `doc:"id"`
	Mapping    map[string]Attributes `doc:"mapping"`
	Prefix     string                `doc:"prefix"`
	Conditions []pipelineCondition   `doc:"rule_conditions"`
}

type pipelineCondition struct {
	document.Pos
	Type          string `doc:"type,required"`
	MappingSource        // embedded: product, category, service
}

// ParsePipeline reads what a processing pipeline of pySigma says about fields: the
// transformations field_name_mapping and field_name_prefix, with conditions on
// the log source. Any other transformation is a fault, since a rule would mean
// something else without it. The error is document.Faults.
func ParsePipeline(file string, data []byte) ([]Mapping, error) {
	var doc struct {
		Name            string           `doc:"name"`
		Priority        int              `doc:"priority"`
		Backends        []string         `doc:"allowed_backends"`
		Transformations []transformation `doc:"transformations,required"`
	}
	if err := document.Decode(file, data, &doc, document.Options{}); err != nil {
		return nil, err
	}
	var all []Mapping
	var faults document.Faults
	for _, t := range doc.Transformations {
		m := Mapping{Pos: t.Pos, Name: doc.Name, Fields: t.Mapping}
		switch t.Type {
		case "field_name_mapping":
		case "field_name_prefix":
			m.Prefixes = []string{t.Prefix}
		default:
			f := t.Fault("the transformation %q is not known", t.Type)
			f.Suggestion = document.Suggest(t.Type, []string{"field_name_mapping", "field_name_prefix"})
			faults = append(faults, f)
		}
		for _, c := range t.Conditions {
			if c.Type != "logsource" {
				faults = append(faults, c.Fault("the condition %q is not known, want logsource", c.Type))
			}
			m.Sources = append(m.Sources, c.MappingSource)
		}
		if len(m.Sources) == 0 {
			m.Sources = []MappingSource{{}}
		}
		all = append(all, m)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return all, nil
}
