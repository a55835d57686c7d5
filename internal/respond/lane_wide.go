package respond

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"
)

// maxContained is how many responses on containers are at work at a time.
const maxContained = 64

// wideLane does what is done to containers, each on its own: capturing evidence of one takes
// its time, and must not keep another one from being cut off.
type wideLane struct {
	lane

	running sync.WaitGroup
	mu      sync.Mutex
	busy    map[int64]context.CancelCauseFunc // ends what is at work
}

func newWideLane(e *Engine) *wideLane {
	return &wideLane{lane: *newLane(e, ofContainers()), busy: map[int64]context.CancelCauseFunc{}}
}

// ofContainers is the condition for the actions of a wideLane; block is $1 in all of them.
func ofContainers() string {
	return "action <> $1 AND action IN ('" + strings.Join(ContainerActions(), "', '") + "')"
}

// run works until the context is done, and waits for what was begun.
func (l *wideLane) run(ctx context.Context) {
	tick := time.NewTicker(l.engine.opts.Tick)
	defer tick.Stop()
	defer l.running.Wait()
	for ctx.Err() == nil {
		if err := l.start(ctx); err != nil && ctx.Err() == nil {
			l.engine.wrong(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-l.woken:
		}
	}
}

// start begins what is due.
func (l *wideLane) start(ctx context.Context) error {
	const due = "(ending = '' AND (state = 'planned' OR state = 'active' AND held_until < expires) OR ending <> '' AND (state IN ('active', 'planned') OR state = 'failed' AND attempts < 5))"
	e := l.engine
	now := e.opts.Now()
	var list []row
	err := e.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		list, err = all(ctx, tx, "open = 1 AND "+l.which+" AND next <= $2 AND "+due+" ORDER BY id LIMIT $3", Block, now.UnixNano(), 2*maxContained)
		return err
	})
	if err != nil {
		return err
	}
	for i := range list {
		r := list[i]
		work, taken := l.take(ctx, r.id)
		if !taken {
			continue
		}
		l.running.Go(func() {
			defer l.done(r.id)
			if r.ending != "" {
				if now, err := l.still(ctx, &r); err != nil || !now {
					e.wrong(err)
					return
				}
				e.passing("release: found")
				l.each(ctx, []row{r}, action.undo, func(r, _ *row, o *outcome) (what, by string) { return e.ended(r, o) }, "release")
				return
			}
			admitted, err := l.admit(ctx, &r)
			if err != nil && ctx.Err() == nil {
				e.wrong(err)
			}
			if admitted {
				e.passing("contain: noted")
				apply := func(a action, _ context.Context, tasks []task) []outcome { return a.apply(work, tasks) }
				l.each(ctx, []row{r}, apply, e.applied, "contain")
			}
		})
	}
	return nil
}

// errEnded is why work on a response ends that somebody ended.
var errEnded = errors.New("somebody ended it")

// take marks a response as being at work, and returns the context of that work; false when it
// is, or when there are too many.
func (l *wideLane) take(ctx context.Context, id int64) (work context.Context, taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[id] != nil || len(l.busy) >= maxContained {
		return nil, false
	}
	work, l.busy[id] = context.WithCancelCause(ctx)
	return work, true
}

// isBusy reports whether a response is at work.
func (l *wideLane) isBusy(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy[id] != nil
}

// endWork ends the work on a response, if there is any: what it did so far is to be undone.
func (l *wideLane) endWork(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end := l.busy[id]; end != nil {
		end(errEnded)
	}
}

// done takes the mark away, and looks whether there is more to do.
func (l *wideLane) done(id int64) {
	l.mu.Lock()
	l.busy[id](nil)
	delete(l.busy, id)
	l.mu.Unlock()
	l.engine.wake()
}

// still reports whether a response is as it was found: who worked on it may have been done
// just then.
func (l *wideLane) still(ctx context.Context, r *row) (is bool, err error) {
	err = l.engine.opts.DB.Read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, is, err = find(ctx, tx, "id = $1 AND version = $2", r.id, r.version)
		return err
	})
	return is, err
}

// admit notes that a response is being done; false when somebody changed it meanwhile.
func (l *wideLane) admit(ctx context.Context, r *row) (admitted bool, err error) {
	e := l.engine
	err = e.opts.DB.Write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		admitted = false
		now, found, err := find(ctx, tx, "id = $1 AND version = $2 AND open = 1 AND ending = ''", r.id, r.version)
		if err != nil || !found {
			return err
		}
		if admitted, *r = true, now; r.state == Active {
			return nil
		}
		r.state = Applying
		r.attempts++
		return r.update(ctx, tx, e.opts.Now(), ownName)
	})
	return admitted && err == nil, err
}
