package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// TestColumnsOfSeveralPages stores columns of several pages each, with a dictionary and
// without, that have no value in some rows: from the beginning, from the middle and at
// the end.
func TestColumnsOfSeveralPages(t *testing.T) {
	const rows = 6000
	pad := strings.Repeat("0123456789", 40)
	present := func(i, from, to int) bool { return i < from || i >= to || i%2 == 0 }
	var events []*event.Event
	for i := range rows {
		e := event.New()
		e.Time, e.Source, e.Message = int64(i+1), "x", fmt.Sprintf("%s %d", pad, i)
		for name, gap := range map[string][2]int{"first": {0, 2000}, "middle": {2500, 4000}, "last": {5000, rows}, "none": {0, 0}} {
			if present(i, gap[0], gap[1]) {
				e.Set(name+".text", event.StringValue(fmt.Sprintf("%s %d end", pad, i)))
				e.Set(name+".number", event.FloatValue(float64(i)/7))
				e.Set(name+".few", event.StringValue(fmt.Sprint(i%5)))
			}
		}
		events = append(events, e)
	}
	s := stored(t, WriterOptions{}, events...)
	for i, got := range all(t, s, Search{}) {
		if got != whole(events[i]) {
			t.Fatalf("event %d comes back as %.300s", i, got)
		}
	}
	for _, name := range []string{"first", "middle", "last", "none"} {
		for _, i := range []int{0, 1, 1999, 2001, 2499, 2501, 2502, 3999, 4001, 4999, 5001, 5998, 5999} {
			for _, text := range []string{
				fmt.Sprintf("@%s.text:*\\ %d\\ end", name, i), fmt.Sprintf("@%s.number:[%f TO %f]", name, float64(i)/7-0.01, float64(i)/7+0.01),
				fmt.Sprintf("@%s.few:%d", name, i%5), fmt.Sprintf("-@%s.text:* \"%d\"", name, i),
			} {
				q, err := query.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				want := int64(0)
				for _, e := range events {
					if q.Match(e) {
						want++
					}
				}
				if result, err := s.Count(t.Context(), Search{Query: q}); err != nil || result.Matched != want {
					t.Errorf("%s: %d, want %d, error %v", text, result.Matched, want, err)
				}
			}
		}
	}
}
