package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// manyParts returns a store of 60 parts with one event each, the n-th of which has the
// number n, and has searches read several at a time.
func manyParts(t *testing.T) *Store {
	t.Helper()
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	events := make([]*event.Event, 60)
	for i := range events {
		events[i] = event.New()
		events[i].Time, events[i].Source = int64(i+1), "x"
		events[i].Set("n", event.IntValue(int64(i)))
	}
	return stored(t, WriterOptions{PartRows: 1}, events...)
}

func TestEventsComeInOrder(t *testing.T) {
	s := manyParts(t)
	if len(s.Parts()) != 60 {
		t.Fatalf("%d parts", len(s.Parts()))
	}
	for range 20 {
		next := int64(0)
		result, err := s.Each(t.Context(), Search{}, func(e *event.Event) error {
			if v, _ := e.Get("n"); v.Int() != next {
				return fmt.Errorf("event %d comes in place of %d", v.Int(), next)
			}
			next++
			return nil
		})
		if err != nil || next != 60 || result.Rows != 60 || result.Matched != 60 {
			t.Fatalf("%d events, %+v, error %v", next, result, err)
		}
	}
}

// What ends a search ends all of it, before the call returns.
func TestASearchEndsAsAWhole(t *testing.T) {
	s := manyParts(t)
	stop := errors.New("enough")
	for after := range 60 {
		seen := 0
		result, err := s.Each(t.Context(), Search{}, func(*event.Event) error {
			if seen++; seen > after {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || seen != after+1 || result.Matched != int64(seen) {
			t.Fatalf("after %d: %d events, %+v, error %v", after, seen, result, err)
		}
	}
	var under atomic.Int64
	cause := errors.New("too long")
	for after := range int64(20) {
		ctx, cancel := context.WithCancelCause(t.Context())
		x, looked := s.scan(Search{}), atomic.Int64{}
		err := x.parts(ctx, x.all, func(*look, *group, verdicts) (func() error, error) {
			defer under.Add(-1)
			if n := under.Add(1); n > maxLooks {
				t.Errorf("%d looks at a time", n)
			}
			if looked.Add(1) == after {
				cancel(cause)
			}
			return func() error { return nil }, nil
		})
		if after == 0 {
			cancel(cause)
			err = x.parts(ctx, x.all, nil)
		}
		if !errors.Is(err, cause) || under.Load() != 0 || len(s.spare) != 0 {
			t.Errorf("after %d: %d looks are under way, error %v", after, under.Load(), err)
		}
	}
}

// A look that ends in a panic, as damaged bytes may have it, takes one part with it.
func TestAPanicTakesOnePart(t *testing.T) {
	s := manyParts(t)
	x := s.scan(Search{})
	looked := atomic.Int64{}
	err := x.parts(t.Context(), x.all, func(l *look, _ *group, _ verdicts) (func() error, error) {
		if looked.Add(1); l.part.First == 7 {
			panic("a value outside of its dictionary")
		}
		return nil, nil
	})
	if err != nil || looked.Load() != 60 || len(x.result.Problems) != 1 || !strings.Contains(x.result.Problems[0].What, "outside of its dictionary") {
		t.Errorf("%d looks, problems %v, error %v", looked.Load(), x.result.Problems, err)
	}
}

// Several searches at a time share what is known of the parts.
func TestSearchesAtTheSameTime(t *testing.T) {
	s := manyParts(t)
	if err := os.Truncate(filepath.Join(s.dir, s.Parts()[30].Name), 50); err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse("@n:>=30 source:x")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			for range 5 {
				result, err := s.Count(t.Context(), Search{Query: q})
				if err != nil || result.Matched != 29 || len(result.Problems) != 1 {
					done <- fmt.Errorf("%+v, error %w", result, err)
					return
				}
				if n := len(s.spare); n > maxLooks-1 {
					t.Errorf("%d parts are read beside the first ones", n)
				}
				found, _, err := s.Newest(t.Context(), Search{Query: q}, 5)
				if err != nil || len(found) != 5 {
					done <- fmt.Errorf("%d of the newest, error %w", len(found), err)
					return
				}
			}
			done <- nil
		}()
	}
	deadline := time.After(time.Minute)
	for range cap(done) {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-deadline:
			t.Fatal("the searches take a minute")
		}
	}
	if len(s.spare) != 0 {
		t.Errorf("%d parts are still counted as being read", len(s.spare))
	}
}

// Events without a time, and one at the very end of the time that is asked for, are in
// parts all of whose times are asked for, or nearly all.
func TestTheEdgesOfTime(t *testing.T) {
	var events []*event.Event
	for day := range 80 { // so many that the last ones share a part with those without a time
		e := event.New()
		e.Source, e.Time = "Odd Source", 1+int64(day)*86400e9
		events = append(events, e)
	}
	last := event.New()
	last.Source, last.Time = "Odd Source", events[79].Time+10
	untimed := event.New()
	untimed.Source = "Odd Source"
	s := stored(t, WriterOptions{}, append(events, last, untimed)...)
	shared := slices.IndexFunc(s.Parts(), func(p Part) bool { return p.Untimed > 0 && p.Untimed < p.Rows })
	if shared < 0 || s.Parts()[shared].Last != last.Time {
		t.Fatal("no part has events with and without a time")
	}
	for _, c := range []struct {
		since, until int64
		want         int
	}{{0, 0, 82}, {1, 0, 81}, {0, last.Time, 80}, {0, last.Time + 1, 81}, {1, last.Time + 1, 81}, {2, 0, 80}, {last.Time, 0, 1}, {last.Time + 1, 0, 0}} {
		if n := len(all(t, s, Search{Since: c.since, Until: c.until})); n != c.want {
			t.Errorf("from %d to %d: %d events, want %d", c.since, c.until, n, c.want)
		}
	}
	one, two := event.New(), event.New()
	one.Time, two.Time = 5, 10
	pair := stored(t, WriterOptions{}, one, two)
	for until, want := range map[int64]int{5: 0, 6: 1, 10: 1, 11: 2} {
		if n := len(all(t, pair, Search{Until: until})); n != want {
			t.Errorf("until %d: %d events, want %d", until, n, want)
		}
	}
}
