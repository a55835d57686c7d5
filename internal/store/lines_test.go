package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

func TestLinesOfTheNewestParts(t *testing.T) {
	events := make([]*event.Event, 100)
	for i := range events {
		e := event.New()
		e.Message, e.Status, e.Time = fmt.Sprint("line ", i), []string{"info", ""}[i%2], int64(i+1)*1e9
		if i == 99 {
			e.Time = 0
		}
		events[i] = e
	}
	s := stored(t, WriterOptions{PartRows: 30, GroupRows: 10}, events...)
	ask := func(want Search, limit int64) (lines []Line, more bool) {
		t.Helper()
		more, result, err := s.Lines(t.Context(), want, limit, func(l Line) error {
			lines = append(lines, l)
			return nil
		})
		if err != nil || len(result.Problems) > 0 || result.Matched != int64(len(lines)) {
			t.Fatal(err, result)
		}
		return lines, more
	}
	lines, more := ask(Search{}, 1000)
	if len(lines) != 100 || more {
		t.Fatalf("%d lines, more: %v", len(lines), more)
	}
	if i := slices.IndexFunc(lines, func(l Line) bool { return l.Message == "line 42" }); lines[i] != (Line{Time: 43e9, Timed: true, Message: "line 42", Status: "info"}) {
		t.Errorf("%+v", lines[i])
	}
	if i := slices.IndexFunc(lines, func(l Line) bool { return l.Message == "line 99" }); lines[i].Timed {
		t.Errorf("%+v", lines[i])
	}
	q, err := query.Parse(`status:info "line"`)
	if err != nil {
		t.Fatal(err)
	}
	if lines, more = ask(Search{Query: q, Since: 11e9, Until: 31e9}, 1000); len(lines) != 10 || more {
		t.Errorf("%d lines within the bounds, more: %v", len(lines), more)
	}
	// The limit leaves out what is older.
	if lines, more = ask(Search{Until: 100e9}, 9); len(lines) != 9 || !more {
		t.Errorf("%d lines, more: %v", len(lines), more)
	}
	for _, l := range lines {
		if l.Time < 61e9 {
			t.Errorf("%q is of an old part", l.Message)
		}
	}
	if lines, more = ask(Search{}, 100); len(lines) != 100 || more {
		t.Errorf("%d lines, more: %v", len(lines), more)
	}
	stop := errors.New("stop")
	if _, _, err := s.Lines(t.Context(), Search{}, 5, func(Line) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of use: %v", err)
	}
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, _, err := s.Lines(gone, Search{}, 5, func(Line) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("a context that is done: %v", err)
	}
}
