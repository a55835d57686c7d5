package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sasumata/sasumata/internal/app"
	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/report"
)

func newPolicyList(s streams) *cobra.Command {
	var output, language string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the checks, and what other tools call them",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := lang(language)
			if err != nil {
				return err
			}
			engine, err := app.Policies(nil)
			if err != nil {
				return usageError(err)
			}
			checks, err := app.KubernetesChecks(engine)
			if err != nil {
				return err
			}
			checks = slices.Concat(engine.Checks(), checks)
			switch output {
			case "text":
				return listPolicies(s, checks, l)
			case "jsonl":
				return encodePolicies(s, checks)
			case "markdown":
				return describePolicies(s, checks, l)
			default:
				return usageError(errors.New("--output wants text, jsonl or markdown"))
			}
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, jsonl (one object a check, in both languages) or markdown (a page with all there is to say)")
	cmd.Flags().StringVar(&language, "lang", "", "en or ja; the default is the environment's")
	return cmd
}

func listPolicies(s streams, checks []*posture.Check, l report.Lang) error {
	table := report.Table{Header: []string{"ID", "SEVERITY", "TARGET", "TITLE", "ALSO KNOWN AS"}}
	for _, c := range checks {
		target := c.Target
		if c.Off != (posture.Text{}) {
			target += " (off)"
		}
		table.Rows = append(table.Rows, []string{c.ID, c.Severity.String(), target, inLanguage(c.Title, l), report.Cut(strings.Join(c.All(), ", "), 80)})
	}
	return table.WriteText(s.out)
}

func encodePolicies(s streams, checks []*posture.Check) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	for _, c := range checks {
		text := func(t posture.Text) map[string]string { return map[string]string{"en": t.English, "ja": t.Japanese} }
		object := map[string]any{
			"id": c.ID, "severity": c.Severity.String(), "target": c.Target, "title": text(c.Title), "why": text(c.Why), "fix": text(c.Fix), "aliases": c.All(),
		}
		if c.Source != "" {
			object["source"], object["links"] = c.Source, c.Links
		}
		if c.Off != (posture.Text{}) {
			object["off"] = text(c.Off)
		}
		err := e.Encode(object)
		if err != nil {
			return fmt.Errorf("write the checks: %w", err)
		}
	}
	return nil
}

// inLanguage returns the text in a language.
func inLanguage(t posture.Text, l report.Lang) string {
	if l == report.Japanese {
		return t.Japanese
	}
	return t.English
}

// pageWords are the words of that page in a language.
type pageWords struct{ title, head, why, fix, aliases, file, off, links, trivy string }

// ruleFile returns where the file of a check is read, seen from the page.
func ruleFile(c *posture.Check) string {
	if c.Source == "" {
		return "../content/policies/" + c.File
	}
	return "https://github.com/aquasecurity/trivy-checks/blob/" + posture.TrivyVersion + "/" + c.File
}

// describePolicies writes a page with all checks: the one in the documentation.
func describePolicies(s streams, checks []*posture.Check, l report.Lang) error {
	words := pageWords{
		"Checks", "What `sasumata policy check` looks for, and what other tools call it. Written by `sasumata policy list -o markdown --lang en` ([日本語](policy-checks.ja.md)); [policies](policies.md) says how to use them.",
		"Why", "What to do", "Also known as", "Rule", "Off unless named with `--kubernetes-checks`", "More",
		"Checks of [trivy-checks](https://github.com/aquasecurity/trivy-checks) (Aqua Security, MIT) that none of ours replaces. What else Trivy checks of manifests is found by the checks above that have its id.",
	}
	if l == report.Japanese {
		words = pageWords{
			"検査項目", "`sasumata policy check` が調べる項目と、他のツールでの呼び名です。`sasumata policy list -o markdown --lang ja` の出力です([English](policy-checks.md))。使い方は[ポリシー](policies.md)(英語)にあります。",
			"理由", "対処", "別名", "ルール", "`--kubernetes-checks` で指定した場合だけ実行", "詳細",
			"[trivy-checks](https://github.com/aquasecurity/trivy-checks) (Aqua Security、MIT) の検査のうち、独自の検査で置き換えていないものです。Trivy のマニフェスト検査のその他の項目は、その ID を別名に持つ上の検査で見つかります。",
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s\n", words.title, words.head)
	targets := map[string][]*posture.Check{}
	for _, c := range checks {
		target := c.Target
		if c.Source != "" {
			target += ": " + c.Source
		}
		targets[target] = append(targets[target], c)
	}
	for _, target := range slices.Sorted(maps.Keys(targets)) {
		fmt.Fprintf(&out, "\n## %s\n", target)
		if targets[target][0].Source != "" {
			fmt.Fprintf(&out, "\n%s\n", words.trivy)
		}
		for _, c := range targets[target] {
			fmt.Fprintf(&out, "\n### %s %s\n\n", c.ID, inLanguage(c.Title, l))
			fmt.Fprintf(&out, "**%s** · %s: [`%s`](%s)\n\n", c.Severity, words.file, path.Base(c.File), ruleFile(c))
			for _, row := range [][2]string{
				{words.off, inLanguage(c.Off, l)}, {words.why, inLanguage(c.Why, l)}, {words.fix, inLanguage(c.Fix, l)}, {words.links, strings.Join(c.Links, ", ")},
			} {
				if c.Source != "" { // theirs is plain text, in which <path> is no HTML
					row[1] = strings.ReplaceAll(row[1], "<", `\<`)
				}
				if row[1] != "" {
					fmt.Fprintf(&out, "- %s: %s\n", row[0], row[1])
				}
			}
			if all := c.All(); len(all) > 0 {
				fmt.Fprintf(&out, "- %s: %s\n", words.aliases, strings.Join(all, ", "))
			}
		}
	}
	if _, err := io.WriteString(s.out, out.String()); err != nil {
		return fmt.Errorf("write the checks: %w", err)
	}
	return nil
}
