package respond

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// limit counts what policies began within the last hour. Any number of goroutines may use it.
type limit struct {
	mu    sync.Mutex
	times []int64 // in order
}

// load counts what the database has.
func (l *limit) load(ctx context.Context, tx *sql.Tx, now time.Time) error {
	rows, err := tx.QueryContext(ctx, "SELECT made FROM responses WHERE made > $1 AND policy <> '' AND state <> $2 AND state <> $3 ORDER BY made", now.Add(-time.Hour).UnixNano(), DryRun, Refused)
	if err != nil {
		return err
	}
	defer rows.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times = nil
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return err
		}
		l.times = append(l.times, at)
	}
	return rows.Err()
}

// count returns how many there were within the hour.
func (l *limit) count(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, _ := slices.BinarySearch(l.times, now.Add(-time.Hour).UnixNano())
	l.times = l.times[first:]
	return len(l.times)
}

// add counts more of them.
func (l *limit) add(now time.Time, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.times = append(l.times, now.UnixNano())
	}
}
