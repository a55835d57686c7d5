package respond

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sasumata/sasumata/internal/database"
	"github.com/sasumata/sasumata/internal/signal/triage"
)

// some is how many responses a lane takes up at a time: as many as there are blocks by
// default, some 60 MB of memory for as long as they are changed.
const some = DefaultBlocks

// lane does what is to be done with some of the actions, and undoes it. It belongs to one
// goroutine.
type lane struct {
	engine *Engine
	which  string // condition for its actions
	woken  chan struct{}
}

func newLane(e *Engine, which string) *lane {
	return &lane{engine: e, which: which, woken: make(chan struct{}, 1)}
}

// run works until the context is done.
func (l *lane) run(ctx context.Context) {
	tick := time.NewTicker(l.engine.opts.Tick)
	defer tick.Stop()
	for ctx.Err() == nil {
		began, err := l.begin(ctx)
		if err == nil {
			var undone int
			undone, err = l.end(ctx)
			began += undone
		}
		if err != nil && ctx.Err() == nil {
			l.engine.wrong(err)
		}
		if err == nil && began > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-l.woken:
		}
	}
}

// due returns responses of the lane for which one of the conditions holds, those of the first
// one first, and before them fresh ones that are planned.
func (l *lane) due(ctx context.Context, fresh bool, conditions ...string) (list []row, err error) {
	now := l.engine.opts.Now().UnixNano()
	err = l.engine.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		if fresh {
			var err error
			if list, err = asMade(ctx, tx, now); err != nil {
				return err
			}
		}
		for _, condition := range conditions { // each has an index
			found, err := briefs(ctx, tx, "open = 1 AND "+condition+" AND "+l.which+" AND next <= $2 ORDER BY id LIMIT $3", Block, now, some-len(list))
			if err != nil {
				return err
			}
			list = append(list, found...)
		}
		return nil
	})
	return list, err
}

const (
	// planned is the condition for what is to be done.
	planned = "state = 'planned' AND ending = ''"
	// later is the one for what is to last longer. That it is active is not to be looked up
	// by its index: tens of thousands are.
	later = "ending = '' AND applied <> 0 AND held_until < expires AND CASE WHEN state = 'active' THEN 1 ELSE 0 END = 1"
)

// begin does what is planned, and gives more time to what is to last longer.
func (l *lane) begin(ctx context.Context) (int, error) {
	e := l.engine
	toDo := planned
	if l.plain() {
		toDo += " AND version > 1"
	}
	found, err := l.due(ctx, l.plain(), toDo, later)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	never, err := e.never.load(ctx, e.plan.Load().Config)
	if err != nil {
		return 0, err
	}
	e.passing("apply: before it is noted")
	list, err := l.admit(ctx, found, never)
	if err != nil {
		return 0, err
	}
	e.passing("apply: noted")
	l.each(ctx, list, action.apply, e.applied, "apply")
	return len(found), nil
}

// admit returns those of the responses that are to be done. It notes why others are not, and
// of what must not be done twice that it is being done: after a crash nobody knows whether it
// was. A block is a block, however often it is put: that it is planned is enough.
func (l *lane) admit(ctx context.Context, found []row, never []Never) (list []row, err error) {
	e, now := l.engine, l.engine.opts.Now()
	p := e.plan.Load()
	guard := guardOf(never)
	type refusal struct{ rule, why string }
	noted := map[int]refusal{}
	for i := range found {
		r := &found[i]
		rule, why := r.refused(guard)
		if rule != "" || r.state == Planned && !p.action(r.action).repeatable() {
			noted[i] = refusal{rule, why}
		}
	}
	if len(noted) == 0 && l.plain() {
		return found, nil
	}
	err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		for i := range found {
			no, special := noted[i]
			if !special && l.plain() {
				list = append(list, found[i])
				continue
			}
			r, is, err := find(ctx, tx, "id = $1 AND version = $2", found[i].id, found[i].version)
			switch {
			case err != nil:
				return err
			case !is: // somebody changed it meanwhile: it is looked at again
			case no.rule != "":
				err = e.refuse(ctx, tx, &r, no.rule, no.why, now)
			case special:
				r.state = Applying
				r.attempts++
				err = r.update(ctx, tx, now, ownName)
				list = append(list, r)
			default:
				list = append(list, r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// asMade reads the blocks that are planned and nobody touched: tens of thousands, of which
// there is little that is not known.
func asMade(ctx context.Context, tx database.Tx, now int64) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, target, expires FROM responses WHERE open = 1 AND "+planned+" AND action = $1 AND next <= $2 AND version = 1 ORDER BY id LIMIT $3", Block, now, some)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		list = append(list, row{open: true, action: Block, kind: KindNetwork, state: Planned, version: 1})
		r := &list[len(list)-1]
		if err := rows.Scan(&r.id, &r.target, &r.expires); err != nil {
			return nil, err
		}
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// plain reports whether what is brief of a response is enough for the actions of the lane.
func (l *lane) plain() bool { return l == l.engine.lanes[0] }

// refused returns the rule by which what was planned must not be done after all.
func (r *row) refused(never *guard) (rule, why string) {
	if r.action != Block {
		return "", ""
	}
	p, err := parseTarget(r.target)
	if err != nil {
		return RefusedByTarget, err.Error()
	}
	return never.refused(p)
}

// refuse notes that something is not done, and ends it if it was.
func (e *Engine) refuse(ctx context.Context, tx database.Tx, r *row, rule, why string, now time.Time) error {
	r.refusal, r.err = rule, why
	if r.state == Active {
		r.ending, r.attempts, r.next = Undone, 0, 0
		return r.change(ctx, tx, now, ownName, "end")
	}
	r.state, r.reason, r.err = Refused, why, ""
	e.counters.refused.Add(1)
	return r.change(ctx, tx, now, ownName, "refuse")
}

// end undoes what is to end.
func (l *lane) end(ctx context.Context) (int, error) {
	e := l.engine
	found, err := l.due(ctx, false, "ending <> '' AND (state IN ('active', 'planned') OR state = 'failed' AND attempts < 5)")
	if err != nil || len(found) == 0 {
		return 0, err
	}
	list := found
	if !l.plain() {
		if list, err = l.whole(ctx, found); err != nil {
			return 0, err
		}
	}
	e.passing("undo: found")
	l.each(ctx, list, action.undo, func(r, _ *row, o *outcome) (what, by string) { return e.ended(r, o) }, "undo")
	return len(found), nil
}

// whole reads responses as a whole.
func (l *lane) whole(ctx context.Context, found []row) (list []row, err error) {
	err = l.engine.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		list = nil
		for i := range found {
			r, is, err := find(ctx, tx, "id = $1", found[i].id)
			if err != nil {
				return err
			}
			if is {
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

// each has an action do something with the responses, and notes what came of it, on the
// responses as they are by then.
func (l *lane) each(ctx context.Context, list []row, do func(action, context.Context, []task) []outcome,
	note func(r, was *row, o *outcome) (what, by string), step string,
) {
	if len(list) == 0 {
		return
	}
	e := l.engine
	byAction := map[string][]int{}
	for i := range list {
		byAction[list[i].action] = append(byAction[list[i].action], i)
	}
	outcomes := make([]outcome, len(list))
	for name, places := range byAction {
		tasks := make([]task, len(places))
		for i, at := range places {
			tasks[i] = task{record: list[at].record()}
			if name != Block {
				tasks[i].signal = e.document(ctx, list[at].signal)
			}
		}
		e.passing(step + ": before it is done")
		for i, o := range do(e.plan.Load().action(name), ctx, tasks) {
			outcomes[places[i]] = o
		}
		e.passing(step + ": done")
	}
	for {
		err := e.noted(ctx, list, outcomes, note)
		if err == nil {
			e.passing(step + ": result noted")
			return
		}
		// What was done is to be known, however long the database does not answer.
		e.wrong(fmt.Errorf("note what was done: %w", err))
		select {
		case <-ctx.Done():
			return // the next start takes it up
		case <-time.After(e.opts.Tick):
		}
	}
}

// document returns the signal as JSON; nil when it is not to be had.
func (e *Engine) document(ctx context.Context, id string) []byte {
	if id == "" || e.opts.Book == nil {
		return nil
	}
	d, err := e.opts.Book.Get(ctx, id)
	if err != nil {
		if !errors.Is(err, triage.ErrMissing) {
			e.wrong(err)
		}
		return nil
	}
	return d.Document
}
