package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadMetrics(t *testing.T) {
	got, err := readMetrics(strings.NewReader("# HELP a b\n\na 1\nb{x=\"p\\\"q\\\\r\\ns\",y=\"\"} -2.5e3\nc{} +Inf 1700000000000\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got[2].Value < 1e300 {
		t.Errorf("%+v", got[2])
	}
	want := []Sample{{Name: "a", Value: 1}, {Name: "b", Labels: map[string]string{"x": "p\"q\\r\ns", "y": ""}, Value: -2500}}
	if diff := cmp.Diff(want, got[:2]); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"a", "{x=\"y\"} 1", "a{x} 1", "a{x=\"y} 1", "a{x=\"y\\", "a{=\"y\"} 1", "a{x=\"y\"", "a b"} {
		if _, err := readMetrics(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

func FuzzReadMetrics(f *testing.F) {
	f.Add("a{b=\"c\\n\",d=\"\"} 1e3 5\n# x\nb 2")
	f.Add("a{b=\"c\",")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readMetrics(strings.NewReader(text))
		if err == nil && len(list) > strings.Count(text, "\n")+1 {
			t.Errorf("%d values of %q", len(list), text)
		}
	})
}
