// Package asset keeps what scanners and policies found about each project, image and machine,
// from run to run, and opens a signal for what is grave and new.
package asset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/scan"
	"github.com/sasumata/sasumata/internal/signal"
)

// Limits of what is kept.
const (
	// MaxAssets is how many assets there can be.
	MaxAssets = 1000
	// MaxKept is how many findings are kept of an asset, the gravest. The others are counted.
	MaxKept = 20_000
	// MaxName is the length in bytes of the longest name of an asset.
	MaxName = 200
	// MaxRuns is how many runs the history of an asset has: the latest.
	MaxRuns = scan.MaxPoints
	// maxText is the length in bytes of a description that is kept.
	maxText = 2000
)

// ErrMissing is an asset that is not there.
var ErrMissing = errors.New("there is no such asset")

// WrongError is a list that cannot be taken, and says why.
type WrongError struct{ text string }

// Error returns what is wrong.
func (e *WrongError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &WrongError{fmt.Sprintf(format, args...)} }

// Who is somebody who sends or removes.
type Who struct {
	// Name is that of a user or token, From is the address.
	Name, From string
}

// Book has the assets of a state database. Any number of goroutines may use it.
type Book struct {
	db   *database.DB
	now  func() time.Time
	tell func([]signal.Finding)

	taking sync.Mutex // a list is large: one at a time is in memory
}

// NewBook returns the assets of the database; now is the clock. Signals go to tell, which
// must not wait.
func NewBook(db *database.DB, now func() time.Time, tell func([]signal.Finding)) *Book {
	return &Book{db: db, now: now, tell: tell}
}

// Taken is what became of a list.
type Taken struct {
	Asset  string      `json:"asset"`
	Counts scan.Counts `json:"counts"`
	// LeftOut counts the findings beyond MaxKept.
	LeftOut int `json:"left_out,omitempty"`
	// Signal is the id of the signal that it opened, "" for none.
	Signal string `json:"signal,omitempty"`
}

// Take keeps the findings of a run, and says what became of those of earlier runs: one that
// is not there any more is fixed when all tools that saw it looked again. It opens a signal
// when a finding of severity high or more, or one that is known to be exploited, is new or
// came back. The error is a *WrongError for a list that cannot be taken.
func (b *Book) Take(ctx context.Context, l *scan.List, who Who) (Taken, error) {
	if err := checkName(l.Asset); err != nil {
		return Taken{}, err
	}
	b.taking.Lock()
	defer b.taking.Unlock()
	at := b.now().UTC()
	own(l)
	taken := Taken{Asset: l.Asset}
	var news []signal.Finding
	err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		past, err := load(ctx, tx, l.Asset)
		if err != nil {
			return err
		}
		now := *l // a transaction may be tried again
		now.Generated = at.Format(time.RFC3339)
		now.Findings = make([]*scan.Finding, len(l.Findings))
		for i, f := range l.Findings {
			one := *f
			now.Findings[i] = &one
		}
		now.Compare(past.list, at)
		now.Count()
		taken.Counts, taken.LeftOut = now.Counts, max(0, len(now.Findings)-MaxKept)
		now.Findings = now.Findings[:len(now.Findings)-taken.LeftOut]
		if err := past.limit(ctx, tx); err != nil {
			return err
		}
		if err := store(ctx, tx, &now, past, at, taken, who); err != nil {
			return err
		}
		one, err := about(ctx, tx, l.Asset, at)
		if err != nil {
			return err
		}
		taken.Signal, news = "", nil
		if one != nil {
			taken.Signal, news = one.ID, []signal.Finding{{Change: signal.Opened, Signal: one}}
		}
		return note(ctx, tx, at, who, "asset.take", l.Asset, map[string]any{"active": now.Counts.Active, "new": now.Counts.New, "fixed": now.Counts.Fixed, "from": who.From})
	})
	if err != nil {
		return Taken{}, err
	}
	b.tell(news)
	return taken, nil
}

// Retell tells again of the runs of the last day, for a start after the process died between
// keeping findings and telling of them. A signal that is known already stays what it is.
func (b *Book) Retell(ctx context.Context) error {
	var news []signal.Finding
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		news = nil
		runs, err := since(ctx, tx, b.now().Add(-24*time.Hour))
		if err != nil {
			return err
		}
		for _, one := range runs {
			s, err := about(ctx, tx, one.asset, one.at)
			if err != nil {
				return err
			}
			if s != nil {
				news = append(news, signal.Finding{Change: signal.Opened, Signal: s})
			}
		}
		return nil
	})
	if err == nil {
		b.tell(news)
	}
	return err
}

type run struct {
	asset string
	at    time.Time
}

// since returns the runs after a time, the oldest first.
func since(ctx context.Context, tx *sql.Tx, after time.Time) (runs []run, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT asset, at FROM asset_runs WHERE at > $1 ORDER BY at, asset", after.UnixNano())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one run
		var at int64
		if err := rows.Scan(&one.asset, &at); err != nil {
			return nil, err
		}
		one.at = time.Unix(0, at)
		runs = append(runs, one)
	}
	return runs, rows.Err()
}

// Remove forgets an asset, and what was found about it.
func (b *Book) Remove(ctx context.Context, name string, who Who) error {
	return b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range []string{"asset_findings", "asset_runs"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE asset = $1", name); err != nil { //nolint:gosec // names of ours
				return err
			}
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM assets WHERE name = $1", name)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrMissing)
		}
		return note(ctx, tx, b.now(), who, "asset.remove", name, map[string]any{"from": who.From})
	})
}

func note(ctx context.Context, tx *sql.Tx, at time.Time, who Who, action, name string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return audit.Add(ctx, tx, audit.Entry{Time: at, Actor: who.Name, Action: action, Object: name, Outcome: "done", Detail: string(text)})
}

func checkName(name string) error {
	if name == "" {
		return wrong("the list does not say which asset it is about: want --asset NAME")
	}
	if len(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return wrong("asset: want a name of at most %d bytes without control characters", MaxName)
	}
	return nil
}

// own makes all findings those of the asset, and keeps texts in bounds. What the sender
// compared does not count: it is compared with what is known here.
func own(l *scan.List) {
	l.Findings = slices.DeleteFunc(l.Findings, func(f *scan.Finding) bool { return f.State == scan.Fixed })
	for _, f := range l.Findings {
		f.Asset, f.Key = l.Asset, database.Text(f.Key)
		f.Title, f.Description, f.Fix = scan.Clip(f.Title, maxText), scan.Clip(f.Description, maxText), scan.Clip(f.Fix, maxText)
	}
}
