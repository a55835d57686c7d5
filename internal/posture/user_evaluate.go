package posture

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Rules returns how many rules look at each document.
func (e *UserRules) Rules() int { return len(e.rules) }

// Evaluate asks all rules about one document. Findings come in the order of the rules.
func (e *UserRules) Evaluate(ctx context.Context, input any) ([]UserFinding, error) {
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxUserTime, fmt.Errorf("the rules took longer than %v", maxUserTime))
	defer cancel()
	ctx, done := LimitMemory(ctx, maxMemory)
	defer done()
	var out []UserFinding
	for _, r := range e.rules {
		found, err := r.evaluate(ctx, value)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", r.namespace, r.name, cmp.Or(context.Cause(ctx), err))
		}
		if out = append(out, found...); len(out) > maxFindings {
			return nil, fmt.Errorf("%w: more than %d", ErrTooMany, maxFindings)
		}
	}
	return out, nil
}

func (r *userRule) evaluate(ctx context.Context, input ast.Value) ([]UserFinding, error) {
	results, err := r.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil || len(results) == 0 {
		return nil, err
	}
	var out []UserFinding
	switch values := results[0].Expressions[0].Value.(type) {
	case []any:
		for _, v := range values {
			f, err := r.finding(v)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	case nil:
	default:
		return nil, fmt.Errorf("is %T, want a set of messages: write %s contains msg if { … }", values, r.name)
	}
	if len(out) == 0 {
		return nil, nil
	}
	excepted, err := r.exception.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil || len(excepted) > 0 {
		return nil, err
	}
	return out, nil
}

// finding reads a result: a text, or an object with msg.
func (r *userRule) finding(value any) (UserFinding, error) {
	f := UserFinding{Namespace: r.namespace, Rule: r.name, Warning: strings.HasPrefix(r.name, "warn")}
	switch v := value.(type) {
	case string:
		f.Message = v
	case map[string]any:
		f.Message, _ = v["msg"].(string)
		if f.Message == "" {
			return f, errors.New("a result has no msg")
		}
		f.Severity, _ = v["severity"].(string)
		f.Fix, _ = v["fix"].(string)
		if place, ok := v["_loc"].(map[string]any); ok {
			f.File, _ = place["file"].(string)
			if n, ok := place["line"].(json.Number); ok {
				line, err := n.Int64()
				if err == nil && line > 0 && line < 1<<31 {
					f.Line = int(line)
				}
			}
		}
	default:
		return f, fmt.Errorf("a result is %T, want a text or an object with msg", value)
	}
	return f, nil
}

// each calls f for the files that paths name, and those in their folders whose names
// have one of the endings. Names that begin with @ are folders of the content.
func (o *UserOptions) each(paths, endings []string, f func(file string, text []byte) error) error {
	count := 0
	var errs []error
	for _, root := range paths {
		tree, start := o.tree(root)
		err := fs.WalkDir(tree, start, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || file != start && !slices.Contains(endings, path.Ext(file)) {
				return err
			}
			if count++; count > maxUserFiles {
				return fmt.Errorf("%s: more than %d files", root, maxUserFiles)
			}
			name := file
			if root[0] != '@' && start == "." {
				name = filepath.Join(root, filepath.FromSlash(file))
			} else if root[0] != '@' {
				name = root
			}
			info, err := fs.Stat(tree, file)
			if err == nil && info.Size() > maxUserBytes {
				err = fmt.Errorf("%s: larger than %d MB", name, maxUserBytes>>20)
			}
			if err != nil {
				return err
			}
			text, err := fs.ReadFile(tree, file)
			if err != nil {
				return err
			}
			errs = append(errs, f(name, text))
			return nil
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// tree returns where a path lies, and its name there.
func (o *UserOptions) tree(root string) (fs.FS, string) {
	if name, ok := strings.CutPrefix(root, "@"); ok && o.Content != nil {
		return o.Content, name
	}
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		return os.DirFS(filepath.Dir(root)), filepath.Base(root)
	}
	return os.DirFS(root), "."
}

// merge puts data into what is there. Two values of one name are an error.
func merge(into, from map[string]any, file string) error {
	for key, value := range from {
		old, there := into[key]
		if !there {
			into[key] = value
			continue
		}
		a, okA := old.(map[string]any)
		b, okB := value.(map[string]any)
		if !okA || !okB {
			return fmt.Errorf("%s: data.%s is there already", file, key)
		}
		if err := merge(a, b, file); err != nil {
			return err
		}
	}
	return nil
}
