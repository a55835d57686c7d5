package posture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	trivychecks "github.com/aquasecurity/trivy-checks"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/sasumata/sasumata/internal/document"
)

// TrivyVersion is the version of the module with Trivy's checks.
const TrivyVersion = "v1.10.0"

// timeForObject is added for each object to the time that Trivy's checks may take. All of them
// take 5 ms for an ordinary one.
const timeForObject = 10 * time.Millisecond

// ErrTrivyCheck is that a check is asked for that Trivy does not have.
var ErrTrivyCheck = errors.New("no check of Trivy for Kubernetes")

// TrivyOptions say which of Trivy's checks of Kubernetes are evaluated.
type TrivyOptions struct {
	// Beside are the checks that are evaluated, too: what one of them has among its
	// aliases it reports, and the check of Trivy is left out, as are those that say
	// nothing of a manifest, or what another contradicts. Nil takes every check.
	Beside []*Check
	// Named are ids of checks that are evaluated whatever is left out: KSV034,
	// AVD-KSV-0034.
	Named []string
}

// Trivy holds checks of Kubernetes that Trivy brings. They are compiled when they are
// first asked. Many goroutines may use it.
type Trivy struct {
	checks  []*Check
	off     []trivyHead
	byName  map[string]*Check // by the last part of the package
	roots   []string          // first parts
	prepare func() ([]rego.PreparedEvalQuery, error)
}

// NewTrivy reads what there is to say about the checks. The error names each of
// o.Named that is none, and then wraps ErrTrivyCheck.
func NewTrivy(o TrivyOptions) (*Trivy, error) {
	all, err := trivyHeads(trivychecks.EmbeddedPolicyFileSystem)
	if err != nil {
		return nil, err
	}
	native := map[string]bool{}
	for _, c := range o.Beside {
		for _, id := range append(c.All(), c.ID) {
			native[TrivyID(id)] = true
		}
	}
	t := &Trivy{byName: map[string]*Check{}}
	named := map[string]bool{}
	for _, id := range o.Named {
		named[TrivyID(id)] = true
	}
	known := map[string]bool{}
	var ids []string
	for _, h := range all {
		wanted, twin := o.Beside == nil, false
		for _, id := range h.ids() {
			twin = twin || native[id]
			wanted = wanted || named[id]
			known[id] = true
		}
		ids = append(ids, h.id())
		if twin && !wanted {
			continue
		}
		if !wanted && h.off() != (Text{}) {
			t.off = append(t.off, h)
			continue
		}
		c, err := h.check()
		if err != nil {
			return nil, err
		}
		t.checks = append(t.checks, c)
		t.byName[h.name] = c
		if !slices.Contains(t.roots, h.root) {
			t.roots = append(t.roots, h.root)
		}
	}
	var errs []error
	for _, id := range o.Named {
		if known[TrivyID(id)] {
			continue
		}
		err := fmt.Errorf("%q: %w", id, ErrTrivyCheck)
		if near := document.Suggest(TrivyID(id), ids); near != "" {
			err = fmt.Errorf("%w, did you mean %s?", err, near)
		}
		errs = append(errs, err)
	}
	slices.SortFunc(t.checks, checkByID)
	t.prepare = sync.OnceValues(t.compile)
	return t, errors.Join(errs...)
}

// Checks returns the checks that are evaluated, by their ids.
func (t *Trivy) Checks() []*Check { return t.checks }

// Listed returns those, and those with a reason why they are not evaluated unless
// somebody names them.
func (t *Trivy) Listed() ([]*Check, error) {
	out := slices.Clone(t.checks)
	for _, h := range t.off {
		c, err := h.check()
		if err != nil {
			return nil, err
		}
		c.Off = h.off()
		out = append(out, c)
	}
	slices.SortFunc(out, checkByID)
	return out, nil
}

func checkByID(a, b *Check) int { return cmp.Compare(a.ID, b.ID) }

// compile compiles the checks with what they import.
func (t *Trivy) compile() (queries []rego.PreparedEvalQuery, err error) {
	functions := trivyFunctions()
	c := library(nil).capabilities()
	c.Builtins = append(c.Builtins, functions.declarations...)
	modules := map[string]*ast.Module{}
	add := func(tree fs.FS, file string) error {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		modules[file], err = ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: c})
		return err
	}
	library, err := trivyLibrary()
	errs := append(make([]error, 0, len(t.checks)+len(library)+1), err)
	for _, c := range t.checks {
		errs = append(errs, add(trivychecks.EmbeddedPolicyFileSystem, c.File))
	}
	for _, file := range library {
		errs = append(errs, add(trivychecks.EmbeddedLibraryFileSystem, file))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("read the checks of Trivy: %w", err)
	}
	compiler := ast.NewCompiler().WithCapabilities(c)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, fmt.Errorf("compile the checks of Trivy: %w", compiler.Errors)
	}
	for _, root := range t.roots {
		options := append([]func(*rego.Rego){rego.Compiler(compiler), rego.Query("data." + root + ".kubernetes[check].deny[result]")}, functions.options...)
		query, err := rego.New(options...).PrepareForEval(context.Background())
		if err != nil {
			return nil, fmt.Errorf("prepare the checks of Trivy: %w", err)
		}
		queries = append(queries, query)
	}
	return queries, nil
}

// trivyLibrary returns the files of what checks of Kubernetes import.
func trivyLibrary() ([]string, error) {
	entries, err := fs.ReadDir(trivychecks.EmbeddedLibraryFileSystem, "lib/kubernetes")
	if err != nil {
		return nil, fmt.Errorf("read the checks of Trivy: %w", err)
	}
	files := []string{"lib/cloud/metadata.rego"}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "_test.rego") {
			files = append(files, path.Join("lib/kubernetes", e.Name()))
		}
	}
	return files, nil
}

// Evaluate looks at the objects of a file. Findings come in the order of its lines.
func (t *Trivy) Evaluate(ctx context.Context, file string, objects []document.Node) ([]Finding, error) {
	if len(t.checks) == 0 || len(objects) == 0 {
		return nil, nil
	}
	queries, err := t.prepare()
	if err != nil {
		return nil, err
	}
	limit := maxTime + time.Duration(len(objects))*timeForObject
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the checks of Trivy took longer than %v", limit))
	defer cancel()
	ctx, done := LimitMemory(ctx, maxMemory)
	defer done()
	var out []Finding
	for _, n := range objects {
		found, err := t.object(ctx, queries, file, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, cmp.Or(context.Cause(ctx), err))
		}
		if out = append(out, found...); len(out) > maxFindings {
			return nil, fmt.Errorf("%s: %w: more than %d", file, ErrTooMany, maxFindings)
		}
	}
	order(out)
	return out, nil
}

// object looks at one object.
func (t *Trivy) object(ctx context.Context, queries []rego.PreparedEvalQuery, file string, n document.Node) ([]Finding, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value, err := ast.InterfaceToValue(trivyInput(n, file))
	if err != nil {
		return nil, err
	}
	var results rego.ResultSet
	for i := range queries {
		some, err := queries[i].Eval(ctx, rego.EvalParsedInput(value))
		if err != nil {
			return nil, err
		}
		results = append(results, some...)
	}
	about := nameOf(n)
	seen := map[string]Finding{}
	for _, r := range results {
		name, _ := r.Bindings["check"].(string)
		c := t.byName[name]
		if c == nil {
			return nil, fmt.Errorf("BUG: a result of %q, which is no check", name)
		}
		f := c.trivyFinding(r.Bindings["result"])
		f.File, f.Resource = file, about
		f.Line = cmp.Or(f.Line, n.Pos().Line)
		// One container may be said twice, where maps of it differ.
		key := fmt.Sprint(c.ID, f.Line, f.Message.English)
		if old, ok := seen[key]; !ok || old.EndLine < f.EndLine {
			seen[key] = f
		}
	}
	return slices.Collect(maps.Values(seen)), nil
}
