package app_test

import (
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/rule"
)

var update = flag.Bool("update", false, "write the pages about the runbooks anew")

// severities are the words of severities, the worst first.
func severities() []string { return []string{"critical", "high", "medium", "low", "info"} }

// runbookLine is a rule in the list of runbooks.
type runbookLine struct {
	id, runbook string
	states      []string // its severities, the worst first
}

// TestRunbookPagesAreCurrent compares the lists of runbooks with what rules name.
func TestRunbookPagesAreCurrent(t *testing.T) {
	lines := runbookLines(t)
	named := map[string]bool{}
	for _, l := range lines {
		named[l.runbook] = true
	}
	err := fs.WalkDir(content.FS(), "runbooks", func(name string, d fs.DirEntry, err error) error {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "runbooks/"), ".md")
		if err == nil && !d.IsDir() && !strings.HasSuffix(short, ".ja") && !named[short] {
			t.Errorf("%s is the runbook of nothing", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for lang, name := range map[string]string{"en": "docs/runbooks.md", "ja": "docs/ja/runbooks.md"} {
		got := runbookPage(t, lang, lines)
		if *update {
			if err := os.WriteFile(filepath.Join(root, name), []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := gocmp.Diff(read(t, name), got); diff != "" {
			t.Errorf("%s is not current: go test ./internal/app -run Runbook -update\n%s", name, diff)
		}
	}
}

// runbookLines returns what has a runbook: detection rules, rules over metrics, and the two
// kinds of signals that the server opens itself.
func runbookLines(t *testing.T) []runbookLine {
	t.Helper()
	rules, err := rule.Load(content.FS(), "rules")
	if err != nil {
		t.Fatal(err)
	}
	var lines []runbookLine
	for _, r := range rules {
		l := runbookLine{id: r.ID, runbook: r.Runbook}
		for _, severity := range severities() {
			if slices.ContainsFunc(r.Cases, func(c rule.Case) bool { return c.Status == severity }) {
				l.states = append(l.states, severity)
			}
		}
		if len(l.states) == 0 {
			t.Errorf("%s: no severity", r.ID)
		}
		lines = append(lines, l)
	}
	files, err := fs.Glob(content.FS(), "metrics/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	alert := regexp.MustCompile(`(?s)- alert: (\w+).*?severity: (\w+).*?runbook: (\S+)`)
	before := len(lines)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.yaml") {
			continue
		}
		data, err := fs.ReadFile(content.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range alert.FindAllStringSubmatch(string(data), -1) {
			lines = append(lines, runbookLine{m[1], m[3], []string{m[2]}})
		}
	}
	if len(lines) == before {
		t.Error("no rule over metrics")
	}
	return append(lines,
		runbookLine{"sasumata_*", "server/trouble", []string{"high", "medium", "low"}},
		runbookLine{"posture_findings", "posture/findings", []string{"critical", "high"}})
}

// runbookPage writes the page of a language: a table for each severity, by the worst that a
// rule can reach.
func runbookPage(t *testing.T, lang string, lines []runbookLine) string {
	t.Helper()
	ending, here := ".md", "../content/runbooks/"
	head := `# Runbooks

[日本語](ja/runbooks.md)

What each signal means, how to check it, what to do, and what is typically harmless: a page for each rule, which the browser shows beside the signal, and which notifications and reports name. They stand here by the worst severity that the rule can reach; one that can reach several begins lower and rises by itself.

Within which time somebody looks: critical at once, high 1 hour, medium 4 hours, low 24 hours, info never ([triage](signals.md#the-life-of-a-signal)). This page is made of the rules; a test holds it.

`
	columns := "| runbook | rule | severities |\n|---|---|---|\n"
	if lang == "ja" {
		ending, here = ".ja.md", "../../content/runbooks/"
		head = `# ランブック

[English](../runbooks.md)

シグナルの意味、確認方法、対応、よくある誤検知を、ルールごとに 1 ページにまとめたものです。ブラウザーではシグナルの横に表示され、通知とレポートにはその名前が入ります。ここでは、ルールが到達しうる最も高い重大度の順に並べています。複数の重大度をもつルールは低いほうから始まり、状況に応じて自動的に上がります。

確認の目安は、CRITICAL はただちに、HIGH は 1 時間、MEDIUM は 4 時間、LOW は 24 時間以内、INFO は不要です（[トリアージ](../signals.md#the-life-of-a-signal)）。このページはルールから生成され、テストで一致を確認しています。

`
		columns = "| ランブック | ルール | 重大度 |\n|---|---|---|\n"
	}
	slices.SortStableFunc(lines, func(a, b runbookLine) int {
		return cmp.Or(strings.Compare(a.runbook, b.runbook), strings.Compare(a.id, b.id))
	})
	var b strings.Builder
	b.WriteString(head)
	for _, severity := range severities() {
		fmt.Fprintf(&b, "## %s%s\n\n%s", strings.ToUpper(severity[:1]), severity[1:], columns)
		for _, l := range lines {
			if l.states[0] == severity {
				text := read(t, path.Join("content/runbooks", l.runbook+ending))
				title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
				fmt.Fprintf(&b, "| [%s](%s%s%s) | `%s` | %s |\n", title, here, l.runbook, ending, l.id, strings.Join(l.states, ", "))
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
