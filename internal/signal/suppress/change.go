package suppress

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/query"
	"github.com/sasumata/sasumata/internal/rule/suppression"
)

// Change is what somebody wants of a suppression, a new one or one that is there. What is
// nil or empty stays as it is, or is what it says.
type Change struct {
	// Name is what people call it, by default its searches.
	Name *string `json:"name,omitempty"`
	// Reason says why; a new one needs it.
	Reason *string `json:"reason,omitempty"`
	// Rules chooses rules, Query the signals of these; by default * (all of them).
	Rules *string `json:"rules,omitempty"`
	Query *string `json:"query,omitempty"`
	// Starts is when it begins, by default it was always so. Expires is when it ends, For
	// how long it lasts (such as 7d) from now or from Starts; Forever is without an end. A
	// new one needs one of the three.
	Starts  *time.Time `json:"starts,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
	For     string     `json:"for,omitempty"`
	Forever bool       `json:"forever,omitempty"`
	// Schedule is when it holds between the two; an empty one takes it away.
	Schedule *suppression.Schedule `json:"schedule,omitempty"`
	// All says that it may hold back every signal of every rule. Confirm says that it may
	// hide what was critical, or what turned out to be true.
	All     bool `json:"all,omitempty"`
	Confirm bool `json:"confirm,omitempty"`
	// Version, unless it is 0, is that of the suppression which somebody looked at: when
	// another changed it since, the change is refused.
	Version int64 `json:"version,omitempty"`
}

// Made is a suppression, and what it would have hidden.
type Made struct {
	Suppression Suppression `json:"suppression"`
	Preview     *Preview    `json:"preview,omitempty"`
}

// Make makes a suppression in the name of the actor. The error is a *WrongError or a
// *ConfirmError when it cannot be as it is.
func (b *Book) Make(ctx context.Context, c Change, actor string) (Made, error) {
	return b.make(ctx, c, "", actor)
}

func (b *Book) make(ctx context.Context, c Change, signal, actor string) (Made, error) {
	if c.Reason == nil {
		return Made{}, wrong("a suppression needs a reason")
	}
	if c.Expires == nil && c.For == "" && !c.Forever {
		return Made{}, wrong("a suppression needs an end: want expires, for (such as 7d), or forever")
	}
	now := b.now()
	r := row{rules: "*", query: "*", signal: signal, made: now.UnixNano(), madeBy: database.Text(actor), version: 1}
	if err := r.apply(&c, now); err != nil {
		return Made{}, err
	}
	r.changed, r.changedBy = r.made, r.madeBy
	p, err := b.examine(ctx, &r, &c)
	if err != nil {
		return Made{}, err
	}
	err = b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := r.room(ctx, tx, now); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `INSERT INTO suppressions (name, reason, rules, query, starts, expires, schedule, signal, made, made_by, changed, changed_by, ended, version, signals, findings, last)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10, 0, 1, 0, 0, 0) RETURNING id`,
			r.name, r.reason, r.rules, r.query, r.starts, r.expires, r.schedule, r.signal, r.made, r.madeBy).Scan(&r.id)
		if err != nil {
			return err
		}
		return r.audit(ctx, tx, now, "add", actor, r.said(p))
	})
	if err != nil {
		return Made{}, fmt.Errorf("make the suppression: %w", err)
	}
	b.Look()
	return Made{r.suppression(now.UnixNano()), p}, nil
}

// room says when there is none for the suppression among those at work.
func (r *row) room(ctx context.Context, tx *sql.Tx, now time.Time) error {
	var n, length int
	err := tx.QueryRowContext(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(rules) + LENGTH(query)), 0) AS BIGINT) FROM suppressions WHERE "+working+" AND id <> $2", now.Add(-Late).UnixNano(), r.id).Scan(&n, &length)
	switch {
	case err != nil:
		return err
	case n >= Max:
		return wrong("there are %d suppressions at work, no more may be (those that expired within %d days count): end some", n, Late/(24*time.Hour))
	case length+len(r.rules)+len(r.query) > MaxTogether:
		return wrong("the searches of the suppressions at work may have %d characters together, of which %d are taken: end some, or say the same shorter", MaxTogether, length)
	}
	return nil
}

// Edit changes a suppression that nobody ended.
func (b *Book) Edit(ctx context.Context, id int64, c Change, actor string) (Made, error) {
	now := b.now()
	before, err := b.find(ctx, id)
	if err != nil {
		return Made{}, err
	}
	r := before
	if err := r.allows(&c); err != nil {
		return Made{}, err
	}
	if err := r.apply(&c, now); err != nil {
		return Made{}, err
	}
	if r.same(&before) {
		return Made{}, wrong("nothing is to be changed: want name, reason, rules, query, starts, expires, for, forever or schedule")
	}
	var p *Preview
	if r.rules != before.rules || r.query != before.query || r.schedule != before.schedule {
		if p, err = b.examine(ctx, &r, &c); err != nil {
			return Made{}, err
		}
	}
	r.changed, r.changedBy, r.version = now.UnixNano(), database.Text(actor), before.version+1
	err = b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var is row
		if err := is.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM suppressions WHERE id = $1", id)); err != nil {
			return err
		}
		if is.version != before.version {
			return ErrChanged
		}
		if err := r.room(ctx, tx, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE suppressions SET name = $2, reason = $3, rules = $4, query = $5, starts = $6, expires = $7, schedule = $8, changed = $9, changed_by = $10, version = $11 WHERE id = $1",
			id, r.name, r.reason, r.rules, r.query, r.starts, r.expires, r.schedule, r.changed, r.changedBy, r.version)
		if err != nil {
			return err
		}
		r.signals, r.findings, r.last = is.signals, is.findings, is.last
		return r.audit(ctx, tx, now, "edit", actor, map[string]any{"before": before.said(nil), "after": r.said(p)})
	})
	if err != nil {
		return Made{}, fmt.Errorf("change the suppression: %w", err)
	}
	b.Look()
	return Made{r.suppression(now.UnixNano()), p}, nil
}

// End makes a suppression do nothing any more, from now on and also for older events. It
// stays in the list. The reason may be empty.
func (b *Book) End(ctx context.Context, id int64, reason, actor string) (Suppression, error) {
	if err := checkText("reason", reason, MaxReason); err != nil {
		return Suppression{}, err
	}
	now := b.now()
	var r row
	err := b.db.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := r.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM suppressions WHERE id = $1", id))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrMissing
		}
		if err != nil {
			return err
		}
		if r.ended != 0 {
			return wrong("%s ended the suppression before", r.changedBy)
		}
		r.ended, r.changed, r.changedBy, r.version = now.UnixNano(), now.UnixNano(), database.Text(actor), r.version+1
		if _, err := tx.ExecContext(ctx, "UPDATE suppressions SET ended = $2, changed = $2, changed_by = $3, version = $4 WHERE id = $1", id, r.ended, r.changedBy, r.version); err != nil {
			return err
		}
		return r.audit(ctx, tx, now, "end", actor, map[string]any{"name": r.name, "reason": reason, "signals": r.signals, "findings": r.findings})
	})
	if err != nil {
		return Suppression{}, fmt.Errorf("end the suppression: %w", err)
	}
	b.Look()
	return r.suppression(now.UnixNano()), nil
}

// audit writes what was done into the trail.
func (r *row) audit(ctx context.Context, tx *sql.Tx, now time.Time, action, actor string, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return audit.Add(ctx, tx, audit.Entry{Time: now, Actor: actor, Action: "suppression." + action, Object: "suppression/" + strconv.FormatInt(r.id, 10), Outcome: "done", Detail: string(text)})
}

// said returns what the trail says of it.
func (r *row) said(p *Preview) map[string]any {
	m := map[string]any{"name": r.name, "reason": r.reason, "rules": r.rules, "query": r.query}
	for key, value := range map[string]*time.Time{"starts": at(r.starts), "expires": at(r.expires)} {
		if value != nil {
			m[key] = value
		}
	}
	for key, value := range map[string]string{"schedule": r.schedule, "signal": r.signal} {
		if value != "" {
			m[key] = value
		}
	}
	if p != nil {
		m["would_have_hidden"] = p.Signals
	}
	return m
}

func (r *row) same(other *row) bool {
	return r.name == other.name && r.reason == other.reason && r.rules == other.rules && r.query == other.query &&
		r.starts == other.starts && r.expires == other.expires && r.schedule == other.schedule
}

// allows says why the suppression cannot be changed so.
func (r *row) allows(c *Change) error {
	if r.ended != 0 {
		return wrong("%s ended the suppression: make another one", r.changedBy)
	}
	if c.Version != 0 && c.Version != r.version {
		return ErrChanged
	}
	return nil
}

// apply takes over what the change says, and says what is wrong with it.
func (r *row) apply(c *Change, now time.Time) error {
	for _, one := range []struct {
		name string
		from *string
		to   *string
		most int
	}{{"name", c.Name, &r.name, MaxName}, {"reason", c.Reason, &r.reason, MaxReason}, {"rules", c.Rules, &r.rules, MaxQuery}, {"query", c.Query, &r.query, MaxQuery}} {
		if one.from == nil {
			continue
		}
		text := strings.TrimSpace(*one.from)
		if text == "" && one.name != "name" {
			return wrong("the %s is empty", one.name)
		}
		if err := checkText(one.name, text, one.most); err != nil {
			return err
		}
		*one.to = text
	}
	if r.name == "" {
		r.name = named(r.rules, r.query)
	}
	if c.Schedule != nil {
		r.schedule = c.Schedule.String()
	}
	return r.times(c, now)
}

// checkText says what is wrong with a text.
func checkText(name, text string, most int) error {
	switch {
	case len(text) > most:
		return wrong("the %s has more than %d bytes", name, most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return wrong("the %s has control characters, or is not UTF-8", name)
	}
	return nil
}

// named returns a name for what nobody named.
func named(rules, query string) string {
	text := rules + " | " + query
	for len(text) > MaxName/2 {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return strings.Join(strings.Fields(text), " ")
}

// times takes over when it begins and ends.
func (r *row) times(c *Change, now time.Time) error {
	const first, last = 1970, 2100
	ends := 0
	for _, is := range []bool{c.Expires != nil, c.For != "", c.Forever} {
		if is {
			ends++
		}
	}
	if ends > 1 {
		return wrong("want one of expires, for and forever")
	}
	for name, t := range map[string]*time.Time{"starts": c.Starts, "expires": c.Expires} {
		if t != nil && (t.Year() < first || t.Year() > last) {
			return wrong("%s is in the year %d, want %d to %d", name, t.Year(), first, last)
		}
	}
	if c.Starts != nil {
		r.starts = c.Starts.UnixNano()
	}
	switch {
	case c.Expires != nil:
		r.expires = c.Expires.UnixNano()
	case c.Forever:
		r.expires = 0
	case c.For != "":
		lasts, err := suppression.ParseLength(c.For)
		if err != nil {
			return wrong("for: %s", err)
		}
		r.expires = max(now.UnixNano(), r.starts) + int64(lasts)
	}
	if ends == 0 && c.Starts == nil {
		return nil // as it was
	}
	if r.expires != 0 && r.expires <= r.starts {
		return wrong("it ends before it begins")
	}
	if r.expires != 0 && r.expires <= now.UnixNano() && ends > 0 {
		return wrong("it would have ended before now")
	}
	return nil
}

// parse reads a search of a suppression.
func parse(name, text string) (*query.Query, error) {
	q, err := query.Parse(text)
	if err != nil {
		return nil, wrong("%s: %s", name, err)
	}
	return q, nil
}
