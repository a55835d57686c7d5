package sigma_test

import (
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/rule/match"
	"github.com/sasumata/sasumata/internal/rule/sigma"
)

const head = "title: T\nid: 11111111-2222-4333-8444-555555555555\nlevel: low\nlogsource:\n  category: c\n"

// document of a rule with the detection, whose lines are indented by two.
func withDetection(detection string) string {
	return head + "detection:\n  " + strings.ReplaceAll(strings.TrimSpace(detection), "\n", "\n  ") + "\n"
}

// collect parses documents that must have no faults.
func collect(t *testing.T, text string, opts sigma.Options) *sigma.Collection {
	t.Helper()
	c := &sigma.Collection{}
	if faults := c.Add("rule.yml", []byte(text), opts); len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, text)
	}
	return c
}

// matched returns the keys of the rules that hold for an event.
func matched(t *testing.T, c *sigma.Collection, event string) string {
	t.Helper()
	set, err := c.Compile(match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := set.NewMatcher()
	if err := m.Scan([]byte(event)); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range m.Match(match.Source{}, match.NoRouting) {
		ids = append(ids, c.Rules[set.Origin(r)].Title)
	}
	return strings.Join(ids, " ")
}

// faultsOf returns the faults of a file, one a line.
func faultsOf(text string) string {
	c := &sigma.Collection{}
	faults := c.Add("r.yml", []byte(text), sigma.Options{})
	if len(faults) == 0 {
		return ""
	}
	return faults.Error()
}

func warningsOf(t *testing.T, text string) string {
	t.Helper()
	c := collect(t, text, sigma.Options{})
	var all document.Faults
	for _, d := range c.Files[0].Documents {
		all = append(all, d.Warnings...)
	}
	return all.Error()
}
