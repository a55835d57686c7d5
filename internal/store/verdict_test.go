package store

import "testing"

// TestVerdictsOfAllAreThoseOfEach joins verdicts that are the same for all rows, and the
// same ones row by row.
func TestVerdictsOfAllAreThoseOfEach(t *testing.T) {
	const rows = 3
	all := []verdicts{{all: no}, {all: maybe}, {all: yes}}
	each := func(v verdicts) []verdict { return v.each(rows) }
	mixed := func() verdicts { return verdicts{rows: []verdict{no, maybe, yes}} }
	for _, decides := range []verdict{no, yes} {
		f := func(a, b verdicts) {
			t.Helper()
			x, y := append([]verdict(nil), each(a)...), append([]verdict(nil), each(b)...)
			got := each(a.join(b, decides))
			for i := range rows {
				want := max(x[i], y[i])
				if decides == no {
					want = min(x[i], y[i])
				}
				if got[i] != want {
					t.Errorf("%v and %v, where %d decides: row %d is %d, want %d", x, y, decides, i, got[i], want)
				}
			}
		}
		for _, a := range all {
			for _, b := range all {
				f(a, b)
				f(a, verdicts{rows: each(b)})
				f(verdicts{rows: each(a)}, b)
			}
			f(a, mixed())
			f(mixed(), a)
		}
		f(mixed(), mixed())
		f(mixed(), mixed().not())
	}
	if v := uniform(yes).among([]bool{true, false, true}); v.count(rows) != 2 || v.first() != 0 {
		t.Errorf("%v", v)
	}
	if uniform(yes).count(rows) != 3 || uniform(maybe).count(rows) != 0 || mixed().count(rows) != 1 || mixed().first() != 2 {
		t.Error("the count of those that match is wrong")
	}
}
