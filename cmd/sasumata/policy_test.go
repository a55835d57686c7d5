package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// policy runs a policy command and returns the exit code and what it wrote.
func policy(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append([]string{"policy"}, args...), strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestPolicyPagesAreCurrent compares the pages about the checks with the checks.
func TestPolicyPagesAreCurrent(t *testing.T) {
	for lang, name := range map[string]string{"en": "policy-checks.md", "ja": "policy-checks.ja.md"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		code, got, errs := policy(t, "", "list", "-o", "markdown", "--lang", lang)
		if code != 0 || got != string(want) {
			t.Errorf("docs/%s is not current: go run ./cmd/sasumata policy list -o markdown --lang %s > docs/%s\n%s%s", name, lang, name, errs, cmp.Diff(string(want), got))
		}
	}
}

const unsafeDockerfile = `FROM debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
HEALTHCHECK NONE
RUN a && \
    sudo id
USER 1000
`

func TestPolicyCheckExitCodes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	unsafe := write("Dockerfile", unsafeDockerfile)
	clean := write("b.Dockerfile", strings.Replace(unsafeDockerfile, "sudo id", "id", 1))
	broken := write("c.Dockerfile", "FROM a\nRUM b\n")
	other := write("readme.txt", "nothing\n")
	own := write("own.rego", "package main\ndeny contains \"no\" if input[0].Cmd == \"from\"\n")
	wrong := write("wrong.rego", "package other\ndeny contains \"no\"\n")
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	f := func(want int, inErr string, args ...string) {
		t.Helper()
		code, _, errs := policy(t, unsafeDockerfile, append([]string{"check"}, args...)...)
		if code != want || !strings.Contains(errs, inErr) {
			t.Errorf("%v: exit code %d, want %d; %q, want %q", args, code, want, errs, inErr)
		}
	}
	f(0, "", clean)
	f(1, "", unsafe)
	f(1, "", unsafe, clean)
	f(0, "", "--fail-on", "high", unsafe)
	f(0, "", "--fail-on", "never", unsafe)
	f(0, "", "--exit-zero", unsafe)
	f(1, "", "--kind", "dockerfile", "-")
	f(2, "no rule was evaluated", other)
	f(2, "no rule was evaluated", empty)
	f(2, "no rule was evaluated", "--policy", wrong, unsafe)
	f(1, "", "--policy", own, "--only-policy", clean)
	f(2, "--policy", "--all-namespaces", clean)
	f(2, "kind", "--kind", "pdf", clean)
	f(2, "wants names")
	f(2, `--kubernetes-checks: want all, native, trivy, or ids of Trivy: "KSV9999"`, "--kubernetes-checks", "KSV9999", clean)
	f(2, "--kubernetes-checks: native and trivy exclude each other", "--kubernetes-checks", "native,trivy", clean)
	f(2, "--new-only wants --baseline", "--new-only", clean)
	f(3, `c.Dockerfile:2: unknown instruction "RUM" (did you mean RUN?)`, broken)
	f(3, "RUM", dir)
	f(2, "no such file", filepath.Join(dir, "none"))
}

func TestPolicyCheckLines(t *testing.T) {
	code, out, _ := policy(t, "# sasumata:ignore DL3004 until=2030-01-01 it is needed\n"+unsafeDockerfile+"RUN sudo x\n", "check", "--kind", "dockerfile", "-o", "jsonl", "--now", "2026-11-22T00:00:00Z", "-")
	var rules []string
	type finding struct {
		File, ID, Severity, Message, Resource string
		Line                                  int
		Aliases                               []string
	}
	var found []finding
	for line := range strings.Lines(out) {
		var row struct {
			Rules []string
			finding
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, row.Rules...)
		if row.ID != "" {
			found = append(found, row.finding)
		}
	}
	if code != 1 || !slices.Contains(rules, "DF017") || !slices.Contains(rules, "DL3004") {
		t.Errorf("exit code %d, rules %v", code, rules)
	}
	want := []finding{
		{File: "-", ID: "DF017", Severity: "medium", Message: "RUN calls sudo", Line: 5},
		{File: "-", ID: "DF017", Severity: "medium", Message: "RUN calls sudo", Line: 7},
		{File: "-", ID: "CM003", Severity: "info", Message: "the comment for DL3004 means no finding", Line: 1},
	}
	for i := range found {
		if found[i].ID == "DF017" && !slices.Contains(found[i].Aliases, "CKV2_DOCKER_1") {
			t.Errorf("%+v", found[i])
		}
		found[i].Aliases = nil
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

// TestPolicyOutputs holds that each form is what it says, in both languages, and that
// what stands in a file cannot become a command of a workflow.
func TestPolicyOutputs(t *testing.T) {
	text := "FROM a:latest\nADD x%0A::error::y,z\x1b[31m /\nUSER 1\nHEALTHCHECK NONE\n"
	out := func(args ...string) string {
		code, out, errs := policy(t, text, append([]string{"check", "--kind", "dockerfile", "-"}, args...)...)
		if code != 1 || errs != "" {
			t.Errorf("%v: %d, %s", args, code, errs)
		}
		return out
	}
	github := out("-o", "github")
	if n := strings.Count(github, "\n"); n != 3 || !strings.Contains(github, "::warning file=-,line=1,title=DF003::base image a:latest has the tag latest%0A") {
		t.Errorf("%d lines: %q", n, github)
	}
	for line := range strings.Lines(github) {
		if strings.HasPrefix(line, "::error") || strings.Contains(line, "::error::") && !strings.Contains(line, "%250A") {
			t.Errorf("%q", line)
		}
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
	}
	if err := xml.Unmarshal([]byte(out("-o", "junit")), &suites); err != nil || suites.Failures != 3 {
		t.Errorf("%v, %d failures", err, suites.Failures)
	}
	var sarif map[string]any
	if err := json.Unmarshal([]byte(out("-o", "sarif")), &sarif); err != nil || sarif["version"] != "2.1.0" {
		t.Errorf("%v", err)
	}
	if ja := out("--lang", "ja"); !strings.Contains(ja, "ベースイメージ a:latest のタグは latest です") {
		t.Error(ja)
	}
	if s := out(); strings.Contains(s, "\x1b") {
		t.Errorf("%q", s)
	}
}

// TestPolicyBaseline holds that what was there before is not new, although its line
// moved.
func TestPolicyBaseline(t *testing.T) {
	dir := t.TempDir()
	file, list := filepath.Join(dir, "Dockerfile"), filepath.Join(dir, "list.json")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(unsafeDockerfile)
	if code, _, errs := policy(t, "", "check", "--report", list, file); code != 1 {
		t.Fatal(code, errs)
	}
	write("# a comment\n\n" + unsafeDockerfile)
	if code, out, errs := policy(t, "", "check", "--baseline", list, "--new-only", file); code != 0 {
		t.Error(code, out, errs)
	}
	write(unsafeDockerfile + "RUN sudo another\n")
	if code, out, _ := policy(t, "", "check", "--baseline", list, "--new-only", file); code != 1 || !strings.Contains(out, ":6") {
		t.Error(code, out)
	}
}

// TestPolicyListAsText is a table of all checks.
func TestPolicyListAsText(t *testing.T) {
	r := sasumata(t, "", "policy", "list", "--lang", "en")
	if r.code != exitClean || !strings.HasPrefix(r.out, "ID ") || !strings.Contains(r.out, "\nDF001  ") || !strings.Contains(r.out, "\nWL001  ") || !strings.Contains(r.out, "\nKSV108   high      kubernetes  ") || !strings.Contains(r.out, "kubernetes (off)  Container images from public registries used") {
		t.Errorf("exit code %d: %.300s%s", r.code, r.out, r.err)
	}
}

// TestPolicyCheckImages looks at an archive: as a file, in a folder, on standard input.
func TestPolicyCheckImages(t *testing.T) {
	pack := func(files ...[2]string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, f := range files {
			if err := w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o4755, Size: int64(len(f[1])), Typeflag: tar.TypeReg}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(f[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	archive := pack([2]string{"a/layer.tar", string(pack([2]string{"bin/su", "x"}))},
		[2]string{"c.json", `{"created": "2026-11-01T00:00:00Z", "config": {"User": "1", "Healthcheck": {"Test": ["CMD", "x"]}}}`}, [2]string{"manifest.json", `[{"Config":"c.json","RepoTags":["shop:1"],"Layers":["a/layer.tar"]}]`})
	dir := t.TempDir()
	name, settings := filepath.Join(dir, "image.tar"), filepath.Join(dir, "settings.yaml")
	for file, data := range map[string][]byte{name: archive, settings: []byte("image_days: 7\n"), filepath.Join(dir, "none.tgz"): []byte("no archive")} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(want int, inOut, inErr, stdin string, args ...string) {
		t.Helper()
		code, out, errs := policy(t, stdin, append([]string{"check", "--now", "2026-11-22T00:00:00Z"}, args...)...)
		if code != want || !strings.Contains(out, inOut) || !strings.Contains(errs, inErr) {
			t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, out, errs)
		}
	}
	f(1, "/bin/su has mode 4755 (IM001)", "", "", name)
	f(1, "/bin/su のモードは 4755 です (IM001)", "", "", "--lang", "ja", name)
	f(1, "/bin/su has mode 4755 (IM001)", "", string(archive), "--kind", "image", "-")
	f(1, "21 days ago; 7 are allowed", "", "", "--settings", settings, name)
	f(0, "", "", "", "--fail-on", "high", name)
	f(3, "IM001", "none.tgz: no archive of an image", "", "--kind", "image", dir) // the other one is looked at all the same
	f(2, "", "no rule was evaluated", "", dir)                                    // archives of a folder are meant only when somebody says so
	f(3, "", "no archive of an image", "FROM x\n", "--kind", "image", "-")
	f(2, "", "rules of your own do not look at images", "", "--policy", "@guide", "--all-namespaces", "--only-policy", name)
}
