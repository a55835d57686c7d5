package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/sasumata/sasumata/content"
	"github.com/sasumata/sasumata/internal/detect/detecttest"
	"github.com/sasumata/sasumata/internal/document"
	"github.com/sasumata/sasumata/internal/lookup/threat"
	"github.com/sasumata/sasumata/internal/pipeline"
	"github.com/sasumata/sasumata/internal/pipeline/pipelinetest"
	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/rule"
	"github.com/sasumata/sasumata/internal/rule/suppression"
	"github.com/sasumata/sasumata/internal/waf"
	"github.com/sasumata/sasumata/internal/waf/crs"
)

// Check compiles what is built in and otherwise compiled when it is needed: the grok
// rules of pipelines, and the rules in SecLang that are evidence.
func (c *Content) Check() error {
	_, err := pipeline.Load(content.FS(), "pipelines")
	return errors.Join(err, c.SecLang.Check())
}

// CheckFile checks one document of content and says what kind it is: pipeline,
// rule, Sigma rules, suppressions, threat feeds, patterns, rules in SecLang, or the
// tests beside a rule or pipeline. The error is document.Faults when the document is
// wrong.
func CheckFile(name string) (kind string, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if path.Ext(name) == secLangSuffix {
		rules, err := waf.NewRules([]crs.File{{Name: name, Data: data}})
		if err == nil {
			err = rules.Check()
		}
		return "rules in SecLang", err
	}
	if isSigma(data) {
		file, err := parseSigma(name, data)
		if err != nil {
			return "Sigma rules", err
		}
		var faults document.Faults
		for _, d := range file.Documents {
			faults = append(faults, d.Faults...)
		}
		if len(faults) > 0 {
			return "Sigma rules", faults
		}
		return "Sigma rules", nil
	}
	if suppression.Is(name, data) {
		all, err := suppression.Decode(name, data)
		if err == nil {
			if faults := suppression.Together(all); len(faults) > 0 {
				err = faults
			}
		}
		return "suppressions", err
	}
	switch keys := topKeys(name, data); {
	case keys["feeds"]:
		_, err = threat.ParseFeeds(name, data)
		return "threat feeds", err
	case keys["pipeline"] || keys["processors"]:
		_, err = pipeline.Parse(name, data, pipeline.ParseOptions{Lenient: keys["metric_id"] || keys["backend_only"]})
		return "pipeline", err
	case keys["queries"] || keys["cases"] || keys["message"] || keys["options"] || len(keys) == 0:
		_, err = rule.Decode(name, data)
		return "rule", err
	case keys["tests"]:
		return checkTests(name, data)
	default:
		patterns, err := waf.Parse(name, data)
		if err == nil {
			_, err = waf.Compile(patterns)
		}
		return "patterns", err
	}
}

// checkTests checks tests without running them: those of rules have events, those
// of pipelines lines, those of Datadog's pipelines samples.
func checkTests(name string, data []byte) (kind string, err error) {
	var doc struct {
		Tests []map[string]any `doc:"tests"`
	}
	// Whatever is wrong comes up again when the tests are read as what they are.
	_ = document.Decode(name, data, &doc, document.Options{AllowUnknown: true})
	for _, test := range doc.Tests {
		if _, ok := test["line"]; ok {
			return "tests of a pipeline", document.Decode(name, data, &pipelinetest.File{}, document.Options{})
		}
		if _, ok := test["sample"]; ok {
			return "tests of a Datadog pipeline", document.Decode(name, data, &pipelinetest.DatadogFile{}, document.Options{})
		}
	}
	_, err = detecttest.Decode(name, data)
	return "tests of a rule", err
}

// topKeys returns the keys of the document's outermost mapping; a document that
// cannot be read has none.
func topKeys(name string, data []byte) map[string]bool {
	var doc map[string]any
	if err := document.Decode(name, data, &doc, document.Options{AllowUnknown: true}); err != nil && doc == nil {
		return nil
	}
	keys := make(map[string]bool, len(doc))
	for key := range doc {
		keys[key] = true
	}
	return keys
}

// ExportContent writes the embedded content below dir and returns the number of
// files. A file that stands there already is not overwritten: that is an error.
func ExportContent(dir string) (files int, err error) {
	all := content.FS()
	if err := os.CopyFS(dir, all); err != nil {
		return 0, fmt.Errorf("export content: %w", err)
	}
	err = fs.WalkDir(all, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	return files, err
}

// Runbook returns the Markdown text of a runbook that a rule names, in the
// language or else in English, or "".
func Runbook(name string, lang report.Lang) string {
	base := strings.TrimSuffix(path.Clean(name), ".md")
	if lang == report.Japanese {
		if data, err := fs.ReadFile(content.FS(), path.Join("runbooks", base+".ja.md")); err == nil {
			return string(data)
		}
	}
	data, err := fs.ReadFile(content.FS(), path.Join("runbooks", base+".md"))
	if err != nil {
		return ""
	}
	return string(data)
}
