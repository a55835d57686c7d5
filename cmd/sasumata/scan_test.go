package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const trivyReport = `{"SchemaVersion":2,"ArtifactName":"shop","Results":[{"Target":"package-lock.json","Class":"lang-pkgs","Type":"npm","Vulnerabilities":[
{"VulnerabilityID":"CVE-2024-0001","PkgName":"lodash","InstalledVersion":"4.17.0","FixedVersion":"4.17.21","Severity":"HIGH","Title":"pollution"}]}]}`

const grypeReport = `{"matches":[{"vulnerability":{"id":"GHSA-aaaa-bbbb-cccc","namespace":"github:language:javascript","severity":"Critical","fix":{"versions":["4.17.21"]}},
"relatedVulnerabilities":[{"id":"CVE-2024-0001"}],"artifact":{"name":"lodash","version":"4.17.0","type":"npm"}}],"descriptor":{"name":"grype"}}`

func TestScanReport(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(code int, want []string, args ...string) string {
		t.Helper()
		r := sasumata(t, "", append([]string{"scan", "report", "--now", "2026-03-01T00:00:00Z", "--lang", "en"}, args...)...)
		if r.code != code {
			t.Fatalf("%q ends with %d: %s%s", args, r.code, r.out, r.err)
		}
		for _, text := range want {
			if !strings.Contains(r.out+r.err, text) {
				t.Errorf("%q: no %q in:\n%s%s", args, text, r.out, r.err)
			}
		}
		return r.out
	}
	trivy, grype := write("reports/trivy.json", trivyReport), write("reports/grype.json", grypeReport)
	broken, note := write("broken.json", trivyReport[:200]), write("reports/readme.txt", "hello")
	base, history, page := filepath.Join(dir, "base.json"), filepath.Join(dir, "history.jsonl"), filepath.Join(dir, "security-summary.html")

	f(exitFindings, []string{"CVE-2024-0001", "lodash 4.17.0", "→ 4.17.21", "grype, trivy", "1 findings: CRITICAL 1", "The run fails: 1 of severity HIGH or worse"}, trivy, grype)
	f(exitClean, []string{"HIGH 1"}, "--fail-on", "critical", trivy)
	f(exitClean, nil, "--exit-zero", trivy, grype)
	f(exitFindings, []string{"not read: " + note + ":1:1: no known format"}, filepath.Join(dir, "reports"))
	f(exitFailure, []string{broken + ":2:", "the report ends here", `{"report":"` + broken + `","error":`}, "-o", "jsonl", broken, trivy)
	f(exitFailure, []string{"no known format"}, note)
	f(exitClean, []string{"there is no baseline", "Nothing was found"}, "--baseline", base, "-o", "markdown", "--fail-on", "never", write("none.json", "[]"))

	f(exitClean, nil, "--fail-on", "never", "--report", base, "--report", page, "--history", history, trivy)
	f(exitClean, []string{"open"}, "--baseline", base, "--new-only", "--history", history, "--report", page, trivy)
	f(exitFindings, []string{"1 open for longer"}, "--baseline", base, "--fail-on", "never", "--max-age", "high=7d", "--now", "2026-03-20T00:00:00Z", trivy)
	f(exitClean, []string{"Fixed: 1"}, "--baseline", base, write("empty.json", `{"SchemaVersion":2,"ArtifactName":"shop","Results":[]}`))
	f(exitClean, []string{"Held back: 1"}, "--suppressions", write("s.yaml", "suppressions: [{id: CVE-2024-0001, reason: r, expires: never}]"), trivy)
	f(exitClean, []string{"Held back: 1"}, "--vex", write("vex.json", `{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-2024-0001","products":["pkg:npm/lodash"],"status":"not_affected"}]}`), trivy)
	f(exitFindings, []string{"Known to be exploited: 1"}, "--fail-on", "kev", "--kev", write("kev.json", `{"vulnerabilities":[{"cveID":"CVE-2024-0001"}]}`), trivy)
	f(exitClean, []string{"The scanner failed"}, write("npm.json", `{"error":{"code":"E"}}`))
	f(exitFailure, nil, "--strict", filepath.Join(dir, "npm.json"))
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), `<svg class="chart"`) {
		t.Errorf("the page has no chart of two runs: %v", err)
	}
	if out := f(exitFindings, nil, "-o", "sarif", trivy); !strings.Contains(out, `"version": "2.1.0"`) {
		t.Error(out)
	}

	if runtime.GOOS != "windows" { // stubs are scripts of a Unix shell
		bin, sources := t.TempDir(), t.TempDir()
		script := "#!/bin/sh\nwhile [ \"$1\" != --output ]; do shift; done\ncat > \"$2\" <<'END'\n" + strings.ReplaceAll(trivyReport, `"Target":"`, `"Target":"`+sources+`/`) + "\nEND\n"
		if err := os.WriteFile(filepath.Join(bin, "trivy"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+":/usr/bin:/bin")
		out := f(exitFindings, []string{"trivy started", "trivy done after", `"path":"package-lock.json"`, `"report":"trivy.json"`, `"code":"scanner_skipped"`}, "-o", "jsonl", "--run", sources)
		if strings.Contains(out, "sasumata-scan-") {
			t.Errorf("the folder that was thrown away stands in:\n%s", out)
		}
		f(exitFailure, []string{"grype: grype is not installed"}, "--scanners", "grype", "--run", sources)
		f(exitUsage, []string{`scanner "x" is not known`}, "--scanners", "x", "--run", sources)
	}
	f(exitUsage, []string{"want --run or --image"}, "--scanners", "trivy", trivy)
	f(exitUsage, []string{"wants names of reports", `--output "yaml"`, "--report a.doc", "--fail-on", "--max-age", "want --baseline", "--now"},
		"-o", "yaml", "--report", "a.doc", "--fail-on", "grave", "--max-age", "high", "--now", "soon")
	f(exitUsage, []string{"nowhere.json"}, "nowhere.json")
	f(exitUsage, []string{"s2.yaml:1:16: want id or query", `s2.yaml:1:17: unknown key "reson" (did you mean "reason"?)`}, "--suppressions", write("s2.yaml", "suppressions: [{reson: x}]"), trivy)
	f(exitUsage, []string{"no list of findings"}, "--baseline", trivy, trivy)
	f(exitUsage, []string{"no VEX statements"}, "--vex", trivy, trivy)
	f(exitUsage, []string{"no scores in it"}, "--epss", write("epss.csv", ""), trivy)
	if r := sasumata(t, trivyReport, "scan", "report", "-o", "jsonl", "-"); r.code != exitFindings || !strings.Contains(r.out, `"report":"-","format":"trivy"`) {
		t.Errorf("%d: %s%s", r.code, r.out, r.err)
	}
}

// TestCITemplatesCallWhatIsThere holds the command lines of the shipped pipelines
// against the command.
func TestCITemplatesCallWhatIsThere(t *testing.T) {
	for _, file := range []string{"github-actions.yml", "gitlab-ci.yml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "ci", file))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(data), "sasumata scan report ")
		if !ok {
			t.Fatalf("%s does not call the command", file)
		}
		rest, _, _ = strings.Cut(rest, "--strict")
		cmd := newScanReport(streams{})
		n := 0
		for word := range strings.FieldsSeq(rest) {
			if name, ok := strings.CutPrefix(word, "--"); ok {
				n++
				if cmd.Flags().Lookup(name) == nil {
					t.Errorf("%s: no flag --%s", file, name)
				}
			}
		}
		if n < 8 {
			t.Errorf("%s: %d flags found", file, n)
		}
	}
}
