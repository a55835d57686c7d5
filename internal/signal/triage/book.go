package triage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal"
)

// batch is how many signals one transaction writes: the others wait no longer than it
// takes.
const batch = 500

// narrow is about how many parameters a statement has that is written again and again: the
// driver of SQLite looks for each among all of them.
const narrow = 100

// Book is the signals in the state database. Any number of goroutines may use it.
type Book struct {
	db        *database.DB
	now       func() time.Time
	followers map[string]chan struct{} // are told that there is something to see
	recorded  atomic.Int64
	removed   atomic.Int64

	writing sync.Mutex // one writes at a time, and puts into lines what it wrote before the next
	lines   ledger
	most    int // lines
	piece   int // how many are read at a time
	changed int64
}

// NewBook returns the book of the database. Now is the clock, by which people are to
// answer in time; followers are the names of all who call Follow.
func NewBook(ctx context.Context, db *database.DB, now func() time.Time, followers ...string) (*Book, error) {
	b := &Book{db: db, now: now, followers: map[string]chan struct{}{}, most: maxLines, piece: maxPiece}
	err := db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(changed), 0) FROM signals").Scan(&b.changed)
	})
	if err != nil {
		return nil, fmt.Errorf("open the signals: %w", err)
	}
	for _, name := range followers {
		b.followers[name] = make(chan struct{}, 1)
		b.followers[name] <- struct{}{}
	}
	if len(followers) == 0 {
		return b, nil
	}
	return b, b.begin(ctx)
}

// Recorded returns how many signals were written for the first time.
func (b *Book) Recorded() int64 { return b.recorded.Load() }

// row is a signal of the database, without its document.
type row struct {
	seq          int64
	id           string
	severity     signal.Severity
	state        State
	reason       string
	assignee     string
	labels       []string
	opened       int64
	lastSeen     int64
	closed       int64
	events       int64
	recorded     int64
	due          int64
	acknowledged int64
	version      int64
	changed      int64
	simulated    bool
	search       []byte
}

const columns = "seq, id, severity, state, reason, assignee, labels, opened, last_seen, closed, events, recorded, due, acknowledged, version, changed, simulated, search"

// changing are the columns without the text that searches look at.
const changing = "seq, id, severity, state, reason, assignee, labels, opened, last_seen, closed, events, recorded, due, acknowledged, version, changed, simulated, ''"

// scan reads the columns.
func (r *row) scan(rows interface{ Scan(...any) error }) error {
	var labels string
	var simulated int64
	err := rows.Scan(&r.seq, &r.id, &r.severity, &r.state, &r.reason, &r.assignee, &labels, &r.opened, &r.lastSeen, &r.closed, &r.events, &r.recorded, &r.due, &r.acknowledged, &r.version, &r.changed, &simulated, &r.search)
	if err != nil {
		return err
	}
	r.simulated = simulated != 0
	if r.labels = nil; labels == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(labels), &r.labels)
}

// breached reports whether nobody looked at it in time.
func (r *row) breached(now int64) bool {
	if r.due == 0 {
		return false
	}
	if r.acknowledged != 0 {
		return r.acknowledged > r.due
	}
	return now > r.due
}

// due returns until when somebody is to look at a signal.
func due(s signal.Severity, now int64) int64 {
	if Target(s) == 0 {
		return 0
	}
	return now + int64(Target(s))
}

// Observe writes signals as detection has them now. What was written already, in this run
// or in one that was killed, is not written again and told to nobody: a signal never goes
// back to what it was before. When Observe fails, some of them may have been written, and
// it may be called with all of them again.
func (b *Book) Observe(ctx context.Context, list []*signal.Signal) error {
	for chunk := range slices.Chunk(list, batch) {
		fresh := 0
		err := b.write(ctx, func(ctx context.Context, tx *sql.Tx) ([]written, error) {
			o := observer{book: b, ctx: ctx, tx: tx, now: b.now().UnixNano(), heat: map[string]*warmth{}}
			err := o.run(chunk)
			fresh = o.fresh
			return o.written, err
		})
		if err != nil {
			return fmt.Errorf("write signals: %w", err)
		}
		b.recorded.Add(int64(fresh))
		b.wake()
	}
	return nil
}

// written is a signal that was changed, and what searches look at then.
type written struct {
	row  *row
	text *stored
}

// write runs f in a transaction, and has searches look at what it wrote. It does not stop
// when the context is done: nobody would know what was written.
func (b *Book) write(ctx context.Context, f func(context.Context, *sql.Tx) ([]written, error)) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	var list []written
	err := b.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) (err error) {
		list, err = f(ctx, tx)
		return err
	})
	b.lines.mu.Lock()
	defer b.lines.mu.Unlock()
	if err != nil {
		if errors.Is(err, database.ErrUnavailable) { // it may have been written all the same
			b.lines.reset()
			b.lines.wake()
		}
		return err
	}
	for _, one := range list {
		if _, there := b.lines.at[one.row.id]; !there && one.row.version == 1 {
			b.lines.total++
		}
		b.lines.put(one.row, one.text.list())
	}
	b.lines.shrink(b.most)
	b.lines.wake()
	return nil
}

// next returns the number of another change: larger than all before, also those that are
// not in the database any more.
func (b *Book) next() int64 {
	b.changed = max(b.changed+1, b.now().UnixNano())
	return b.changed
}

// observer writes one batch.
type observer struct {
	book    *Book
	ctx     context.Context //nolint:containedctx // it lives as long as the transaction
	tx      *sql.Tx
	now     int64
	known   map[string]*row
	fresh   int
	heat    map[string]*warmth
	terms   []indexed
	news    []news
	written []written
}

func (o *observer) run(list []*signal.Signal) error {
	if err := o.load(list); err != nil {
		return err
	}
	var inserts []*signal.Signal
	seen := map[string]bool{}
	for _, s := range list {
		if o.known[s.ID] == nil && !seen[s.ID] {
			inserts = append(inserts, s)
			seen[s.ID] = true
		}
	}
	for chunk := range slices.Chunk(inserts, narrow/perSignal) {
		if err := o.insert(chunk); err != nil {
			return err
		}
	}
	for _, s := range list {
		if r := o.known[s.ID]; r.behind(s) {
			if err := o.update(r, s); err != nil {
				return err
			}
		}
	}
	if err := o.saveTerms(); err != nil {
		return err
	}
	if err := o.book.tell(o.ctx, o.tx, o.now, o.news...); err != nil {
		return err
	}
	return saveHeat(o.ctx, o.tx, o.heat)
}

// load reads which of the signals are there.
func (o *observer) load(list []*signal.Signal) error {
	o.known = make(map[string]*row, len(list))
	for chunk := range slices.Chunk(list, narrow) {
		ids := make([]any, len(chunk))
		for i, s := range chunk {
			ids[i] = s.ID
		}
		if err := o.loadSome(ids); err != nil {
			return err
		}
	}
	return nil
}

func (o *observer) loadSome(ids []any) error {
	rows, err := o.tx.QueryContext(o.ctx, "SELECT "+changing+" FROM signals WHERE id IN ("+places(1, len(ids))+")", ids...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := &row{}
		if err := r.scan(rows); err != nil {
			return err
		}
		o.known[r.id] = r
	}
	return rows.Err()
}

// places returns n parameters, the first of which has that number.
func places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// behind reports whether the signal is newer than what is in the database.
func (r *row) behind(s *signal.Signal) bool {
	return s.Severity > r.severity || s.Events > r.events || s.LastSeen > r.lastSeen || s.Closed != 0 && r.closed == 0
}

// perSignal is how many parameters the statement has that writes a new signal.
const perSignal = 15

// insert writes signals that are new.
func (o *observer) insert(list []*signal.Signal) error {
	var b strings.Builder
	b.WriteString("INSERT INTO signals (id, rule_id, rule, severity, opened, last_seen, closed, events, recorded, due, version, changed, simulated, doc, search, state, reason, assignee, labels, acknowledged) VALUES ")
	args := make([]any, 0, perSignal*len(list))
	texts := make([]*stored, len(list))
	for i, s := range list {
		texts[i] = searchable(s)
		r := &row{
			id: s.ID, severity: s.Severity, opened: s.Time, lastSeen: s.LastSeen, closed: s.Closed, events: s.Events,
			recorded: o.now, due: due(s.Severity, o.now), version: 1, changed: o.book.next(), simulated: s.Simulated,
		}
		if r.simulated {
			r.due = 0 // nobody has to look at it
		}
		o.known[s.ID] = r
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + places(len(args)+1, perSignal) + ",0,'','','[]',0)")
		args = append(args, r.id, database.Text(s.RuleID), database.Text(s.Rule), int64(r.severity), r.opened, r.lastSeen, r.closed, r.events, r.recorded, r.due, r.version, r.changed, simulation(r.simulated), s.AppendJSON(nil), texts[i].JSON())
	}
	b.WriteString(" RETURNING id, seq")
	if err := o.numbers(b.String(), args); err != nil {
		return err
	}
	for i, s := range list {
		r := o.known[s.ID]
		o.fresh++
		o.warm(s, 0, true)
		o.index(r.seq, texts[i].terms())
		o.note(r, Opened)
		o.written = append(o.written, written{r, texts[i]})
	}
	return nil
}

// numbers runs a statement that returns the numbers of signals.
func (o *observer) numbers(statement string, args []any) error {
	rows, err := o.tx.QueryContext(o.ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return err
		}
		o.known[id].seq = seq
	}
	return errorsOf(rows)
}

func (o *observer) update(before *row, s *signal.Signal) error {
	now := *before // a batch may have the same signal twice
	r := &now
	o.known[s.ID] = r
	text := searchable(s)
	what := Updated
	if s.Closed != 0 && r.closed == 0 {
		what = Closed
	}
	from := r.severity
	if s.Severity > r.severity {
		what = Escalated
		text := from.String() + " to " + s.Severity.String()
		if r.state == Archived { // it is worse than whoever archived it knew
			r.state, r.reason, r.acknowledged, r.due = Open, "", 0, 0
			text += ", opened again"
		}
		if at := due(s.Severity, o.now); !r.simulated && r.acknowledged == 0 && (r.due == 0 || at < r.due) {
			r.due = at
		}
		r.severity = s.Severity
		if err := remember(o.ctx, o.tx, r.seq, o.now, "detection", "escalated", text); err != nil {
			return err
		}
	}
	r.lastSeen, r.closed, r.events = max(r.lastSeen, s.LastSeen), max(r.closed, s.Closed), max(r.events, s.Events)
	r.version, r.changed = r.version+1, o.book.next()
	_, err := o.tx.ExecContext(o.ctx, `UPDATE signals SET severity = $2, state = $3, reason = $4, last_seen = $5, closed = $6, events = $7, due = $8, acknowledged = $9, version = $10, changed = $11, doc = $12, search = $13 WHERE seq = $1`,
		r.seq, int64(r.severity), int64(r.state), r.reason, r.lastSeen, r.closed, r.events, r.due, r.acknowledged, r.version, r.changed, s.AppendJSON(nil), text.JSON())
	if err != nil {
		return err
	}
	o.warm(s, from, false)
	o.index(r.seq, text.terms())
	o.note(r, what)
	o.written = append(o.written, written{r, text})
	return nil
}

// note has those who follow told of a change, unless the signal is simulated.
func (o *observer) note(r *row, what string) {
	if !r.simulated {
		o.news = append(o.news, news{r.id, what, r.severity})
	}
}

// simulation is how the database has whether a signal is simulated.
func simulation(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// indexed is a term on its way to the database.
type indexed struct {
	term string
	seq  int64
}

// index notes the terms of a signal.
func (o *observer) index(seq int64, terms []string) {
	for _, t := range terms {
		o.terms = append(o.terms, indexed{t, seq})
	}
}

// saveTerms writes the terms of the batch, in the order in which the database has them:
// so each of its pages is changed once.
func (o *observer) saveTerms() error {
	slices.SortFunc(o.terms, func(a, b indexed) int { return cmp.Or(strings.Compare(a.term, b.term), cmp.Compare(a.seq, b.seq)) })
	for chunk := range slices.Chunk(o.terms, narrow/2) {
		var b strings.Builder
		b.WriteString("INSERT INTO signal_terms (term, signal) VALUES ")
		args := make([]any, 0, 2*len(chunk))
		for i, t := range chunk {
			if i > 0 {
				b.WriteByte(',')
			}
			args = append(args, t.term, t.seq)
			fmt.Fprintf(&b, "($%d,$%d)", 2*i+1, 2*i+2)
		}
		b.WriteString(" ON CONFLICT DO NOTHING")
		if _, err := o.tx.ExecContext(o.ctx, b.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// remember adds to the history of a signal.
func remember(ctx context.Context, tx *sql.Tx, seq, at int64, actor, action, text string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO signal_history (signal, at, actor, action, text) VALUES ($1, $2, $3, $4, $5)",
		seq, at, database.Text(actor), action, database.Text(text))
	return err
}
