package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/lookup/useragent"
	"github.com/sasumata/sasumata/internal/query"
)

// ParseOptions says how a pipeline document is read.
type ParseOptions struct {
	// Lenient ignores keys that mean nothing here, for Datadog's own assets. A
	// processor type that is unknown is a fault all the same.
	Lenient bool
	// Agents evaluates user agents for the grok filter useragent. Without it each
	// document has a parser of its own, which costs nothing until it is used.
	Agents *useragent.Parser
	// Tested compiles grok rules when the first text comes, not before, and panics when
	// they are wrong: for documents that were tested before they came here.
	Tested bool
}

// Loaded is a pipeline document that was read and compiled.
type Loaded struct {
	Pipeline *Pipeline
	// Detect is nil when the document does not say which lines are its own.
	Detect *DetectSpec
	// Disabled is true for a pipeline that says enabled: false; a Set leaves it
	// out.
	Disabled bool
	// Samples are the sample lines of the grok parsers.
	Samples []string

	json *query.Query
}

// Parse reads one pipeline document, in the form of Datadog's assets (YAML) or
// of its API (JSON). The error is document.Faults with every fault.
func Parse(file string, data []byte, opts ParseOptions) (*Loaded, error) {
	var f File
	err := document.Decode(file, data, &f, document.Options{AllowUnknown: opts.Lenient})
	b := builder{lenient: opts.Lenient, tested: opts.Tested, agents: opts.Agents}
	if err != nil {
		faults, ok := errors.AsType[document.Faults](err)
		if !ok {
			return nil, fmt.Errorf("read pipeline %s: %w", file, err)
		}
		b.faults = faults
	}
	spec := &f.Spec
	if f.Pipeline != nil {
		spec = f.Pipeline
	}
	// Some of Datadog's assets only name facets.
	if empty := opts.Lenient && f.Pipeline != nil; len(spec.Processors) == 0 && !empty && len(b.faults) == 0 {
		b.fault(document.Pos{File: file, Line: 1, Col: 1}, "no pipeline with processors here")
	}
	l := &Loaded{Pipeline: b.pipeline(spec), Detect: f.Detect}
	l.Pipeline.ID = cmp.Or(f.ID, baseName(file))
	l.Pipeline.Name = cmp.Or(l.Pipeline.Name, l.Pipeline.ID)
	l.Disabled = spec.Enabled != nil && !*spec.Enabled
	collectSamples(spec, &l.Samples)
	if f.Detect != nil {
		f.Detect.Source = cmp.Or(f.Detect.Source, l.Pipeline.ID)
		if f.Detect.JSON != "" {
			l.json = b.query(&FilterSpec{Pos: f.Detect.Pos, Query: f.Detect.JSON}, f.Detect.Pos)
		}
	}
	if len(b.faults) > 0 {
		slices.SortStableFunc(b.faults, func(x, y document.Fault) int {
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col))
		})
		return nil, b.faults
	}
	return l, nil
}

func baseName(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return strings.TrimSuffix(base, path.Ext(base))
}

func collectSamples(s *Spec, into *[]string) {
	*into = append(*into, s.Samples...)
	for _, child := range s.Processors {
		collectSamples(child, into)
	}
}

// Load reads every pipeline document below dir, in the order of their paths:
// .yaml, .yml and .json files whose names do not end in _test or _tests. The
// error is document.Faults with the faults of all files.
func Load(fsys fs.FS, dir string) ([]*Loaded, error) { return load(fsys, dir, ParseOptions{}) }

// LoadTested is Load for documents that were tested before; see ParseOptions.Tested. It
// takes half of the time.
func LoadTested(fsys fs.FS, dir string) ([]*Loaded, error) {
	return load(fsys, dir, ParseOptions{Tested: true})
}

func load(fsys fs.FS, dir string, opts ParseOptions) ([]*Loaded, error) {
	var all []*Loaded
	var faults document.Faults
	err := fs.WalkDir(fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !IsDocument(file) {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return fmt.Errorf("read pipeline: %w", err)
		}
		l, err := Parse(file, data, opts)
		if fs, ok := errors.AsType[document.Faults](err); ok {
			faults = append(faults, fs...)
			return nil
		}
		if err == nil {
			all = append(all, l)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load pipelines: %w", err)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return all, nil
}

// IsDocument reports whether the file name is that of a YAML or JSON document
// that is not the test of another one.
func IsDocument(file string) bool {
	switch ext := path.Ext(file); ext {
	case ".yaml", ".yml", ".json":
		base := strings.TrimSuffix(file, ext)
		return !strings.HasSuffix(base, "_test") && !strings.HasSuffix(base, "_tests")
	default:
		return false
	}
}
