package posture

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/sasumata/sasumata/internal/document"
)

// Limits of what users bring.
const (
	// maxUserFiles is how many files of rules and data are read.
	maxUserFiles = 5_000
	// maxUserBytes is the size of one.
	maxUserBytes = 16 << 20
	// maxUserTime is how long the rules may look at one document.
	maxUserTime = 30 * time.Second
)

// UserOptions are the rules that users bring, and how conftest is told to take them.
type UserOptions struct {
	// Policies are files and folders with rules, Data those with what rules see as data
	// (.json, .yaml): as conftest reads them, the folders are no part of the path.
	Policies, Data []string
	// Namespaces are the packages whose rules are evaluated: patterns as in path.Match,
	// with main for none. All takes every package.
	Namespaces []string
	All        bool
	// V0 reads rules in the syntax before Rego 1.
	V0 bool
	// Functions are added to those of rules.
	Functions []Function
	// Content holds the folders that policies with an @ before their names lie in.
	Content fs.FS
}

// UserFinding is what a rule of a user says.
type UserFinding struct {
	// Namespace and Rule name the rule.
	Namespace, Rule string
	// Warning is set for rules whose name begins with warn.
	Warning bool
	// Message is what it says.
	Message string
	// File and Line are the result's _loc; "" and 0 without.
	File string
	Line int
	// Severity and Fix are those keys of the result, if it has them.
	Severity, Fix string
}

// UserRules are the rules of users, compiled: rules whose names begin with deny,
// violation or warn, in namespaces, with exceptions. Many goroutines may use it.
type UserRules struct {
	rules []userRule
}

type userRule struct {
	namespace, name string
	query           rego.PreparedEvalQuery
	exception       rego.PreparedEvalQuery
}

// NewUserRules reads and compiles the rules of users. The error wraps ErrNoRule when no rule is
// left to evaluate.
func NewUserRules(o UserOptions) (*UserRules, error) {
	lib := (&Options{Functions: o.Functions}).library()
	version := ast.RegoV1
	if o.V0 {
		version = ast.RegoV0
	}
	modules := map[string]*ast.Module{}
	err := o.each(o.Policies, []string{".rego"}, func(file string, text []byte) error {
		if strings.HasSuffix(file, "_test.rego") {
			return nil
		}
		m, err := ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{RegoVersion: version, Capabilities: lib.capabilities()})
		if m != nil {
			modules[file] = m
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	err = o.each(o.Data, []string{".json", ".yaml", ".yml"}, func(file string, text []byte) error {
		n, err := document.DecodeNode(file, text, document.Options{})
		if err != nil {
			return err
		}
		m, ok := n.Any().(map[string]any)
		if !ok {
			return fmt.Errorf("%s: want an object", file)
		}
		return merge(data, m, file)
	})
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithCapabilities(lib.capabilities())
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	e := &UserRules{}
	store := inmem.NewFromObject(data)
	prepare := func(query string) (rego.PreparedEvalQuery, error) {
		options := append(lib.options(), rego.Compiler(compiler), rego.Store(store), rego.StrictBuiltinErrors(false), rego.Query(query))
		return rego.New(options...).PrepareForEval(context.Background())
	}
	packages := rulesOf(modules)
	for _, namespace := range slices.Sorted(maps.Keys(packages)) {
		if !o.wants(namespace) {
			continue
		}
		for _, name := range packages[namespace] {
			r := userRule{namespace: namespace, name: name}
			_, suffix, _ := strings.Cut(name, "_")
			var one, two error
			r.query, one = prepare("data." + namespace + "." + name)
			r.exception, two = prepare(fmt.Sprintf("data.%s.exception[_][_] == %q", namespace, suffix))
			if err := errors.Join(one, two); err != nil {
				return nil, fmt.Errorf("prepare %s.%s: %w", namespace, name, err)
			}
			e.rules = append(e.rules, r)
		}
	}
	if len(e.rules) == 0 {
		return nil, fmt.Errorf("%w: %d files of rules in %s have the namespaces %s; none has rules named deny, violation or warn in %s", ErrNoRule,
			len(modules), strings.Join(o.Policies, ", "), strings.Join(slices.Sorted(maps.Keys(packages)), ", "), strings.Join(o.namespaces(), ", "))
	}
	return e, nil
}

func (o *UserOptions) namespaces() []string {
	if o.All {
		return []string{"any"}
	}
	if len(o.Namespaces) == 0 {
		return []string{"main"}
	}
	return o.Namespaces
}

func (o *UserOptions) wants(namespace string) bool {
	return o.All || slices.ContainsFunc(o.namespaces(), func(pattern string) bool {
		ok, err := path.Match(pattern, namespace)
		return ok && err == nil
	})
}

// rulesOf returns the names of the rules that are evaluated, by package; packages
// without any are there, too.
func rulesOf(modules map[string]*ast.Module) map[string][]string {
	form := regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)
	out := map[string][]string{}
	for _, m := range modules {
		namespace := strings.TrimPrefix(m.Package.Path.String(), "data.")
		if _, ok := out[namespace]; !ok {
			out[namespace] = nil
		}
		for _, r := range m.Rules {
			name := r.Head.Ref()[0].String()
			if form.MatchString(name) && len(r.Head.Args) == 0 && !slices.Contains(out[namespace], name) {
				out[namespace] = append(out[namespace], name)
			}
		}
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}
