package respond

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/audit"
	"github.com/sasumata/sasumata/internal/database"
)

const (
	// few is up to how many responses are changed one by one, each with an entry of its own in
	// the audit trail.
	few = 20
	// maxDetail is the size in bytes from which an entry about many responses is followed by
	// another one.
	maxDetail = 12 << 10
	// manyObject is the object of such an entry.
	manyObject = "responses"
)

// brief are the columns that change, and what is needed to do and undo a block.
const brief = "id, open, action, kind, target, state, ending, changed_by, expires, applied, held_until, ended, attempts, next, error, output, version"

func (r *row) scanBrief(from interface{ Scan(...any) error }) error {
	var open int64
	err := from.Scan(&r.id, &open, &r.action, &r.kind, &r.target, &r.state, &r.ending, &r.changedBy, &r.expires, &r.applied, &r.heldUntil, &r.ended,
		&r.attempts, &r.next, &r.err, &r.output, &r.version)
	r.open = open != 0
	return err
}

// briefs reads what is brief of the responses that a condition chooses.
func briefs(ctx context.Context, tx database.Tx, where string, args ...any) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+brief+" FROM responses WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		list = append(list, row{})
		if err := list[len(list)-1].scanBrief(rows); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, rows.Close() // PostgreSQL answers one question at a time
}

// how changes a response, the i-th of a list, as it is by now, and returns what is to stand in
// the audit trail, "" for nothing, and in whose name.
type how func(i int, r *row) (what, by string)

// after is what became of a response: those with the same are written by one statement. It
// names the columns that changed, since each index costs that has one of them.
type after struct {
	action, what, by                     string
	sets                                 columnSet
	open                                 bool
	state, ending, reason, refusal       string
	err, output                          string
	applied, ended, attempts, next, held int64
}

// columnSet says which columns changed.
type columnSet struct {
	open, state, ending, reason, refusal, err, output, applied, ended, attempts, next, holds bool
}

// change changes many responses, of which what is brief is known, and writes that into the
// trail. Those that changed since are given to how as they are. It returns how often it did
// what.
func change(ctx context.Context, tx *database.Prepared, list []row, now time.Time, do how) (map[string]int64, error) {
	done := map[string]int64{}
	one := func(i int) error {
		r, found, err := find(ctx, tx, "id = $1", list[i].id)
		if err != nil || !found {
			return err
		}
		what, by := do(i, &r)
		done[what]++
		if err := r.update(ctx, tx, now, by); err != nil || what == "" {
			return err
		}
		return r.note(ctx, tx, now, by, what)
	}
	if len(list) <= few {
		for i := range list {
			if err := one(i); err != nil {
				return nil, err
			}
		}
		return done, nil
	}
	others, err := changed(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	groups, order := map[after][]row{}, []after{}
	for i := range list {
		was, other := others[list[i].id]
		if !other {
			was = list[i]
		}
		if was.version == 0 {
			continue // it was removed
		}
		r := was
		what, by := do(i, &r)
		to := r.after(&was, what, by)
		if groups[to] == nil {
			order = append(order, to)
		}
		groups[to] = append(groups[to], was)
		done[what]++
	}
	for i := range order {
		if err := order[i].write(ctx, tx, groups[order[i]], now); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// after returns what became of a response that was like that.
func (r *row) after(was *row, what, by string) after {
	held := r.heldUntil
	switch held {
	case r.expires, was.heldUntil:
		held = 0
	case 0:
		held = -1
	}
	return after{
		held:   held,
		action: r.action, what: what, by: by,
		sets: columnSet{
			r.open != was.open, r.state != was.state, r.ending != was.ending, r.reason != was.reason, r.refusal != was.refusal, r.err != was.err, r.output != was.output,
			r.applied != was.applied, r.ended != was.ended, r.attempts != was.attempts, r.next != was.next, r.heldUntil != was.heldUntil,
		},
		open: r.open, state: r.state, ending: r.ending, reason: r.reason, refusal: r.refusal, err: r.err, output: r.output,
		applied: changedTo(r.applied, was.applied), ended: changedTo(r.ended, was.ended), attempts: r.attempts, next: r.next,
	}
}

// changedTo returns a time that changed; 0 when it did not: it differs between responses.
func changedTo(now, was int64) int64 {
	if now == was {
		return 0
	}
	return now
}

// changed returns those of the responses that are not what they were, by id, as they are now;
// one that is not there any more has no version.
func changed(ctx context.Context, tx *database.Prepared, list []row) (map[int64]row, error) {
	versions := make(map[int64]int64, len(list))
	ids := make([]int64, len(list))
	for i := range list {
		ids[i], versions[list[i].id] = list[i].id, list[i].version
	}
	others := map[int64]row{}
	for _, some := range runs(ids) {
		found, err := versionsOf(ctx, tx, some, versions)
		if err != nil {
			return nil, err
		}
		for _, part := range runs(found) {
			fresh, err := briefs(ctx, tx, "id BETWEEN $1 AND $2", part.first, part.last)
			if err != nil {
				return nil, err
			}
			for i := range fresh {
				others[fresh[i].id] = fresh[i]
			}
		}
	}
	for id := range versions { // what is left was not found
		others[id] = row{}
	}
	return others, nil
}

// versionsOf returns the ids of a run whose version is another one, and takes those out of the
// map that are there.
func versionsOf(ctx context.Context, tx *database.Prepared, some run, versions map[int64]int64) (others []int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, version FROM responses WHERE id BETWEEN $1 AND $2", some.first, some.last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, version int64
		if err := rows.Scan(&id, &version); err != nil {
			return nil, err
		}
		if versions[id] != version {
			others = append(others, id)
		}
		delete(versions, id)
	}
	return others, errors.Join(rows.Err(), rows.Close())
}

// run are ids behind each other, both ends among them.
type run struct{ first, last int64 }

// runs returns the ids, each of which is there once, as runs in order.
func runs(ids []int64) (list []run) {
	slices.Sort(ids)
	for _, id := range ids {
		if n := len(list); n > 0 && list[n-1].last == id-1 {
			list[n-1].last = id
			continue
		}
		list = append(list, run{id, id})
	}
	return list
}

// write changes responses, and notes it. A run of ids is one statement: what was made
// together is changed together.
func (to *after) write(ctx context.Context, tx *database.Prepared, list []row, now time.Time) error {
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].id
	}
	statement, args := to.statement(now)
	for _, some := range runs(ids) {
		if _, err := tx.ExecContext(ctx, statement, append(args, some.first, some.last)...); err != nil {
			return err
		}
	}
	if to.what == "" {
		return nil
	}
	return noteMany(ctx, tx, now, to.by, to.what, map[string]string{"action": to.action, "state": to.state, "reason": to.reason, "error": to.err, "ending": to.ending, "refusal": to.refusal}, list, false)
}

// statement returns what changes a run of responses, whose ends are its last values.
func (to *after) statement(now time.Time) (text string, args []any) {
	var b strings.Builder
	b.WriteString("UPDATE responses SET version = version + 1")
	set := func(changed bool, column string, value any) {
		if changed {
			args = append(args, value)
			fmt.Fprintf(&b, ", %s = $%d", column, len(args))
		}
	}
	is := &to.sets
	set(true, "changed", now.UnixNano())
	set(true, "changed_by", database.Text(to.by))
	set(is.open, "open", number(to.open))
	set(is.state, "state", to.state)
	set(is.ending, "ending", to.ending)
	set(is.reason, "reason", database.Text(to.reason))
	set(is.refusal, "refusal", to.refusal)
	set(is.err, "error", database.Text(to.err))
	set(is.output, "output", database.Text(to.output))
	set(is.applied, "applied", to.applied)
	set(is.ended, "ended", to.ended)
	set(is.attempts, "attempts", to.attempts)
	set(is.next, "next", to.next)
	if is.holds && to.held == 0 { // what was applied holds for as long as the response lasts
		b.WriteString(", held_until = expires")
	}
	set(is.holds && to.held != 0, "held_until", max(to.held, 0))
	fmt.Fprintf(&b, " WHERE id BETWEEN $%d AND $%d", len(args)+1, len(args)+2)
	return b.String(), args
}

// several is what an entry of the trail says about many responses.
type several struct {
	Count int `json:"count"`
	// Responses are their ids, such as 12-811,820.
	Responses string            `json:"responses,omitempty"`
	What      map[string]string `json:"what"`
	Targets   []string          `json:"targets,omitempty"`
}

// noteMany writes into the trail what was done to many responses: entries that name all of
// them, and if need be their targets.
func noteMany(ctx context.Context, tx database.Tx, now time.Time, by, what string, about map[string]string, list []row, targets bool) error {
	for key, text := range about {
		if text == "" {
			delete(about, key)
		}
	}
	outcome := "done"
	if about["state"] == Failed || about["state"] == Refused {
		outcome = about["state"]
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	for len(list) > 0 {
		d := several{What: about}
		size, n := 0, 0
		for ; n < len(list) && size < maxDetail; n++ {
			size += 9
			if targets {
				size += len(list[n].target) + 3
				d.Targets = append(d.Targets, list[n].target)
			}
		}
		d.Count, d.Responses = n, named(list[:n])
		list = list[n:]
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if err := audit.Add(ctx, tx, audit.Entry{Time: now, Actor: by, Action: "response." + what, Object: manyObject, Outcome: outcome, Detail: string(text)}); err != nil {
			return err
		}
	}
	return nil
}

// named returns the ids of responses as text; those without one are left out.
func named(list []row) string {
	var ids []int64
	for i := range list {
		if list[i].id != 0 {
			ids = append(ids, list[i].id)
		}
	}
	all := runs(ids)
	parts := make([]string, 0, len(all))
	for _, r := range all {
		text := strconv.FormatInt(r.first, 10)
		if r.last > r.first {
			text += "-" + strconv.FormatInt(r.last, 10)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

// names reports whether an entry about many responses names the one.
func (s *several) names(id int64) bool {
	for part := range strings.SplitSeq(s.Responses, ",") {
		first, last, wide := strings.Cut(part, "-")
		if !wide {
			last = first
		}
		from, err := strconv.ParseInt(first, 10, 64)
		to, other := strconv.ParseInt(last, 10, 64)
		if err == nil && other == nil && from <= id && id <= to {
			return true
		}
	}
	return false
}

// maxManyEntries is how many entries about many responses are looked through for one.
const maxManyEntries = 5000

// history returns what the trail says of a response, the oldest first.
func (r *row) history(ctx context.Context, tx database.Tx) ([]audit.Entry, error) {
	list, err := audit.List(ctx, tx, audit.Filter{Object: objectOf(r.id), Limit: 200})
	if err != nil {
		return nil, err
	}
	want := audit.Filter{Object: manyObject, Since: r.made, Until: r.changed + 1, Limit: audit.MaxEntries}
	for seen := 0; seen < maxManyEntries; {
		page, err := audit.List(ctx, tx, want)
		if err != nil {
			return nil, err
		}
		for i := range page {
			var s several
			if json.Unmarshal([]byte(page[i].Detail), &s) == nil && s.names(r.id) {
				s.Targets, s.Responses = nil, ""
				if text, err := json.Marshal(s); err == nil {
					page[i].Detail = string(text)
				}
				list = append(list, page[i])
			}
		}
		if seen += len(page); len(page) < audit.MaxEntries {
			break
		}
		want.Before = page[len(page)-1].ID
	}
	slices.SortFunc(list, func(a, b audit.Entry) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}
