package suppress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule/suppression"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// Chosen is what a search for rules finds.
type Chosen struct {
	// IDs are the ids of the rules, Of is how many rules there are.
	IDs []string
	Of  int
}

// Book is the suppressions in the state database. Any number of goroutines may use it.
type Book struct {
	db      *database.DB
	signals *triage.Book
	choose  func(*query.Query) Chosen
	now     func() time.Time
	changed chan struct{}
}

// NewBook returns the book of the database, beside that of its signals. Choose finds rules
// as detection does, now is the clock.
func NewBook(db *database.DB, signals *triage.Book, choose func(*query.Query) Chosen, now func() time.Time) *Book {
	return &Book{db: db, signals: signals, choose: choose, now: now, changed: make(chan struct{}, 1)}
}

// Changed tells that Load would return something else. One goroutine listens.
func (b *Book) Changed() <-chan struct{} { return b.changed }

// Look tells who listens to Changed to look again.
func (b *Book) Look() {
	select {
	case b.changed <- struct{}{}:
	default: // it is known
	}
}

// row is a suppression of the database, without its sample.
type row struct {
	id                         int64
	name, reason, rules, query string
	starts, expires            int64
	schedule, signal           string
	made                       int64
	madeBy                     string
	changed                    int64
	changedBy                  string
	ended, version             int64
	signals, findings, last    int64
}

const columns = "id, name, reason, rules, query, starts, expires, schedule, signal, made, made_by, changed, changed_by, ended, version, signals, findings, last"

func (r *row) scan(from interface{ Scan(...any) error }) error {
	return from.Scan(&r.id, &r.name, &r.reason, &r.rules, &r.query, &r.starts, &r.expires, &r.schedule, &r.signal, &r.made, &r.madeBy,
		&r.changed, &r.changedBy, &r.ended, &r.version, &r.signals, &r.findings, &r.last)
}

// state returns the word for it at the time, in nanoseconds since 1970 UTC.
func (r *row) state(now int64) string {
	switch {
	case r.ended != 0:
		return Ended
	case r.expires != 0 && r.expires <= now:
		return Expired
	case r.starts > now:
		return Scheduled
	default:
		return Active
	}
}

// work returns what detection wants of it.
func (r *row) work() (Work, error) {
	w := Work{ID: r.id, Version: r.version, Starts: r.starts, Expires: r.expires}
	var errs [3]error
	w.Rules, errs[0] = query.Parse(r.rules)
	w.Query, errs[1] = query.Parse(r.query)
	errs[2] = w.Schedule.UnmarshalText([]byte(r.schedule))
	return w, errors.Join(errs[:]...)
}

func at(ns int64) *time.Time {
	if ns == 0 {
		return nil
	}
	t := time.Unix(0, ns).UTC()
	return &t
}

// suppression returns it as people see it.
func (r *row) suppression(now int64) Suppression {
	s := Suppression{
		ID: r.id, State: r.state(now), Name: r.name, Reason: r.reason, Rules: r.rules, Query: r.query, Starts: at(r.starts), Expires: at(r.expires),
		Signal: r.signal, Made: *at(r.made), MadeBy: r.madeBy, Changed: *at(r.changed), ChangedBy: r.changedBy, Ended: at(r.ended), Version: r.version,
		Held: Held{Signals: r.signals, Findings: r.findings, Last: at(r.last)},
	}
	w, err := r.work()
	if err != nil {
		s.Broken = err.Error()
	}
	if s.Schedule = w.Schedule; !s.Schedule.IsZero() && r.ended == 0 {
		s.Window = nextWindow(&s.Schedule, r, now)
	}
	return s
}

// nextWindow returns the window that it is in, or the next one; nil when it ends before.
func nextWindow(schedule *suppression.Schedule, r *row, now int64) *Window {
	from, to := schedule.Next(time.Unix(0, max(now, r.starts)))
	if r.expires != 0 && from.UnixNano() >= r.expires {
		return nil
	}
	return &Window{from.UTC(), to.UTC()}
}

// working is the condition for those that detection knows.
const working = "ended = 0 AND (expires = 0 OR expires > $1)"

// Load returns the suppressions that are to be at work, the oldest first, and what is
// wrong with those that cannot be.
func (b *Book) Load(ctx context.Context) (list []Work, broken []error, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list, broken = nil, nil
		rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM suppressions WHERE "+working+" ORDER BY id LIMIT $2", b.now().Add(-Late).UnixNano(), Max)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := r.scan(rows); err != nil {
				return err
			}
			one, err := r.work()
			if err != nil {
				broken = append(broken, fmt.Errorf("suppression %d: %w", r.id, err))
				continue
			}
			list = append(list, one)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("load suppressions: %w", err)
	}
	return list, broken, nil
}
