package triage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sasumata/sasumata/internal/query"
)

// ErrNumber is a number of a change that the book never gave: it is of another database.
var ErrNumber = errors.New("the number of the change is of another database")

// Latest is a signal as it is behind its last change.
type Latest struct {
	Signal Signal
	// Number is that of the change. Numbers grow with each change of any signal, also over
	// restarts.
	Number int64
}

// Now returns the number of the last change, and a channel that is closed when there is
// another one.
func (b *Book) Now(ctx context.Context) (number int64, more <-chan struct{}, err error) {
	g, done, err := b.ledger(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("look at signals: %w", err)
	}
	defer done()
	return g.last, g.more, nil
}

// Since returns the signals whose last change is behind the number and that the query
// matches now, in the order of their changes: what changed twice comes once. It looks at
// so many changes at the most, and returns the number of the last that it looked at: no
// change up to that is missed. The error is ErrNumber when there is no such number yet.
func (b *Book) Since(ctx context.Context, q *query.Query, number int64, most int) (list []Latest, upTo int64, err error) {
	found, upTo, err := b.changedSince(ctx, q, number, most)
	if err != nil || len(found) == 0 {
		return nil, upTo, err
	}
	// A document may be newer than its line: then it comes once more.
	signals, err := b.signals(ctx, found)
	if err != nil {
		return nil, number, fmt.Errorf("read signals: %w", err)
	}
	numbers := map[string]int64{}
	for i := range found {
		numbers[found[i].id] = found[i].changed
	}
	for i := range signals {
		list = append(list, Latest{signals[i], numbers[signals[i].ID]})
	}
	return list, upTo, nil
}

func (b *Book) changedSince(ctx context.Context, q *query.Query, number int64, most int) (found []placed, upTo int64, err error) {
	g, done, err := b.ledger(ctx)
	if err != nil {
		return nil, number, fmt.Errorf("look at signals: %w", err)
	}
	defer done()
	if number > g.last {
		return nil, number, ErrNumber
	}
	var lines []*line
	for _, l := range g.lines {
		if l.changed > number {
			lines = append(lines, l)
		}
	}
	slices.SortFunc(lines, func(a, b *line) int { return cmp.Compare(a.changed, b.changed) })
	upTo = g.last
	if len(lines) > most {
		lines = lines[:most]
		upTo = lines[most-1].changed
	}
	matches := g.matches(&Search{Query: q}, b.now().UnixNano())
	for _, l := range lines {
		if matches(l) {
			found = append(found, placed{line: l})
		}
	}
	return found, upTo, nil
}
