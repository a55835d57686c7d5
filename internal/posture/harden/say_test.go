package harden_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/posture/harden"
)

// TestEveryTextIsInJapanese finds the texts in the source, of the packages that propose, try
// and observe, and wants each in Japanese, with the same places.
func TestEveryTextIsInJapanese(t *testing.T) {
	files := []string{"../../../cmd/sasumata/cmd_harden.go"}
	for _, pattern := range []string{"*.go", "../trial/*.go", "../../app/harden*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	// Which argument of a function is the text.
	at := map[string]int{"Say": 0, "say": 0, "note": 0, "change": 3, "replace": 1, "HardenTold": 1}
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			function := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				function = f.Sel.Name
			case *ast.Ident:
				function = f.Name
			}
			i, ok := at[function]
			if !ok || i >= len(call.Args) {
				return true
			}
			literal, ok := call.Args[i].(*ast.BasicLit)
			if !ok {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || text == "" {
				t.Fatalf("%s: %s", name, literal.Value)
			}
			n++
			ja := harden.Japanese.Say(text)
			if ja == text {
				t.Errorf("%s: no Japanese for %q", name, text)
			}
			if en, ja := places(text), places(ja); !slices.Equal(en, ja) {
				t.Errorf("%q has %v in English, %v in Japanese", text, en, ja)
			}
			return true
		})
	}
	if n < 60 {
		t.Errorf("%d texts were found", n)
	}
}

// places returns the verbs of a format, in the order of their arguments.
func places(format string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`%(?:\[\d\])?([a-z])`).FindAllStringSubmatch(format, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestJapanese(t *testing.T) {
	plan := harden.Compose(read(t, "services: {a: {image: 'postgres:17', environment: {POSTGRES_PASSWORD: hunter2hunter2}, ports: ['5432:5432']}}"), nil, harden.Japanese)
	plan.Trials = []harden.Trial{{Service: "a", LeftOut: []string{"x"}}}
	text := string(plan.Diff())
	for _, want := range []string{"PostgreSQL の起動と", "(要確認)", "確認済み: ", "パスワードだけを", "ダイジェストで固定されていません"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if english := regexp.MustCompile(`(?m)^ *[!=]? *[A-Z][a-z]+ [a-z]+ .*\.$`).FindString(text); english != "" {
		t.Errorf("English: %s", english)
	}
	read(t, "services: {a: {image: 'postgres:17'}}", string(plan.Override("a.yaml")))
}
