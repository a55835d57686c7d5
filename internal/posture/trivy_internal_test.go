package posture

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"

	trivychecks "github.com/aquasecurity/trivy-checks"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestTrivyOwnTests runs the tests that Trivy has for its checks of Kubernetes, with
// our functions.
func TestTrivyOwnTests(t *testing.T) {
	functions := trivyFunctions()
	c := library(nil).capabilities()
	c.Builtins = append(c.Builtins, functions.declarations...)
	modules := map[string]*ast.Module{}
	add := func(tree fs.FS, root string) {
		t.Helper()
		err := fs.WalkDir(tree, root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".rego") {
				return err
			}
			text, err := fs.ReadFile(tree, file)
			if err != nil {
				return err
			}
			modules[file], err = ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: c})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(trivychecks.EmbeddedPolicyFileSystem, "checks/kubernetes")
	add(trivychecks.EmbeddedLibraryFileSystem, "lib/kubernetes")
	add(trivychecks.EmbeddedLibraryFileSystem, "lib/test")
	add(trivychecks.EmbeddedLibraryFileSystem, "lib/cloud/metadata.rego")
	store := inmem.New()
	ctx := context.Background()
	passed := 0
	err := storage.Txn(ctx, store, storage.WriteParams, func(txn storage.Transaction) error {
		runner := tester.NewRunner().SetCompiler(ast.NewCompiler().WithCapabilities(c)).SetStore(store).SetModules(modules)
		runner.AddCustomBuiltins([]*tester.Builtin{{Decl: functions.declarations[0], Func: functions.options[0]}})
		results, err := runner.RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for r := range results {
			if r.Error != nil || !r.Pass() {
				t.Errorf("%s: %s: %v", r.Location, r.Name, r.Error)
				continue
			}
			passed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d tests passed", passed)
	if passed < 650 {
		t.Errorf("%d tests passed, want at least 650", passed)
	}
}

func TestTrivyVersion(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "github.com/aquasecurity/trivy-checks "+TrivyVersion+"\n") {
		t.Errorf("TrivyVersion is %s, go.mod has another", TrivyVersion)
	}
}
