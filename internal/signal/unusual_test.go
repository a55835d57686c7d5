package signal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnusualText(t *testing.T) {
	f := func(want, wantJA string, list ...Unusual) {
		t.Helper()
		if diff := cmp.Diff([]string{want, wantJA}, []string{UnusualText(list, false), UnusualText(list, true)}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f("", "")
	f("requests is 2400 (usually 1 to 96)", "requests は 2400（通常は 1～96）", Unusual{"requests", 2400, 1, 96})
	f("errors/requests is 0.983 (usually 0), hour is 3 (usually 8 to 20)", "errors/requests は 0.983（通常は 0）、hour は 3（通常は 8～20）",
		Unusual{"errors/requests", 0.98333, 0, 0}, Unusual{"hour", 3, 8, 20})
	f("bytes is 48437287 (usually -1.5 to 99.9)", "bytes は 48437287（通常は -1.5～99.9）", Unusual{"bytes", 48437287, -1.5, 99.9})
}
