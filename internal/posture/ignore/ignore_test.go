package ignore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/posture/ignore"
)

var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func parse(text string) []ignore.Comment { return ignore.Parse(text, ignore.Indented(text), now) }

func TestParse(t *testing.T) {
	f := func(text string, want ...ignore.Comment) {
		t.Helper()
		if diff := cmp.Diff(want, parse(text)); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	f("a: 1\n# a comment\n", nil...)
	f("# sasumata:ignore DF003 until=2027-01-31 it is built here\n\n# x\nimage: a", ignore.Comment{Line: 1, From: 4, To: 4, IDs: []string{"DF003"}, Until: "2027-01-31", Reason: "it is built here"})
	f("s:\n  # sasumata:ignore WL001,WL002 why\n  web:\n    a: 1\n\n    b: 2\n  db: 3", ignore.Comment{Line: 2, From: 3, To: 6, IDs: []string{"WL001", "WL002"}, Reason: "why"})
	f("a: 1 # sasumata:ignore X1 why", ignore.Comment{Line: 1, From: 1, To: 1, IDs: []string{"X1"}, Reason: "why"})
	f("a: 1\n#sasumata:ignore-file X1 why", ignore.Comment{Line: 2, From: 1, To: 2, IDs: []string{"X1"}, Reason: "why"})
	f("# sasumata:ignore X1 until=2026-11-21 why\na", ignore.Comment{Line: 1, From: 2, To: 2, IDs: []string{"X1"}, Until: "2026-11-21", Reason: "why", Over: true})
	f("# sasumata:ignore X1\na", ignore.Comment{Line: 1, From: 2, To: 2, IDs: []string{"X1"}, Fault: "want a reason, for those who come after"})
	f("# sasumata:ignore\na", ignore.Comment{Line: 1, From: 2, To: 2, IDs: []string{}, Fault: "want the ids of checks, such as DF003,DF005"})
	f("# sasumata:ignore X1 until=soon why", ignore.Comment{Line: 1, From: 0, To: -1, IDs: []string{"X1"}, Until: "soon", Reason: "why", Over: false, Fault: `"soon" is no day, want the form until=2026-12-31`})
}

func TestLastDayHolds(t *testing.T) {
	c := parse("# sasumata:ignore X1 until=2026-11-22 why\na")[0]
	if !c.Holds() || !c.Means(2, []string{"y", "x1"}) || c.Means(3, []string{"X1"}) || c.Means(2, []string{"X11"}) {
		t.Errorf("%+v", c)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# sasumata:ignore A until=2026-01-01 b\n  c\n d")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range parse(text) {
			if c.Line < 1 || c.To > strings.Count(text, "\n")+1 {
				t.Fatalf("%+v", c)
			}
		}
	})
}
