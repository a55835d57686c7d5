package lookup_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sasumata/sasumata/internal/lookup"
)

func TestTables(t *testing.T) {
	tables := lookup.NewTables()
	own := lookup.NewList(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("203.0.113.0/24"))
	tables.AddThreats("bad", own)
	tables.AddAddresses("own", own)
	const text = "\ufeffuser, team\nalice,red\n\"bob, jr\",\n alice ,blue\n"
	if err := tables.ReadCSV("people", strings.NewReader(text), lookup.Limits{}); err != nil {
		t.Fatal(err)
	}
	f := func(table, column, value string, want bool) {
		t.Helper()
		if got := tables.Contains(table, column, value); got != want {
			t.Errorf("Contains(%q, %q, %q) = %v", table, column, value, got)
		}
	}
	f("people", "user", "alice", true)
	f("people", "user", "bob, jr", true)
	f("people", "team", "blue", true)
	f("people", "user", "Alice", false)
	f("people", "user", "red", false)
	f("people", "team", "", false)
	f("people", "none", "alice", false)
	f("none", "user", "alice", false)
	f("bad", "ip", "203.0.113.7", true)
	f("bad", "ip", "::ffff:203.0.113.7", true)
	f("bad", "ip", "10.1.2.3", false)
	f("own", "any", "10.1.2.3", true)
	f("own", "any", "[::ffff:10.1.2.3]", true)
	f("own", "any", "10.1.2.3.example", false)
	if d := cmp.Diff([]string{"bad", "own", "people"}, tables.Names()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if !tables.Has("people", "team") || tables.Has("people", "x") || !tables.Has("own", "x") || tables.Has("x", "x") {
		t.Error("Has does not know the tables")
	}
	var none *lookup.Tables
	if none.Contains("a", "b", "c") || none.Has("a", "b") || none.Names() != nil {
		t.Error("no tables have a table")
	}
}

func TestTablesExempt(t *testing.T) {
	tables := lookup.NewTables()
	all := lookup.NewList(netip.MustParsePrefix("203.0.113.0/24"))
	tables.AddThreats("bad", all)
	tables.AddAddresses("own", all)
	tables.Exempt(nil, lookup.NewList(netip.MustParsePrefix("203.0.113.8/29")))
	f := func(table, value string, want bool) {
		t.Helper()
		if got := tables.Contains(table, "ip", value); got != want {
			t.Errorf("Contains(%q, %q) = %v", table, value, got)
		}
	}
	f("bad", "203.0.113.7", true)
	f("bad", "203.0.113.8", false)
	f("bad", "::ffff:203.0.113.15", false)
	f("bad", "203.0.113.16", true)
	f("own", "203.0.113.8", true)
}

func TestListRanges(t *testing.T) {
	l, _ := read(t, "203.0.113.4-203.0.113.9\n203.0.113.10\n2001:db8::/127\n")
	want := []lookup.Range{
		{From: netip.MustParseAddr("203.0.113.4"), To: netip.MustParseAddr("203.0.113.10")},
		{From: netip.MustParseAddr("2001:db8::"), To: netip.MustParseAddr("2001:db8::1")},
	}
	same := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if d := cmp.Diff(want, l.Ranges(), same); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(want, lookup.NewRanges(append(want, lookup.Range{})).Ranges(), same); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	f := func(from, to string, want bool) {
		t.Helper()
		if got := l.HoldsRange(lookup.Range{From: netip.MustParseAddr(from), To: netip.MustParseAddr(to)}); got != want {
			t.Errorf("%s-%s: %v", from, to, got)
		}
	}
	f("203.0.113.4", "203.0.113.10", true)
	f("203.0.113.4", "203.0.113.11", false)
	f("203.0.113.3", "203.0.113.4", false)
	f("2001:db8::", "2001:db8::1", true)
	f("2001:db8::", "2001:db8::2", false)
}

func TestTablesRow(t *testing.T) {
	tables := lookup.NewTables()
	tables.AddAddresses("own", lookup.NewList())
	const text = "id, name,city\n7, alice ,\n7,bob,Oslo\n,none,Rome\n"
	if err := tables.ReadCSV("people", strings.NewReader(text), lookup.Limits{}); err != nil {
		t.Fatal(err)
	}
	columns, values, ok := tables.Row("people", "7")
	if d := cmp.Diff([][]string{{"id", "name", "city"}, {"7", "alice", ""}}, [][]string{columns, values}); d != "" || !ok {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, key := range []string{"8", "", "bob"} {
		if _, values, ok = tables.Row("people", key); ok {
			t.Errorf("%q has the row %q", key, values)
		}
	}
	var none *lookup.Tables
	for _, tables := range []*lookup.Tables{tables, none} {
		if _, _, ok = tables.Row("own", "7"); ok {
			t.Error("a list of addresses has rows")
		}
	}
}

func TestTablesRefuse(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		tables := lookup.NewTables()
		err := tables.ReadCSV("t", strings.NewReader(text), lookup.Limits{MaxEntries: 4})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if tables.Names() != nil && len(tables.Names()) > 0 {
			t.Errorf("%q: the table was added", text)
		}
	}
	f("", "first row")
	f("a,a\n", `"a" is empty or used twice`)
	f("a,\n", `"" is empty or used twice`)
	f("a,b\n1\n", "line 2")
	f("a,b\n1,2\n\"x\n", "line 3")
	f("a,b\n1,2\n3,4\n5,6\n", lookup.ErrTooLarge.Error())
	if err := lookup.NewTables().ReadCSV("t", failing{}, lookup.Limits{}); err == nil || errors.Is(err, lookup.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if err := lookup.NewTables().ReadCSV("t", strings.NewReader("a,b\n1,2\n3,4\n"), lookup.Limits{MaxEntries: 4}); err != nil {
		t.Errorf("as many as the limit: %v", err)
	}
}
