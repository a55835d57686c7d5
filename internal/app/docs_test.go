package app_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/respond"
	"github.com/sasumata/sasumata/internal/rule"
)

// TestEveryShippedRuleIsInTheDocuments compares the page about rules with the rules:
// each has a line, with its ATT&CK techniques, and no line is about a rule that is
// not there.
func TestEveryShippedRuleIsInTheDocuments(t *testing.T) {
	rules, err := rule.Load(content.FS(), "rules")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(read(t, "docs/rules.md"), "## Shipped rules\n")
	if !found {
		t.Fatal("docs/rules.md has no section about the shipped rules")
	}
	technique := regexp.MustCompile(`^technique:(T\d{4}(\.\d{3})?)`)
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
		line := lineWith(section, "`"+r.ID+"`")
		if line == "" {
			t.Errorf("docs/rules.md says nothing of %s", r.ID)
		}
		for _, tag := range r.Tags {
			if m := technique.FindStringSubmatch(tag); m != nil && line != "" && !strings.Contains(line, m[1]) {
				t.Errorf("docs/rules.md lacks the technique %s of %s", m[1], r.ID)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)`").FindAllStringSubmatch(section, -1) {
		if !known[m[1]] {
			t.Errorf("docs/rules.md is about %s, which is not there", m[1])
		}
	}
}

// TestResponsesAreInTheDocuments compares the page about responses with what there is: keys
// of the configuration, states, rules that refuse, metrics.
func TestResponsesAreInTheDocuments(t *testing.T) {
	page := read(t, "docs/responses.md")
	has := func(what, word string) {
		t.Helper()
		if !strings.Contains(page, word) {
			t.Errorf("docs/responses.md says nothing of the %s %s", what, word)
		}
	}
	var keys func(reflect.Type)
	keys = func(of reflect.Type) {
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("doc"), ",")
			if name == "" {
				continue
			}
			has("key", name)
			inner := field.Type
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				keys(inner)
			}
		}
	}
	keys(reflect.TypeFor[respond.Config]())
	for _, state := range respond.States() {
		has("state", "`"+state+"`")
	}
	for _, rule := range respond.NeverRules() {
		has("rule", "`"+rule+"`")
	}
}

// lineWith returns the first line that holds the text.
func lineWith(section, text string) string {
	for line := range strings.Lines(section) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}
