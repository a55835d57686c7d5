package triage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/query"
)

// MaxPage is how many signals a page has at the most.
const MaxPage = 500

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
	// Simulated says that its rule was only tried: nobody was told.
	Simulated bool `json:"simulated,omitempty"`
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
		Due: at(r.due), Acknowledged: at(r.acknowledged), Breached: r.breached(now), Simulated: r.simulated, Version: r.version,
	}
}

// Search says which signals, and in which order.
type Search struct {
	// Query is which; nil means all.
	Query *query.Query
	// From and To are the times, in nanoseconds since 1970, from which on and before which
	// they opened; 0 means any.
	From, To int64
	// Sort is one of Sorts, opened when empty. Ties go by when they opened. Ascending has
	// the smallest first, else it is the largest.
	Sort      string
	Ascending bool
	// Limit is how many, from 1 to MaxPage.
	Limit int
	// Cursor is the Next of the page before.
	Cursor string
}

// Page is a part of what was found.
type Page struct {
	Signals []Signal `json:"signals"`
	// Next is the cursor of the page behind this one, "" when there is none.
	Next string `json:"next,omitempty"`
	// NotSearched is how many signals are too old to be searched; they can be read by id.
	NotSearched int64 `json:"not_searched,omitempty"`
}

// Sorts are what a list can be sorted by.
func Sorts() []string {
	return []string{"opened", "last_seen", "severity", "events", "due", "rule", "state", "assignee"}
}

// key is what a signal is sorted by. All of it is in the cursor.
type key struct {
	Number int64  `json:"n,omitempty"`
	Text   string `json:"t,omitempty"`
	Opened int64  `json:"o"`
	Seq    int64  `json:"s"`
}

func (k *key) compare(other *key) int {
	return cmp.Or(cmp.Compare(k.Number, other.Number), strings.Compare(k.Text, other.Text), cmp.Compare(k.Opened, other.Opened), cmp.Compare(k.Seq, other.Seq))
}

// key returns what the signal is sorted by.
func (g *ledger) key(l *line, sort string) key {
	k := key{Opened: l.opened, Seq: l.seq}
	switch sort {
	case "opened":
	case "last_seen":
		k.Number = l.lastSeen
	case "severity":
		k.Number = int64(l.severity)
	case "events":
		k.Number = l.events
	case "due":
		k.Number = l.due
	case "rule":
		k.Text = g.of(l, "rule.name")
	case "state":
		k.Number = int64(l.state)
	case "assignee":
		k.Text = l.assignee
	}
	return k
}

// of returns the first value of the signal at the path.
func (g *ledger) of(l *line, path string) string {
	for _, at := range l.has {
		if g.values[at].attribute.path == path {
			return g.values[at].value
		}
	}
	return ""
}

// pageEnd is where a page ends, in an order.
type pageEnd struct {
	Sort      string `json:"by"`
	Ascending bool   `json:"up,omitempty"`
	Key       key    `json:"k"`
}

func (c *pageEnd) String() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic("BUG: " + err.Error()) // numbers and texts can be written
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// after returns where the page before ended; nil without one.
func (s *Search) after() (*key, error) {
	if s.Cursor == "" {
		return nil, nil //nolint:nilnil // there is no page before the first
	}
	c := pageEnd{}
	data, err := base64.RawURLEncoding.DecodeString(s.Cursor)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || c.Sort != s.Sort || c.Ascending != s.Ascending {
		return nil, wrong("the cursor is none of this search: want the next of the page before, with the same sort and order")
	}
	return &c.Key, nil
}

// List returns a page of the signals that the search wants. The error of a search that
// makes no sense is a *WrongError.
func (b *Book) List(ctx context.Context, want Search) (page Page, err error) {
	want.Sort = cmp.Or(want.Sort, "opened")
	if !slices.Contains(Sorts(), want.Sort) {
		return Page{}, wrong("sort %q, want one of %s", want.Sort, strings.Join(Sorts(), ", "))
	}
	after, err := want.after()
	if err != nil {
		return Page{}, err
	}
	found, left, err := b.find(ctx, &want, after)
	if err != nil {
		return Page{}, fmt.Errorf("search signals: %w", err)
	}
	page.NotSearched = left
	if limit := min(max(want.Limit, 1), MaxPage); len(found) > limit {
		found = found[:limit]
		c := pageEnd{want.Sort, want.Ascending, found[limit-1].key}
		page.Next = c.String()
	}
	if page.Signals, err = b.signals(ctx, found); err != nil {
		return Page{}, fmt.Errorf("search signals: %w", err)
	}
	return page, nil
}

// placed is a signal with its place in an order.
type placed struct {
	*line

	key key
}

// find returns the first signals behind the key, one more than wanted if there is one.
func (b *Book) find(ctx context.Context, want *Search, after *key) (found []placed, left int64, err error) {
	g, done, err := b.ledger(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	most := min(max(want.Limit, 1), MaxPage) + 1
	order := func(a, b *key) int {
		if want.Ascending {
			return a.compare(b)
		}
		return b.compare(a)
	}
	sorted := func() {
		slices.SortFunc(found, func(a, b placed) int { return order(&a.key, &b.key) })
		found = found[:min(len(found), most)]
	}
	var last *key // of the last one that can be in the page
	matches := g.matches(want, b.now().UnixNano())
	for i, l := range g.lines {
		if i%stride == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		k := g.key(l, want.Sort)
		if after != nil && order(&k, after) <= 0 || last != nil && order(&k, last) > 0 || !matches(l) {
			continue
		}
		if found = append(found, placed{l, k}); len(found) == 4*most {
			sorted()
			at := found[most-1].key
			last = &at
		}
	}
	sorted()
	return found, g.left(), nil
}

// stride is after how many signals a search looks whether anybody still waits for it.
const stride = 10_000

// matches returns what says whether the search wants a signal.
func (g *ledger) matches(want *Search, now int64) predicate {
	p := predicate(func(*line) bool { return true })
	if want.Query != nil {
		p = g.predicate(want.Query.Root(), now)
	}
	if want.From == 0 && want.To == 0 {
		return p
	}
	return func(l *line) bool {
		return (want.From == 0 || l.opened >= want.From) && (want.To == 0 || l.opened < want.To) && p(l)
	}
}

// signals reads the documents of what was found.
func (b *Book) signals(ctx context.Context, found []placed) ([]Signal, error) {
	docs := make(map[int64][]byte, len(found))
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for chunk := range slices.Chunk(found, narrow) {
			seqs := make([]any, len(chunk))
			for i := range chunk {
				seqs[i] = chunk[i].seq
			}
			if err := documents(ctx, tx, seqs, docs); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	now := b.now().UnixNano()
	list := make([]Signal, 0, len(found))
	for i := range found {
		if doc := docs[found[i].seq]; doc != nil { // else it was removed meanwhile
			list = append(list, found[i].signal(doc, now))
		}
	}
	return list, nil
}

// documents reads those of the signals.
func documents(ctx context.Context, tx *sql.Tx, seqs []any, into map[int64][]byte) error {
	rows, err := tx.QueryContext(ctx, "SELECT seq, doc FROM signals WHERE seq IN ("+places(1, len(seqs))+")", seqs...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var doc []byte
		if err := rows.Scan(&seq, &doc); err != nil {
			return err
		}
		into[seq] = doc
	}
	return errorsOf(rows)
}

// errorsOf ends the reading of rows.
func errorsOf(rows *sql.Rows) error {
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close() // PostgreSQL answers one question at a time
}
