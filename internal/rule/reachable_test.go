package rule

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnreachableCases(t *testing.T) {
	f := func(want []int, conditions ...string) {
		t.Helper()
		doc := "name: x\nid: x\nmessage: m\nqueries:\n- {name: a, query: '@x:1'}\n- {name: b, query: '@x:2'}\ncases:\n"
		for _, c := range conditions {
			doc += "- {status: low, condition: '" + c + "'}\n"
		}
		doc += "options: {detectionMethod: threshold, evaluationWindow: 60, keepAlive: 60, maxSignalDuration: 60}\n"
		r, err := Decode("x.yaml", []byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Unreachable()); diff != "" {
			t.Errorf("%v: %s", conditions, diff)
		}
	}
	f(nil, "a > 5 && b > 0", "a > 5")
	f([]int{1}, "a > 5", "a > 5 && b > 0")
	f([]int{1}, "a >= 5", "a > 10")
	f(nil, "a > 10", "a >= 5")
	f([]int{1}, "a > 5", "a > 5")
	f([]int{2}, "a > 5", "b > 5", "a > 5 && b > 5")
	f(nil, "a > 0.995")
	f(nil, "a > 0 && b >= 1", "a > 0", "b > 0")
}
