package triage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sasumata/sasumata/internal/query"
)

// Matches says of each query whether it matches the signal as it is now, by what a search
// for it would look at. The error is ErrMissing when there is no such signal.
func (b *Book) Matches(ctx context.Context, id string, queries []*query.Query) ([]bool, error) {
	var r row
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return r.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM signals WHERE id = $1", id))
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("look at the signal: %w", err)
	}
	list, err := r.attributes()
	if err != nil {
		return nil, fmt.Errorf("look at the signal: %w", err)
	}
	g := &ledger{} // of this signal only: questions are as large as what they are asked of
	g.reset()
	g.loaded = true
	g.put(&r, list)
	matched := make([]bool, len(queries))
	for i, q := range queries {
		matched[i] = g.predicate(q.Root(), b.now().UnixNano())(g.lines[0])
	}
	return matched, nil
}
