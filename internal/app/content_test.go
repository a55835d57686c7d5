package app

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect"
	"github.com/sasumata/sasumata/internal/report"
)

func TestShippedRulesDoWhatTheirTestsSay(t *testing.T) {
	result, err := TestRules("")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range result.Failures {
		t.Error(text)
	}
	for _, id := range result.Untested {
		t.Errorf("the rule %s has no test beside it", id)
	}
	if result.Tests < 2*result.Rules {
		t.Errorf("%d tests for %d rules, want at least two a rule", result.Tests, result.Rules)
	}
}

func TestShippedRulesAreCompleteAndRun(t *testing.T) {
	c, err := LoadContent(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	_, unsupported := detect.New(c.Rules, detect.Options{Tables: c.Tables})
	for _, u := range unsupported {
		t.Errorf("%s is not run: %s", u.Rule.ID, u.Reason)
	}
	for _, r := range c.Rules {
		if r.NameJA == "" || r.Message == "" || r.MessageJA == "" || r.Category == "" {
			t.Errorf("%s lacks a Japanese name, a message in one of the languages, or a category", r.ID)
		}
		if Runbook(r.Runbook, report.English) == "" || Runbook(r.Runbook, report.Japanese) == Runbook(r.Runbook, report.English) {
			t.Errorf("%s has no runbook in both languages", r.ID)
		}
		tags := strings.Join(r.Tags, " ")
		for _, kind := range []string{"category:", "tactic:TA", "technique:T"} {
			if !strings.Contains(tags, kind) {
				t.Errorf("%s has no tag %s..", r.ID, kind)
			}
		}
	}
}

// Every category that request patterns name must reach somebody.
func TestEveryPatternCategoryHasARule(t *testing.T) {
	patterns, err := loadPatterns(content.FS(), "patterns")
	if err != nil {
		t.Fatal(err)
	}
	var rules strings.Builder
	err = fs.WalkDir(content.FS(), "rules/web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.yaml") {
			return err
		}
		data, err := fs.ReadFile(content.FS(), name)
		rules.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range patterns {
		if !strings.Contains(rules.String(), p.Category) {
			t.Errorf("%v: no rule in rules/web asks for the category %s", p.Pos, p.Category)
		}
	}
}

// The rule about clients leaves kinds to their rules: it must know all of them.
func TestTheRuleAboutClientsKnowsEveryKind(t *testing.T) {
	c, err := LoadContent(Sources{Only: RulePart})
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	for _, r := range c.Rules {
		if r.ID != "attacking_client" {
			continue
		}
		for _, q := range r.Queries {
			lists[q.Name] = q.Query
		}
	}
	kind := regexp.MustCompile(`^@security\.categories:(\w+)$`)
	kinds := 0
	for _, r := range c.Rules {
		for _, q := range r.Queries {
			m := kind.FindStringSubmatch(q.Query)
			if m == nil {
				continue
			}
			kinds++
			word := regexp.MustCompile(`\b` + m[1] + `\b`)
			for _, name := range []string{"attacks", "answered", "grave"} {
				if !word.MatchString(lists[name]) {
					t.Errorf("%s has a rule for %s, which the query %q of attacking_client does not name", r.ID, m[1], name)
				}
			}
		}
	}
	if kinds < 16 {
		t.Errorf("%d rules ask for one kind of attack, want 16 and more", kinds)
	}
}
