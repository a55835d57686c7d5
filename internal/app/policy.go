package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/posture/dockerfile"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/scan"
)

// Limits of what policies look at.
const (
	// maxPolicyFiles is how many files one run reads.
	maxPolicyFiles = 20_000
	// maxPolicyBytes is the size of a file.
	maxPolicyBytes = 16 << 20
)

// policyFormat is how lists name the source of what policies found.
const policyFormat = "sasumata-policy"

// PolicyOptions say what policies look at, and what they are held to.
type PolicyOptions struct {
	FindingOptions

	// Kind is what the inputs are; "" finds out by the name and the text of each.
	Kind posture.Kind
	// Lang is the language of the findings.
	Lang report.Lang
	// Settings are data.settings of the rules.
	Settings map[string]any
	// User are rules of the user's own.
	User UserPolicies
	// Containers are running containers to look at, by name or id; AllContainers means
	// every one of the engine. Engine is where it listens.
	Containers    []string
	AllContainers bool
	Engine        string
	// Images are images of the engine to look at, by name or id.
	Images []string
	// Machine looks at the daemon of this machine: its settings, files and audit rules.
	Machine bool
	// KubernetesChecks say which checks look at manifests of Kubernetes: all, native or
	// trivy, and ids of checks of Trivy that are otherwise left out. Empty is all.
	KubernetesChecks []string
	// Notes is told what was read differently, or left out.
	Notes func(text string)
}

// Policies compiles the checks that the program knows by default.
func Policies(settings map[string]any) (*posture.Engine, error) {
	files, err := fs.Sub(content.FS(), "policies")
	if err != nil {
		return nil, err
	}
	engine, err := posture.New(files, policyOptions(settings))
	if err != nil {
		return nil, fmt.Errorf("compile the policies: %w", err)
	}
	return engine, nil
}

// TestPolicies runs the tests that lie beside those checks, and beside the rules for
// conftest.
func TestPolicies(ctx context.Context) ([]posture.Tested, error) {
	var out []posture.Tested
	for _, folder := range []string{"policies", "conftest"} {
		files, err := fs.Sub(content.FS(), folder)
		if err != nil {
			return nil, err
		}
		tested, err := posture.Test(ctx, files, policyOptions(nil))
		if err != nil {
			return nil, err
		}
		out = append(out, tested...)
	}
	return out, nil
}

func policyOptions(settings map[string]any) posture.Options {
	return posture.Options{Settings: settings, Functions: []posture.Function{{Name: "dockerfile.parse", Call: func(argument any) (any, error) {
		text, _ := argument.(string)
		return dockerfile.Read("Dockerfile", []byte(text), dockerfile.Ignore{})
	}}}}
}

// PolicyFindings looks at files and makes one list of what is wrong with them. What
// cannot be read, or looked at, stands in the list's Unread. The error wraps
// posture.ErrNoRule when nothing was looked at: that nothing was found would mean
// nothing. The rules are the ids and aliases of all checks.
func PolicyFindings(ctx context.Context, o PolicyOptions) (l *scan.List, history []scan.Point, rules []string, err error) {
	engine, err := Policies(o.Settings) //nolint:contextcheck // compiling asks nobody and ends soon
	if err != nil {
		return nil, nil, nil, err
	}
	checks, err := o.policyChecks(engine)
	if err != nil {
		return nil, nil, nil, err
	}
	users, err := o.userRules() //nolint:contextcheck // as above
	if err != nil {
		return nil, nil, nil, err
	}
	l = scan.NewList(o.Now, o.Version, o.Asset)
	l.Gate = o.Gate
	files, err := o.policyFiles(l)
	if err != nil {
		return nil, nil, nil, err
	}
	live, err := o.live(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	files = append(append(files, live...), o.saved()...)
	results := make([]*looked, len(files))
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wait.Go(func() {
			for i := range next {
				results[i] = o.look(ctx, checks, users, files[i])
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	evaluated := 0
	for i, r := range results {
		evaluated += r.documents
		if o.Notes != nil {
			for _, note := range r.notes {
				o.Notes(note)
			}
		}
		if r.err != nil {
			l.Unread = append(l.Unread, scan.Unread{Report: files[i].name, Error: r.err.Error()})
			if errors.Is(r.err, posture.ErrNoRule) {
				err = r.err
			}
			continue
		}
		l.Reports = append(l.Reports, r.report)
	}
	if evaluated == 0 && len(l.Unread) == 0 || err != nil {
		return nil, nil, nil, cmp.Or(err, posture.ErrNoRule)
	}
	for _, c := range checks.all() {
		rules = append(append(rules, c.ID), c.All()...)
	}
	slices.Sort(rules)
	if o.User.Combine {
		report, _, err := o.combined(ctx, users, files)
		if err != nil {
			return nil, nil, nil, err
		}
		l.Reports = append(l.Reports, report)
	}
	history, err = o.settle(l)
	return l, history, slices.Compact(rules), err
}

// looked is what came of one file.
type looked struct {
	report    *scan.Report
	documents int
	notes     []string
	err       error
}

// look reads one file, and asks the checks and the rules of users about it.
func (o *PolicyOptions) look(ctx context.Context, checks *policyChecks, users *posture.UserRules, f policyFile) *looked {
	data := f.data
	var notes []string
	switch {
	case f.archive():
		if o.User.Only {
			return &looked{err: fmt.Errorf("%s: %w: rules of your own do not look at images", f.name, posture.ErrNoRule)}
		}
		var err error
		if f.inputs, notes, err = o.readImages(ctx, f); err != nil {
			return &looked{err: err}
		}
	case data == nil && f.inputs == nil:
		var err error
		if data, err = o.readPolicyFile(f.name); err != nil {
			return &looked{err: err}
		}
	}
	native := &looked{}
	if !o.User.Only {
		native = o.checks(ctx, checks, f, data)
		native.notes = append(native.notes, notes...)
	}
	switch {
	case users == nil || f.inputs != nil:
		return native
	case o.User.Combine:
		if native.report == nil && (native.err == nil || errors.Is(native.err, posture.ErrNoRule)) { // all files are looked at together
			return &looked{report: scan.NewReport(f.name, o.Asset), documents: 1}
		}
		return native
	default:
		report, documents, err := o.userLook(ctx, users, f, data)
		return both(native, report, documents, err)
	}
}

// checks looks at the documents in one file.
func (o *PolicyOptions) checks(ctx context.Context, checks *policyChecks, f policyFile, data []byte) *looked {
	kind := f.kind
	if kind == "" && f.inputs == nil {
		if kind = policyKind(f.name, data); kind == "" {
			return &looked{err: fmt.Errorf("%s: %w: nothing says what it is: name it with --kind", f.name, posture.ErrNoRule)}
		}
	}
	inputs, notes := f.inputs, []string(nil)
	if inputs == nil {
		var err error
		if inputs, notes, err = readPolicyInputs(ctx, kind, f.name, data); err != nil {
			return &looked{err: err}
		}
	}
	if len(inputs) == 0 {
		return &looked{err: fmt.Errorf("%s: %w: there is nothing in it that checks look at", f.name, posture.ErrNoRule)}
	}
	out := &looked{report: scan.NewReport(f.name, o.Asset), documents: len(inputs), notes: notes}
	out.report.Format = policyFormat
	out.report.Ran(policyTool)
	var found []posture.Finding
	for _, in := range inputs {
		some, err := checks.evaluate(ctx, in)
		if err != nil {
			return &looked{err: err}
		}
		found = append(found, some...)
	}
	held, more, err := o.ignored(ctx, checks.native, inputs[0], string(data), found)
	if err != nil {
		return &looked{err: err}
	}
	lines := strings.Split(string(data), "\n")
	for i, one := range append(found, more...) {
		raw := o.raw(one, lines)
		raw.Suppressed = held[i]
		if err := out.report.Add(raw); err != nil {
			return &looked{err: err}
		}
	}
	return out
}

// policyTool is who finds what policies find.
const policyTool = "sasumata"

// raw is a finding as reports of scanners have them.
func (o *PolicyOptions) raw(f posture.Finding, lines []string) *scan.Raw {
	pick := func(t posture.Text) string {
		if o.Lang == report.Japanese {
			return t.Japanese
		}
		return t.English
	}
	r := &scan.Raw{
		Kind: scan.Misconfiguration, ID: f.Check.ID, Aliases: f.Aliases, Severity: f.Severity.String(), Tool: policyTool,
		Title: pick(f.Message), Description: pick(f.Check.Title) + "\n" + pick(f.Check.Why), Fix: pick(f.Check.Fix),
		Path: f.File, Line: f.Line, EndLine: f.EndLine, Resource: f.Resource,
	}
	if len(f.Check.Links) > 0 {
		r.URL = f.Check.Links[0]
	}
	if f.Line > 0 && f.Line <= len(lines) {
		r.Snippet = lines[f.Line-1]
	}
	return r
}

func (o *PolicyOptions) readPolicyFile(name string) ([]byte, error) {
	in := o.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxPolicyBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxPolicyBytes:
		return nil, fmt.Errorf("%s: larger than %d MB", name, maxPolicyBytes>>20)
	default:
		return data, nil
	}
}

// policyFile is a file to look at.
type policyFile struct {
	name string
	kind posture.Kind // "" is to be found out
	data []byte       // of what is no file
	// inputs are those of what is not read at all.
	inputs []posture.Input
	// open is how an archive is had that is in no file.
	open func(ctx context.Context) (io.ReadCloser, error)
}

// policyFiles returns the files that the inputs name; of folders those that by their
// names are of a kind that there are checks for.
func (o *PolicyOptions) policyFiles(l *scan.List) ([]policyFile, error) {
	var out []policyFile
	var errs []error
	for _, in := range o.Inputs {
		info, err := os.Stat(in)
		switch {
		case in == "-":
			out = append(out, policyFile{name: in, kind: o.Kind})
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		case !info.IsDir():
			out = append(out, policyFile{name: in, kind: o.Kind})
			continue
		}
		errs = append(errs, filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				l.Unread = append(l.Unread, scan.Unread{Report: path, Error: err.Error()})
				return nil //nolint:nilerr // it is told, and the other files are read
			}
			if d.IsDir() {
				if path != in && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "vendor") {
					return fs.SkipDir
				}
				return nil
			}
			if overrides(path) {
				return nil // it is looked at with the file that it lies over
			}
			kind := o.kindInFolder(path)
			wanted := kind != "" && (o.Kind == "" || o.Kind == kind) || len(o.User.Policies) > 0 && policyParser(path) != ""
			if wanted && regular(path, d) {
				out = append(out, policyFile{name: path, kind: kind})
			}
			return nil
		}))
	}
	if len(out) > maxPolicyFiles {
		errs = append(errs, fmt.Errorf("%d files, at most %d are read in one run", len(out), maxPolicyFiles))
	}
	return out, errors.Join(errs...)
}
