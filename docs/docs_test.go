// Package docs_test holds the documents together: every link leads somewhere, every page is
// in the navigation, translations have the same commands.
package docs_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const (
	root  = ".."
	index = "docs/README.md"
	indJA = "docs/ja/README.md"
)

// page is a document: what it links to, and which anchors it has.
type page struct {
	text    string
	links   []string
	anchors map[string]bool
	blocks  []string // of code
}

var (
	fence = regexp.MustCompile("(?ms)^( *)(```+)[^\n]*\n(.*?)^ *```+ *$")
	code  = regexp.MustCompile("``[^`]+``|`[^`\n]*`")
	link  = regexp.MustCompile(`\]\(<?([^()\s>]+)>?(?:\s+"[^"]*")?\)`)
	title = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`)
)

// pages reads all documents that are pages of the site, by their names from the root.
func pages(t *testing.T) map[string]*page {
	t.Helper()
	all := map[string]*page{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "content/runbooks/*/*.md", "content/policies/*.md"} {
		names, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			all[name] = parse(string(data))
		}
	}
	if len(all) < 100 {
		t.Fatalf("found only %d documents", len(all))
	}
	return all
}

func parse(text string) *page {
	p := &page{text: text, anchors: map[string]bool{}}
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		p.blocks = append(p.blocks, m[3])
	}
	text = fence.ReplaceAllString(text, "")
	for _, m := range title.FindAllStringSubmatch(text, -1) {
		words := link.ReplaceAllString(strings.ReplaceAll(m[1], "[", ""), "")
		anchor := slug(words)
		for base, i := anchor, 1; p.anchors[anchor]; i++ {
			anchor = fmt.Sprintf("%s-%d", base, i)
		}
		p.anchors[anchor] = true
	}
	for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, "`"), -1) {
		p.links = append(p.links, m[1])
	}
	return p
}

// slug makes an anchor of a heading as GitHub does.
func slug(words string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, words)
}

// target takes a link of a page apart; ok is false for one that leaves the repository.
func target(from, to string) (name, anchor string, ok bool) {
	if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
		return "", "", false
	}
	name, anchor, _ = strings.Cut(to, "#")
	if name == "" {
		return from, anchor, true
	}
	return path.Join(path.Dir(from), name), anchor, true
}

// english returns the name of the English page of a Japanese one, "" for other pages.
func english(name string) string {
	if rest, ok := strings.CutPrefix(name, "docs/ja/"); ok {
		return "docs/" + rest
	}
	if rest, ok := strings.CutSuffix(name, ".ja.md"); ok {
		return rest + ".md"
	}
	return ""
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	all := pages(t)
	seen := 0
	for name, p := range all {
		for _, to := range p.links {
			file, anchor, ok := target(name, to)
			if !ok {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s: %s leads nowhere", name, to)
				continue
			}
			if at := all[file]; at != nil && anchor != "" && !at.anchors[anchor] {
				t.Errorf("%s: %s: there is no such heading", name, to)
			}
		}
	}
	if seen < 1000 {
		t.Errorf("found only %d links", seen)
	}
}

// TestEveryPageIsInTheNavigation wants each page of docs in the index of its language, and
// all others linked to from there, or from pages that are.
func TestEveryPageIsInTheNavigation(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{}
	ahead := []string{index, indJA}
	for len(ahead) > 0 {
		name := ahead[0]
		ahead = ahead[1:]
		if reached[name] || all[name] == nil {
			continue
		}
		reached[name] = true
		for _, to := range all[name].links {
			if file, _, ok := target(name, to); ok {
				ahead = append(ahead, file)
			}
		}
	}
	has := func(of, name string) bool {
		return slices.ContainsFunc(all[of].links, func(to string) bool {
			file, _, _ := target(of, to)
			return file == name
		})
	}
	for name := range all {
		nav, own := index, path.Dir(name) == "docs" || path.Dir(name) == "."
		if english(name) != "" {
			nav, own = indJA, own || path.Dir(name) == "docs/ja"
		}
		if own && name != nav && !has(nav, name) {
			t.Errorf("%s is not in %s", name, nav)
		}
		if !reached[name] {
			t.Errorf("no way leads to %s", name)
		}
	}
}

// TestThePromisedPagesAreThere lists what a user looks for.
func TestThePromisedPagesAreThere(t *testing.T) {
	all := pages(t)
	for _, name := range []string{
		"docs/first-hour.md", "docs/sources.md", "docs/rules.md", "docs/tuning.md", "docs/runbooks.md", "docs/responses.md",
		"docs/compliance.md", "docs/migration.md", "ARCHITECTURE.md", "docs/performance.md", "docs/threat-model.md",
	} {
		if all[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	for _, word := range []string{"fail2ban", "CrowdSec", "Wazuh", "Datadog"} {
		for _, name := range []string{"docs/migration.md", "docs/ja/migration.md"} {
			if !all[name].anchors[strings.ToLower(word)] {
				t.Errorf("%s has no section about %s", name, word)
			}
		}
	}
	for _, name := range []string{"first-hour", "lab", "sources", "rules", "tuning", "runbooks", "responses", "alerting", "migration", "threat-model", "performance"} {
		if all["docs/ja/"+name+".md"] == nil {
			t.Errorf("docs/ja/%s.md is not there", name)
		}
	}
	for name := range all { // runbooks are in both languages
		if strings.HasPrefix(name, "content/runbooks/") && english(name) == "" && all[strings.TrimSuffix(name, ".md")+".ja.md"] == nil {
			t.Errorf("%s is not there in Japanese", name)
		}
	}
}

// parts are Japanese pages that leave something out, and say so. Their code is that of the
// English page, too, in its order.
func parts() []string {
	return []string{"docs/ja/rules.md", "docs/ja/responses.md", "docs/ja/alerting.md"}
}

// TestTranslationsHaveTheSameCode compares the blocks of code of both languages.
func TestTranslationsHaveTheSameCode(t *testing.T) {
	all := pages(t)
	seen := 0
	for name, ja := range all {
		en := all[english(name)]
		if en == nil || path.Dir(name) != "docs/ja" {
			continue
		}
		seen++
		rest := en.blocks
		for i, block := range ja.blocks {
			at := slices.Index(rest, strings.ReplaceAll(block, " --lang ja", ""))
			if at < 0 {
				t.Errorf("%s: block %d is not in %s, or not in this order:\n%s", name, i+1, english(name), block)
				continue
			}
			if at > 0 && !slices.Contains(parts(), name) {
				t.Errorf("%s lacks a block of %s:\n%s", name, english(name), rest[0])
			}
			rest = rest[at+1:]
		}
		if len(rest) > 0 && !slices.Contains(parts(), name) {
			t.Errorf("%s lacks a block of %s:\n%s", name, english(name), rest[0])
		}
	}
	if seen < 10 {
		t.Errorf("compared only %d pages", seen)
	}
}

// TestTranslationsLinkToEachOther wants the way to the other language at the top, and no
// link of a Japanese page to an English one that is there in Japanese, but to sections that
// only the English one has.
func TestTranslationsLinkToEachOther(t *testing.T) {
	all := pages(t)
	japanese := map[string]string{}
	for name := range all {
		if of := english(name); of != "" {
			japanese[of] = name
		}
	}
	for name, ja := range all {
		of := english(name)
		if of == "" || strings.HasPrefix(name, "content/") || all[of] == nil {
			continue
		}
		first := func(p *page, from, to string) bool {
			return len(p.links) > 0 && path.Join(path.Dir(from), p.links[0]) == to
		}
		if !first(ja, name, of) || !first(all[of], of, name) {
			t.Errorf("%s and %s: the first link is not that to the other language", of, name)
		}
		for _, to := range ja.links[min(1, len(ja.links)):] {
			file, anchor, ok := target(name, to)
			if ok && anchor == "" && japanese[file] != "" && file != of {
				t.Errorf("%s: %s is there in Japanese: %s", name, to, japanese[file])
			}
		}
	}
}

// TestTheSite writes the site, which says itself what is wrong with links and pages.
func TestTheSite(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: slow, it builds the program that writes the site")
	}
	tool := filepath.Join(t.TempDir(), "site")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", tool, ".")
	build.Dir = filepath.Join(root, "tools", "site")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: tools/site cannot be built here (its module wants a network, once): %v\n%.300s", err, out)
	}
	test := exec.CommandContext(t.Context(), "go", "test", ".")
	test.Dir = build.Dir
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("its own tests: %v\n%s", err, out)
	}
	to := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), tool, "-root", root, "-out", to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := pages(t)
	wrote := 0
	reference := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	err := filepath.WalkDir(to, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		wrote++
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text := string(data)
		if strings.Contains(text, "<script") || strings.Contains(text, "raw HTML omitted") {
			t.Errorf("%s has a script, or lacks something", name)
		}
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			file, anchor, ok := target(name, m[1])
			if !ok {
				continue
			}
			there, err := os.ReadFile(file)
			if err != nil || anchor != "" && !strings.Contains(string(there), ` id="`+unescaped(t, anchor)+`"`) {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			}
		}
		return nil
	})
	if err != nil || wrote != len(all) {
		t.Errorf("%d pages of %d, %v", wrote, len(all), err)
	}
}

// unescaped undoes how a link writes an anchor that is not ASCII.
func unescaped(t *testing.T, anchor string) string {
	t.Helper()
	plain, err := url.PathUnescape(anchor)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
