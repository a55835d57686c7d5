package finding_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sasumata/sasumata/internal/report"
	"github.com/sasumata/sasumata/internal/report/finding"
	"github.com/sasumata/sasumata/internal/scan"
)

// evil is what an attacker would write where a report takes text from him.
const evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>[x](javascript:alert(1)) @everyone | a `b` https://evil.example \x1b[31m\u202e\x00"

// document has findings of every kind and state, all texts hostile.
func document(t *testing.T, lang report.Lang) finding.Document {
	t.Helper()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	l := scan.NewList(now, "v1", evil)
	l.Gate.FailOn = "high"
	r := scan.NewReport(evil+".json", l.Asset)
	r.Format = "trivy"
	r.Note(evil)
	raws := []scan.Raw{
		{Kind: scan.Vulnerability, ID: "CVE-2024-1", Aliases: []string{"GHSA-aaaa-bbbb-cccc"}, Title: evil, Type: "npm", Name: "lodash", Version: "1.0", Fixed: []string{"1.2", "2.0"}, Severity: "critical", URL: "https://example.com/CVE-2024-1", CVSS: 9.8, CWE: []int{79}},
		{Kind: scan.Vulnerability, ID: "CVE-2024-2", Type: "npm", Name: "lodash", Version: "1.0", Fixed: []string{"1.10"}, Severity: "low", URL: "javascript:alert(1)"},
		{Kind: scan.Code, ID: evil, Title: evil, Description: evil, Path: evil, Line: 7, Severity: "high", Resource: evil, Fix: evil, Target: evil},
		{Kind: scan.Secret, ID: "key", Path: "a/.env", Line: 1, Secret: "hunter2", Severity: "high", Suppressed: &scan.Suppressed{By: "tool", Name: evil, Reason: evil}},
		{Kind: scan.Misconfiguration, ID: "DS-1", Resource: "web", Severity: "nothing that is known"},
	}
	for i := range raws {
		raws[i].Tool = "trivy"
		if err := r.Add(&raws[i]); err != nil {
			t.Fatal(err)
		}
	}
	l.Reports = []*scan.Report{r}
	l.Unread = []scan.Unread{{Report: evil, Error: evil}}
	l.Notices = []scan.Notice{{Code: scan.SuppressionEnded, At: "s.yaml:1:1", Name: evil, Day: "2026-01-01", N: 3}, {Code: "of a later version"}}
	var err error
	if l.Findings, err = scan.Merge(l.Reports); err != nil {
		t.Fatal(err)
	}
	l.Compare(nil, now)
	l.Findings[0].KEV, l.Findings[0].EPSS = &scan.KEV{Added: evil}, &scan.EPSS{Score: 0.5, Percentile: 0.9}
	l.Gate.Hold(l.Findings, now)
	l.Count()
	return finding.Document{List: l, Lang: lang, History: []scan.Point{l.Point(), l.Point()}}
}

// TestHTML shows hostile texts, and obeys none.
func TestHTML(t *testing.T) {
	for _, lang := range []report.Lang{report.English, report.Japanese} {
		var out bytes.Buffer
		if err := finding.WriteHTML(&out, document(t, lang)); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		for _, bad := range []string{"<script>alert", "<img", "javascript:alert(1)\"", "\x1b", "\u202e", "\x00", "hunter2", "%!", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%v: %q stands in the page", lang, bad)
			}
		}
		for _, want := range []string{"&lt;script&gt;alert(1)", `<span class="esc">\x1b</span>`, "default-src &#39;none&#39;", `<a href="https://example.com/CVE-2024-1"`, "GHSA-aaaa-bbbb-cccc", "CWE-79", "lodash (npm)", "→ 1.10", "50.0%"} {
			if !strings.Contains(page, want) {
				t.Errorf("%v: no %q in the page", lang, want)
			}
		}
		if n := strings.Count(page, "<a href=\"https"); n != 1 {
			t.Errorf("%d links, want that of the one address that is one", n)
		}
		if regexp.MustCompile(`(src|href|action)="(https?:|//|data:)`).FindAllString(page, -1); strings.Contains(page, "src=\"") {
			t.Error("the page loads something")
		}
		if strings.Contains(page, `style="`) {
			t.Error("inline styles are not obeyed under the page's policy")
		}
	}
}

// TestMarkdown lets nothing of a report become markup.
func TestMarkdown(t *testing.T) {
	var out bytes.Buffer
	if err := finding.WriteMarkdown(&out, document(t, report.English)); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, bad := range []string{"<script", "<img", "](", "@everyone", "https://", "\x1b", "\u202e", " `b`", "%!"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q stands in:\n%s", bad, text)
		}
	}
	for _, want := range []string{"**Failed&#58; 2 of severity HIGH or worse · ", "| 1 | 1 | 0 | 1 | 0 | 1 | 4 | 0 | 1 |", "- Upgrade lodash \\(npm\\) to 1.10 — CRITICAL 1, LOW 1", "> Not read&#58;"} {
		if want == "**Failed&#58; 2 of severity HIGH or worse · " {
			want = "**Failed&#58; 2 of severity HIGH or worse**"
		}
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ◆") || strings.HasPrefix(line, "| ▲") {
			if n := strings.Count(line, "|") - strings.Count(line, `\|`); n != 7 && n != 10 {
				t.Errorf("%d bars in %s", n, line)
			}
		}
	}
}

// TestMarkdownFitsAComment cuts what is longer than a comment may be.
func TestMarkdownFitsAComment(t *testing.T) {
	d := document(t, report.English)
	one := *d.List.Findings[0]
	one.Title = strings.Repeat("(", 300)
	for range 5000 {
		d.List.Findings = append(d.List.Findings, &one)
	}
	var out bytes.Buffer
	if err := finding.WriteMarkdown(&out, d); err != nil || out.Len() > 65_000 || !strings.Contains(out.String(), "more") {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
}

// TestText shows hostile texts on one line each.
func TestText(t *testing.T) {
	var out bytes.Buffer
	if err := finding.WriteText(&out, document(t, report.Japanese)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"◆ CRITICAL", "lodash 1.0", "→ 1.2", "不合格: 重大度 HIGH 以上が 2 件", "抑制", "2026-01-01 に期限が切れています(対象 3 件)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	for _, bad := range []string{"\x1b", "\u202e", "\x00", "%!"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("%q stands in it", bad)
		}
	}
}

// TestNothingIsSaidOfWhatWasNotRead says that there is nothing to do only of what was read.
func TestNothingIsSaidOfWhatWasNotRead(t *testing.T) {
	for _, write := range []func(io.Writer, finding.Document) error{finding.WriteText, finding.WriteHTML} {
		f := func(want bool, unread ...scan.Unread) {
			t.Helper()
			var out bytes.Buffer
			if err := write(&out, finding.Document{List: &scan.List{Unread: unread}, Lang: report.English}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "There is nothing that somebody has to look at."); got != want {
				t.Errorf("said %t, want %t:\n%s", got, want, out.String())
			}
		}
		f(true)
		f(false, scan.Unread{Report: "x", Error: "x is broken"})
	}
}

// TestJSONIsRead reads what was written as the baseline of the next run.
func TestJSONIsRead(t *testing.T) {
	d := document(t, report.English)
	var out bytes.Buffer
	if err := finding.WriteJSON(&out, d); err != nil {
		t.Fatal(err)
	}
	l, err := scan.ReadList(&out)
	if err != nil || len(l.Findings) != len(d.List.Findings) || l.Findings[0].Key != d.List.Findings[0].Key || l.Findings[0].Severity != scan.Critical {
		t.Fatalf("%+v, %v", l, err)
	}
}

// TestSARIF holds what is written against the schema of SARIF 2.1.0, if the linters'
// modules, which hold a copy, are there.
func TestSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := finding.WriteSARIF(&out, document(t, report.English)); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID       string
				Level        string
				Suppressions []struct{ Status string }
				Locations    []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
			Invocations []struct{ ExecutionSuccessful bool }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	held := 0
	for _, r := range run.Results {
		held += len(r.Suppressions)
		if uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI; uri == "" || strings.ContainsAny(uri, " <>\"") {
			t.Errorf("%s stands at %q", r.RuleID, uri)
		}
	}
	if len(run.Results) != 5 || held != 1 || run.Invocations[0].ExecutionSuccessful {
		t.Errorf("%d results, %d of them held back, successful %v", len(run.Results), held, run.Invocations[0].ExecutionSuccessful)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-mod=mod", "-m", "-f", "{{.Dir}}", "github.com/securego/gosec/v2")
	list.Dir = filepath.Join("..", "..", "..", "tools", "lint")
	list.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	dir, err := list.Output()
	schema, openErr := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "report", "sarif", "testdata", "sarif-schema-2.1.0.json"))
	if err != nil || openErr != nil || len(bytes.TrimSpace(dir)) == 0 {
		t.Skipf("the schema of SARIF is not here (%v, %v): make lint downloads the module that holds it", err, openErr)
	}
	defer schema.Close()
	doc, err := jsonschema.UnmarshalJSON(schema)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	written, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(written); err != nil {
		t.Error(err)
	}
}
