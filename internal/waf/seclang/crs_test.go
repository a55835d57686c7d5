package seclang_test

import (
	"io/fs"
	"strings"
	"testing"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"github.com/sasumata/sasumata/internal/waf/seclang"
)

func TestTheCoreRuleSetIsReadWhole(t *testing.T) {
	names, err := fs.Glob(coreruleset.FS, "@owasp_crs/*.conf")
	if err != nil || len(names) < 20 {
		t.Fatalf("rule files: %v %v", names, err)
	}
	names = append(names, "@crs-setup.conf.example", "@coraza.conf-recommended")
	rules, links, targets := 0, 0, 0
	for _, name := range names {
		data, err := fs.ReadFile(coreruleset.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := seclang.Parse(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range seclang.Rules(list) {
			rules++
			for link := r; link != nil; link = link.Next {
				links++
				targets += len(link.Targets)
				checkPlace(t, string(data), link)
			}
		}
	}
	t.Logf("%d rules with %d links and %d targets", rules, links, targets)
	// Counted in the files with grep: 690 SecRule and 7 SecAction, and in the two
	// settings files some more.
	if links < 697 || rules < 600 {
		t.Errorf("read %d rules with %d links, want at least 600 and 697", rules, links)
	}
}

// checkPlace looks whether the words really stand where the parser says.
func checkPlace(t *testing.T, data string, r *seclang.Rule) {
	t.Helper()
	lines := strings.Split(data, "\n")
	at := func(line, col int) string {
		runes := []rune(lines[line-1])
		return string(runes[col-1:])
	}
	if got := at(r.Line, r.Col); !strings.HasPrefix(got, "Sec") {
		t.Errorf("%v: rule %d stands at %q", r.Pos, r.ID, got)
	}
	for _, target := range r.Targets {
		if got := strings.TrimLeft(at(target.Line, target.Col), "!&"); !strings.HasPrefix(strings.ToUpper(got), target.Variable) {
			t.Errorf("%v: %s stands at %q", target.Pos, target.Variable, got)
		}
	}
	for _, name := range r.Transforms {
		if got := at(name.Line, name.Col); !strings.HasPrefix(strings.ToLower(got), name.Text) {
			t.Errorf("%v: %s stands at %q", name.Pos, name.Text, got)
		}
	}
}
