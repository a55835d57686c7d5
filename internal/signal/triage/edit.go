package triage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal"
)

// Edit changes a signal, in the name of the actor, and writes it into its history and the
// audit trail. The error is ErrMissing, ErrChanged or a *WrongError when it cannot.
func (b *Book) Edit(ctx context.Context, id string, e Edit, actor string) (Signal, error) {
	if err := e.check(); err != nil {
		return Signal{}, err
	}
	var out Signal
	err := b.write(ctx, func(ctx context.Context, tx *sql.Tx) ([]written, error) {
		r, doc, err := find(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if e.Version != 0 && e.Version != r.version {
			return nil, ErrChanged
		}
		text := &stored{}
		if err := json.Unmarshal(r.search, text); err != nil {
			return nil, err
		}
		now, was := b.now(), r.state
		r.changed = b.next()
		if err := r.apply(ctx, tx, &e, text, actor, now); err != nil {
			return nil, err
		}
		what := Triaged
		if was != Open && r.state == Open {
			what = Reopened
		}
		out = r.signal(doc, now.UnixNano())
		if r.simulated { // nobody follows those
			return []written{{r, text}}, nil
		}
		return []written{{r, text}}, b.tell(ctx, tx, now.UnixNano(), news{r.id, what, r.severity})
	})
	if err != nil {
		return Signal{}, fmt.Errorf("change the signal: %w", err)
	}
	b.wake()
	return out, nil
}

// find reads a signal.
func find(ctx context.Context, tx *sql.Tx, id string) (*row, []byte, error) {
	r := &row{}
	err := r.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM signals WHERE id = $1", database.Text(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, ErrMissing
	}
	if err != nil {
		return nil, nil, err
	}
	var doc []byte
	err = tx.QueryRowContext(ctx, "SELECT doc FROM signals WHERE seq = $1", r.seq).Scan(&doc)
	return r, doc, err
}

// apply changes the row and what depends on it.
func (r *row) apply(ctx context.Context, tx *sql.Tx, e *Edit, text *stored, actor string, now time.Time) error {
	at := now.UnixNano()
	wasHarmless := r.state == Archived && harmless(r.reason)
	done := r.change(e, at)
	if len(r.labels) > MaxLabels {
		return wrong("a signal has at most %d tags", MaxLabels)
	}
	labels, err := json.Marshal(append([]string{}, r.labels...))
	if err != nil {
		return err
	}
	r.version++
	_, err = tx.ExecContext(ctx, "UPDATE signals SET state = $2, reason = $3, assignee = $4, labels = $5, due = $6, acknowledged = $7, version = $8, changed = $9 WHERE seq = $1",
		r.seq, int64(r.state), r.reason, r.assignee, string(labels), r.due, r.acknowledged, r.version, r.changed)
	if err != nil {
		return err
	}
	for _, one := range done {
		if err := remember(ctx, tx, r.seq, at, actor, one.Action, one.Text); err != nil {
			return err
		}
		if err := audit.Add(ctx, tx, audit.Entry{Time: now, Actor: actor, Action: "signal." + one.Action, Object: r.id, Outcome: "done", Detail: one.Text}); err != nil {
			return err
		}
	}
	if wasHarmless == (r.state == Archived && harmless(r.reason)) {
		return nil
	}
	return text.cool(ctx, tx, at)
}

// change applies the edit and returns what it did, for the history.
func (r *row) change(e *Edit, now int64) (done []Entry) {
	note := func(action, text string) { done = append(done, Entry{Action: action, Text: text}) }
	if e.State != nil && (*e.State != r.state || e.Reason != nil && *e.Reason != r.reason) {
		r.state, r.reason = *e.State, ""
		text := r.state.String()
		if e.Reason != nil {
			r.reason = database.Text(*e.Reason)
			text += ": " + r.reason
		}
		switch {
		case r.state == Open:
			if r.acknowledged, r.due = 0, due(r.severity, now); r.simulated {
				r.due = 0
			}
		case r.acknowledged == 0:
			r.acknowledged = now
		}
		note("state", text)
	}
	if e.Assignee != nil && *e.Assignee != r.assignee {
		r.assignee = database.Text(*e.Assignee)
		note("assign", r.assignee)
	}
	var tags []string
	for _, tag := range e.AddTags {
		if tag = database.Text(tag); !slices.Contains(r.labels, tag) {
			r.labels = append(r.labels, tag)
			tags = append(tags, "+"+tag)
		}
	}
	for _, tag := range e.RemoveTags {
		if at := slices.Index(r.labels, database.Text(tag)); at >= 0 {
			r.labels = slices.Delete(r.labels, at, at+1)
			tags = append(tags, "-"+tag)
		}
	}
	if len(tags) > 0 {
		note("tag", strings.Join(tags, " "))
	}
	if e.Comment != "" {
		note("comment", e.Comment)
	}
	return done
}

// cool works out anew the risk of the signal's entities.
func (s *stored) cool(ctx context.Context, tx *sql.Tx, now int64) error {
	for path, values := range s.Attributes {
		kind, ok := strings.CutPrefix(path, "entity.")
		if !ok {
			continue
		}
		for _, value := range values {
			if err := cool(ctx, tx, signal.Entity{Kind: kind, Value: value}, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// Entry is a line of the history of a signal.
type Entry struct {
	Time  time.Time `json:"time"`
	Actor string    `json:"actor"`
	// Action is state, assign, tag, comment or escalated.
	Action string `json:"action"`
	Text   string `json:"text"`
}

// Detail is a signal with all that is known of it.
type Detail struct {
	Signal

	// History is what became of it, the oldest first; the newest 500 entries.
	History []Entry `json:"history"`
	// Related says how to find the logs around it.
	Related Related `json:"related"`
	// Mitre are the tactics and techniques that its tags name.
	Mitre []string `json:"mitre"`
}

// Get returns the signal with that id; ErrMissing without one.
func (b *Book) Get(ctx context.Context, id string) (Detail, error) {
	var out Detail
	err := b.db.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, doc, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		out = Detail{Signal: r.signal(doc, b.now().UnixNano()), History: []Entry{}}
		if out.Related, out.Mitre, err = about(doc); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT at, actor, action, text FROM signal_history WHERE signal = $1 ORDER BY id DESC LIMIT $2", r.seq, maxHistory)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Entry
			var at int64
			if err := rows.Scan(&at, &e.Actor, &e.Action, &e.Text); err != nil {
				return err
			}
			e.Time = time.Unix(0, at).UTC()
			out.History = append(out.History, e)
		}
		slices.Reverse(out.History)
		return rows.Err()
	})
	if err != nil {
		return Detail{}, fmt.Errorf("read the signal: %w", err)
	}
	return out, nil
}
