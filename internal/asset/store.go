package asset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/scan"
)

// held is the state of a finding that somebody decided to live with.
const held = "held"

// past is what is known of an asset.
type past struct {
	known bool
	list  *scan.List // nil without findings
	since map[string]int64
}

func load(ctx context.Context, tx *sql.Tx, asset string) (*past, error) {
	p := &past{since: map[string]int64{}}
	var at int64
	err := tx.QueryRowContext(ctx, "SELECT taken FROM assets WHERE name = $1", asset).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.known = true
	rows, err := tx.QueryContext(ctx, "SELECT key, since, body FROM asset_findings WHERE asset = $1 ORDER BY key", asset)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	p.list = scan.NewList(time.Unix(0, at).UTC(), "", asset)
	for rows.Next() {
		var key, body string
		var since int64
		if err := rows.Scan(&key, &since, &body); err != nil {
			return nil, err
		}
		f := new(scan.Finding)
		if err := json.Unmarshal([]byte(body), f); err != nil {
			return nil, fmt.Errorf("finding %q of %q: %w", key, asset, err)
		}
		p.since[key] = since
		p.list.Findings = append(p.list.Findings, f)
	}
	return p, rows.Err()
}

// limit refuses one asset more than there can be.
func (p *past) limit(ctx context.Context, tx *sql.Tx) error {
	if p.known {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM assets").Scan(&n); err != nil {
		return err
	}
	if n >= MaxAssets {
		return wrong("there are %d assets, more cannot be: remove some that are no more", n)
	}
	return nil
}

// store writes the asset, its findings in place of those of before, and the run.
func store(ctx context.Context, tx *sql.Tx, l *scan.List, p *past, at time.Time, taken Taken, who Who) error {
	counts, err := json.Marshal(taken.Counts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO assets (name, taken, actor, tools, counts, left_out) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO UPDATE SET taken = excluded.taken, actor = excluded.actor, tools = excluded.tools, counts = excluded.counts, left_out = excluded.left_out`,
		l.Asset, at.UnixNano(), who.Name, toolsOf(l), string(counts), taken.LeftOut)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM asset_findings WHERE asset = $1", l.Asset); err != nil {
		return err
	}
	add, err := tx.PrepareContext(ctx, "INSERT INTO asset_findings (asset, key, kind, severity, state, exploited, since, words, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	defer add.Close()
	for _, f := range l.Findings {
		body, err := json.Marshal(f)
		if err != nil {
			return err
		}
		since, known := p.since[f.Key]
		if !known || f.State == scan.New || f.State == scan.Reopened {
			since = at.UnixNano()
		}
		exploited := 0
		if f.KEV != nil {
			exploited = 1
		}
		if _, err := add.ExecContext(ctx, l.Asset, f.Key, f.Kind.String(), int(f.Severity), stateOf(f), exploited, since, words(f), database.Text(string(body))); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO asset_runs (asset, at, counts) VALUES ($1, $2, $3) ON CONFLICT (asset, at) DO UPDATE SET counts = excluded.counts", l.Asset, at.UnixNano(), string(counts)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM asset_runs WHERE asset = $1 AND at NOT IN (SELECT at FROM asset_runs WHERE asset = $1 ORDER BY at DESC LIMIT $2)", l.Asset, MaxRuns)
	return err
}

func stateOf(f *scan.Finding) string {
	if f.Suppressed != nil && f.State != scan.Fixed {
		return held
	}
	return string(f.State)
}

// toolsOf returns who looked.
func toolsOf(l *scan.List) string {
	var all []string
	for _, r := range l.Reports {
		all = append(all, r.Tools...)
	}
	slices.Sort(all)
	return scan.Clip(strings.Join(slices.Compact(all), ", "), maxText)
}

// words is what a search looks at.
func words(f *scan.Finding) string {
	all := append([]string{f.ID, f.Component(), f.Title}, f.Aliases...)
	return database.Text(strings.ToLower(scan.Clip(strings.Join(all, " "), maxText)))
}
