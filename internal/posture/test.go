package posture

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// Tested is what came of one test rule.
type Tested struct {
	// Name is that of the rule; File and Line are where it stands.
	Name, File string
	Line       int
	// Failed says why it failed, "" when it passed.
	Failed string
}

// Test runs the rules in _test.rego files of a tree whose names begin with test_.
func Test(ctx context.Context, fsys fs.FS, o Options) ([]Tested, error) {
	lib := o.library()
	modules, err := parse(fsys, lib.capabilities(), true)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithCapabilities(lib.capabilities()).WithEnablePrintStatements(true).WithStrict(true)
	store := o.store()
	var out []Tested
	err = storage.Txn(ctx, store, storage.WriteParams, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().SetCompiler(compiler).SetStore(store).AddCustomBuiltins(lib.forTests()).CapturePrintOutput(true).
			RaiseBuiltinErrors(true).SetModules(modules).RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for r := range results {
			t := Tested{Name: r.Name, File: r.Location.File, Line: r.Location.Row}
			switch {
			case r.Error != nil:
				t.Failed = r.Error.Error()
			case !r.Pass():
				t.Failed = "failed " + string(r.Output)
			}
			out = append(out, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run the tests of policies: %w", err)
	}
	slices.SortFunc(out, func(a, b Tested) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return out, nil
}
