package store

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sasumata/sasumata/internal/event"
)

const (
	// MaxNewest is the number of events that Newest returns at the most.
	MaxNewest = 10_000
	// maxNewestBytes is the size of their texts.
	maxNewestBytes = 256 << 20
)

// Newest returns the newest events that the search wants, newest first, at most limit
// of them. Events without a time come last. The search ends as soon as no older part
// can change the answer, so Matched of the result may be less than there are.
func (s *Store) Newest(ctx context.Context, want Search, limit int) ([]*event.Event, Result, error) {
	if limit < 1 || limit > MaxNewest {
		return nil, Result{}, fmt.Errorf("%d events are wanted, from 1 to %d are possible", limit, MaxNewest)
	}
	x := s.scan(want)
	parts := slices.Clone(x.all)
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.newest(), a.newest()), cmp.Compare(sequence(b.Name), sequence(a.Name)))
	})
	found := &rows{}
	for i := range parts {
		p := &parts[i]
		if found.Len() == limit && p.newest() < (*found)[0].time || x.skips(p) {
			x.result.Skipped++
			continue
		}
		l := x.look(ctx, p)
		if err := x.take(l, l.read(func(l *look, g *group, v verdicts) (func() error, error) { return nil, l.newest(g, v, i, limit, found) })); err != nil {
			return nil, x.result, err
		}
	}
	events, err := x.events(ctx, parts, *found)
	return events, x.result, err
}

// newest keeps the newest rows of a group.
func (l *look) newest(g *group, v verdicts, part, limit int, found *rows) error {
	times, err := g.column(colTime)
	if err != nil {
		return err
	}
	if found.Len() == limit { // those that are too old need no event to decide on
		v.rows = v.each(g.rows)
		for row := range v.rows {
			if timeOf(times, row) < (*found)[0].time {
				v.rows[row] = no
			}
		}
	}
	if v, err = l.settle(g, v); err != nil || v.none() {
		return err
	}
	return l.rows(v, g.rows, func(row int) error {
		l.result.Matched++
		r := rowRef{time: timeOf(times, row), part: part, group: l.where, row: row}
		switch {
		case found.Len() < limit:
			heap.Push(found, r)
		case (*found)[0].before(r):
			(*found)[0] = r
			heap.Fix(found, 0)
		}
		return nil
	})
}

// timeOf returns the time of a row, which is before all others when it has none.
func timeOf(times *vector, row int) int64 {
	if at, ok := times.at(row); ok {
		return at.Int()
	}
	return math.MinInt64
}

// events makes the events of the rows, newest first.
func (x *scan) events(ctx context.Context, parts []Part, found rows) ([]*event.Event, error) {
	slices.SortFunc(found, func(a, b rowRef) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.group, b.group), cmp.Compare(a.row, b.row))
	})
	type taken struct {
		ref rowRef
		e   *event.Event
	}
	all := make([]taken, 0, len(found))
	size, line, probe := 0, []byte(nil), event.New()
	for len(found) > 0 {
		first := found[0]
		n := 1
		for n < len(found) && found[n].part == first.part && found[n].group == first.group {
			n++
		}
		these := found[:n]
		found = found[n:]
		err := x.rowsOf(ctx, &parts[first.part], first.group, func(g *group) error {
			for _, ref := range these {
				x.result.Made++
				if err := g.fill(probe, ref.row); err != nil {
					return err
				}
				e := copyOf(probe)
				if line = e.AppendRecord(line[:0]); size+len(line) > maxNewestBytes {
					return fmt.Errorf("the events found are larger than %d MiB: ask for fewer, or export them", maxNewestBytes>>20)
				}
				size += len(line)
				all = append(all, taken{ref, e})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b taken) int {
		if a.ref.before(b.ref) {
			return 1
		}
		return -1
	})
	events := make([]*event.Event, len(all))
	for i := range all {
		events[i] = all[i].e
	}
	return events, nil
}

// rowsOf calls use with a row group. A part that cannot be read is left out and
// reported.
func (x *scan) rowsOf(ctx context.Context, p *Part, i int, use func(*group) error) error {
	l := x.look(ctx, p)
	r, err := x.store.openPart(p)
	if err == nil {
		g := r.group(i)
		l.reading, l.groups = r, []*group{g}
		err = use(g)
	}
	if err != nil {
		err = l.leave(err)
	}
	return x.take(l, err)
}

// copyOf returns the event with texts of its own: those of a row belong to columns,
// which are far larger.
func copyOf(e *event.Event) *event.Event {
	out := event.New()
	out.Time = e.Time
	out.Message, out.Status, out.Service = strings.Clone(e.Message), strings.Clone(e.Status), strings.Clone(e.Service)
	out.Source, out.Host = strings.Clone(e.Source), strings.Clone(e.Host)
	out.TraceID, out.SpanID = strings.Clone(e.TraceID), strings.Clone(e.SpanID)
	for _, tag := range e.Tags {
		out.Tags = append(out.Tags, strings.Clone(tag))
	}
	copyInto(out, out.Root(), e, e.Root())
	return out
}

func copyInto(out *event.Event, to event.Value, e *event.Event, from event.Value) {
	for key, v := range e.Items(from) {
		inner := v
		switch v.Kind() {
		case event.Object:
			inner = out.NewObject()
		case event.Array:
			inner = out.NewArray()
		case event.String:
			inner = event.StringValue(strings.Clone(v.Str()))
		default:
		}
		if to.Kind() == event.Array {
			out.Append(to, inner)
		} else {
			out.AddMember(to, strings.Clone(key), inner)
		}
		copyInto(out, inner, e, v)
	}
}

// rowRef is a row of a store.
type rowRef struct {
	time             int64
	part, group, row int
}

// before reports whether a comes behind b in an answer: it is older, or of the same
// time and stored earlier.
func (a rowRef) before(b rowRef) bool {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(b.part, a.part), cmp.Compare(a.group, b.group), cmp.Compare(a.row, b.row)) < 0
}

// rows is a heap with the oldest row on top.
type rows []rowRef

// Len, Less, Swap, Push and Pop are those of a heap.
func (h rows) Len() int           { return len(h) }
func (h rows) Less(i, j int) bool { return h[i].before(h[j]) }
func (h rows) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a row at the end.
func (h *rows) Push(x any) { *h = append(*h, x.(rowRef)) } //nolint:forcetypeassert // container/heap hands back what it got

// Pop takes the last row off.
func (h *rows) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
