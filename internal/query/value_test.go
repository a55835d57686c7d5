package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/event"
)

func testOf(tb testing.TB, text string) Test {
	tb.Helper()
	q, err := Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	test, ok := TestOf(q.Root())
	if !ok {
		tb.Fatalf("%s has no test", text)
	}
	return test
}

func TestNeeds(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, testOf(t, text).Needs()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f("*item/77*", "item", "77")
	f(`"Failed password"`, "failed", "pa", "word")
	f("host:WEB*1", "web", "1")
	f("@a:Kiosk", "io")
	f("@a:\u0130x", "x")
	f("@a:(x OR y OR z)")
	f("@a:>5")
	f("@a:*")
	f(`"->"`, "->")
}

// A test of one value says what the clause says of an event that has it.
func TestAValueIsTestedLikeAnEvent(t *testing.T) {
	for _, text := range []string{"@a:5", "@a:5.0", "@a:x*", "@a:*", "@a:[1 TO 6]", "@a:>4", "@a:<x", "CIDR(@a, 10.0.0.0/8)", "@a:(5 OR x OR true)"} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []event.Value{event.IntValue(5), event.FloatValue(5), event.FloatValue(4.5), event.StringValue("5"), event.StringValue("xyz"), event.StringValue(""), event.StringValue("10.1.2.3"), event.BoolValue(true)} {
			e := event.New()
			e.Set("a", v)
			if got, want := testOf(t, text).Value(v), q.Match(e); got != want {
				t.Errorf("%s of %s: %v, want %v", text, v.Text(), got, want)
			}
		}
	}
	for _, text := range []string{"a b", "-a", "(a OR b)", "@a:(x OR (y z))"} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := TestOf(q.Root()); ok {
			t.Errorf("%s has a test", text)
		}
	}
}

// FuzzNeeds looks for what a search needs in texts that it matches.
func FuzzNeeds(f *testing.F) {
	f.Add("*ab*", "xAbx")
	f.Add("message:\u0130?k*", "\u0130a\u212a")
	f.Add("host:\u017f", "s")
	f.Add(`"a\tb - c"`, "A b c")
	f.Fuzz(func(t *testing.T, search, text string) {
		q, err := Parse(search)
		if err != nil {
			return
		}
		test, ok := TestOf(q.Root())
		if !ok || !test.Text(text) {
			return
		}
		folded := strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return r | 0x20
			}
			return r
		}, text)
		if i := slices.IndexFunc(test.Needs(), func(need string) bool { return !strings.Contains(folded, need) }); i >= 0 {
			t.Errorf("%q matches %q without %q", search, text, test.Needs()[i])
		}
	})
}
