package suppress

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Filter says which suppressions.
type Filter struct {
	// State is one of States; an empty one means all.
	State string
	// Before is the id that all are older than; 0 means none.
	Before int64
	// Limit is how many there are at the most, from 1 to MaxPage.
	Limit int
}

// Page is a part of the list, the newest first.
type Page struct {
	Suppressions []Suppression `json:"suppressions"`
	// Next is the cursor of the page behind this one, the id of the last of this one; ""
	// when there is none.
	Next string `json:"next,omitempty"`
}

// List returns suppressions, also those that expired or ended.
func (b *Book) List(ctx context.Context, want Filter) (Page, error) {
	if want.State != "" && !slices.Contains(States(), want.State) {
		return Page{}, wrong("state %q, want one of %s", want.State, strings.Join(States(), ", "))
	}
	now, limit := b.now().UnixNano(), min(max(want.Limit, 1), MaxPage)
	where := map[string]string{
		"": "CAST($1 AS BIGINT) <> 0", Ended: "ended <> 0 AND CAST($1 AS BIGINT) <> 0", Expired: "ended = 0 AND expires <> 0 AND expires <= $1",
		Scheduled: "ended = 0 AND (expires = 0 OR expires > $1) AND starts > $1", Active: "ended = 0 AND (expires = 0 OR expires > $1) AND starts <= $1",
	}[want.State]
	page := Page{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		page = Page{Suppressions: []Suppression{}}
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM suppressions WHERE "+where+" AND id < $2 ORDER BY id DESC LIMIT $3", now, cmp.Or(want.Before, math.MaxInt64), limit+1)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := r.scan(rows); err != nil {
				return err
			}
			if len(page.Suppressions) == limit {
				page.Next = strconv.FormatInt(page.Suppressions[limit-1].ID, 10)
				break
			}
			page.Suppressions = append(page.Suppressions, r.suppression(now))
		}
		return rows.Err()
	})
	if err != nil {
		return Page{}, fmt.Errorf("list suppressions: %w", err)
	}
	return page, nil
}

// Get returns one; ErrMissing without it.
func (b *Book) Get(ctx context.Context, id int64) (Detail, error) {
	out := Detail{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = Detail{ByRule: []RuleHeld{}}
		var r row
		if err := b.read(ctx, tx, id, &r); err != nil {
			return err
		}
		out.Suppression = r.suppression(b.now().UnixNano())
		var sample []byte
		if err := tx.QueryRowContext(ctx, "SELECT sample FROM suppressions WHERE id = $1", id).Scan(&sample); err != nil {
			return err
		}
		out.Sample = json.RawMessage(sample)
		rows, err := tx.QueryContext(ctx, "SELECT rule_id, signals, findings, last FROM suppression_rules WHERE suppression = $1 ORDER BY findings DESC, rule_id", id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var one RuleHeld
			var last int64
			if err := rows.Scan(&one.RuleID, &one.Signals, &one.Findings, &last); err != nil {
				return err
			}
			one.Last = at(last)
			out.ByRule = append(out.ByRule, one)
		}
		return rows.Err()
	})
	if err != nil {
		return Detail{}, fmt.Errorf("read the suppression: %w", err)
	}
	return out, nil
}

// find reads one.
func (b *Book) find(ctx context.Context, id int64) (r row, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error { return b.read(ctx, tx, id, &r) })
	if err != nil {
		return row{}, fmt.Errorf("read the suppression: %w", err)
	}
	return r, nil
}

func (*Book) read(ctx context.Context, tx *sql.Tx, id int64, r *row) error {
	err := r.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM suppressions WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return ErrMissing
	}
	return err
}

// Counts returns how many suppressions are in each state.
func (b *Book) Counts(ctx context.Context) (map[string]int64, error) {
	now := b.now().UnixNano()
	counts := map[string]int64{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		clear(counts)
		for _, state := range States() {
			counts[state] = 0
		}
		rows, err := tx.QueryContext(ctx, `SELECT CASE WHEN ended <> 0 THEN 'ended' WHEN expires <> 0 AND expires <= $1 THEN 'expired' WHEN starts > $1 THEN 'scheduled' ELSE 'active' END AS state, COUNT(*)
			FROM suppressions GROUP BY state`, now)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var state string
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			counts[state] = n
		}
		return rows.Err()
	})
	return counts, err
}
