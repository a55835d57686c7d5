package asset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/scan"
)

// MaxPage is how many findings a page has at most.
const MaxPage = 1000

// Asset is what is known about one.
type Asset struct {
	Name string `json:"name"`
	// Taken is when the latest run came, By who sent it, Tools who looked.
	Taken time.Time `json:"taken"`
	By    string    `json:"by"`
	Tools string    `json:"tools,omitempty"`
	// Counts are those of the run.
	Counts scan.Counts `json:"counts"`
	// LeftOut counts the findings that are not kept.
	LeftOut int `json:"left_out,omitempty"`
}

// List returns all assets, by name.
func (b *Book) List(ctx context.Context) ([]Asset, error) {
	list := []Asset{}
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = list[:0]
		rows, err := tx.QueryContext(ctx, "SELECT name, taken, actor, tools, counts, left_out FROM assets ORDER BY name")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a Asset
			var taken int64
			var counts string
			if err := rows.Scan(&a.Name, &taken, &a.By, &a.Tools, &counts, &a.LeftOut); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(counts), &a.Counts); err != nil {
				return fmt.Errorf("counts of %q: %w", a.Name, err)
			}
			a.Taken = time.Unix(0, taken).UTC()
			list = append(list, a)
		}
		return rows.Err()
	})
	return list, err
}

// History returns the runs of an asset, the oldest first; ErrMissing when there is none.
func (b *Book) History(ctx context.Context, name string) ([]scan.Point, error) {
	var list []scan.Point
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		rows, err := tx.QueryContext(ctx, "SELECT at, counts FROM asset_runs WHERE asset = $1 ORDER BY at", name)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			p := scan.Point{Asset: name}
			var at int64
			var counts string
			if err := rows.Scan(&at, &counts); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(counts), &p.Counts); err != nil {
				return fmt.Errorf("counts of %q: %w", name, err)
			}
			p.Time = time.Unix(0, at).UTC().Format(time.RFC3339)
			list = append(list, p)
		}
		return rows.Err()
	})
	if err == nil && len(list) == 0 {
		return nil, ErrMissing
	}
	return list, err
}

// Filter chooses findings. The zero filter means all that somebody has to look at.
type Filter struct {
	// Asset and Kind are names, "" for all.
	Asset, Kind string
	// State is new, open, reopened, held, fixed, exploited or all; "" is all but held and fixed.
	State string
	// Least is the least severity.
	Least scan.Severity
	// Text is looked for in ids, names of packages and files, and titles, in any case.
	Text string
	// Limit is how many findings the page has; Cursor is that of the page before.
	Limit  int
	Cursor string
}

// Page is a part of a list.
type Page struct {
	// Findings are the gravest first.
	Findings []json.RawMessage `json:"findings"`
	// Count is how many there are in all.
	Count int `json:"count"`
	// Next is the cursor of the next page, "" at the end.
	Next string `json:"next,omitempty"`
}

// States are the words of Filter.State.
func States() []string {
	return []string{"new", "open", "reopened", held, "fixed", "exploited", "all"}
}

// where returns the condition of a filter, and its values.
func (f *Filter) where() (string, []any, error) {
	var all []string
	var args []any
	add := func(condition string, value any) {
		args = append(args, value)
		all = append(all, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	switch {
	case f.State == "" || f.State == "exploited":
		all = append(all, "state NOT IN ('"+held+"', 'fixed')")
		if f.State != "" {
			all = append(all, "exploited = 1")
		}
	case f.State == "all":
	case slices.Contains(States(), f.State):
		add("state = ?", f.State)
	default:
		return "", nil, wrong("state %q, want one of %s", f.State, strings.Join(States(), ", "))
	}
	if f.Asset != "" {
		add("asset = ?", f.Asset)
	}
	if f.Kind != "" {
		if !slices.ContainsFunc(scan.Kinds(), func(k scan.Kind) bool { return k.String() == f.Kind }) {
			return "", nil, wrong("kind %q is none", f.Kind)
		}
		add("kind = ?", f.Kind)
	}
	if f.Least > scan.Unknown {
		add("severity >= ?", int(f.Least))
	}
	if f.Text != "" {
		add(`words LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(f.Text))+"%")
	}
	if len(all) == 0 {
		return "1 = 1", args, nil
	}
	return strings.Join(all, " AND "), args, nil
}

// Findings returns a page of what was found. The error is a *WrongError when the filter
// cannot be.
func (b *Book) Findings(ctx context.Context, want Filter) (Page, error) {
	where, args, err := want.where()
	if err != nil {
		return Page{}, err
	}
	limit := min(max(want.Limit, 1), MaxPage)
	page := Page{Findings: []json.RawMessage{}}
	counted := len(args)
	from := where
	if want.Cursor != "" {
		severity, asset, key, err := parseCursor(want.Cursor)
		if err != nil {
			return Page{}, err
		}
		n := len(args)
		args = append(args, severity, asset, key)
		from += fmt.Sprintf(" AND (severity < $%d OR severity = $%d AND (asset > $%d OR asset = $%d AND key > $%d))", n+1, n+1, n+2, n+2, n+3)
	}
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		page.Findings, page.Next = page.Findings[:0], ""
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM asset_findings WHERE "+where, args[:counted]...).Scan(&page.Count); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT severity, asset, key, body FROM asset_findings WHERE "+from+" ORDER BY severity DESC, asset, key LIMIT "+strconv.Itoa(limit+1), args...) //nolint:gosec // conditions of ours
		if err != nil {
			return err
		}
		defer rows.Close()
		var last string
		for rows.Next() {
			var severity int
			var asset, key, body string
			if err := rows.Scan(&severity, &asset, &key, &body); err != nil {
				return err
			}
			if len(page.Findings) == limit {
				page.Next = last
				break
			}
			page.Findings = append(page.Findings, json.RawMessage(body))
			last = cursor(severity, asset, key)
		}
		return rows.Err()
	})
	return page, err
}

func cursor(severity int, asset, key string) string {
	text, err := json.Marshal([]any{severity, asset, key})
	if err != nil {
		panic("BUG: a cursor cannot be written: " + err.Error())
	}
	return string(text)
}

func parseCursor(text string) (severity int, asset, key string, err error) {
	var parts []json.RawMessage
	if json.Unmarshal([]byte(text), &parts) != nil || len(parts) != 3 ||
		errors.Join(json.Unmarshal(parts[0], &severity), json.Unmarshal(parts[1], &asset), json.Unmarshal(parts[2], &key)) != nil {
		return 0, "", "", wrong("the cursor is none of this list: want the next of the page before")
	}
	return severity, asset, key, nil
}
