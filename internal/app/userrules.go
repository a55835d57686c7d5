package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/shelf"
	"github.com/sasumata/sasumata/internal/rule/sigma"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// maxSigmaWarnings is how many refused Sigma rules are named one by one.
const maxSigmaWarnings = 5

// loadUserRules reads the user's rules: Datadog's and Sigma's may lie side by
// side, and a checkout of a repository of rules may hold other YAML files, which
// are left out. A fault in one of Datadog's form ends it; a Sigma rule that cannot
// be used is left out with a warning, since collections of them always have some, as is a
// rule of the shelf: it was right when it was written, and a newer program that knows better
// must start all the same.
func (c *Content) loadUserRules(names []string, shelved string) (rules []*rule.Rule, covered map[string]document.Pos, err error) {
	collection := &sigma.Collection{}
	opts, err := sigmaOptions()
	if err != nil {
		return nil, nil, err
	}
	var faults, refused document.Faults
	skipped := 0
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path != name && !rule.IsRuleFile(path) {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			switch {
			case isSigma(data):
				refused = append(refused, collection.Add(path, data, opts)...)
			case suppression.Is(path, data):
				c.Warnings = append(c.Warnings, path+" holds suppressions, not rules: give it to --suppressions")
			case path != name && !isDatadog(data):
				skipped++
			default:
				r, err := rule.Decode(path, data)
				wrong, isWrong := errors.AsType[document.Faults](err)
				switch {
				case isWrong && shelved != "" && within(shelf.Current(shelved), path):
					for _, fault := range wrong {
						c.Warnings = append(c.Warnings, "left out: "+fault.Error())
					}
				case isWrong:
					faults = append(faults, wrong...)
				case err != nil:
					return err
				default:
					rules = append(rules, r)
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("load rules: %w", err)
		}
	}
	if skipped > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%d files hold no rule and were left out", skipped))
	}
	if len(faults) > 0 {
		return nil, nil, faults
	}
	if shelved != "" {
		covered = uncover(collection, shelf.Current(shelved))
	}
	more, err := c.addSigma(collection, append(refused, collection.Check()...))
	return append(rules, more...), covered, err
}

// uncover takes out of the collection what a file in the folder replaces: rules and
// correlations of the same id elsewhere. It returns where these are, by the ids of their
// detection rules.
func uncover(all *sigma.Collection, folder string) map[string]document.Pos {
	mine := map[string]bool{}
	note := func(m *sigma.Meta) {
		if m.ID != "" && within(folder, m.Pos.File) {
			mine[m.ID] = true
		}
	}
	for _, r := range all.Rules {
		note(&r.Meta)
	}
	for _, x := range all.Correlations {
		note(&x.Meta)
	}
	covered := map[string]document.Pos{}
	cover := func(m *sigma.Meta) bool {
		if !mine[m.ID] || within(folder, m.Pos.File) {
			return false
		}
		covered[sigmaID+m.Key()] = m.Pos
		return true
	}
	all.Rules = slices.DeleteFunc(all.Rules, func(r *sigma.Rule) bool { return cover(&r.Meta) })
	all.Correlations = slices.DeleteFunc(all.Correlations, func(x *sigma.Correlation) bool { return cover(&x.Meta) })
	return covered
}

// addSigma compiles the Sigma rules and returns the detection rules for them.
func (c *Content) addSigma(collection *sigma.Collection, refused document.Faults) ([]*rule.Rule, error) {
	for i, f := range refused {
		if i == maxSigmaWarnings {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%d more faults in Sigma rules (sigma lint names them)", len(refused)-i))
			break
		}
		c.Warnings = append(c.Warnings, "left out: "+f.Error())
	}
	if len(collection.Rules) == 0 {
		return nil, nil
	}
	var err error
	if c.Sigma, err = newSigma(collection); err != nil {
		return nil, err
	}
	return c.Sigma.detectionRules()
}

// isSigma reports whether the document looks like Sigma's: the keys stand at the
// beginning of a line in every rule that there is.
func isSigma(data []byte) bool {
	return hasKey(data, "detection") || hasKey(data, "correlation") || hasKey(data, "filter") && hasKey(data, "logsource")
}

// isDatadog reports whether the document looks like a detection rule.
func isDatadog(data []byte) bool {
	trimmed := bytes.TrimSpace(data)
	return len(trimmed) > 0 && trimmed[0] == '{' || hasKey(data, "queries") || hasKey(data, "cases") || hasKey(data, "options")
}

func hasKey(data []byte, key string) bool {
	line := append([]byte(key), ':')
	return bytes.HasPrefix(data, line) || bytes.Contains(data, append([]byte("\n"), line...))
}
