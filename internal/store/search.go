package store

import (
	"context"
	"errors"
	"fmt"

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

// Each calls use for every event that the search wants, in the order of the parts:
// oldest part first, and in a part in the order in which the events came. The event is
// used again once use has returned. An error of use or a context that is done ends the
// search; the result is valid all the same.
func (s *Store) Each(ctx context.Context, want Search, use func(*event.Event) error) (Result, error) {
	e := event.New()
	x := s.scan(ctx, want)
	err := x.parts(x.all, func(g *group, verdicts []verdict) error {
		return x.matching(g, verdicts, func(row int) error {
			if err := x.make(g, e, row); err != nil {
				return err
			}
			return use(e)
		})
	})
	return x.result, err
}

// Count returns how many events the search wants.
func (s *Store) Count(ctx context.Context, want Search) (Result, error) {
	x := s.scan(ctx, want)
	err := x.parts(x.all, func(g *group, verdicts []verdict) error {
		return x.matching(g, verdicts, func(int) error { return nil })
	})
	return x.result, err
}

// scan is a search under way.
type scan struct {
	ctx     context.Context //nolint:containedctx // of one call
	store   *Store
	all     []Part
	want    Search
	result  Result
	matcher *matcher
	probe   *event.Event
	shapes  shapes
	where   int // the row group under way
}

func (s *Store) scan(ctx context.Context, want Search) *scan {
	all := s.Parts()
	return &scan{ctx: ctx, store: s, all: all, want: want, matcher: newMatcher(), probe: event.New(), shapes: shapes{}, result: Result{Parts: len(all)}}
}

// skips reports whether the part surely has no event that is wanted.
func (x *scan) skips(p *Part) bool {
	timed := x.want.Since != 0 || x.want.Until != 0
	switch {
	case timed && p.Untimed == p.Rows,
		x.want.Since != 0 && p.Last < x.want.Since,
		x.want.Until != 0 && p.First >= x.want.Until:
		return true
	case x.want.Query == nil:
		return false
	default:
		return x.matcher.ofPart(x.want.Query.Root(), p) == no
	}
}

// ofPart returns the verdict of a node on all events of a part.
func (m *matcher) ofPart(n query.Node, p *Part) verdict {
	switch n := n.(type) {
	case *query.All:
		return yes
	case *query.Group:
		return m.ofPart(n.Node, p)
	case *query.Not:
		return m.ofPart(n.Node, p).not()
	case *query.And:
		out := yes
		for _, c := range n.Nodes {
			out = min(out, m.ofPart(c, p))
		}
		return out
	case *query.Or:
		out := no
		for _, c := range n.Nodes {
			out = max(out, m.ofPart(c, p))
		}
		return out
	}
	if f, ok := fieldOf(n); ok && f.Kind == query.Source && !p.Mixed {
		return m.ofSource(n, p.Source)
	}
	return maybe
}

// parts calls use for each row group that may have wanted events, with the verdicts on
// its rows. What cannot be read is left out and reported.
func (x *scan) parts(parts []Part, use func(*group, []verdict) error) error {
	for i := range parts {
		p := &parts[i]
		if x.skips(p) {
			x.result.Skipped++
			continue
		}
		if err := x.part(p, use); err != nil {
			return err
		}
	}
	return nil
}

// part reads one part. Only errors that end the search are returned.
func (x *scan) part(p *Part, use func(*group, []verdict) error) error {
	if err := context.Cause(x.ctx); err != nil {
		return err
	}
	r, err := x.store.openPart(p)
	if err != nil {
		return x.leave(p, err)
	}
	defer func() {
		x.result.Bytes += r.data.read
		r.close()
	}()
	for i := range r.file.RowGroups() {
		if err := context.Cause(x.ctx); err != nil {
			return err
		}
		x.where = i
		if err := x.group(r, i, use); err != nil {
			if err := x.leave(p, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// leave leaves out what cannot be read, and returns any other error.
func (x *scan) leave(p *Part, err error) error {
	if damage, ok := errors.AsType[*DamageError](err); ok {
		x.result.Problems = append(x.result.Problems, Problem{File: p.Name, What: fmt.Sprintf("is damaged, events of it are missing: %v", damage.Err)})
		return nil
	}
	if errors.Is(err, errGone) {
		x.result.Problems = append(x.result.Problems, Problem{File: p.Name, What: "was removed while it was to be read"})
		return nil
	}
	return err
}

func (x *scan) group(r *reading, i int, use func(*group, []verdict) error) error {
	g, err := r.group(i, x.shapes)
	if err != nil {
		return err
	}
	x.result.Rows += int64(g.rows)
	live := make([]bool, g.rows)
	some, err := x.inTime(g, live)
	if err != nil || !some {
		return err
	}
	verdicts := constant(g.rows, yes)
	if x.want.Query != nil {
		if verdicts, err = x.matcher.eval(g, x.want.Query.Root(), live); err != nil {
			return err
		}
	}
	some = false
	for row := range verdicts {
		if !live[row] {
			verdicts[row] = no
		}
		some = some || verdicts[row] != no
	}
	if !some {
		return nil
	}
	return use(g, verdicts)
}

// inTime marks the rows within the bounds of time.
func (x *scan) inTime(g *group, live []bool) (some bool, err error) {
	if x.want.Since == 0 && x.want.Until == 0 {
		for i := range live {
			live[i] = true
		}
		return true, nil
	}
	times, err := g.column(colTime)
	if err != nil {
		return false, err
	}
	for row := range live {
		at, ok := times.at(row)
		n := at.Int()
		live[row] = ok && (x.want.Since == 0 || n >= x.want.Since) && (x.want.Until == 0 || n < x.want.Until)
		some = some || live[row]
	}
	return some, nil
}

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 4096

// matching calls use for each row that matches: where columns could not tell, its
// event does.
func (x *scan) matching(g *group, verdicts []verdict, use func(row int) error) error {
	for row, v := range verdicts {
		if row%checkEvery == 0 {
			if err := context.Cause(x.ctx); err != nil {
				return err
			}
		}
		if v == no {
			continue
		}
		if v == maybe {
			if err := x.make(g, x.probe, row); err != nil {
				return err
			}
			if !x.want.Query.Match(x.probe) {
				continue
			}
		}
		x.result.Matched++
		if err := use(row); err != nil {
			return err
		}
	}
	return nil
}

func (x *scan) make(g *group, e *event.Event, row int) error {
	x.result.Made++
	return g.fill(e, row)
}
