package posture

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/sasumata/sasumata/internal/posture/shell"
)

// Function is what the program adds to the functions of rules: it takes one value and
// returns another, of the kinds that Input.Document has. An error ends the evaluation.
type Function struct {
	// Name is how rules call it: dockerfile.parse.
	Name string
	// Call does the work.
	Call func(argument any) (any, error)
}

// shellCommands returns what a script, or a list of words, runs, as the model of
// package shell has it.
func shellCommands() Function {
	return Function{Name: "shell.commands", Call: func(argument any) (any, error) {
		switch v := argument.(type) {
		case string:
			return shell.Parse(v).Commands, nil
		case []any:
			words := make([]string, 0, len(v))
			for _, w := range v {
				text, _ := w.(string)
				words = append(words, text)
			}
			return shell.Exec(words).Commands, nil
		default:
			return []shell.Command{}, nil
		}
	}}
}

// library is what rules may call.
type library []Function

// capabilities returns everything of OPA but what reaches out of the evaluation, and
// what the program adds.
func (l library) capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Name == "http.send" || b.Name == "opa.runtime" || strings.HasPrefix(b.Name, "net.lookup") || strings.HasPrefix(b.Name, "providers.")
	})
	for _, f := range l {
		c.Builtins = append(c.Builtins, f.declaration())
	}
	c.AllowNet = []string{}
	return c
}

func (f Function) declaration() *ast.Builtin {
	return &ast.Builtin{Name: f.Name, Decl: types.NewFunction(types.Args(types.A), types.A)}
}

// option makes the function known to an evaluation. What it returned for a value is
// kept until that ends.
func (f Function) option() func(*rego.Rego) {
	return rego.Function1(&rego.Function{Name: f.Name, Decl: f.declaration().Decl, Memoize: true}, func(_ rego.BuiltinContext, term *ast.Term) (*ast.Term, error) {
		argument, err := ast.JSON(term.Value)
		if err != nil {
			return nil, err
		}
		out, err := f.Call(argument)
		if err != nil {
			return nil, err
		}
		value, err := ast.InterfaceToValue(out)
		return ast.NewTerm(value), err
	})
}

func (l library) options() []func(*rego.Rego) {
	out := make([]func(*rego.Rego), 0, len(l))
	for _, f := range l {
		out = append(out, f.option())
	}
	return out
}

func (l library) forTests() []*tester.Builtin {
	out := make([]*tester.Builtin, 0, len(l))
	for _, f := range l {
		out = append(out, &tester.Builtin{Decl: f.declaration(), Func: f.option()})
	}
	return out
}
