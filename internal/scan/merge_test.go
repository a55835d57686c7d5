package scan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/scan"
)

// report makes a report of a tool.
func report(t *testing.T, tool string, raws ...scan.Raw) *scan.Report {
	t.Helper()
	r := scan.NewReport(tool+".json", "")
	r.Format = tool
	for i := range raws {
		raws[i].Tool = tool
		if err := r.Add(&raws[i]); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// merge returns a line for each finding: ids, place, severity and tools.
func merge(t *testing.T, reports ...*scan.Report) []string {
	t.Helper()
	list, err := scan.Merge(reports)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		line := fmt.Sprintf("%s %s:%d %v (%s) %s", strings.Join(append([]string{f.ID}, f.Aliases...), "="), f.Component(), f.Place.Line, f.Severity, f.SeverityFrom, strings.Join(f.Tools(), "+"))
		out = append(out, line)
	}
	return out
}

func TestMergeVulnerabilities(t *testing.T) {
	f := func(name string, want []string, reports ...func() *scan.Report) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			forward, backward := make([]*scan.Report, 0, len(reports)), make([]*scan.Report, len(reports))
			for i, r := range reports {
				forward = append(forward, r())
				backward[len(reports)-1-i] = r()
			}
			if diff := cmp.Diff(want, merge(t, forward...)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, merge(t, backward...)); diff != "" {
				t.Errorf("in the other order: %s", diff)
			}
		})
	}
	of := func(tool string, raws ...scan.Raw) func() *scan.Report {
		return func() *scan.Report { return report(t, tool, append([]scan.Raw{}, raws...)...) }
	}
	const v = scan.Vulnerability
	f("an alias joins what two tools call differently", []string{"CVE-2024-1=GHSA-aaaa-bbbb-cccc=PYSEC-1 foo-bar:0 high (grype) grype+pip-audit+trivy"},
		of("trivy", scan.Raw{Kind: v, ID: "cve-2024-1", Severity: "MEDIUM", PURL: "pkg:pypi/foo-bar@1.0"}),
		of("grype", scan.Raw{Kind: v, ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2024-1"}, Severity: "High", Type: "python", Name: "Foo_Bar"}),
		of("pip-audit", scan.Raw{Kind: v, ID: "PYSEC-1", Aliases: []string{"GHSA-aaaa-bbbb-cccc"}, Type: "pypi", Name: "foo.bar"}))
	f("two ids of CVE stay two", []string{"CVE-2024-1=GHSA-aaaa-bbbb-cccc a:0 unknown () x", "CVE-2024-2 a:0 unknown () y"},
		of("x", scan.Raw{Kind: v, ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2024-1", "CVE-2024-2"}, Type: "npm", Name: "a"}),
		of("y", scan.Raw{Kind: v, ID: "CVE-2024-2", Type: "npm", Name: "a"}))
	f("also when two reports join them", []string{"CVE-2024-1=GHSA-aaaa-bbbb-cccc a:0 unknown () x", "CVE-2024-2=GHSA-aaaa-bbbb-cccc a:0 unknown () y"},
		of("x", scan.Raw{Kind: v, ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2024-1"}, Type: "npm", Name: "a"}),
		of("y", scan.Raw{Kind: v, ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2024-2"}, Type: "npm", Name: "a"}))
	f("an advisory of a distribution joins nothing", []string{"CVE-2024-1 a:0 unknown () x", "CVE-2024-2 a:0 unknown () x", "RHSA-2024:1 a:0 unknown () y"},
		of("x", scan.Raw{Kind: v, ID: "CVE-2024-1", Aliases: []string{"RHSA-2024:1"}, Type: "rpm", Name: "a"}, scan.Raw{Kind: v, ID: "CVE-2024-2", Aliases: []string{"RHSA-2024:1"}, Type: "rpm", Name: "a"}),
		of("y", scan.Raw{Kind: v, ID: "RHSA-2024:1", Type: "rpm", Name: "a"}))
	f("a report without an ecosystem means the package that there is", []string{"CVE-2024-1 g:a:0 low (x) x+y"},
		of("x", scan.Raw{Kind: v, ID: "CVE-2024-1", Severity: "low", PURL: "pkg:maven/g/a@1"}),
		of("y", scan.Raw{Kind: v, ID: "CVE-2024-1", Name: "a", Version: "1"}))
	f("the same name in two ecosystems is two packages", []string{"CVE-2024-1 a:0 unknown () x", "CVE-2024-1 a:0 unknown () x"},
		of("x", scan.Raw{Kind: v, ID: "CVE-2024-1", Type: "npm", Name: "a"}, scan.Raw{Kind: v, ID: "CVE-2024-1", Type: "gem", Name: "a"}))
	f("groups of one artifact name are two packages", []string{"CVE-2024-1 g:a:0 unknown () x", "CVE-2024-1 h:a:0 unknown () x"},
		of("x", scan.Raw{Kind: v, ID: "CVE-2024-1", PURL: "pkg:maven/g/a@1"}, scan.Raw{Kind: v, ID: "CVE-2024-1", PURL: "pkg:maven/h/a@1"}))
	f("what the distribution says goes before what others say", []string{"CVE-2024-1 a:0 low (debian, in trivy) grype+trivy"},
		of("trivy", scan.Raw{Kind: v, ID: "CVE-2024-1", Severity: "LOW", Type: "deb", Name: "a", Ratings: []scan.Rating{{Source: "debian", Severity: scan.Low, Chosen: true}, {Source: "nvd", Score: 9.8}}}),
		of("grype", scan.Raw{Kind: v, ID: "CVE-2024-1", Severity: "Critical", Type: "deb", Name: "a"}))
}

func TestMergePlaces(t *testing.T) {
	code := func(tool, id, path string, line, col int, cwe ...int) scan.Raw {
		return scan.Raw{Kind: scan.Code, Tool: tool, ID: id, Path: path, Line: line, Col: col, CWE: cwe, Severity: "low", Title: id}
	}
	f := func(want []string, reports ...*scan.Report) {
		t.Helper()
		if diff := cmp.Diff(want, merge(t, reports...)); diff != "" {
			t.Error(diff)
		}
	}
	// Two formats of one run, one with absolute paths.
	f([]string{"G104 cmd/main.go:5 low (gosec) gosec", "G304 cmd/main.go:5 low (gosec) gosec"},
		report(t, "gosec", code("", "G104", "/home/x/cmd/main.go", 5, 1), code("", "G304", "/home/x/cmd/main.go", 5, 1)),
		report(t, "gosec", code("", "G104", "cmd/main.go", 5, 1), code("", "G304", "cmd/main.go", 5, 1)))
	// Two tools see the same weakness on a line.
	f([]string{"B602=python.shell a.py:2 low (bandit) bandit+semgrep", "python.other a.py:2 low (semgrep) semgrep"},
		report(t, "bandit", code("", "B602", "./a.py", 2, 0, 78)),
		report(t, "semgrep", code("", "python.shell", "a.py", 2, 4, 78), code("", "python.other", "a.py", 2, 4, 327)))
	// Two reports of a tool with two rules for one weakness.
	second := report(t, "bandit", code("", "r2", "a.py", 2, 0, 78))
	second.Findings[0].Sources[0].Report = "another.json"
	f([]string{"r1 a.py:2 low (bandit) bandit", "r2 a.py:2 low (bandit) bandit"}, report(t, "bandit", code("", "r1", "a.py", 2, 0, 78)), second)
	// One rule twice on a line is two findings, one said twice is one.
	f([]string{"r a.go:1 low (x) x", "r a.go:1 low (x) x"}, report(t, "x", code("", "r", "a.go", 1, 1), code("", "r", "a.go", 1, 9), code("", "r", "a.go", 1, 9)))
	secret := func(tool, id string, line int, value string) scan.Raw {
		return scan.Raw{Kind: scan.Secret, Tool: tool, ID: id, Path: ".env", Line: line, Secret: value, Title: id}
	}
	f([]string{"AWS=aws .env:3 unknown () gitleaks+trufflehog"}, report(t, "gitleaks", secret("", "aws", 3, "one")), report(t, "trufflehog", secret("", "AWS", 3, "one")))
	f([]string{"AWS .env:3 unknown () trufflehog", "aws .env:3 unknown () gitleaks"}, report(t, "gitleaks", secret("", "aws", 3, "one")), report(t, "trufflehog", secret("", "AWS", 3, "two")))
	f([]string{"aws .env:3 unknown () gitleaks"}, report(t, "gitleaks", secret("", "aws", 3, "one"), secret("", "aws", 9, "one")))
	check := func(id, resource string) scan.Raw {
		return scan.Raw{Kind: scan.Misconfiguration, ID: id, Path: "pod.yaml", Resource: resource, Title: "t"}
	}
	f([]string{"KSV001 pod.yaml:0 unknown () trivy", "KSV001 pod.yaml:0 unknown () trivy"},
		report(t, "trivy", check("KSV001", "a"), check("KSV001", "b")))
}

// TestKeysSurviveMovedCode gives a finding the same key when lines above it come and go.
func TestKeysSurviveMovedCode(t *testing.T) {
	keys := func(line int) string {
		list, err := scan.Merge([]*scan.Report{report(t, "x", scan.Raw{Kind: scan.Code, ID: "r", Path: "a.go", Line: line, Snippet: "  os.Open( name )"})})
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Key
	}
	if keys(3) != keys(40) {
		t.Error("the key changed with the number of the line")
	}
}

// TestMergeIsNotSlow merges a report with nothing but one place.
func TestMergeIsNotSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	raws := make([]scan.Raw, 30_000)
	for i := range raws {
		raws[i] = scan.Raw{Kind: scan.Code, ID: fmt.Sprintf("r%d", i), Path: "a", Line: 1, CWE: []int{79}}
	}
	if got := len(merge(t, report(t, "x", raws...))); got != len(raws) {
		t.Errorf("%d findings", got)
	}
}
