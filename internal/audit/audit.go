// Package audit is the trail of who did what, and when: rows of the state database that
// are only ever added.
package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sasumata/sasumata/internal/database"
)

// MaxEntries is how many entries List returns at the most.
const MaxEntries = 1000

// maxText is the length in bytes at which a text of an entry is cut: people write them,
// and programs.
const maxText = 16 << 10

// Entry is one thing that somebody did.
type Entry struct {
	// ID numbers the entries; it grows with each.
	ID int64 `json:"id"`
	// Time is when it was done.
	Time time.Time `json:"time"`
	// Actor is who did it: the name of a token, or of a user of the system.
	Actor string `json:"actor"`
	// Action is what was done, such as signal.archive or store.delete.
	Action string `json:"action"`
	// Object is what it was done to, such as the id of a signal.
	Object string `json:"object"`
	// Outcome is how it ended, such as done or failed.
	Outcome string `json:"outcome"`
	// Detail is what there is to say beyond that.
	Detail string `json:"detail"`
}

// Add adds the entry, in the transaction that does what it tells of: both are there, or
// neither. The entry gets its ID from the database.
func Add(ctx context.Context, tx database.Tx, e Entry) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO audit (at, actor, action, object, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6)",
		e.Time.UnixNano(), clean(e.Actor), clean(e.Action), clean(e.Object), clean(e.Outcome), clean(e.Detail))
	if err != nil {
		return fmt.Errorf("write to the audit trail: %w", err)
	}
	return nil
}

func clean(s string) string { return database.Text(s[:min(len(s), maxText)]) }

// Filter says which entries.
type Filter struct {
	// Actor, Action and Object are those of the entries; empty ones mean any. An Action that
	// ends with a star stands for all that begin so.
	Actor, Action, Object string
	// Since and Until are the time from which on and before which the entries are, in
	// nanoseconds since 1970 UTC; 0 is no bound.
	Since, Until int64
	// Before is the ID that all entries are older than; 0 means none.
	Before int64
	// Limit is how many there are at the most, up to MaxEntries.
	Limit int
}

// List returns entries, the newest first.
func List(ctx context.Context, tx database.Tx, want Filter) ([]Entry, error) {
	var where []string
	var args []any
	add := func(condition string, value any) { // a number follows the condition
		args = append(args, value)
		where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	for _, one := range [...]struct{ condition, value string }{{"actor =", want.Actor}, {"object =", want.Object}} {
		if one.value != "" {
			add(one.condition, clean(one.value))
		}
	}
	if begin, ok := strings.CutSuffix(clean(want.Action), "*"); ok {
		args = append(args, begin)
		where = append(where, fmt.Sprintf("substr(action, 1, %d) = $%d", utf8.RuneCountInString(begin), len(args)))
	} else if want.Action != "" {
		add("action =", clean(want.Action))
	}
	if want.Since > 0 {
		add("at >=", want.Since)
	}
	if want.Until > 0 {
		add("at <", want.Until)
	}
	if want.Before > 0 {
		add("id <", want.Before)
	}
	statement := "SELECT id, at, actor, action, object, outcome, detail FROM audit"
	if len(where) > 0 {
		statement += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, min(max(want.Limit, 1), MaxEntries))
	rows, err := tx.QueryContext(ctx, statement+fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	defer rows.Close()
	entries := []Entry{}
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Object, &e.Outcome, &e.Detail); err != nil {
			return nil, fmt.Errorf("read the audit trail: %w", err)
		}
		e.Time = time.Unix(0, at).UTC()
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
