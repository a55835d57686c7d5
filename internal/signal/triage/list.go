package triage

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/event"
	"github.com/sasumata/sasumata/internal/query"
)

const (
	// MaxPage is how many signals a page has at the most.
	MaxPage = 500
	// maxScanned is how many signals one page looks at: a search that finds few in many
	// comes in several pages, some of which may be empty.
	maxScanned = 2000
	// maxPiece is how many rows are read at a time.
	maxPiece = 1000
	// fewSignals is up to how many signals with a value are fetched by it: with more, it
	// is quicker to go through them in their order.
	fewSignals = 1000
)

// Signal is a signal with what people did about it.
type Signal struct {
	// Document is the signal of detection, as signals.jsonl has it.
	Document json.RawMessage `json:"signal"`
	ID       string          `json:"id"`
	// State, Reason, Assignee and Tags are what people decided.
	State    State    `json:"state"`
	Reason   string   `json:"reason,omitempty"`
	Assignee string   `json:"assignee,omitempty"`
	Tags     []string `json:"tags"`
	// Recorded is when it was written down, Due until when somebody is to look at it, and
	// Acknowledged when somebody did. Breached says that nobody did in time.
	Recorded     time.Time  `json:"recorded"`
	Due          *time.Time `json:"due,omitempty"`
	Acknowledged *time.Time `json:"acknowledged,omitempty"`
	Breached     bool       `json:"breached"`
	// Version grows with each change.
	Version int64 `json:"version"`
}

func (r *row) signal(doc []byte, now int64) Signal {
	at := func(ns int64) *time.Time {
		if ns == 0 {
			return nil
		}
		t := time.Unix(0, ns).UTC()
		return &t
	}
	tags := r.labels
	if tags == nil {
		tags = []string{}
	}
	return Signal{
		Document: doc, ID: r.id, State: r.state, Reason: r.reason, Assignee: r.assignee, Tags: tags, Recorded: *at(r.recorded),
		Due: at(r.due), Acknowledged: at(r.acknowledged), Breached: r.breached(now), Version: r.version,
	}
}

// Search says which signals, and in which order.
type Search struct {
	// Query is which; nil means all.
	Query *query.Query
	// Sort is opened (the newest first, also when empty), severity (the worst first, and
	// then the newest) or last_seen.
	Sort string
	// Limit is how many, from 1 to MaxPage.
	Limit int
	// Cursor is the Next of the page before.
	Cursor string
}

// Page is a part of what was found.
type Page struct {
	Signals []Signal `json:"signals"`
	// Next is the cursor of the page behind this one, "" when there is none. A page may
	// have fewer signals than wanted, or none, and one behind it.
	Next string `json:"next,omitempty"`
}

// order is how a list is sorted: by columns, from the largest to the smallest.
type order struct {
	name    string
	columns []string
	values  func(*row) []int64
}

func orderNamed(name string) (order, error) {
	switch name {
	case "", "opened":
		return order{"opened", []string{"opened", "seq"}, func(r *row) []int64 { return []int64{r.opened, r.seq} }}, nil
	case "last_seen":
		return order{"last_seen", []string{"last_seen", "seq"}, func(r *row) []int64 { return []int64{r.lastSeen, r.seq} }}, nil
	case "severity":
		return order{"severity", []string{"severity", "opened", "seq"}, func(r *row) []int64 { return []int64{int64(r.severity), r.opened, r.seq} }}, nil
	}
	return order{}, wrong("sort %q, want opened, last_seen or severity", name)
}

// place is where a page ends, in an order.
type place struct {
	Sort   string  `json:"s"`
	Values []int64 `json:"v"`
}

func (o *order) next(r *row) string {
	data, err := json.Marshal(place{o.name, o.values(r)})
	if err != nil {
		panic("BUG: " + err.Error()) // numbers can be written
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// read returns where the page before ended.
func (o *order) read(cursor string) ([]int64, error) {
	var p place
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil || p.Sort != o.name || len(p.Values) != len(o.columns) {
		return nil, wrong("the cursor is none of this search: want the next of the page before, with the same sort")
	}
	return p.Values, nil
}

// List returns a page of the signals that the search wants. The error of a search that
// makes no sense is a *WrongError.
func (b *Book) List(ctx context.Context, want Search) (page Page, err error) {
	by, err := orderNamed(want.Sort)
	if err != nil {
		return Page{}, err
	}
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		page, err = b.page(ctx, tx, want, &by)
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("search signals: %w", err)
	}
	return page, nil
}

func (b *Book) page(ctx context.Context, tx *sql.Tx, want Search, by *order) (Page, error) {
	c := conditions{rare: func(terms []string) ([]int64, bool, error) { return rare(ctx, tx, terms) }}
	var where []string
	if want.Query != nil {
		if text := c.of(want.Query.Root()); text != "" {
			where = append(where, text)
		}
	}
	if c.err != nil {
		return Page{}, c.err
	}
	var after []int64
	if want.Cursor != "" {
		var err error
		if after, err = by.read(want.Cursor); err != nil {
			return Page{}, err
		}
	}
	limit := min(max(want.Limit, 1), MaxPage)
	p := pager{where: where, args: c.args, by: by, size: limit + 1, after: after}
	now, e := b.now().UnixNano(), event.New()
	var found []*row
	next := ""
	for scanned := 0; next == ""; {
		rows, err := p.rows(ctx, tx)
		if err != nil {
			return Page{}, err
		}
		for _, r := range rows {
			if len(found) == limit {
				next = by.next(p.seen)
				break
			}
			p.seen, scanned = r, scanned+1
			if want.Query != nil {
				if err := r.asEvent(e, now); err != nil {
					return Page{}, fmt.Errorf("signal %s: %w", r.id, err)
				}
				if !want.Query.Match(e) {
					continue
				}
			}
			found = append(found, r)
		}
		if len(rows) < p.asked {
			break
		}
		if next == "" && scanned >= maxScanned {
			next = by.next(p.seen)
		}
	}
	docs, err := documents(ctx, tx, found)
	if err != nil {
		return Page{}, err
	}
	page := Page{Signals: make([]Signal, 0, len(found)), Next: next}
	for _, r := range found {
		page.Signals = append(page.Signals, r.signal(docs[r.seq], now))
	}
	return page, nil
}

// pager reads rows in their order, a few at a time: PostgreSQL makes all that it was asked
// for, also when nobody wants the rest.
type pager struct {
	where []string
	args  []any
	by    *order
	size  int // of the next piece
	asked int // of the last one
	after []int64
	seen  *row // the last one that was looked at
}

func (p *pager) rows(ctx context.Context, tx *sql.Tx) (list []*row, err error) {
	if p.seen != nil {
		p.after = p.by.values(p.seen)
	}
	c := conditions{args: slices.Clone(p.args)}
	where := slices.Clone(p.where)
	if p.after != nil {
		values := make([]string, len(p.after))
		for i, v := range p.after {
			values[i] = c.arg(v)
		}
		where = append(where, "("+strings.Join(p.by.columns, ", ")+") < ("+strings.Join(values, ", ")+")")
	}
	statement := "SELECT " + columns + " FROM signals"
	if len(where) > 0 {
		statement += " WHERE " + strings.Join(where, " AND ")
	}
	statement += " ORDER BY " + strings.Join(p.by.columns, " DESC, ") + " DESC LIMIT " + c.arg(p.size)
	p.asked, p.size = p.size, min(4*p.size, maxPiece)
	rows, err := tx.QueryContext(ctx, statement, c.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := &row{}
		if err := r.scan(rows); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, errorsOf(rows)
}

// errorsOf ends the reading of rows.
func errorsOf(rows *sql.Rows) error {
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close() // PostgreSQL answers one question at a time
}

// rare returns the signals that have one of the terms, unless they are many.
func rare(ctx context.Context, tx *sql.Tx, terms []string) (seqs []int64, few bool, err error) {
	args := make([]any, len(terms), len(terms)+1)
	for i, t := range terms {
		args[i] = t
	}
	args = append(args, fewSignals+1)
	rows, err := tx.QueryContext(ctx, "SELECT signal FROM signal_terms WHERE term IN ("+places(1, len(terms))+fmt.Sprintf(") LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, false, err
		}
		seqs = append(seqs, n)
	}
	return seqs, len(seqs) <= fewSignals, errorsOf(rows)
}

// documents reads those of the signals.
func documents(ctx context.Context, tx *sql.Tx, list []*row) (map[int64][]byte, error) {
	docs := make(map[int64][]byte, len(list))
	if len(list) == 0 {
		return docs, nil
	}
	seqs := make([]any, len(list))
	for i, r := range list {
		seqs[i] = r.seq
	}
	rows, err := tx.QueryContext(ctx, "SELECT seq, doc FROM signals WHERE seq IN ("+places(1, len(seqs))+")", seqs...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var doc []byte
		if err := rows.Scan(&seq, &doc); err != nil {
			return nil, err
		}
		docs[seq] = doc
	}
	return docs, errorsOf(rows)
}
