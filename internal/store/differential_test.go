package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// generator makes events and searches that meet: few names, few values, every kind.
type generator struct{ *rand.Rand }

func (r generator) pick(from ...string) string { return from[r.IntN(len(from))] }

func (r generator) key() string {
	return r.pick("a", "b", "a.b", "ip", "n", "custom", "x.ip", "s", "env", "http", "status")
}

func (r generator) text() string {
	return r.pick("", "1", "2", "200", "2.5", "true", "GET", "get", "10.0.0.1", "10.1.2.3", "::ffff:10.0.0.1", "2001:db8::1",
		"failed password", "日本語のログ", "a-b", "2026-01-01", "x")
}

func (r generator) value(depth int) string {
	switch n := r.IntN(14); {
	case n < 3:
		return fmt.Sprint(r.IntN(5))
	case n < 4:
		return fmt.Sprint(200 + 100*r.IntN(4))
	case n < 5:
		return r.pick("2.5", "-1.5", "200.0", "1e30")
	case n < 9:
		return string(event.AppendJSONString(nil, r.text()))
	case n < 10:
		return r.pick("true", "false")
	case n < 11:
		return "null"
	case n < 12 && depth > 0:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = r.value(depth - 1)
		}
		return "[" + strings.Join(items, ",") + "]"
	case depth > 0:
		return r.object(depth - 1)
	default:
		return "7"
	}
}

func (r generator) object(depth int) string {
	members := make([]string, r.IntN(5))
	for i := range members {
		members[i] = fmt.Sprintf("%q:%s", r.key(), r.value(depth))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (r generator) event(tb testing.TB) *event.Event {
	tb.Helper()
	e := fromJSON(tb, r.object(3))
	if r.IntN(3) > 0 {
		e.Set("http.status_code", event.IntValue(int64(200+100*r.IntN(4))))
		e.Set("network.client.ip", event.StringValue(r.pick("10.0.0.1", "10.0.0.2", "192.0.2.1", "x")))
	}
	e.Message = r.pick("", "GET /index 200", "Failed password for root", "失敗 login", "x y z")
	e.Status, e.Source = r.pick("", "ok", "WARN", "error"), r.pick("", "nginx", "sshd", "Odd Source")
	e.Host, e.Service = r.pick("", "web-1", "WEB-2"), r.pick("", "shop")
	e.TraceID = r.pick("", "", "4bf92f")
	for range r.IntN(3) {
		e.AddTag(r.pick("env:prod", "env:dev", "ENV:test", "http.status_code:9", "n:1", "canary", "a.b:2", "env:"))
	}
	if r.IntN(8) > 0 {
		e.Time = 1_760_000_000_000_000_000 + r.Int64N(3*86400)*1e9
	}
	return e
}

func (r generator) field() string {
	return r.pick("@a", "@b", "@a.b", "@ip", "@n", "@custom.a", "@custom.a.b", "@a.a", "@a.b.n", "@s", "@http", "@http.status_code",
		"@network.client.ip", "@status", "env", "n", "a.b", "http.status_code", "host", "status", "service", "source", "tags",
		"trace_id", "message", "*", "timestamp", "@x.ip", "#s")
}

func (r generator) clause() string {
	field := r.field()
	if field == "timestamp" {
		return fmt.Sprintf("timestamp:>=%d", 1_760_000_000_000+r.Int64N(3*86400)*1000)
	}
	switch r.IntN(11) {
	case 0:
		return field + ":*"
	case 1:
		return fmt.Sprintf("%s:[%d TO %d}", field, r.IntN(3), 1+r.IntN(400))
	case 2:
		return fmt.Sprintf("%s:%s%d", field, r.pick("<", "<=", ">", ">="), r.IntN(500))
	case 3:
		return field + ":" + r.pick("1*", "*0*", "??", "g*", "*.1", "*password", "日*")
	case 4:
		return fmt.Sprintf("%s:(%q OR %q OR 20* OR %d)", field, r.text(), r.text(), r.IntN(300))
	case 5:
		return fmt.Sprintf("%s:(%q OR %q OR %q)", field, r.text(), r.text(), r.text())
	case 6:
		if field[0] == '@' {
			return "CIDR(" + field + ", 10.0.0.0/8)"
		}
		return r.pick("password", "failed", "get", `"failed password"`, "失敗", "*:get")
	case 7:
		return r.pick("source:nginx", "-source:sshd", "source:(nginx OR sshd)", "@http.status_code:>=400", "@network.client.ip:10.0.0.1", "@network.client.ip:10.9.9.9")
	default:
		return fmt.Sprintf("%s:%q", field, r.text())
	}
}

func (r generator) query(depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return r.clause()
	}
	switch r.IntN(4) {
	case 0:
		return "-(" + r.query(depth-1) + ")"
	case 1:
		return "(" + r.query(depth-1) + " OR " + r.query(depth-1) + ")"
	default:
		return r.query(depth-1) + " " + r.query(depth-1)
	}
}

// TestAnswersAreThoseOfMatch compares the store with the query over the events
// themselves.
func TestAnswersAreThoseOfMatch(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	asked := 0
	for seed := range uint64(3) {
		r := generator{rand.New(rand.NewPCG(seed, 7))}
		events := make([]*event.Event, 400)
		for i := range events {
			events[i] = r.event(t)
		}
		s := stored(t, WriterOptions{PartRows: 40 + r.IntN(200), GroupRows: 20 + r.IntN(100)}, events...)
		kept := all(t, s, Search{})
		if len(kept) != len(events) {
			t.Fatalf("%d events are stored, want %d", len(kept), len(events))
		}
		for range 90 {
			text := r.query(3)
			q, err := query.Parse(text)
			if err != nil {
				continue // the language has no ranges of everything
			}
			asked++
			want := Search{Query: q}
			if r.IntN(3) == 0 {
				want.Since = 1_760_000_000_000_000_000 + r.Int64N(2*86400)*1e9
				want.Until = want.Since + r.Int64N(86400)*1e9
			}
			compare(t, s, want, events)
		}
	}
	if asked < 200 {
		t.Errorf("only %d searches were compared", asked)
	}
}

func compare(t *testing.T, s *Store, want Search, events []*event.Event) {
	t.Helper()
	var expected []string
	for _, e := range events {
		timed := want.Since == 0 || e.Time >= want.Since && e.Time < want.Until && e.Time != 0
		if timed && want.Query.Match(e) {
			expected = append(expected, whole(e))
		}
	}
	got := all(t, s, want)
	slices.Sort(expected)
	slices.Sort(got)
	if !slices.Equal(got, expected) {
		t.Errorf("%s: %d events, want %d", want.Query, len(got), len(expected))
		for _, text := range got {
			if _, ok := slices.BinarySearch(expected, text); !ok {
				t.Fatalf("not wanted: %s", text)
			}
		}
		for _, text := range expected {
			if _, ok := slices.BinarySearch(got, text); !ok {
				t.Fatalf("missing: %s", text)
			}
		}
	}
	if len(want.Query.String())%3 > 0 {
		return // a third of them is enough for the other ways to ask
	}
	counted, err := s.Count(t.Context(), want)
	if err != nil || counted.Matched != int64(len(expected)) {
		t.Errorf("%s: counted %d, want %d, error %v", want.Query, counted.Matched, len(expected), err)
	}
	newest(t, s, want, events)
}

// newest compares the newest events with those of all that match.
func newest(t *testing.T, s *Store, want Search, events []*event.Event) {
	t.Helper()
	var times []int64
	for _, e := range events {
		timed := want.Since == 0 || e.Time >= want.Since && e.Time < want.Until && e.Time != 0
		if timed && want.Query.Match(e) {
			times = append(times, e.Time)
		}
	}
	slices.Sort(times)
	slices.Reverse(times)
	times = times[:min(7, len(times))]
	found, _, err := s.Newest(t.Context(), want, 7)
	if err != nil || len(found) != len(times) {
		t.Fatalf("%s: %d newest, want %d, error %v", want.Query, len(found), len(times), err)
	}
	for i, e := range found {
		if e.Time != times[i] || !want.Query.Match(e) {
			t.Fatalf("%s: number %d of the newest is %s", want.Query, i+1, whole(e))
		}
	}
}

// TestSearchesAtTheEdge asks for what columns, their bounds and their filters say just
// so.
func TestSearchesAtTheEdge(t *testing.T) {
	for _, attributes := range []string{
		`{"usr":{"id":"Alice"}}`, `{"custom":[{"a":1}],"a":2}`, `{"n":5}`, `{"n":-5.5}`, `{"n":"5"}`, `{"n":9007199254740993}`,
		`{"custom":{"a":3}}`, `{"custom.a":null,"a":4}`, `{"id":"7"}`, `{"id":7}`,
	} {
		events := []*event.Event{fromJSON(t, attributes)}
		s := stored(t, WriterOptions{}, events...)
		for _, text := range []string{
			"usr.id:alice", "@usr.id:alice", "@usr.id:Alice", "@usr.id:(Bob OR Alice)", "usr.id:(bob OR alice)", "@usr.id:(Bob OR A*)", "-@usr.id:Bob",
			"@custom.a:1", "@custom.a:2", "@custom.a:3", "@custom.a:4", "@a:*", "custom.a:1",
			"@n:5", "@n:5.0", "@n:>5", "@n:>=5", "@n:<5", "@n:<=5", "@n:[5 TO 5]", "@n:[4 TO 5]", "@n:[5 TO 6]", "@n:{4 TO 6}", "@n:[* TO 5]", "@n:[5 TO *]", "@n:[6 TO *]", "@n:[* TO 4]",
			"@n:<-5", "@n:-5.5", "@n:9007199254740993", "@n:9007199254740992", "@n:>9007199254740992", "@id:7", "id:7", "@id:(7 OR 8)",
		} {
			q, err := query.Parse(text)
			if err != nil {
				continue
			}
			compare(t, s, Search{Query: q}, events)
		}
	}
}
