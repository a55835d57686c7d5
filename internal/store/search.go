package store

import (
	"context"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

// Search says which events are wanted. The zero Search wants all of them.
type Search struct {
	// Query is what the events match; nil matches all.
	Query *query.Query
	// Since and Until bound the time of the events in nanoseconds since 1970 UTC,
	// Until excluded; 0 is no bound. Events without a time are outside any bound.
	Since, Until int64
}

// Result says what a search looked at.
type Result struct {
	// Parts is the number of parts in the store, Skipped of those that were left out
	// unread, by what the manifest says of them.
	Parts, Skipped int
	// Rows is the number of events in the parts that were read; Made of those that
	// columns alone could not decide on, or that were wanted.
	Rows, Made int64
	// Bytes is what was read from the disk.
	Bytes int64
	// Matched is the number of events that matched, as far as they were looked for.
	Matched int64
	// Problems are the parts that could not be read: their events are missing.
	Problems []Problem
}

// add adds what another search looked at.
func (r *Result) add(o *Result) {
	r.Rows, r.Made, r.Bytes, r.Matched = r.Rows+o.Rows, r.Made+o.Made, r.Bytes+o.Bytes, r.Matched+o.Matched
	r.Problems = append(r.Problems, o.Problems...)
}

// Each calls use for every event that the search wants, in the order of the parts:
// oldest part first, and in a part in the order in which the events came. The event is
// used again once use has returned. An error of use or a context that is done ends the
// search; the result is valid all the same.
func (s *Store) Each(ctx context.Context, want Search, use func(*event.Event) error) (Result, error) {
	x := s.scan(want)
	e := event.New()
	err := x.parts(ctx, x.all, func(l *look, g *group, v verdicts) (func() error, error) {
		v, err := l.settle(g, v)
		if err != nil || v.none() {
			return nil, err
		}
		if err := g.fill(l.probe, v.first()); err != nil { // so that columns are read here
			return nil, err
		}
		return func() error {
			return l.rows(v, g.rows, func(row int) error {
				l.result.Matched++
				l.result.Made++
				if err := g.fill(e, row); err != nil {
					return err
				}
				return use(e)
			})
		}, nil
	})
	return x.result, err
}

// Count returns how many events the search wants.
func (s *Store) Count(ctx context.Context, want Search) (Result, error) {
	x := s.scan(want)
	err := x.parts(ctx, x.all, func(l *look, g *group, v verdicts) (func() error, error) {
		v, err := l.settle(g, v)
		l.result.Matched += v.count(g.rows)
		return nil, err
	})
	return x.result, err
}
