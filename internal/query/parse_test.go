package query

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrintsWhatWasWritten(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got := mustParse(t, text).String()
		if got != want {
			t.Errorf("%q prints as %q, want %q", text, got, want)
		}
		if again := mustParse(t, got).String(); again != got {
			t.Errorf("%q prints as %q, and that as %q", text, got, again)
		}
	}
	same := func(text string) { t.Helper(); f(text, text) }
	same(``)
	same(`*`)
	same(`*:*`)
	same(`a b AND c && d`)
	same(`a OR b || c`)
	same(`-a !b NOT c --d -NOT e`)
	same(`(a OR (b c)) -(d)`)
	same(`@a.b:c @a:"x  y" @a:"q\"\\" @a:b\ c\:d`)
	same(`@a: "." @a:b:c`)
	same(`@a:* @a:"" @a:"*" @b`)
	same(`@a:[1 TO 2] @a:{1 TO 2} @a:[* TO "x  y"}`)
	same(`@a:>1 @a:>=1 @a:<1 @a:<= 1`)
	same(`env:(a OR b) @x:(>=400 <500) @x:(-a AND (b || "c d")) @y: (1 OR 2)`)
	same(`CIDR(@a, 10.0.0.0/8, ::1)`)
	same(`CIDR(@a,10.0.0.0/8)`)
	same(`#calc:1 *:x`)
	same(`@a\:b:c @ab\-c:*`)
	same(`/path?x=1`)
	same("\xff \xfe:\xfd")
	f("  a \t\n b  ", `a b`)
	f("a\u3000b\u00a0AND\u3000c", `a b AND c`)
	f(`( a OR  b )`, `(a OR b)`)
	f(`(a)(b)`, `(a) (b)`)
	f(`a&&b||c`, `a && b || c`)
	f(`"a"b`, `"a" b`)
	f(`@a:   b`, `@a: b`)
	f(`@a:[1   TO  2]`, `@a:[1 TO 2]`)
	f(`@a:( b   c )`, `@a:(b c)`)
	f(`NOT   a`, `NOT a`)
	f(`CIDR(@a ,  10.0.0.0/8 )`, `CIDR(@a , 10.0.0.0/8 )`)
}

func TestSyntaxErrors(t *testing.T) {
	f := func(text string, col int, message string) {
		t.Helper()
		_, err := Parse(text)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: got %v, want a SyntaxError", text, err)
			return
		}
		if se.Col != col || !strings.Contains(se.Error(), message) || se.Text != text {
			t.Errorf("%q: got %q, want column %d: .. %s ..", text, se.Error(), col, message)
		}
	}
	f(`(a`, 1, "not closed")
	f(`a (b OR (c)`, 3, "not closed")
	f(`a)`, 2, "never opened")
	f(`()`, 2, "nothing stands between")
	f(`日本 )`, 4, "never opened")
	f(`"abc`, 1, "quote is not closed")
	f(`@a:"abc\"`, 4, "quote is not closed")
	f(`a\`, 2, "backslash")
	f(`@a:`, 3, `write @a:* to ask`)
	f(`@a: `, 3, "value is missing")
	f(`@a: AND b`, 3, "value is missing")
	f(`@a:&& b`, 3, "value is missing")
	f(`(@a:)`, 4, "value is missing")
	f(`@a: @b:c`, 5, "another field")
	f(`@a:(b @c:d)`, 7, "among the values")
	f(`@a:(b CIDR(@x, ::/0))`, 7, "among the values")
	f(`@a:()`, 5, "nothing stands between")
	f(`:x`, 1, "field before the colon")
	f(`@:x`, 1, "field before the colon")
	f(`#:x`, 1, "field before the colon")
	f(`@a.*:x`, 4, "no wildcards")
	f(`AND a`, 1, "want a clause before AND")
	f(`a OR`, 5, "want a clause here")
	f(`a OR OR b`, 6, "want a clause before OR")
	f(`a AND )`, 7, "want a clause here")
	f(`a NOT`, 6, "want a clause here")
	f(`a - b`, 3, "stands alone")
	f(`[1 TO 2]`, 1, "a range needs a field")
	f(`>5`, 1, "a comparison needs a field")
	f(`*:>5`, 3, "needs one field")
	f(`*:[1 TO 5]`, 3, "needs one field")
	f(`@a:[1 to 5]`, 7, "upper case")
	f(`@a:[1 5]`, 7, "want TO")
	f(`@a:[1 TO 5`, 4, "range is not closed")
	f(`@a:[1`, 4, "range is not closed")
	f(`@a:[TO 5]`, 5, "bound of the range is missing")
	f(`@a:[1 TO ]`, 10, "bound of the range is missing")
	f(`@a:[1* TO 5]`, 5, "no wildcards")
	f(`@a:>`, 4, "nothing follows the >")
	f(`@a:>= AND b`, 4, "nothing follows the >=")
	f(`@a:>5*`, 5, "no wildcards")
	f(`timestamp:yesterday`, 1, "milliseconds or a date")
	f(`timestamp:[a TO b]`, 12, "milliseconds or a date")
	f(`CIDR(@a, 10.0.0.0/33)`, 10, "not a network")
	f(`CIDR(@a, 10.0.0.0/8, x)`, 22, "not a network")
	f(`CIDR(@a)`, 8, "network is missing")
	f(`CIDR(@a, )`, 10, "not a network")
	f(`CIDR()`, 6, "want a field")
	f(`CIDR(*, ::/0)`, 6, "want one field")
	f(`CIDR(@a, 10.0.0.0/8`, 1, "not closed")
	f(`cidr(@a, 10.0.0.0/8)`, 1, "upper case")
}

func TestLimits(t *testing.T) {
	f := func(text, message string) {
		t.Helper()
		_, err := Parse(text)
		switch {
		case message == "" && err != nil:
			t.Errorf("%.20q..: %v", text, err)
		case message != "" && (err == nil || !strings.Contains(err.Error(), message)):
			t.Errorf("%.20q..: got %v, want %q", text, err, message)
		}
	}
	f(strings.Repeat("a", MaxLength), "")
	f(strings.Repeat("a", MaxLength+1), "longer than")
	f(strings.Repeat("(", MaxDepth)+"a"+strings.Repeat(")", MaxDepth), "")
	f(strings.Repeat("(", MaxDepth+1)+"a"+strings.Repeat(")", MaxDepth+1), "nests deeper")
	f(strings.Repeat("-", MaxDepth+1)+"a", "nests deeper")
	f(strings.Repeat("NOT ", MaxDepth+1)+"a", "nests deeper")
	f("x:"+strings.Repeat("(", MaxDepth+1)+"a", "nests deeper")
	f(strings.Repeat("a ", MaxClauses), "")
	f(strings.Repeat("a ", MaxClauses+1), "more than")
	f("CIDR(@a"+strings.Repeat(",::", MaxClauses)+")", "more than")
}

func TestHints(t *testing.T) {
	f := func(text string, cols ...int) {
		t.Helper()
		var got []int
		for _, h := range mustParse(t, text).Hints() {
			got = append(got, h.Col)
		}
		if diff := cmp.Diff(cols, got); diff != "" {
			t.Errorf("%s: columns of hints (-want +got):\n%s", text, diff)
		}
	}
	f(`@a:b or @c:d`, 6)
	f(`@a:b and c not @d:e`, 6, 12)
	f(`this or that`)
	f(`@a:b OR @c:d`)
	f(`@a:b "or" @c:d`)
	f(`or @a:b`)
}

func TestFields(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, mustParse(t, text).Fields()); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", text, diff)
		}
	}
	f(``)
	f(`*`)
	f(`word`, "message")
	f(`*:word`, "*")
	f(`source:nginx @b:1 (@a.c:2 OR -@b:3) env:prod`, "@a.c", "@b", "env", "source")
	f(`@a\-b:1 @a-b:*`, "@a-b")
	f(`CIDR(@ip, ::/0) @n:(>1 <2) @m:[1 TO 2] @w:x* #c:1 tags:x @seen`, "#c", "@ip", "@m", "@n", "@seen", "@w", "tags")
}

func TestTree(t *testing.T) {
	q := mustParse(t, `-env:(a OR b*) "Two words" CIDR(@ip, 10.1.2.3/8)`)
	var got []string
	Walk(q.Root(), func(n Node) {
		switch n := n.(type) {
		case *And:
			got = append(got, "and")
		case *Or:
			got = append(got, "or")
		case *Not:
			got = append(got, "not")
		case *List:
			got = append(got, "list of "+n.Field.Name)
		case *Term:
			got = append(got, n.Field.Name+" is "+n.Value)
		case *Wildcard:
			got = append(got, n.Field.Name+" starts with "+n.Pattern[0].Literal)
		case *FreeText:
			got = append(got, n.Words[0].Text+" then "+n.Words[1].Text)
		case *CIDR:
			got = append(got, n.Field.String()+" in "+n.Prefixes[0].String())
		}
	})
	want := []string{"and", "not", "list of env", "or", "env is a", "env starts with b", "two then words", "@ip in 10.0.0.0/8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}
