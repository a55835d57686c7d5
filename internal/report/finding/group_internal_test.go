package finding

import "testing"

// TestLeastUpgrade picks the smallest step that repairs.
func TestLeastUpgrade(t *testing.T) {
	f := func(want string, installed []string, fixed ...string) {
		t.Helper()
		if got := least(fixed, installed); got != want {
			t.Errorf("%v above %v: %s, want %s", fixed, installed, got, want)
		}
	}
	f("1.10.0", []string{"1.9.0"}, "2.0.0", "1.10.0", "1.8.5")
	f("2.0.0", []string{"1.9.0", "1.11.0"}, "2.0.0", "1.10.0")
	f("3.2", nil, "2.9", "3.2")
	f("1.0", []string{"2.0"}, "1.0")
	f("1.1.1d-r2", []string{"1.1.1c-r0"}, "1.1.1d-r2")
}

// TestBothLanguages lack no word.
func TestBothLanguages(t *testing.T) {
	en, ja := english(), japanese()
	for code := range en.Notice {
		if ja.Notice[code] == "" {
			t.Errorf("no Japanese for %s", code)
		}
	}
	if len(en.Notice) != len(ja.Notice) || len(en.Severity) != len(ja.Severity) || len(en.Kind) != len(ja.Kind) || len(en.State) != len(ja.State) {
		t.Error("one language has more words than the other")
	}
}
