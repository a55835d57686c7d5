package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestEveryPathOfTheMakefileExists finds targets for parts of the product that
// are not there (any more): make would say that they work.
func TestEveryPathOfTheMakefileExists(t *testing.T) {
	text := read(t, "Makefile")
	folder := regexp.MustCompile(`(?:[\s=(]|\./)((?:cmd|content|deploy|docs|internal|seclog|test|tools|web)(?:/[\w.-]+)*)\b`)
	var seen []string
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, "#")
		if strings.HasPrefix(code, "SETS") {
			continue // sets of the conformance suite
		}
		for _, m := range folder.FindAllStringSubmatch(code, -1) {
			if m[1] != "web/node_modules" { // which make makes
				seen = append(seen, m[1])
			}
		}
	}
	if !slices.Contains(seen, "cmd/sasumata") || !slices.Contains(seen, "test/fuzz.sh") || !slices.Contains(seen, "tools/go.mod") {
		t.Errorf("read only the paths %q", seen)
	}
	for _, name := range seen {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("the Makefile names %s: %v", name, err)
		}
	}
}

// TestEveryTargetIsThere compares what documents and continuous integration ask
// make for with the targets.
func TestEveryTargetIsThere(t *testing.T) {
	text := read(t, "Makefile")
	phony, _, _ := strings.Cut(text[strings.Index(text, ".PHONY:")+len(".PHONY:"):], "\n")
	targets := strings.Fields(phony)
	for _, target := range targets {
		if !strings.Contains(text, "\n"+target+":") {
			t.Errorf("the Makefile has no rule for %s", target)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(targets, m[1]) {
			t.Errorf("%s is not .PHONY: a file of this name would hide it", m[1])
		}
	}
	asked := regexp.MustCompile("(?m)(?:^|`|run: |step \"[^\"]*\" )make ([a-z]+)")
	found := 0
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"README.md", "README.ja.md", "CONTRIBUTING.md", "STYLE.md", ".ci/run", ".github/workflows/ci.yml"}
	for _, file := range files {
		names = append(names, "docs/"+filepath.Base(file))
	}
	for _, name := range names {
		for _, m := range asked.FindAllStringSubmatch(read(t, name), -1) {
			if found++; !slices.Contains(targets, m[1]) {
				t.Errorf("%s: there is no make %s", name, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("found only %d uses of make", found)
	}
}

// read returns the text of a file, named from the root of the module.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
