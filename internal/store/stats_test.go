package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

func TestStatsCountWhatEventsHold(t *testing.T) {
	r := generator{rand.New(rand.NewPCG(11, 12))}
	events := make([]*event.Event, 300)
	for i := range events {
		events[i] = r.event(t)
	}
	s := stored(t, WriterOptions{PartRows: 90, GroupRows: 40}, events...)
	for _, name := range []string{"@http.status_code", "@a", "@a.b", "@ip", "host", "source", "status", "env", "n", "tags", "@custom.a", "@http", "service", "trace_id"} {
		f, err := ParseField(name)
		if err != nil {
			t.Fatal(err)
		}
		table, result, err := s.Stats(t.Context(), Search{}, Stats{By: []query.Field{f}})
		if err != nil || len(result.Problems) > 0 {
			t.Fatal(err, result.Problems)
		}
		// Each group has as many events as a search for its value finds, of those whose
		// letter case is the same.
		for _, row := range table.Rows {
			if row.Keys[0] == nil || f.Folds() || *row.Keys[0] == "" {
				continue
			}
			q, err := query.Parse(fmt.Sprintf("%s:%q", name, *row.Keys[0]))
			if err != nil {
				t.Fatal(err)
			}
			seen := int64(0)
			for _, e := range events {
				if q.Match(e) {
					seen++
				}
			}
			if _, number := row.number(); row.Count != seen && !number {
				t.Errorf("%s: %d events, want %d", q, row.Count, seen)
			}
		}
		total := int64(0)
		for _, row := range table.Rows {
			total += row.Count
		}
		if total < int64(len(events)) {
			t.Errorf("%s: %d events in groups, want %d or more", name, total, len(events))
		}
	}
}

// number reports whether the key reads as a number: 200, 200.0 and "200" are one to a
// search and several to a table.
func (r *Row) number() (float64, bool) { return event.StringValue(*r.Keys[0]).Number() }

func TestMeasures(t *testing.T) {
	var events []*event.Event
	for i := range 10 {
		e := fromJSON(t, fmt.Sprintf(`{"n":%d,"k":["x","y","x"],"odd":"a"}`, i))
		e.Time = int64(i)*30*60e9 + 1
		e.Host = []string{"a", "b"}[i%2]
		events = append(events, e)
	}
	s := stored(t, WriterOptions{PartRows: 4}, events...)
	f := func(text string, every time.Duration, want ...string) {
		t.Helper()
		stats, err := ParseStats(text)
		if err != nil {
			t.Fatal(err)
		}
		stats.Every = every
		table, _, err := s.Stats(t.Context(), Search{}, stats)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range table.Rows {
			line := ""
			if every > 0 {
				line = time.Unix(0, row.Bucket).UTC().Format("15:04 ")
			}
			for _, key := range row.Keys {
				if key == nil {
					line += "- "
				} else {
					line += *key + " "
				}
			}
			got = append(got, fmt.Sprintf("%s%v", line, row.Value))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f("count", 0, "10")
	f("count by host", 0, "a 5", "b 5")
	f("count by host,@k", 0, "a x 5", "a y 5", "b x 5", "b y 5")
	f("sum(@n) by host", 0, "b 25", "a 20")
	f("avg(@n)", 0, "4.5")
	f("min(@n)", 0, "0")
	f("max( @n ) by @none", 0, "- 9")
	f("sum(@odd)", 0, "NaN")
	f("count", 2*time.Hour, "00:00 4", "02:00 4", "04:00 2")
	for _, text := range []string{"", "total", "count(@a)", "sum", "sum(@a", "count by ", "count by a b", "count by @a,@b,@c,@d,@e", "sum()"} {
		if _, err := ParseStats(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestSeveralCountsAreThoseOfEach(t *testing.T) {
	r := generator{rand.New(rand.NewPCG(13, 14))}
	events := make([]*event.Event, 200)
	for i := range events {
		events[i] = r.event(t)
	}
	s := stored(t, WriterOptions{PartRows: 90, GroupRows: 40}, events...)
	q, err := query.Parse("source:nginx OR status:error")
	if err != nil {
		t.Fatal(err)
	}
	want := Search{Query: q}
	var whats []Stats
	for _, text := range []string{"count", "count by status", "sum(@http.status_code) by host, source", "count by @a"} {
		what, err := ParseStats(text)
		if err != nil {
			t.Fatal(err)
		}
		whats = append(whats, what)
	}
	whats[1].Every = time.Hour
	tables, result, err := s.Counts(t.Context(), want, whats...)
	if err != nil || len(tables) != len(whats) || len(tables[1].Rows) < 3 || result.Matched == 0 {
		t.Fatalf("%+v, error %v", tables, err)
	}
	for i, what := range whats {
		alone, single, err := s.Stats(t.Context(), want, what)
		if err != nil || single.Matched != result.Matched || single.Bytes > result.Bytes {
			t.Errorf("%+v %+v, error %v", single, result, err)
		}
		if diff := cmp.Diff(alone, tables[i], cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%+v: %s", what, diff)
		}
	}
}

func TestMeasuresOfWhatIsNotThere(t *testing.T) {
	timed, untimed, tagged := event.New(), event.New(), fromJSON(t, `{"n":3}`)
	timed.Time = 5e9
	tagged.Tags = []string{"n:40"}
	s := stored(t, WriterOptions{}, timed, untimed, tagged, fromJSON(t, `{"n":2}`))
	f := func(text string, want float64) {
		t.Helper()
		stats, err := ParseStats(text)
		if err != nil {
			t.Fatal(err)
		}
		table, _, err := s.Stats(t.Context(), Search{}, stats)
		if err != nil || len(table.Rows) != 1 || table.Rows[0].Value != want {
			t.Errorf("%s: %+v, error %v", text, table.Rows, err)
		}
	}
	f("min(timestamp)", 5000)
	f("avg(timestamp)", 5000)
	f("sum(n)", 42) // the tag is what a search for n: looks at
	f("sum(@n)", 5)
}

// One event with thousands of values in each of four fields has more combinations than
// anybody can wait for.
func TestCombinationsOfOneEventCanBeGivenUp(t *testing.T) {
	e := event.New()
	for _, name := range []string{"a", "b", "c", "d"} {
		list := e.NewArray()
		e.AddMember(e.Root(), name, list)
		for i := range 3000 {
			e.Append(list, event.IntValue(int64(i)))
		}
	}
	s := stored(t, WriterOptions{}, e)
	stats, err := ParseStats("count by @a, @b, @c, @d")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := s.Stats(ctx, Search{}, stats); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestGroupsOfLongTextsAreLimited(t *testing.T) {
	c := newCounter(Stats{By: make([]query.Field, 1)}, maxGroupBytes)
	text := strings.Repeat("x", 40<<20)
	for i := range 5 {
		key := appendKey(appendBucket(nil, bucket{begins: int64(i)}), text)
		c.put(key, &tally{count: 1})
		c.put(key, &tally{count: 1})
	}
	if len(c.cells) != 3 || c.table().Left != 4 {
		t.Errorf("%d groups, %d events in none", len(c.cells), c.left)
	}
}

// Machines whose clock was not set write the first hours of 1970.
func TestTheFirstBucketOf1970(t *testing.T) {
	timed, before, untimed := event.New(), event.New(), event.New()
	timed.Time, before.Time = 5e9, -5e9
	s := stored(t, WriterOptions{}, timed, before, untimed, untimed)
	table, _, err := s.Stats(t.Context(), Search{}, Stats{Every: time.Hour})
	want := []Row{{Untimed: true, Count: 2, Value: 2}, {Bucket: -int64(time.Hour), Count: 1, Value: 1}, {Count: 1, Value: 1}}
	if diff := cmp.Diff(want, table.Rows, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%s, error %v", diff, err)
	}
}

// TestCountsShareTheirMemory counts long texts by many measures at the same time.
func TestCountsShareTheirMemory(t *testing.T) {
	events := make([]*event.Event, 200)
	for i := range events {
		events[i] = event.New()
		events[i].Time, events[i].Message = 1, strings.Repeat(string(rune('A'+i)), 50_000)
	}
	by, err := ParseField("message")
	if err != nil {
		t.Fatal(err)
	}
	const measures = 20
	tables, _, err := stored(t, WriterOptions{}, events...).Counts(t.Context(), Search{}, slices.Repeat([]Stats{{By: []query.Field{by}}}, measures)...)
	size := 0
	for _, table := range tables {
		for _, row := range table.Rows {
			size += 2 * len(*row.Keys[0])
		}
		if table.Left == 0 {
			t.Error("nothing is left out")
		}
	}
	if size > maxGroupBytes || size < maxGroupBytes/2 || err != nil {
		t.Errorf("%d bytes, error %v", size, err)
	}
}
