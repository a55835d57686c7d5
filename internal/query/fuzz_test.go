package query

import (
	"net/netip"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/event"
)

func addQueries(f *testing.F) {
	f.Helper()
	for _, text := range []string{
		``, `*`, `*:*`, `a b AND c && d OR e || f`, `-a !b NOT c`, `(a OR (b c)) -(d)`,
		`@a.b:c @a:"x  y\"" @a: b\ c\:d`, `@a:[1 TO 2} @b:{"a b" TO *]`, `@a:>=1 @b:< 2`,
		`env:(a* OR b? OR "c") @x:(>=400 <500)`, `CIDR(@ip, 10.0.0.0/8, 2001:db8::/32)`,
		`#calc:1 *:x* message:ab?c tags:x`, `timestamp:[2025-01-01 TO 2026-01-01]`, "\xff\u3000\u00a0失敗*",
	} {
		f.Add(text)
	}
}

// withoutBlanks returns what String must keep.
func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

func FuzzParseAndPrint(f *testing.F) {
	addQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			return
		}
		printed := q.String()
		if got, want := withoutBlanks(printed), withoutBlanks(text); got != want {
			t.Errorf("%q prints as %q", text, printed)
		}
		if len(printed) > MaxLength {
			return // blanks between clauses that touched
		}
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if again.String() != printed {
			t.Errorf("%q prints as %q, and that as %q", text, printed, again)
		}
		trees := cmp.Options{
			cmp.AllowUnexported(need{}, oneOf{}, All{}, And{}, Or{}, Not{}, List{}, Term{}, Wildcard{}, Exists{}, Range{}, Comparison{},
				FreeText{}, Word{}, CIDR{}, spelling{}, literal{}, interval{}, glob{}, segment{}),
			cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateNaNs(),
		}
		if diff := cmp.Diff(q.Root(), again.Root(), trees); diff != "" {
			t.Errorf("%q and its print mean different things:\n%s", text, diff)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add(`@http.status_code:>=400 "get x" CIDR(@ip, ::/0)`, `{"ip":"10.0.0.1","a":[{"b":1.5},"10.0.0"]}`, "GET /x", "env:prod")
	f.Add(`*:*a?b* @a.b:[1 TO 2] env:p* -失敗`, `{"a.b":2,"x":null,"y":true}`, "失敗\xff", "env")
	f.Fuzz(func(t *testing.T, text, attributes, message, tag string) {
		q, err := Parse(text)
		if err != nil {
			return
		}
		e := event.New()
		e.MergeJSON(attributes, event.JSONOptions{})
		e.Message, e.Host = message, message
		e.Tags = append(e.Tags, tag)
		before := string(e.AppendJSON(nil, e.Root()))
		matched := q.Match(e)
		if q.Match(e) != matched {
			t.Errorf("%q: the second answer differs", text)
		}
		if after := string(e.AppendJSON(nil, e.Root())); after != before {
			t.Errorf("%q changes the event", text)
		}
		if negated, err := Parse("-(" + q.String() + ")"); err == nil && q.String() != "" && negated.Match(e) == matched {
			t.Errorf("%q: the negation gives the same answer", text)
		}
	})
}

func FuzzPathsAreThoseOfTheEvent(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":1},{"c":2}]},"a.b":{"c":null}}`, "a.b.c")
	f.Add(`{"custom":{"x":1},"y":{"":{"z":[]}}}`, "custom.y..z")
	f.Fuzz(func(t *testing.T, attributes, path string) {
		e := event.New()
		if !e.MergeJSON(attributes, event.JSONOptions{}) {
			return
		}
		exists := &Exists{Field: Field{Kind: Attribute, Name: path}}
		got := exists.match(e)
		v, ok := e.Get(path)
		if want := ok && holdsValue(e, v); got != want {
			t.Errorf("%q in %s: got %v, want %v", path, attributes, got, want)
		}
	})
}

// holdsValue says what counts as a value.
func holdsValue(e *event.Event, v event.Value) bool {
	switch v.Kind() {
	case event.Array:
		for _, c := range e.Items(v) {
			if holdsValue(e, c) {
				return true
			}
		}
		return false
	case event.Object:
		return e.Len(v) > 0
	default:
		return v.IsScalar()
	}
}

func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "::", "1::2:3", "::ffff:1.2.3.4", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "aa:bb:cc:dd:ee:ff", "1.2.3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddr(s)
		got, ok := parseAddr(s)
		if ok != (err == nil) || ok && got != want.WithZone("").Unmap() {
			t.Errorf("%q: got %v %v, want %v %v", s, got, ok, want, err)
		}
	})
}

func FuzzFreeTextFindsWords(f *testing.F) {
	f.Add("wp login", "GET /wp-login.php", false)
	f.Add("log*n", "blog login", true)
	f.Fuzz(func(t *testing.T, text, message string, wild bool) {
		if len(text)*len(message) > 1<<14 || strings.ContainsFunc(text+message, func(r rune) bool { return r >= 0x80 }) {
			return
		}
		parts := []Piece{{Literal: text}}
		if wild {
			parts = append(parts, Piece{Star: true})
		}
		n := newFreeText(spelling{}, Field{Kind: Message}, parts)
		if len(n.Words) == 0 {
			return
		}
		split := func(s string) []string {
			return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return classOf(r) == gap })
		}
		wanted, words := split(text), split(message)
		wild = wild && n.Words[len(n.Words)-1].Text == ""
		want := false
		for i := 0; i+len(wanted) <= len(words) && !want; i++ {
			last := len(wanted) - 1
			want = cmp.Equal(wanted[:last], words[i:i+last]) &&
				(words[i+last] == wanted[last] || wild && strings.HasPrefix(words[i+last], wanted[last]))
		}
		if got := n.text(message); got != want {
			t.Errorf("%q (wild: %v) in %q: got %v, want %v", text, wild, message, got, want)
		}
	})
}
