package posture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Limits of one evaluation.
const (
	// maxTime is how long the checks may look at one document. They take 3 ms for an
	// ordinary one.
	maxTime = 20 * time.Second
	// maxFindings is how many findings one document may have; more say nothing new.
	maxFindings = 10_000
	// maxMemory is by how many bytes the program may grow meanwhile.
	maxMemory = 1 << 30
)

// ErrTooMany is that a document has more findings than anybody reads.
var ErrTooMany = errors.New("too many findings")

// Options are what checks see besides the document.
type Options struct {
	// Settings are data.settings of the rules.
	Settings map[string]any
	// Functions are added to those of rules; shell.commands is always there.
	Functions []Function
}

func (o *Options) library() library { return append(library{shellCommands()}, o.Functions...) }

// Engine holds checks, compiled. Many goroutines may use it.
type Engine struct {
	checks  []*Check
	byName  map[string]*Check // by the last part of the package
	queries map[string]rego.PreparedEvalQuery
}

// New compiles the rule files of a tree: lib/*.rego for all, and a folder for each
// target. Files that end in _test.rego are left out. The error names each file that is
// wrong, and where.
func New(fsys fs.FS, o Options) (*Engine, error) {
	lib := o.library()
	modules, err := parse(fsys, lib.capabilities(), false)
	if err != nil {
		return nil, err
	}
	e := &Engine{byName: map[string]*Check{}, queries: map[string]rego.PreparedEvalQuery{}}
	var errs []error
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		if strings.HasPrefix(file, "lib/") {
			continue
		}
		c, err := checkOf(file, modules[file])
		errs = append(errs, err)
		if c == nil {
			continue
		}
		name := strings.ToLower(c.ID)
		if old := e.byName[name]; old != nil {
			errs = append(errs, fmt.Errorf("%s: %s has the id %s, too", file, old.File, c.ID))
		}
		e.byName[name] = c
		e.checks = append(e.checks, c)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(e.checks, checkByID)
	compiler := ast.NewCompiler().WithCapabilities(lib.capabilities()).WithStrict(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	store := o.store()
	for _, c := range e.checks {
		if _, ok := e.queries[c.Target]; ok {
			continue
		}
		options := append(lib.options(), rego.Compiler(compiler), rego.Store(store), rego.StrictBuiltinErrors(true),
			rego.Query("data.policies."+c.Target+"[check].deny[result]"))
		query, err := rego.New(options...).PrepareForEval(context.Background())
		if err != nil {
			return nil, fmt.Errorf("prepare the checks of %s: %w", c.Target, err)
		}
		e.queries[c.Target] = query
	}
	return e, nil
}

// store returns what rules see as data.
func (o *Options) store() storage.Store {
	settings := o.Settings
	if settings == nil {
		settings = map[string]any{}
	}
	return inmem.NewFromObject(map[string]any{"settings": settings})
}

// parse parses the rule files of a tree, by their names.
func parse(fsys fs.FS, c *ast.Capabilities, tests bool) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	var errs []error
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".rego") || !tests && strings.HasSuffix(file, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		module, err := ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: c})
		if err == nil && module == nil {
			err = fmt.Errorf("%s: empty", file)
		}
		if err == nil {
			modules[file] = module
		}
		errs = append(errs, err)
		return nil
	})
	return modules, errors.Join(append(errs, err)...)
}

// Checks returns all checks by their ids.
func (e *Engine) Checks() []*Check { return e.checks }

// Evaluate looks at one document. Findings come in the order of its lines. The error
// is ErrNoRule when there is no check for its kind, or says what broke: findings are
// never left out in silence.
func (e *Engine) Evaluate(ctx context.Context, in Input) ([]Finding, error) {
	query, ok := e.queries[in.Kind.Target()]
	if !ok {
		return nil, fmt.Errorf("%s: %w: there are no checks for %s", in.File, ErrNoRule, in.Kind)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value, err := ast.InterfaceToValue(in.Document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.File, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("the checks took longer than %v", maxTime))
	defer cancel()
	ctx, done := LimitMemory(ctx, maxMemory)
	defer done()
	results, err := query.Eval(ctx, rego.EvalParsedInput(value))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.File, cmp.Or(context.Cause(ctx), err))
	}
	if len(results) > maxFindings {
		return nil, fmt.Errorf("%s: %w: %d, at most %d", in.File, ErrTooMany, len(results), maxFindings)
	}
	out := make([]Finding, 0, len(results))
	for _, r := range results {
		name, _ := r.Bindings["check"].(string)
		f, err := e.byName[name].finding(in.File, r.Bindings["result"])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.File, err)
		}
		out = append(out, f)
	}
	order(out)
	return out, nil
}
