package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/sasumata/sasumata/internal/event"
)

const (
	// maxLooks is the number of parts that one search reads at a time: each takes the
	// memory of a part. Several searches together read one more each.
	maxLooks = 4
	// checkEvery is how many rows pass between two looks at the context.
	checkEvery = 4096
)

// scan is a search under way.
type scan struct {
	store  *Store
	all    []Part
	want   Search
	result Result
}

func (s *Store) scan(want Search) *scan {
	all := s.Parts()
	return &scan{store: s, all: all, want: want, result: Result{Parts: len(all)}}
}

// spare is how many parts may be read at a time beside the first of each search.
type spare chan struct{}

func (s spare) take() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s spare) give() { <-s }

// worker looks at a row group that may have wanted events, with the verdicts on its
// rows. Workers of several parts run at a time; what they return, if anything, runs one
// after the other, in the order of the rows, while the part is open.
type worker func(l *look, g *group, v verdicts) (use func() error, err error)

// look is what is found in one part. One goroutine at a time has it.
type look struct {
	ctx     context.Context //nolint:containedctx // of one call
	scan    *scan
	part    *Part
	where   int // the row group under way
	matcher *matcher
	probe   *event.Event
	result  Result
	reading *reading
	groups  []*group
	ready   []func() error
	spare   bool // it is not the first of its search
}

func (x *scan) look(ctx context.Context, p *Part) *look {
	return &look{ctx: ctx, scan: x, part: p, matcher: newMatcher(), probe: event.New()}
}

// parts has the worker look at all parts that may have wanted events. What cannot be
// read is left out and reported.
func (x *scan) parts(ctx context.Context, parts []Part, work worker) error {
	ctx, cancel := context.WithCancel(ctx)
	type found struct {
		look *look
		err  error
	}
	var under []chan found // way, in the order of the parts
	defer func() {
		cancel()
		for _, done := range under {
			(<-done).look.end()
		}
	}()
	window := 1
	if n := runtime.GOMAXPROCS(0); n > 1 {
		window = min(n+1, maxLooks) // one more: the first may take the longest
	}
	for len(parts) > 0 || len(under) > 0 {
		switch spare := len(under) > 0; {
		case len(parts) > 0 && x.skips(&parts[0]):
			x.result.Skipped++
			parts = parts[1:]
		case len(parts) > 0 && len(under) < window && (!spare || x.store.spare.take()):
			l, done := x.look(ctx, &parts[0]), make(chan found, 1)
			l.spare = spare
			parts, under = parts[1:], append(under, done)
			go func() { done <- found{l, l.read(work)} }()
		default:
			f := <-under[0]
			under = under[1:]
			if err := x.take(f.look, f.err); err != nil {
				return err
			}
		}
	}
	return nil
}

// take takes over what was found in a part. Only errors that end the search are
// returned.
func (x *scan) take(l *look, err error) error {
	defer func() {
		l.end()
		x.result.add(&l.result)
	}()
	for _, use := range l.ready {
		if err != nil {
			break
		}
		if err = use(); err != nil {
			err = l.leave(err)
		}
	}
	return err
}

// read looks at the row groups of the part. Only errors that end the search are
// returned.
func (l *look) read(work worker) (err error) {
	defer func() {
		if r := recover(); r != nil { // bytes that nobody wrote must not end the server
			err = l.leave(&DamageError{Part: l.part.Name, Err: fmt.Errorf("%v", r)})
		}
	}()
	if err := context.Cause(l.ctx); err != nil {
		return err
	}
	if l.reading, err = l.scan.store.openPart(l.part); err != nil {
		return l.leave(err)
	}
	for i := range l.reading.groups {
		if err := context.Cause(l.ctx); err != nil {
			return err
		}
		l.where = i
		if err := l.group(work); err != nil {
			if err := l.leave(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// end gives back what was read.
func (l *look) end() {
	for _, g := range l.groups {
		g.close()
	}
	if l.reading != nil {
		l.result.Bytes += l.reading.data.read
		l.reading.close()
	}
	if l.spare {
		l.scan.store.spare.give()
	}
	l.groups, l.ready, l.reading, l.spare = nil, nil, nil, false
}

// leave leaves out what cannot be read, and returns any other error.
func (l *look) leave(err error) error {
	what := "was removed while it was to be read"
	if damage, ok := errors.AsType[*DamageError](err); ok {
		what = fmt.Sprintf("is damaged, events of it are missing: %v", damage.Err)
	} else if !errors.Is(err, errGone) {
		return err
	}
	p := Problem{File: l.part.Name, What: what}
	if !slices.Contains(l.result.Problems, p) {
		l.result.Problems = append(l.result.Problems, p)
	}
	return nil
}

// group looks at a row group.
func (l *look) group(work worker) error {
	g := l.reading.group(l.where)
	l.groups = append(l.groups, g)
	l.result.Rows += int64(g.rows)
	v, err := l.verdicts(g)
	if err != nil || v.none() {
		return err
	}
	use, err := work(l, g, v)
	if err == nil && use != nil {
		l.ready = append(l.ready, use)
		return nil
	}
	g.close()
	return err
}

// verdicts returns those of the search.
func (l *look) verdicts(g *group) (verdicts, error) {
	q := l.scan.want.Query
	if q != nil {
		v, err := l.matcher.ofGroup(g, q.Root())
		if err != nil || v == no {
			return verdicts{}, err
		}
	}
	live, some, err := l.inTime(g)
	if err != nil || !some {
		return verdicts{}, err
	}
	v := uniform(yes)
	if q != nil {
		if v, err = l.matcher.eval(g, q.Root(), live); err != nil {
			return verdicts{}, err
		}
	}
	return v.among(live), nil
}

// inTime returns the rows within the bounds of time; nil for all of them.
func (l *look) inTime(g *group) (live []bool, some bool, err error) {
	since, until, p := l.scan.want.Since, l.scan.want.Until, l.part
	if since == 0 && until == 0 || p.Untimed == 0 && (since == 0 || p.First >= since) && (until == 0 || p.Last < until) {
		return nil, true, nil
	}
	times, err := g.column(colTime)
	if err != nil {
		return nil, false, err
	}
	live = make([]bool, g.rows)
	for row := range live {
		at, ok := times.at(row)
		n := at.Int()
		live[row] = ok && (since == 0 || n >= since) && (until == 0 || n < until)
		some = some || live[row]
	}
	return live, some, nil
}

// settle decides on the rows of which columns could not tell: their events can.
func (l *look) settle(g *group, v verdicts) (verdicts, error) {
	if v.rows == nil && v.all != maybe {
		return v, nil
	}
	v.rows = v.each(g.rows)
	some := false
	for row, w := range v.rows {
		if row%checkEvery == 0 {
			if err := context.Cause(l.ctx); err != nil {
				return verdicts{}, err
			}
		}
		if w == maybe {
			l.result.Made++
			if err := g.fill(l.probe, row); err != nil {
				return verdicts{}, err
			}
			w = verdictOf(l.scan.want.Query.Match(l.probe))
			v.rows[row] = w
		}
		some = some || w == yes
	}
	if !some {
		return uniform(no), nil
	}
	return v, nil
}

// rows calls use for each row that matches.
func (l *look) rows(v verdicts, rows int, use func(row int) error) error {
	for row := range rows {
		if row%checkEvery == 0 {
			if err := context.Cause(l.ctx); err != nil {
				return err
			}
		}
		if v.rows != nil && v.rows[row] != yes {
			continue
		}
		if err := use(row); err != nil {
			return err
		}
	}
	return nil
}
