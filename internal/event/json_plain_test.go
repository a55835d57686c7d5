package event

import (
	"strings"
	"testing"
)

// Every byte is escaped the same, wherever among eight it stands.
func TestEscapesDoNotDependOnTheirPlace(t *testing.T) {
	for c := range 256 {
		alone := AppendJSONString(nil, string([]byte{byte(c)}))
		want := string(alone[1 : len(alone)-1])
		for before := range 20 {
			for _, after := range []int{0, 3, 9} {
				text := strings.Repeat("a", before) + string([]byte{byte(c)}) + strings.Repeat("~", after)
				got := string(AppendJSONString(nil, text))
				if full := `"` + strings.Repeat("a", before) + want + strings.Repeat("~", after) + `"`; got != full {
					t.Fatalf("%q: got %s, want %s", text, got, full)
				}
			}
		}
	}
}
