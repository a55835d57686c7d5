package useragent

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

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

// rule is one expression and the templates of what it says: the family and four
// versions, or family, brand and model. The expression is compiled when it is
// first tried: most never are.
type rule struct {
	text  string
	out   [5]template
	once  sync.Once
	re    *regexp.Regexp
	parts *syntax.Regexp // until the index is built
}

// find returns the places of the match and its groups, nil without a match.
func (r *rule) find(text string) []int {
	r.once.Do(func() { r.re, _ = regexp.Compile(r.text) }) // it was parsed before, so it compiles
	if r.re == nil {
		return nil
	}
	return r.re.FindStringSubmatchIndex(text)
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
		r := &rule{text: x.Regex, out: out}
		if x.Flag != "" {
			r.text = "(?" + x.Flag + ")" + r.text
		}
		var err error
		if r.parts, err = syntax.Parse(r.text, syntax.Perl); err != nil {
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

// template is a replacement text with the groups $1 to $9 in it, in pieces: a
// text, then a group, then a text ... A group of 0 is none.
type template []piece

type piece struct {
	text  string
	group int
}

func orGroup(text *string, group int) template {
	if text == nil {
		return template{{group: group}}
	}
	return newTemplate(*text)
}

func orNothing(text *string) template {
	if text == nil {
		return nil
	}
	return newTemplate(*text)
}

func newTemplate(text string) template {
	var t template
	for from, i := 0, 0; ; i++ {
		if i == len(text) {
			return append(t, piece{text: text[from:]})
		}
		if text[i] == '$' && i+1 < len(text) && text[i+1] >= '1' && text[i+1] <= '9' {
			t = append(t, piece{text: text[from:i], group: int(text[i+1] - '0')})
			from = i + 2
			i++
		}
	}
}

// expand fills the template in; at holds the places of the groups in text.
func (t template) expand(text string, at []int) string {
	out := ""
	for _, p := range t {
		if p.text != "" {
			out += p.text
		}
		if i := 2 * p.group; p.group > 0 && i+1 < len(at) && at[i] >= 0 {
			out += text[at[i]:at[i+1]]
		}
	}
	return strings.TrimSpace(out)
}
