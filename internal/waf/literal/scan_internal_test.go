package literal

import "testing"

func TestScannerFindsEveryLiteral(t *testing.T) {
	s, err := newScanner([]clause{
		{"he", "she"}, {"hers"}, {"his", "s"}, {boundary + "or" + boundary}, {boundary + "he" + boundary}, {"x" + boundary + "="},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := func(text string, want uint64) {
		t.Helper()
		bits := make([]uint64, 1)
		if s.mark([]byte(text), bits); bits[0] != want {
			t.Errorf("%q has clauses %06b, want %06b", text, bits[0], want)
		}
	}
	f("", 0)
	f("UsHers", 0b000111)
	f("this", 0b000100)
	f("sort for", 0b000100)
	f("a or b", 0b001000)
	f("OR", 0b001000)
	f("1or(2)", 0)
	f("the (he)", 0b010001)
	f("ax=1", 0b100000)
}
