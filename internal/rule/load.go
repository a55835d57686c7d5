package rule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// MaxBytes is the size of the largest rule document; Datadog's largest shipped
// ones have 30 KB.
const MaxBytes = 1 << 20

// Load reads every rule below root: the files that end in .yaml, .yml or .json,
// but not in _test before that, in the order of their paths. Two rules with the
// same id are a fault. It returns the rules that are right, and document.Faults
// for all that is wrong in the others; a file that cannot be read ends it.
func Load(fsys fs.FS, root string) ([]*Rule, error) {
	var rules []*Rule
	var faults document.Faults
	seen := map[string]string{}
	err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !IsRuleFile(name) {
			return err
		}
		data, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		r, err := Decode(name, data)
		if wrong, ok := errors.AsType[document.Faults](err); ok {
			faults = append(faults, wrong...)
			return nil
		}
		if err != nil {
			return err
		}
		if first, double := seen[r.ID]; double {
			faults = append(faults, r.at("id").Fault("the rule id %q is taken by %s", r.ID, first))
			return nil
		}
		seen[r.ID] = name
		rules = append(rules, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load rules below %s: %w", root, err)
	}
	if len(faults) > 0 {
		return rules, faults
	}
	return rules, nil
}

// IsRuleFile reports whether Load reads a file of that name.
func IsRuleFile(name string) bool {
	ending := path.Ext(name)
	return slices.Contains([]string{".yaml", ".yml", ".json"}, ending) && !strings.HasSuffix(strings.TrimSuffix(name, ending), "_test")
}

// readFile reads a file up to one byte more than MaxBytes: the document refuses
// what is longer.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open rule %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read rule %s: %w", name, err)
	}
	return data, nil
}
