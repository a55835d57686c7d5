package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sigmaRule = `title: Needle
id: 11111111-2222-4333-8444-555555555555
level: low
logsource:
  product: linux
detection:
  selection:
    CommandLine|contains: needle
  condition: selection
`

// sigmaFolder returns a folder with a rule and one that is refused.
func sigmaFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.yml":    sigmaRule,
		"bad.yml":     strings.ReplaceAll(sigmaRule, "condition: selection", "condition: slection"),
		"lane.ndjson": `{"CommandLine":"a needle","product":"linux"}` + "\n" + `{"CommandLine":"hay","product":"linux"}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSigmaCommands(t *testing.T) {
	dir := sigmaFolder(t)
	f := func(stdin string, wantCode int, want string, args ...string) {
		t.Helper()
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"sigma"}, args...), strings.NewReader(stdin), &out, &errs)
		if code != wantCode || !strings.Contains(out.String()+errs.String(), want) {
			t.Errorf("%v: code %d, want %d; want %q in\n%s%s", args, code, wantCode, want, out.String(), errs.String())
		}
	}
	row := func(event string) string {
		return `{"id":"e","logsource":{"product":"linux","category":[],"service":["x"]},"event":` + event + "}\n"
	}
	f(row(`{"CommandLine":"a needle"}`), exitClean, `{"id":"e","rules":["11111111-2222-4333-8444-555555555555"]}`, "eval", "--rules", dir)
	f(row(`{}`), exitClean, `{"id":"e","rules":[]}`, "eval", "--rules", dir)
	f(row(`{}`), exitClean, `no search identifier is named "slection" (did you mean "selection"?)`, "eval", "--rules", dir)
	f(row(`[]`), exitFailure, "want an object", "eval", "--rules", dir)
	f("", exitUsage, "--rules is missing", "eval")
	f("", exitUsage, "nowhere", "eval", "--rules", filepath.Join(dir, "nowhere"))
	f("", exitFindings, "2 documents, 1 refused, 0 warnings", "lint", dir)
	f("", exitClean, `"ok":false,"error":"`, "lint", "--output", "jsonl", dir)
	f("", exitUsage, "want text or jsonl", "lint", "--output", "xml", dir)
	f("", exitClean, `"query":"@CommandLine:*needle*"`, "convert", "--rules", dir)
	f("", exitClean, `{"ast":{"field":"CommandLine","op":"leaf","parts":[{"w":"*"},"needle",{"w":"*"}],"t":"str"}`, "ast", "--rules", dir)
	f("", exitClean, `"matches_per_event":0.5`, "bench", "--check", "--rules", dir, filepath.Join(dir, "lane.ndjson"))
	f("", exitUsage, "want on or off", "bench", "--routing", "x", "--rules", dir, filepath.Join(dir, "lane.ndjson"))
}

func TestSigmaCases(t *testing.T) {
	in := `{"rule":"title: T\nlogsource: {product: p}\ndetection:\n  s: {a: 1}\n  condition: s\n","events":[{"a":1},{"a":"2"}]}` + "\n" +
		`{"rule":"title: T","events":[]}` + "\n"
	var out strings.Builder
	if code := run(t.Context(), []string{"sigma", "eval", "--cases"}, strings.NewReader(in), &out, &out); code != exitClean {
		t.Fatal(out.String())
	}
	want := `{"got":[true,false]}` + "\n" +
		`{"error":"rule:1:1: the key \"logsource\" is missing\nrule:1:1: the key \"detection\" is missing"}` + "\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestSigmaCorrelations(t *testing.T) {
	in := `{"rules":"title: T\nname: t\nlogsource: {product: p}\ndetection:\n  s: {a: 1}\n  condition: s\n---\ntitle: C\nname: c\ncorrelation:\n` +
		`  type: event_count\n  rules: t\n  timespan: 1m\n  condition: {gte: 2}\n","time_field":"_t","events":[{"_t":1,"a":1},{"_t":30,"a":1},{"_t":90,"a":1}]}` + "\n"
	var out strings.Builder
	if code := run(t.Context(), []string{"sigma", "eval", "--correlations"}, strings.NewReader(in), &out, &out); code != exitClean {
		t.Fatal(out.String())
	}
	if d := cmp.Diff(`{"fired":{"c":[{"event":1,"time":30}]}}`+"\n", out.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
