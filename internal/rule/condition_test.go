package rule

import (
	"errors"
	"strings"
	"testing"
)

func TestConditionMeaning(t *testing.T) {
	names := []string{"a", "b", "unique_users"}
	f := func(text, printed string, values []float64, want bool) {
		t.Helper()
		c, err := ParseCondition(text, names)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if c.String() != printed {
			t.Errorf("%s: printed as %q, want %q", text, c, printed)
		}
		again, err := ParseCondition(c.String(), names)
		if err != nil || again.String() != c.String() {
			t.Errorf("%s: printed as %q, which is read as %v: %v", text, c, again, err)
		}
		if got := c.Eval(0, values); got != want {
			t.Errorf("%s of %v is %v", text, values, got)
		}
	}
	f("a > 5", "a > 5", []float64{5, 0, 0}, false)
	f("a > 5", "a > 5", []float64{6, 0, 0}, true)
	f("a >= 5", "a >= 5", []float64{5, 0, 0}, true)
	f("a>5&&b>0", "a > 5 && b > 0", []float64{6, 0, 0}, false)
	f(" a>5 && b>0 ", "a > 5 && b > 0", []float64{6, 1, 0}, true)
	f("a > 5 || b > 0", "a > 5 || b > 0", []float64{0, 1, 0}, true)
	f("a > 0.995", "a > 0.995", []float64{0.996, 0, 0}, true)
	f("a >= 1000000", "a >= 1000000", []float64{1e6, 0, 0}, true)
	f("a > -1", "a > -1", []float64{0, 0, 0}, true)
	f("unique_users>50 && a>=1", "unique_users > 50 && a >= 1", []float64{1, 0, 51}, true)
	// && binds tighter than ||.
	f("a > 0 || b > 0 && unique_users > 0", "a > 0 || b > 0 && unique_users > 0", []float64{1, 0, 0}, true)
	f("(a > 0 || b > 0) && unique_users > 0", "(a > 0 || b > 0) && unique_users > 0", []float64{1, 0, 0}, false)
	f("((a > 0))", "a > 0", []float64{1, 0, 0}, true)
	f("(a > 0 && b > 0) || (a > 9)", "a > 0 && b > 0 || a > 9", []float64{1, 1, 0}, true)
	f("a > 0 || (b > 0 || a > 1)", "a > 0 || b > 0 || a > 1", []float64{0, 0, 0}, false)
}

func TestConditionSteps(t *testing.T) {
	c, err := ParseCondition("a > 0 && b > 0 THEN b > 1", []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Steps() != 2 || c.String() != "a > 0 && b > 0 THEN b > 1" {
		t.Errorf("%d steps, printed as %q", c.Steps(), c)
	}
	if c.Eval(0, []float64{1, 1}) != true || c.Eval(1, []float64{1, 1}) != false {
		t.Error("the first step holds for 1 and 1, the second does not")
	}
}

func TestConditionEnough(t *testing.T) {
	f := func(text string, a, b int64) {
		t.Helper()
		c, err := ParseCondition(text, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if c.Enough(0) != a || c.Enough(1) != b || c.Uses(1) != (b > 0) {
			t.Errorf("%s: enough is %d and %d, want %d and %d", text, c.Enough(0), c.Enough(1), a, b)
		}
	}
	f("a > 5", 6, 0)
	f("a >= 5", 5, 0)
	f("a > 5.5", 6, 0)
	f("a >= 5.5", 6, 0)
	f("a > 0 || a >= 9 && b > 2", 9, 3)
	f("a > -3", 1, 0)
	f("a > 99999999999999999999 THEN b > 0", 1<<40, 1)
}

func TestConditionFaults(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		c, err := ParseCondition(text, []string{"failures", "successes"})
		if err == nil {
			t.Errorf("%s: accepted as %s", text, c)
			return
		}
		if got := err.Error(); got != strings.Join(want, "\n") {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, strings.Join(want, "\n"))
		}
	}
	f("", `column 1: want the name of a query, found the end`)
	f("failurs > 1", `column 1: no query has the name "failurs"; there is failures, successes (did you mean "failures"?)`)
	f("failurs > 1 && sucesses > 1",
		`column 1: no query has the name "failurs"; there is failures, successes (did you mean "failures"?)`,
		`column 16: no query has the name "sucesses"; there is failures, successes (did you mean "successes"?)`)
	f("failures", `column 9: want > or >= behind "failures", found the end (did you mean "failures > 0"?)`)
	f("failures || successes", `column 10: want > or >= behind "failures", found "|" (did you mean "failures > 0"?)`)
	f("failures < 5", `column 10: want > or >= behind "failures": a rule is about too much, never about too little or an exact number`)
	f("failures == 5", `column 10: want > or >= behind "failures": a rule is about too much, never about too little or an exact number`)
	f("failures => 5", `column 10: want > or >= behind "failures", found => (did you mean ">="?)`)
	f("5 < failures", `column 1: want the name of a query, found the number 5: the name stands left of > or >=`)
	f("failures > many", `column 12: want a number, found "many"`)
	f("failures > 1e3", `column 12: want a number, found "1e3"`)
	f("failures >", `column 11: want a number, found the end`)
	f("failures > 1 and successes > 1", `column 14: want &&, || or the end, found "and" (did you mean "&&"?)`)
	f("failures > 1 & successes > 1", `column 14: want &&, || or the end, found "&" (did you mean "&&"?)`)
	f("failures > 1 or successes > 1", `column 14: want &&, || or the end, found "or" (did you mean "||"?)`)
	f("failures > 1 then successes > 1", `column 14: want &&, || or the end, found "then" (did you mean "THEN"?)`)
	f("failures > 1 &&", `column 16: want the name of a query, found the end`)
	f("(failures > 1", `column 1: the parenthesis is not closed`)
	f("failures > 1)", `column 13: want &&, || or the end, found ")"`)
	f("()", `column 2: want the name of a query, found ")"`)
	f(strings.Repeat("(", 40)+"failures > 1", `column 33: parentheses nest deeper than 32`)
	f(strings.Repeat("failures > 1 || ", 600)+"failures > 1", `column 1: the condition is longer than 8192 bytes`)
	f("failures > "+strings.Repeat("9", 400), `column 12: the number `+strings.Repeat("9", 80)+`… is too large`)
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{"a > 5 && b > 0", "(a>=1||b>2)&&a>0.5", "a > 0 THEN b > 0", "a > > 1", "((((", "é > 1", "a > -0"} {
		f.Add(seed)
	}
	names := []string{"a", "b", "THEN", "é"}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text, names)
		if err != nil {
			var p *ParseError
			if !errors.As(err, &p) || p.Offset < 0 || p.Offset > len(text) {
				t.Fatalf("%q: the error %v has no place", text, err)
			}
			return
		}
		printed := c.String()
		again, err := ParseCondition(printed, names)
		if err != nil || again.String() != printed {
			t.Fatalf("%q is printed as %q, which is read as %v: %v", text, printed, again, err)
		}
		for i := range 16 {
			values := []float64{float64(i & 1 * 7), float64(i >> 1 & 1), float64(i >> 2), 1}
			for step := range c.Steps() {
				if c.Eval(step, values) != again.Eval(step, values) {
					t.Fatalf("%q and %q differ for %v", text, printed, values)
				}
			}
		}
	})
}
