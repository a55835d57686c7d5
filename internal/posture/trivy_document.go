package posture

import (
	"cmp"
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/scan"
)

// placeKey is where mappings of what Trivy's checks see say in which lines they stand.
const placeKey = "__defsec_metadata"

// placed returns a value as Trivy's checks see it: every mapping has its place. What
// is null is left out: for the cluster it is not there. Last is the value's last line.
func placed(n document.Node, file string) (value any, last int) {
	last = n.Pos().Line
	switch n.Kind() {
	case document.Map:
		m := make(map[string]any, n.Len()+1)
		for key, below := range n.Pairs() {
			last = max(last, n.KeyPos(key).Line)
			if below.Kind() == document.Null {
				continue
			}
			v, end := placed(below, file)
			m[key], last = v, max(last, end)
		}
		m[placeKey] = map[string]any{"startline": n.Pos().Line, "endline": last, "filepath": file, "offset": 0}
		return m, last
	case document.List:
		list := make([]any, 0, n.Len())
		for item := range n.Items() {
			v, end := placed(item, file)
			list, last = append(list, v), max(last, end)
		}
		return list, last
	default:
		return n.Any(), last
	}
}

// trivyInput returns an object as Trivy's checks see it. What they take for the object
// where it has a key review, as Gatekeeper's requests have, is left out: nobody hides an
// object behind another one.
func trivyInput(n document.Node, file string) any {
	value, _ := placed(n, file)
	if m, ok := value.(map[string]any); ok {
		delete(m, "review")
	}
	return value
}

// nameOf returns what findings call an object: Kind/name.
func nameOf(n document.Node) string {
	kind, _ := n.Get("kind")
	about, _ := n.Get("metadata")
	for _, key := range []string{"name", "generateName"} {
		if name, _ := about.Get(key); name.Text() != "" {
			return kind.Text() + "/" + name.Text()
		}
	}
	return kind.Text()
}

// extraFunctions are functions of Trivy's rules, for parsing and for evaluating them.
type extraFunctions struct {
	declarations []*ast.Builtin
	options      []func(*rego.Rego)
}

// trivyFunctions returns what checks of Kubernetes call beyond what Rego has:
// result.new, which makes a result of a message and of the value that is its cause.
func trivyFunctions() extraFunctions {
	f := &rego.Function{Name: "result.new", Decl: types.NewFunction(types.Args(types.S, types.A), types.A)}
	return extraFunctions{
		declarations: []*ast.Builtin{{Name: f.Name, Decl: f.Decl}},
		options: []func(*rego.Rego){rego.Function2(f, func(_ rego.BuiltinContext, message, cause *ast.Term) (*ast.Term, error) {
			start, end := ast.InternedTerm(0), ast.InternedTerm(0)
			if at := cause.Get(ast.StringTerm(placeKey)); at != nil {
				if line := at.Get(ast.StringTerm("startline")); line != nil {
					start = line
				}
				if line := at.Get(ast.StringTerm("endline")); line != nil {
					end = line
				}
			}
			return ast.ObjectTerm(ast.Item(ast.StringTerm("msg"), message), ast.Item(ast.StringTerm("startline"), start), ast.Item(ast.StringTerm("endline"), end)), nil
		})},
	}
}

// trivyFinding makes a finding of what a check of Trivy says: an object with a message
// and lines, or, from those that do without result.new, a text. Without a message it
// says what the check is called.
func (c *Check) trivyFinding(value any) Finding {
	f := Finding{Check: c, Severity: c.Severity, Aliases: c.Aliases}
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case map[string]any:
		text, _ = v["msg"].(string)
		f.Line, f.EndLine = trivyLine(v["startline"]), trivyLine(v["endline"])
	}
	text = cmp.Or(text, c.Title.English)
	if f.EndLine <= f.Line {
		f.EndLine = 0
	}
	text = scan.Clip(text, 2*maxValue)
	f.Message = Text{text, text}
	if c.Title.Japanese != c.Title.English {
		f.Message.Japanese = c.Title.Japanese
	}
	return f
}

func trivyLine(v any) int {
	n, _ := v.(json.Number)
	line, err := n.Int64()
	if err != nil || line < 0 || line > 1<<31 {
		return 0
	}
	return int(line)
}
