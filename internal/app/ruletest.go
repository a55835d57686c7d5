package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect/detecttest"
	"github.com/sasumata/sasumata/internal/lookup"
	"github.com/sasumata/sasumata/internal/rule"
)

// RuleTests is what testing the rules of a directory gave.
type RuleTests struct {
	// Rules and Tests are how many there were.
	Rules, Tests int
	// Failures are the differences, each with its place.
	Failures []string
	// Untested are the ids of the rules without a test beside them.
	Untested []string
}

// TestRules runs the tests beside the rules below a directory, or beside one rule in
// a file; "" means the embedded rules. During tests the block list holds the network
// 198.51.100.0/24.
func TestRules(name string) (*RuleTests, error) {
	fsys, root, only := content.FS(), "rules", ""
	if name != "" {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("test rules: %w", err)
		}
		fsys, root = os.DirFS(name), "."
		if !info.IsDir() {
			// The other rules beside it may be what it correlates.
			fsys, only = os.DirFS(filepath.Dir(name)), filepath.Base(name)
		}
	}
	rules, err := rule.Load(fsys, root)
	if err != nil {
		return nil, err
	}
	tables := lookup.NewTables()
	tables.AddThreats(Blocklist, lookup.NewList(netip.MustParsePrefix("198.51.100.0/24")))
	result := &RuleTests{}
	for _, r := range rules {
		if only != "" && r.File != only && detecttest.FileName(r.File) != only {
			continue
		}
		result.Rules++
		name := detecttest.FileName(r.File)
		data, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			result.Untested = append(result.Untested, r.ID)
			continue
		}
		if err != nil {
			return nil, err
		}
		file, err := detecttest.Decode(name, data)
		if err != nil {
			return nil, err
		}
		for _, test := range file.Tests {
			result.Tests++
			for _, failure := range detecttest.Run(r, test, tables, sourcesOf(r, rules)...) {
				result.Failures = append(result.Failures, failure.String())
			}
		}
	}
	if only != "" && result.Rules == 0 {
		return nil, fmt.Errorf("%s is neither a rule nor the tests of one", only)
	}
	return result, nil
}

// sourcesOf returns the rules whose signals the rule correlates.
func sourcesOf(r *rule.Rule, rules []*rule.Rule) []*rule.Rule {
	var all []*rule.Rule
	for _, other := range rules {
		for _, q := range r.Queries {
			if other != r && (q.RuleID == other.ID || q.DefaultRuleID == other.ID) {
				all = append(all, other)
				break
			}
		}
	}
	return all
}
