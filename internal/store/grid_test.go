package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// TestAGridCountsLikeRows counts row groups by numbers and row by row.
func TestAGridCountsLikeRows(t *testing.T) {
	r := generator{rand.New(rand.NewPCG(4, 4))}
	var events []*event.Event
	plain := newSite()
	for range 1500 {
		events = append(events, copyOf(plain.next()))
	}
	for range 600 {
		e := r.event(t)
		if r.IntN(2) == 0 {
			e.Tags = nil
		}
		events = append(events, e)
	}
	for range 200 { // alike, and with everything missing now and then
		e := event.New()
		e.Time, e.Source = r.Int64N(3)*int64(time.Hour), "few"
		e.Set("n", event.IntValue(r.Int64N(3)))
		e.Set("f", event.FloatValue(float64(r.IntN(3))/2))
		e.Set("s", event.StringValue(r.pick("1", "2.5", "x", "")))
		events = append(events, e)
	}
	s := stored(t, WriterOptions{PartRows: 500, GroupRows: 100}, events...)
	groups, grids, gridded := 0, 0, map[string]bool{}
	for _, text := range []string{
		"count", "count by host", "count by source", "count by service, @http.method", "count by @http.status_code, host, source, status",
		"sum(@network.bytes_written) by @http.method", "avg(@duration)", "max(@duration) by @none", "min(@n) by @s", "sum(@s) by @f", "count by @f, @n, @s",
		"max(timestamp) by host", "count by timestamp", "count by @http.request_id, message", "count by tags", "count by env", "count by n", "sum(source)", "count by @a, @b", "sum(@none)",
	} {
		what, err := ParseStats(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, every := range []time.Duration{0, time.Second, time.Hour} {
			what.Every = every
			one, other := newCounter(what, maxGroupBytes), newCounter(what, maxGroupBytes)
			x := s.scan(Search{})
			err := x.parts(t.Context(), x.all, func(l *look, g *group, _ verdicts) (func() error, error) {
				v := verdicts{rows: constant(g.rows, yes)}
				for row := range v.rows {
					if row%3 == 0 {
						v.rows[row] = no
					}
				}
				add, err := one.look(l, g, v)
				if err != nil {
					return nil, err
				}
				_, ok, err := one.grid(l, g)
				return func() error {
					groups++
					if ok {
						grids++
						gridded[text] = true
					}
					if err := add(); err != nil {
						return err
					}
					return other.rows(l, g, v)
				}, err
			})
			if err != nil || len(x.result.Problems) > 0 {
				t.Fatal(err, x.result.Problems)
			}
			got, want := one.table(), other.table()
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 0)); diff != "" || len(got.Rows) == 0 {
				t.Errorf("%s, every %s (-rows +grid):\n%.2000s", text, every, diff)
			}
		}
	}
	for _, text := range []string{"count by @f, @n, @s", "sum(@s) by @f", "count by source", "max(timestamp) by host", "max(@duration) by @none"} {
		if !gridded[text] {
			t.Errorf("%s was never counted by numbers", text)
		}
	}
	if grids == groups || grids < groups/2 {
		t.Errorf("%d of %d row groups were counted by numbers", grids, groups)
	}
}

func TestBucketsFarApart(t *testing.T) {
	var events []*event.Event
	for _, at := range []int64{1 << 62, -1 << 62, 1 << 62, 5, -5, 1 << 62} {
		e := event.New()
		e.Time = at
		events = append(events, e)
	}
	s := stored(t, WriterOptions{}, events...)
	table, _, err := s.Stats(t.Context(), Search{}, Stats{Every: time.Minute})
	counts := map[int64]int64{}
	for _, row := range table.Rows {
		counts[row.Bucket] = row.Count
	}
	want := map[int64]int64{}
	for _, e := range events {
		want[floor(e.Time, int64(time.Minute))]++
	}
	if diff := cmp.Diff(want, counts); diff != "" || err != nil {
		t.Errorf("%s, error %v", diff, err)
	}
}

func TestKeysOfGroupsComeBack(t *testing.T) {
	long := string(make([]byte, 300))
	key := append(appendBucket(nil, bucket{begins: -7}), 0)
	key = appendKey(appendKey(key, ""), long)
	want := Row{Bucket: -7, Keys: []*string{nil, new(string), &long}}
	if diff := cmp.Diff(want, rowOf(string(key), 3)); diff != "" {
		t.Error(diff)
	}
}

// A row group that has the field in a column, but for one row that only the event
// knows, is counted row by row.
func TestFieldsInSeveralPlaces(t *testing.T) {
	var events []*event.Event
	for _, text := range []string{`{"a":"x"}`, `{"a":"x"}`, `{"a":["x","y"]}`, `{"a":7}`, `{"b":1}`, `{"custom":{"a":"x"}}`} {
		events = append(events, fromJSON(t, text))
	}
	s := stored(t, WriterOptions{}, events...)
	for text, want := range map[string]map[string]int64{
		"@a":        {"x": 3, "y": 1, "7": 1, "-": 2},
		"@custom.a": {"x": 4, "y": 1, "7": 1, "-": 1},
	} {
		f, err := ParseField(text)
		if err != nil {
			t.Fatal(err)
		}
		table, _, err := s.Stats(t.Context(), Search{}, Stats{By: []query.Field{f}})
		got := map[string]int64{}
		for _, row := range table.Rows {
			key := "-"
			if row.Keys[0] != nil {
				key = *row.Keys[0]
			}
			got[key] = row.Count
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %s, error %v", text, diff, err)
		}
	}
}
