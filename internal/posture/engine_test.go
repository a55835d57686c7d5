package posture_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/posture"
	"github.com/sasumata/sasumata/internal/scan"
)

// meta is the METADATA of a check, with all that is required.
const meta = `# METADATA
# title: Image has no tag
# description: It changes.
# custom:
#   id: DF900
#   severity: medium
#   message: image {image} has no tag
#   fix: Name one.
#   aliases: [CIS 4.1]
#   kinds: {base: [DL3006]}
#   ja:
#     title: タグがありません
#     description: 変わります。
#     message: イメージ {image} にタグがありません
#     fix: 付けてください。
`

const body = `package policies.dockerfile.df900

deny contains {"line": i.line, "kind": "base", "severity": "low", "values": {"image": i.image}} if {
	some i in input.instructions
	not contains(i.image, ":")
	count(shell.commands("a && b")) == 2
}
`

func tree(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

type line struct {
	Line  int    `json:"line"`
	Image string `json:"image"`
}

func document(images ...string) map[string]any {
	list := []line{}
	for i, image := range images {
		list = append(list, line{i + 1, image})
	}
	return map[string]any{"instructions": list}
}

func TestEvaluate(t *testing.T) {
	e, err := posture.New(tree("dockerfile/df900_tag.rego", meta+body), posture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Evaluate(context.Background(), posture.Input{Kind: posture.Dockerfile, File: "a/Dockerfile", Document: document("x:1", "y", "x")})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 {
		t.Fatalf("%d findings, want 2", len(found))
	}
	f := found[0]
	want := posture.Text{English: "image y has no tag", Japanese: "イメージ y にタグがありません"}
	if f.Line != 2 || f.Message != want || f.File != "a/Dockerfile" || f.Severity != scan.Low || f.Check.ID != "DF900" {
		t.Errorf("%+v", f)
	}
	if diff := cmp.Diff([]string{"CIS 4.1", "DL3006"}, f.Aliases); diff != "" {
		t.Error(diff)
	}
	if _, err := e.Evaluate(context.Background(), posture.Input{Kind: posture.Daemon}); !errors.Is(err, posture.ErrNoRule) {
		t.Errorf("without a rule: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Evaluate(ended, posture.Input{Kind: posture.Dockerfile, Document: document("y")}); !errors.Is(err, context.Canceled) {
		t.Errorf("an evaluation that was ended: %v", err)
	}
}

func TestRuleFaults(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := posture.New(tree("dockerfile/df900_tag.rego", text), posture.Options{})
		if err == nil {
			t.Error("no error, want", want)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%v\nwant %q", err, w)
			}
		}
	}
	f(body, "no METADATA")
	f(strings.Replace(meta, "severity: medium", "severity: huge", 1)+body, `severity "huge"`)
	f(strings.Replace(meta, "イメージ {image} ", "", 1)+body, "different values")
	f(strings.Replace(meta, "#     fix: 付けてください。\n", "", 1)+body, "wants custom.ja.fix")
	f(strings.Replace(meta, "  fix:", "  fixx:", 1)+body, `unknown field "fixx"`)
	f(meta+strings.Replace(body, "df900", "df901", 1), "want policies.dockerfile.df900")
	f(meta+strings.Replace(body, "if {", "{", 1), "df900_tag.rego:18")
	f(meta+body+"\ndeny contains 1 if http.send({})\n", "http.send")
}

// TestResultFaults holds that a rule that says something wrong is no rule that says
// nothing.
func TestResultFaults(t *testing.T) {
	f := func(old, changed, want string) {
		t.Helper()
		e, err := posture.New(tree("dockerfile/df900_tag.rego", meta+strings.Replace(body, old, changed, 1)), posture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Evaluate(context.Background(), posture.Input{Kind: posture.Dockerfile, File: "f", Document: document("y")})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", changed, err, want)
		}
	}
	f(`"low"`, `"huge"`, `severity "huge"`)
	f(`"base"`, `"other"`, `kind "other"`)
	f(`{"image"`, `{"picture"`, `no value "image"`)
	f(`"kind"`, `"kin"`, `unknown field`)
	f(`"line": i.line`, `"line": "x"`, "cannot unmarshal")
	f(`count(shell.commands("a && b")) == 2`, `to_number("x") == 1`, "to_number")
}

func TestTests(t *testing.T) {
	got, err := posture.Test(context.Background(), tree("dockerfile/df900_tag.rego", meta+body, "dockerfile/df900_tag_test.rego", `package policies.dockerfile.df900_test

import data.policies.dockerfile.df900

test_good if count(df900.deny) == 0 with input as {"instructions": []}
test_bad if count(df900.deny) == 1 with input as {"instructions": []}
test_function if up.per("a") == "A"
`), posture.Options{Functions: []posture.Function{{Name: "up.per", Call: func(v any) (any, error) { return strings.ToUpper(v.(string)), nil }}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Failed != "" || got[1].Failed == "" || got[2].Failed != "" || got[1].Line != 6 || got[1].File != "dockerfile/df900_tag_test.rego" {
		t.Errorf("%+v", got)
	}
}

// TestTime holds that rules cannot go on for ever.
func TestTime(t *testing.T) {
	slow := strings.Replace(body, `count(shell.commands("a && b")) == 2`, "count([1 | some x in numbers.range(1, 100000); some y in numbers.range(1, 100000); x == y]) == 0", 1)
	e, err := posture.New(tree("dockerfile/df900_tag.rego", meta+slow), posture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.Evaluate(ctx, posture.Input{Kind: posture.Dockerfile, Document: document("y")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that the time is over", err)
	}
}
