package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/detect/detecttest"
	"github.com/sasumata/sasumata/internal/document"
	seriesof "github.com/sasumata/sasumata/internal/metrics"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// RuleLint is what is to be said about one rule's file.
type RuleLint struct {
	// File is the file's name.
	File string
	// Faults make the rule unusable, each with the line that it stands on.
	Faults []string
	// Advice is about a rule that works, and perhaps not as it was meant.
	Advice []string
}

// LintRules checks the rules in the files, and those below the directories; also
// suppressions that lie there, over the built-in rules and those beside them. Now,
// in nanoseconds since 1970 UTC, says which of them have expired; 0 asks for none.
func LintRules(names []string, now int64) ([]RuleLint, error) {
	var files []string
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path == name || rule.IsRuleFile(path)) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	all := make([]RuleLint, 0, len(files))
	held := map[int][]byte{} // files of suppressions by their place
	var rules []*rule.Rule
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if suppression.Is(file, data) {
			held[len(all)] = data
			all = append(all, RuleLint{File: file})
			continue
		}
		if seriesof.IsRuleFile(data) {
			all = append(all, lintMetricRules(file, data))
			continue
		}
		if r, err := rule.Decode(file, data); err == nil {
			rules = append(rules, r)
		}
		all = append(all, lintRule(file, data))
	}
	if len(held) == 0 {
		return all, nil
	}
	builtin, err := rule.Load(content.FS(), "rules")
	if err != nil {
		return nil, err
	}
	rules = append(rules, builtin...)
	for i, data := range held {
		all[i] = LintSuppressions(all[i].File, data, rules, now)
	}
	return all, nil
}

func lintRule(file string, data []byte) RuleLint {
	if isSigma(data) {
		return lintSigma(file, data)
	}
	lint := RuleLint{File: file}
	r, err := rule.Decode(file, data)
	if wrong, ok := errors.AsType[document.Faults](err); ok {
		lint.Faults = []string{wrong.Excerpt(data)}
		return lint
	} else if err != nil {
		lint.Faults = []string{err.Error()}
		return lint
	}
	advise := func(format string, args ...any) { lint.Advice = append(lint.Advice, fmt.Sprintf(format, args...)) }
	for _, hint := range r.Hints() {
		lint.Advice = append(lint.Advice, hint.Error())
	}
	for _, i := range r.Unreachable() {
		advise("%v: the case %q can never win: those above it hold whenever it does", r.Cases[i].Pos, r.Cases[i].Name)
	}
	if _, unsupported := detect.New([]*rule.Rule{r}, detect.Options{Tables: rule.TablesFunc(func(string, string, string) bool { return false })}); len(unsupported) > 0 {
		advise("%v: the rule would not run: %s", r.Pos, unsupported[0].Reason)
	}
	switch {
	case r.Runbook == "":
		advise("%v: no runbook: whoever gets the signal is not told what to do", r.Pos)
	case Runbook(r.Runbook, report.English) == "" && !besideRule(file, r.Runbook):
		advise("%v: there is no runbook %s.md, neither built in nor beside the rule", r.Pos, r.Runbook)
	}
	if len(r.Tactics()) == 0 && len(r.Techniques()) == 0 {
		advise("%v: no MITRE ATT&CK tags, such as technique:T1110-brute-force", r.Pos)
	}
	if _, err := os.Stat(detecttest.FileName(file)); err != nil {
		advise("%v: no test: %s", r.Pos, detecttest.FileName(file))
	}
	return lint
}

// lintSigma says what a file of Sigma rules is refused for, and what it warns of.
func lintSigma(file string, data []byte) RuleLint {
	lint := RuleLint{File: file}
	parsed, err := parseSigma(file, data)
	if err != nil {
		lint.Faults = []string{err.Error()}
		return lint
	}
	for _, d := range parsed.Documents {
		if len(d.Faults) > 0 {
			lint.Faults = append(lint.Faults, d.Faults.Excerpt(data))
		}
		for _, warning := range d.Warnings {
			lint.Advice = append(lint.Advice, warning.Error())
		}
	}
	return lint
}

// lintMetricRules says what is wrong with a rule file of Prometheus, and what its rules do
// that is seldom meant.
func lintMetricRules(file string, data []byte) RuleLint {
	faults, advice := seriesof.Lint(file, data)
	lint := RuleLint{File: file, Faults: faults}
	for _, one := range advice {
		lint.Advice = append(lint.Advice, file+":"+one.String())
	}
	return lint
}

func besideRule(file, runbook string) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.Base(runbook)+".md"))
	return err == nil
}
