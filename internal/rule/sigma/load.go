package sigma

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
)

// Collection is the rules of many files.
type Collection struct {
	Files        []*File
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
}

// Load reads every .yml and .yaml file below the directories; a file may be
// named as well. Refused documents are left out, and their faults are the error
// (document.Faults); any other error is about the file system. Names are those of
// the directories, joined with the path below.
func Load(names []string, opts Options) (*Collection, error) {
	c := &Collection{}
	var faults document.Faults
	visit := func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isRuleFile(file) {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read rule: %w", err)
		}
		faults = append(faults, c.Add(file, data, opts)...)
		return nil
	}
	for _, name := range names {
		if err := filepath.WalkDir(name, visit); err != nil {
			return c, fmt.Errorf("load rules: %w", err)
		}
	}
	if len(faults) > 0 {
		return c, faults
	}
	return c, nil
}

func isRuleFile(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(name, "_test"+ext)
}

// Add reads one file and returns its faults.
func (c *Collection) Add(file string, data []byte, opts Options) document.Faults {
	f, err := Parse(file, data, opts)
	c.Files = append(c.Files, f)
	c.Rules = append(c.Rules, f.Rules...)
	c.Correlations = append(c.Correlations, f.Correlations...)
	c.Filters = append(c.Filters, f.Filters...)
	faults, _ := errors.AsType[document.Faults](err)
	return faults
}

// Check returns what is wrong between documents: ids that two rules share, and
// references to rules that there are not.
func (c *Collection) Check() document.Faults {
	var faults document.Faults
	at := map[string]document.Pos{}
	names := map[string]bool{}
	see := func(m *Meta) {
		if first, ok := at[m.ID]; ok && m.ID != "" {
			faults = append(faults, m.Pos.Fault("the id %s is taken by %s", m.ID, first))
		}
		at[m.ID] = m.Pos
		names[m.ID], names[m.Name] = true, true
	}
	for _, r := range c.Rules {
		see(&r.Meta)
	}
	for _, x := range c.Correlations {
		see(&x.Meta)
	}
	for _, x := range c.Correlations {
		for _, name := range x.Rules {
			if !names[name] {
				faults = append(faults, x.Pos.Fault("there is no rule with the id or name %q", name))
			}
		}
	}
	for _, f := range c.Filters {
		for _, name := range f.Rules {
			if !names[name] {
				faults = append(faults, f.Pos.Fault("there is no rule with the id or name %q", name))
			}
		}
	}
	return faults
}

// Compile returns the set of the rules with their filters; Set.Origin gives the
// index in c.Rules.
func (c *Collection) Compile(opts match.Options) (*match.Set, error) {
	rules := make([]match.Rule, len(c.Rules))
	for i, r := range c.Rules {
		rules[i] = match.Rule{ID: r.Key(), Labels: r.Labels, Expr: filtered(r, c.Filters)}
	}
	return match.Compile(rules, opts)
}
