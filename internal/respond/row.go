package respond

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
)

// row is a response as it is in the database; times are nanoseconds since 1970, 0 for never.
type row struct {
	id                   int64
	open                 bool
	action, kind, target string
	state, ending        string
	policy, reason       string
	refusal              string
	signal, rule         string
	made                 int64
	madeBy               string
	changed              int64
	changedBy            string
	lasts, expires       int64
	applied, heldUntil   int64
	ended                int64
	repeats, attempts    int64
	next                 int64
	err, output          string
	version              int64
}

const columns = "id, open, action, kind, target, state, ending, policy, reason, refusal, signal, rule, made, made_by, changed, changed_by, lasts, expires, applied, held_until, ended, repeats, attempts, next, error, output, version"

func (r *row) scan(from interface{ Scan(...any) error }) error {
	var open int64
	err := from.Scan(&r.id, &open, &r.action, &r.kind, &r.target, &r.state, &r.ending, &r.policy, &r.reason, &r.refusal, &r.signal, &r.rule,
		&r.made, &r.madeBy, &r.changed, &r.changedBy, &r.lasts, &r.expires, &r.applied, &r.heldUntil, &r.ended, &r.repeats, &r.attempts, &r.next, &r.err, &r.output, &r.version)
	r.open = open != 0
	return err
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// openFor is the condition for the response that is open for an action on a target: there is one
// at the most.
const openFor = "open = 1 AND target = $1 AND action = $2"

// insert adds the response, and gives it its id.
func (r *row) insert(ctx context.Context, tx database.Tx) error {
	r.version, r.changed, r.changedBy = 1, r.made, r.madeBy
	r.clean()
	return tx.QueryRowContext(ctx, `INSERT INTO responses (open, action, kind, target, state, ending, policy, reason, refusal, signal, rule, made, made_by, changed, changed_by,
			lasts, expires, applied, held_until, ended, repeats, attempts, next, error, output, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 1) RETURNING id`,
		number(r.open), r.action, r.kind, r.target, r.state, r.ending, r.policy, r.reason, r.refusal, r.signal, r.rule, r.made, r.madeBy,
		r.lasts, r.expires, r.applied, r.heldUntil, r.ended, r.repeats, r.attempts, r.next, r.err, r.output).Scan(&r.id)
}

// clean makes texts that others wrote such that the database takes them.
func (r *row) clean() {
	for _, text := range []*string{&r.action, &r.target, &r.policy, &r.reason, &r.signal, &r.rule, &r.madeBy, &r.changedBy, &r.err, &r.output} {
		*text = database.Text(*text)
	}
}

// update writes what can change of a response. Who reads it sees another version.
func (r *row) update(ctx context.Context, tx database.Tx, now time.Time, by string) error {
	r.changed, r.changedBy = now.UnixNano(), by
	r.version++
	r.clean()
	_, err := tx.ExecContext(ctx, `UPDATE responses SET open = $2, state = $3, ending = $4, policy = $5, reason = $6, refusal = $7, changed = $8, changed_by = $9, lasts = $10, expires = $11,
			applied = $12, held_until = $13, ended = $14, repeats = $15, attempts = $16, next = $17, error = $18, output = $19, version = $20 WHERE id = $1`,
		r.id, number(r.open), r.state, r.ending, r.policy, r.reason, r.refusal, r.changed, r.changedBy, r.lasts, r.expires,
		r.applied, r.heldUntil, r.ended, r.repeats, r.attempts, r.next, r.err, r.output, r.version)
	return err
}

// note writes into the audit trail what was done to the response.
func (r *row) note(ctx context.Context, tx database.Tx, now time.Time, by, what string) error {
	m := map[string]any{"action": r.action, "target": r.target, "state": r.state}
	for key, text := range map[string]string{"policy": r.policy, "reason": r.reason, "refusal": r.refusal, "signal": r.signal, "error": r.err, "ending": r.ending} {
		if text != "" {
			m[key] = text
		}
	}
	if r.expires != 0 {
		m["expires"] = at(r.expires)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	outcome := "done"
	if r.state == Failed || r.state == Refused {
		outcome = r.state
	}
	return audit.Add(ctx, tx, audit.Entry{Time: now, Actor: by, Action: "response." + what, Object: objectOf(r.id), Outcome: outcome, Detail: string(text)})
}

// objectOf returns what a response is called in the audit trail.
func objectOf(id int64) string { return "response/" + strconv.FormatInt(id, 10) }

// change writes the response, and into the trail what was done to it.
func (r *row) change(ctx context.Context, tx database.Tx, now time.Time, by, what string) error {
	if err := r.update(ctx, tx, now, by); err != nil {
		return err
	}
	return r.note(ctx, tx, now, by, what)
}

func at(ns int64) *time.Time {
	if ns == 0 {
		return nil
	}
	t := time.Unix(0, ns).UTC()
	return &t
}

// record returns the response as people see it.
func (r *row) record() Record {
	return Record{
		ID: r.id, State: r.state, Action: r.action, Kind: r.kind, Target: r.target, Policy: r.policy, Reason: r.reason, Refusal: r.refusal,
		Signal: r.signal, Rule: r.rule, Open: r.open, Made: time.Unix(0, r.made).UTC(), MadeBy: r.madeBy, Changed: time.Unix(0, r.changed).UTC(), ChangedBy: r.changedBy,
		Duration: r.lasts / int64(time.Second), Expires: time.Unix(0, r.expires).UTC(), Applied: at(r.applied), Ended: at(r.ended), Ending: r.ending,
		Repeats: r.repeats, Attempts: r.attempts, Error: r.err, Output: r.output, Version: r.version,
	}
}

// find reads one response.
func find(ctx context.Context, tx database.Tx, where string, args ...any) (r row, found bool, err error) {
	err = r.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM responses WHERE "+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// all reads the responses that a condition chooses.
func all(ctx context.Context, tx database.Tx, where string, args ...any) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM responses WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, rows.Close() // PostgreSQL answers one question at a time
}
