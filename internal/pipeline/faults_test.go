package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsSayWhereAndWhat(t *testing.T) {
	f := func(doc, want string) {
		t.Helper()
		_, err := Parse("p.yaml", []byte(doc), ParseOptions{})
		got := "no fault"
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", doc, diff)
		}
	}
	f("name: x\nprocessors:\n- type: grok-parsr\n", `p.yaml:3:9: unknown processor type "grok-parsr" (did you mean "grok-parser"?)`)
	f("name: x\nprocessors:\n- type: status-remapper\n  source: [l]\n", "p.yaml:3:3: a status-remapper needs sources\np.yaml:4:11: want text, found a list\n"+`p.yaml:4:11: a status-remapper has no key "source" (did you mean "sources"?)`)
	f("name: x\nprocessors:\n- type: status-remapper\n  sources: [l]\n  target: t\n", `p.yaml:5:11: a status-remapper has no key "target"`)
	f("name: x\nprocesors: []\n", `p.yaml:2:1: unknown key "procesors" (did you mean "processors"?)`)
	f("name: x\nprocessors:\n- {type: category-processor, target: t, categories: [{name: n, filter: {query: '@a:('}}]}\n", `p.yaml:3:72: query "@a:(": column 4: the parenthesis is not closed`)
	f("name: x\nprocessors:\n- {type: arithmetic-processor, target: t, expression: 'a +'}\n", `p.yaml:3:55: expression "a +": column 4: want a number or an attribute name`)
	f("name: x\nprocessors:\n- {type: attribute-remapper, sources: [a], target: t, targetFormat: int}\n", `p.yaml:3:69: targetFormat is "int", want auto, string, integer, double`)
	f("name: x\n", "p.yaml:1:1: no pipeline with processors here")
	f("processors:\n- {type: string-builder-processor, target: t, template: '%{a'}\n", "p.yaml:2:57: template: %{a is not closed")
}
