package useragent

import (
	"fmt"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/sasumata/sasumata/internal/document"
)

// file is uap-core's document. Every list is in order: the first match counts.
type file struct {
	Browsers []browserRule `doc:"user_agent_parsers,required"`
	Systems  []systemRule  `doc:"os_parsers,required"`
	Devices  []deviceRule  `doc:"device_parsers,required"`
}

type expression struct {
	document.Pos

	Regex string `doc:"regex,required"`
	Flag  string `doc:"regex_flag"`
}

type browserRule struct {
	expression

	Family *string `doc:"family_replacement"`
	V1     *string `doc:"v1_replacement"`
	V2     *string `doc:"v2_replacement"`
	V3     *string `doc:"v3_replacement"`
	V4     *string `doc:"v4_replacement"`
}

type systemRule struct {
	expression

	Family *string `doc:"os_replacement"`
	V1     *string `doc:"os_v1_replacement"`
	V2     *string `doc:"os_v2_replacement"`
	V3     *string `doc:"os_v3_replacement"`
	V4     *string `doc:"os_v4_replacement"`
}

type deviceRule struct {
	expression

	Family *string `doc:"device_replacement"`
	Brand  *string `doc:"brand_replacement"`
	Model  *string `doc:"model_replacement"`
}

// builtIn compiles the definitions of the module.
func builtIn() *engine {
	g, err := newEngine("regexes.yaml", uaparser.DefinitionYaml)
	if err != nil {
		return &engine{index: newIndex(nil)} // a test holds that this does not happen
	}
	return g
}

// newEngine reads definitions.
func newEngine(name string, data []byte) (*engine, error) {
	var f file
	var faults document.Faults
	if err := document.Decode(name, data, &f, document.Options{AllowUnknown: true}); err != nil {
		return nil, fmt.Errorf("read user agent definitions: %w", err)
	}
	g := &engine{}
	add := func(x expression, out [5]template) {
		text := x.Regex
		if x.Flag != "" {
			text = "(?" + x.Flag + ")" + text
		}
		r, err := newRule(text, out)
		if err != nil {
			faults = append(faults, x.Fault("%v", err))
			return
		}
		g.rules = append(g.rules, r)
	}
	for _, x := range f.Browsers {
		add(x.expression, [5]template{orGroup(x.Family, 1), orGroup(x.V1, 2), orGroup(x.V2, 3), orGroup(x.V3, 4), orGroup(x.V4, 5)})
	}
	g.systems = len(g.rules)
	for _, x := range f.Systems {
		add(x.expression, [5]template{orGroup(x.Family, 1), orGroup(x.V1, 2), orGroup(x.V2, 3), orGroup(x.V3, 4), orGroup(x.V4, 5)})
	}
	g.devices = len(g.rules)
	for _, x := range f.Devices {
		add(x.expression, [5]template{orGroup(x.Family, 1), orNothing(x.Brand), orGroup(x.Model, 1)})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	g.index = newIndex(g.rules)
	return g, nil
}
