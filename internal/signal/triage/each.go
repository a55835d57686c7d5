package triage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/signal"
)

// Brief is what Each says of a signal.
type Brief struct {
	ID, RuleID, Title string
	Severity          signal.Severity
	State             State
	// Reason is why it is archived.
	Reason string
	// Opened is when it opened, by the time of the log.
	Opened time.Time
}

// Each calls use for each signal that was recorded since then and that the query matches,
// the newest first, at most so many: then it reports that it left the rest out, and also
// when some are too old to be searched. It returns how many signals were recorded since
// then.
func (b *Book) Each(ctx context.Context, q *query.Query, since time.Time, most int, use func(Brief)) (recorded int64, cut bool, err error) {
	found, recorded, cut, err := b.since(ctx, q, since.UnixNano(), most)
	if err != nil {
		return 0, false, fmt.Errorf("look at signals: %w", err)
	}
	for i := range found {
		use(found[i])
	}
	return recorded, cut, nil
}

func (b *Book) since(ctx context.Context, q *query.Query, since int64, most int) (found []Brief, recorded int64, cut bool, err error) {
	g, done, err := b.ledger(ctx)
	if err != nil {
		return nil, 0, false, err
	}
	defer done()
	lines := make([]*line, 0, 1024)
	matches := g.predicate(q.Root(), b.now().UnixNano())
	for i, l := range g.lines {
		if i%stride == 0 && ctx.Err() != nil {
			return nil, 0, false, ctx.Err()
		}
		if l.recorded < since {
			continue
		}
		recorded++
		if matches(l) {
			lines = append(lines, l)
		}
	}
	slices.SortFunc(lines, func(a, b *line) int { return cmp.Compare(b.seq, a.seq) })
	for _, l := range lines[:min(most, len(lines))] {
		title, _, _ := strings.Cut(g.of(l, textPath), "\n")
		found = append(found, Brief{
			ID: l.id, RuleID: g.of(l, "rule.id"), Title: title, Severity: l.severity, State: l.state, Reason: l.reason, Opened: time.Unix(0, l.opened).UTC(),
		})
	}
	return found, recorded, g.left() > 0 || len(lines) > most, nil
}

// Knows reports whether any signal has a value at the path, or a tag of that key.
func (b *Book) Knows(ctx context.Context, path string) (known bool, err error) {
	g, done, err := b.ledger(ctx)
	if err != nil {
		return false, fmt.Errorf("look at signals: %w", err)
	}
	defer done()
	for i := range g.values {
		v := &g.values[i]
		if v.used == 0 {
			continue
		}
		key, _, isTag := strings.Cut(v.value, ":")
		if strings.EqualFold(v.attribute.path, path) || v.attribute.path == tagPath && isTag && strings.EqualFold(key, path) {
			return true, nil
		}
	}
	return false, nil
}
