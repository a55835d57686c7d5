package triage

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// TestSummaryCountsWhatIsFound compares the counts with what the queries find that the
// summary itself gives for them.
func TestSummaryCountsWhatIsFound(t *testing.T) {
	each(t, func(b *book) {
		list := crowd(300)
		list[0].Time, list[1].Time, list[2].Time = math.MaxInt64-1, -5e9, 0
		list[3].Group = append(list[3].Group, signal.GroupValue{Path: "network.client.geoip.country.iso_code", Value: "JP"})
		list[4].Tags = append(list[4].Tags, "tactic:TA0006", `quote"back\\slash`)
		list[6].Simulated = true
		b.observe(list...)
		b.edit(list[5].ID, Edit{State: new(Archived), Reason: new("benign"), Assignee: new("bob"), AddTags: []string{"mine"}})
		for _, text := range []string{"*", "status:high", "-category:web", "nothing"} {
			q, err := query.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			want := len(b.find(text, "", 500))
			for _, buckets := range []int{1, 7, 60} {
				s, err := b.Summarize(t.Context(), Search{Query: q}, 5, buckets)
				if err != nil {
					t.Fatal(err)
				}
				total := int64(0)
				for i, one := range s.Histogram.Buckets {
					for _, n := range one.Count {
						total += n
					}
					if i > 0 && one.Time.Sub(s.Histogram.Buckets[i-1].Time) < time.Duration(s.Histogram.Seconds) {
						t.Errorf("%s: bucket %s", text, one.Time)
					}
				}
				if s.Signals != int64(want) || total != s.Signals || len(s.Histogram.Buckets) > max(buckets, 4) {
					t.Errorf("%s in %d buckets: %d signals, %d in %d buckets, want %d", text, buckets, s.Signals, total, len(s.Histogram.Buckets), want)
				}
				for name, facet := range s.Facets {
					if len(facet.Values) > 5 || facet.NotShown > 0 && len(facet.Values) < 5 {
						t.Errorf("%s: %s shows %d, %d not", text, name, len(facet.Values), facet.NotShown)
					}
				}
			}
		}
		s, err := b.Summarize(t.Context(), Search{}, MaxFacet, 60)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range Facets() {
			if len(s.Facets[name].Values) == 0 {
				t.Errorf("%s has no values", name)
			}
			for i, v := range s.Facets[name].Values {
				if i > 8 && name != "severity" {
					break
				}
				if found := b.find(v.Query, "", 500); int64(len(found)) != v.Count {
					t.Errorf("%s: %q has %d, %s finds %d", name, v.Value, v.Count, v.Query, len(found))
				}
				if name == "rule" && v.Name != "Rule "+v.Value[len("rule_"):] || name == "entity" && v.Kind == "" {
					t.Errorf("%+v", v)
				}
			}
		}
		from, to := list[10].Time, list[20].Time
		some := b.search(Search{From: from, To: to, Limit: 500})
		if s, err = b.Summarize(t.Context(), Search{From: from, To: to}, 5, 60); err != nil || len(some) != 10 || s.Signals != 10 {
			t.Errorf("%d found, %d counted, error %v", len(some), s.Signals, err)
		}
	})
}

// TestLedgerFollowsTheDatabase changes signals in many ways, and compares what is in memory
// with what a new start reads.
func TestLedgerFollowsTheDatabase(t *testing.T) {
	each(t, func(b *book) {
		b.find("*", "", 1) // from now on it is in memory
		list := crowd(200)
		b.observe(list[:150]...)
		for round := range 3 {
			for i, s := range list[:100] {
				s = with(s, func(s *signal.Signal) {
					s.Events += int64(round + i%3)
					s.Message = fmt.Sprint(s.Events, " failures")
					if i%7 == round {
						s.Severity, s.Case = signal.Critical, fmt.Sprint("case ", round)
						s.Entities = append(slices.Clip(s.Entities), signal.Entity{Kind: signal.KindHost, Value: fmt.Sprint("other", round)})
					}
				})
				list[i] = s
			}
			b.observe(list...)
			for i := range 20 {
				b.edit(list[i*5+round].ID, []Edit{{State: new(Archived), Reason: new("testing")}, {AddTags: []string{"a", "b"}}, {RemoveTags: []string{"a"}, Assignee: new("bob")}, {State: new(Open), Comment: "x"}}[(i+round)%4])
			}
		}
		other, err := NewBook(t.Context(), b.db, b.clock.now)
		if err != nil {
			t.Fatal(err)
		}
		other.piece = 50 // of 200
		fresh := &book{Book: other, clock: b.clock, db: b.db, t: t}
		here, err := b.Summarize(t.Context(), Search{}, MaxFacet, 60)
		if err != nil {
			t.Fatal(err)
		}
		there, err := fresh.Summarize(t.Context(), Search{}, MaxFacet, 60)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []Summary{here, there} {
			for _, f := range s.Facets {
				for i := range f.Values {
					f.Values[i].at = 0
				}
			}
		}
		if len(here.Facets["entity"].Values) < 5 || here.Signals != 200 {
			t.Fatalf("%+v", here)
		}
		if got, want := fmt.Sprintf("%+v", here), fmt.Sprintf("%+v", there); got != want {
			t.Errorf("in memory\n%s\nin the database\n%s", got, want)
		}
		for _, sort := range Sorts() {
			b.want(sort, fresh.find("*", sort, 500), b.find("*", sort, 500))
		}
		for i, v := range b.lines.values {
			if n := b.lines.known[v.attribute]; v.used > 0 && int(n) != i || v.used < 0 {
				t.Errorf("value %d: %+v is at %d", i, v, n)
			}
		}
		if len(b.lines.known) != len(other.lines.known) {
			t.Errorf("%d values in memory, %d when read anew", len(b.lines.known), len(other.lines.known))
		}
		// With less room the newest are searched, and the others are told.
		other.most, other.piece = 120, 50
		other.lines.reset()
		page, err := other.List(t.Context(), Search{Limit: 500})
		if err != nil || len(page.Signals) != 120 || page.NotSearched != 80 {
			t.Errorf("%d signals, %d not searched, error %v", len(page.Signals), page.NotSearched, err)
		}
		b.Book = other
		b.observe(sample(1001, signal.High, "192.0.2.1"), sample(1002, signal.High, "192.0.2.1"))
		for i := range 20 {
			b.observe(sample(2000+i, signal.High, "192.0.2.1"))
		}
		if page, err = other.List(t.Context(), Search{Limit: 500}); err != nil || len(page.Signals) > 132 || len(page.Signals) < 120 || page.NotSearched != 222-int64(len(page.Signals)) {
			t.Errorf("%d signals, %d not searched, error %v", len(page.Signals), page.NotSearched, err)
		}
		b.want("the newest", 22, len(b.find("@network.client.ip:192.0.2.1", "", 500)))
	})
}
