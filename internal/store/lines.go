package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Line is what Lines tells of an event.
type Line struct {
	// Time is in nanoseconds since 1970 UTC; Timed says whether the event has one.
	Time  int64
	Timed bool
	// Message and Status share memory with far more: who keeps them clones them.
	Message, Status string
}

// errEnough ends a search that has what it wants.
var errEnough = errors.New("enough")

// Lines calls use for the messages of the events that the search wants, at most limit of
// them: those of the newest parts first, and within a part in the order in which they
// came. It reads three columns of a part, where Each reads all. More says that the limit
// ended it, so that older events were not looked at; Matched of the result is how many
// use got. An error of use or a context that is done ends the search; the result is valid
// all the same.
func (s *Store) Lines(ctx context.Context, want Search, limit int64, use func(Line) error) (more bool, result Result, err error) {
	x := s.scan(want)
	parts := slices.Clone(x.all)
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.newest(), a.newest()), cmp.Compare(sequence(b.Name), sequence(a.Name)))
	})
	left := limit
	err = x.parts(ctx, parts, func(l *look, g *group, v verdicts) (func() error, error) {
		v, err := l.settle(g, v)
		if err != nil || v.none() {
			return nil, err
		}
		columns := [3]*vector{}
		for i, name := range []string{colTime, colMessage, colStatus} {
			if columns[i], err = g.column(name); err != nil {
				return nil, err
			}
		}
		return func() error {
			return l.rows(v, g.rows, func(row int) error {
				if left == 0 {
					return errEnough
				}
				left--
				l.result.Matched++
				at, timed := columns[0].at(row)
				return use(Line{Time: at.Int(), Timed: timed, Message: columns[1].rowText(row), Status: columns[2].rowText(row)})
			})
		}, nil
	})
	if errors.Is(err, errEnough) {
		return true, x.result, nil
	}
	return false, x.result, err
}
